//! From a statement to the JSON of its rows, once for all who ask for the same.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use database::{Database, Identity, RowSecurity};
use sql::Statement;
use tokio::time::Instant;

use crate::{
    error::Error,
    layout::{Layout, Writer},
    running::{NoResult, Patience, Running},
};

/// Statements that may run or wait at a time. Twice what the database queues by default.
const CAPACITY: usize = 128;

/// How much of a request's time is kept for the answer after its statement was cancelled.
pub(crate) const ANSWER_TIME: Duration = Duration::from_millis(500);

/// When the time of a request is over. An extension of requests that have such a time.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);

/// Where a statement runs, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) database: &'a Arc<Database>,
    pub(crate) caller: &'a RowSecurity,
}

/// Runs statements.
pub(crate) struct Statements {
    running: Running<Key, Result<Data, Failure>>,
    data_bytes_max: usize,
}

/// What decides the bytes of a result: rows are decided by the statement, its parameters, the database
/// and what that is told of the caller, all of which are known only after the security context has
/// been applied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    database: Identity,
    caller: RowSecurity,
    text: String,
    parameters: Vec<String>,
    shape: Shape,
}

/// What is made of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shape {
    /// The value of `data`.
    Rows(Layout),
    /// The first cell, digits.
    Number,
}

/// The value of `data` in an answer.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub(crate) json: Bytes,
    pub(crate) rows: u64,
}

#[derive(Debug, Clone)]
enum Failure {
    Database(Arc<database::Error>),
    TooLarge { max_bytes: usize },
}

impl From<database::Error> for Failure {
    fn from(error: database::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// How long a request waits for its statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting(Patience);

impl Waiting {
    /// Until `Continue wait` is due, or the request's own time is over, whichever is first.
    pub(crate) fn new(
        started: Instant,
        continue_wait: Duration,
        deadline: Option<Deadline>,
    ) -> Self {
        let continue_at = started + continue_wait;
        let last_call = deadline.and_then(|Deadline(at)| at.checked_sub(ANSWER_TIME));
        Self(match last_call {
            Some(at) if at < continue_at => Patience::UntilDeadline(at),
            _ => Patience::UntilContinueWait(continue_at),
        })
    }
}

impl Statements {
    pub(crate) fn new(data_bytes_max: usize) -> Self {
        Self { running: Running::new(CAPACITY), data_bytes_max }
    }

    /// The rows of `statement` as JSON.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        place: Place<'_>,
        layout: Layout,
        waiting: Waiting,
    ) -> Result<Data, Error> {
        self.run(statement, place, Shape::Rows(layout), waiting).await
    }

    /// The one number that `statement` returns.
    pub(crate) async fn number(
        &self,
        statement: &Statement,
        place: Place<'_>,
        waiting: Waiting,
    ) -> Result<Bytes, Error> {
        let data = self.run(statement, place, Shape::Number, waiting).await?;
        Ok(data.json)
    }

    async fn run(
        &self,
        statement: &Statement,
        place: Place<'_>,
        shape: Shape,
        Waiting(patience): Waiting,
    ) -> Result<Data, Error> {
        let key = Key {
            database: place.database.identity(),
            caller: place.caller.clone(),
            text: statement.text.clone(),
            parameters: statement.parameters.clone(),
            shape: shape.clone(),
        };
        let start = || {
            let (database, caller) = (Arc::clone(place.database), place.caller.clone());
            let statement = statement.clone();
            let max_bytes = self.data_bytes_max;
            async move { execute(&database, &caller, &statement, &shape, max_bytes).await }
        };
        match self.running.join(key, start, patience).await {
            Ok(Ok(data)) => Ok(data),
            Ok(Err(Failure::Database(error))) => Err(Error::Database(error)),
            Ok(Err(Failure::TooLarge { max_bytes })) => Err(Error::ResultTooLarge { max_bytes }),
            Err(NoResult::Full) => Err(Error::TooManyRunning),
            Err(NoResult::Lost) => Err(Error::Panicked),
            Err(NoResult::StillRunning) => Err(match patience {
                Patience::UntilContinueWait(_) => Error::StillRunning,
                Patience::UntilDeadline(_) => Error::DeadlineReached,
            }),
        }
    }
}

/// Runs the statement to its end. Dropped before, it cancels it.
async fn execute(
    database: &Database,
    caller: &RowSecurity,
    statement: &Statement,
    shape: &Shape,
    max_bytes: usize,
) -> Result<Data, Failure> {
    let mut rows = database.query_for(caller, statement, None).await?;
    match shape {
        Shape::Rows(layout) => {
            let mut writer = Writer::new(layout);
            while let Some(row) = rows.next().await? {
                writer.row(|index, out| row.write(index, out));
                if writer.bytes() > max_bytes {
                    return Err(Failure::TooLarge { max_bytes });
                }
            }
            Ok(Data { rows: writer.rows(), json: writer.finish() })
        }
        Shape::Number => {
            let mut json = Bytes::from_static(b"0");
            while let Some(row) = rows.next().await? {
                json = Bytes::copy_from_slice(row.raw(0).unwrap_or(b"0"));
            }
            Ok(Data { json, rows: 1 })
        }
    }
}
