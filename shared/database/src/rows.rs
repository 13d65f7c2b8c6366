//! The rows of a statement, one at a time.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::time::{Sleep, timeout};
use tokio_postgres::RowStream;
use tokio_postgres::types::{FromSql, Type};

use crate::column::Column;
use crate::error::{Error, Origins};
use crate::pool::Lease;
use crate::transaction::Step;

/// How long we wait for the server to confirm that a failed statement is over.
const CONFIRMATION: Duration = Duration::from_secs(1);

/// The rows of one statement, as they arrive.
///
/// Read them until [`Rows::next`] returns `None`: that frees the connection for the next statement.
/// Dropped before, the statement is cancelled and its connection closed.
pub struct Rows {
    columns: Vec<Column>,
    /// Read ahead, so that the statement could be tried again until then.
    first: Option<tokio_postgres::Row>,
    rest: Option<Rest>,
}

/// What is left to read, and the connection that it comes from.
pub(crate) struct Rest {
    pub(crate) stream: Pin<Box<RowStream>>,
    pub(crate) ended: Step<'static, ()>,
    pub(crate) lease: Lease,
    pub(crate) deadline: Pin<Box<Sleep>>,
    pub(crate) origins: Origins,
}

/// One row.
pub struct Row<'a> {
    columns: &'a [Column],
    cells: tokio_postgres::Row,
}

impl Rows {
    /// # Errors
    /// As [`Rows::next`].
    pub(crate) async fn open(mut rest: Rest) -> Result<Self, (Error, Option<Lease>)> {
        match rest.read().await {
            Ok(Some(row)) => Ok(Self {
                columns: row.columns().iter().map(Column::of).collect(),
                first: Some(row),
                rest: Some(rest),
            }),
            Ok(None) => {
                rest.end().await.map_err(|error| (error, None))?;
                Ok(Self { columns: Vec::new(), first: None, rest: None })
            }
            Err(error) => Err(rest.fail(error).await),
        }
    }

    /// The columns, in the order of the statement. Without any row there are none.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The next row, or `None` after the last.
    ///
    /// # Errors
    /// Any of [`Error`] but `Overloaded` and `Options`; nothing follows it.
    pub async fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        let first = self.first.take();
        let Some(rest) = self.rest.as_mut() else { return Ok(None) };
        let read = match first {
            Some(row) => Ok(Some(row)),
            None => rest.read().await,
        };
        match read {
            Ok(Some(cells)) => Ok(Some(Row { columns: &self.columns, cells })),
            Ok(None) => {
                if let Some(rest) = self.rest.take() {
                    rest.end().await?;
                }
                Ok(None)
            }
            Err(error) => match self.rest.take() {
                Some(rest) => Err(rest.fail(error).await.0),
                None => Err(error),
            },
        }
    }
}

impl Rest {
    /// The next row as the driver has it. The deadline is looked at only when there is a wait.
    async fn read(&mut self) -> Result<Option<tokio_postgres::Row>, Error> {
        let Self { stream, deadline, origins, .. } = self;
        poll_fn(|context| match stream.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(row))) => Poll::Ready(Ok(Some(row))),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(Error::of_statement(error, *origins))),
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Pending => elapsed(deadline.as_mut(), context),
        })
        .await
    }

    /// Waits for the end of the transaction after the last row.
    async fn end(mut self) -> Result<(), Error> {
        let Self { ended, deadline, origins, .. } = &mut self;
        let ended = poll_fn(|context| match ended.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Ok(outcome)),
            Poll::Pending => elapsed(deadline.as_mut(), context),
        })
        .await;
        match ended {
            Ok(Ok(())) => self.lease.finish(),
            Ok(Err(error)) if error.as_db_error().is_some() => {
                return Err(Error::of_statement(error, *origins));
            }
            // The rows are complete; it is only the connection that cannot be used again.
            Ok(Err(_)) | Err(_) => {}
        }
        Ok(())
    }

    async fn fail(self, error: Error) -> (Error, Option<Lease>) {
        if matches!(error, Error::Timeout) && self.deadline.is_elapsed() {
            return (stop(self.lease).await, None);
        }
        settle(self.lease, self.ended, error).await
    }
}

/// Stops a statement whose time is up, and says so once it has stopped, within reason.
pub(crate) async fn stop(lease: Lease) -> Error {
    if let Some(stopped) = lease.cancel() {
        let _ = timeout(CONFIRMATION, stopped).await;
    }
    Error::Timeout
}

/// Leaves the connection in order after the server refused something, and hands it back for
/// another attempt.
pub(crate) async fn settle(
    mut lease: Lease,
    ended: Step<'static, ()>,
    error: Error,
) -> (Error, Option<Lease>) {
    if timeout(CONFIRMATION, ended).await.is_ok_and(|ended| ended.is_ok()) {
        lease.finish();
    }
    (error, Some(lease))
}

fn elapsed<T>(deadline: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
    deadline.poll(context).map(|()| Err(Error::Timeout))
}

impl Row<'_> {
    /// How many cells there are: as many as columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The cell in column `index` as PostgreSQL's text, `None` for SQL's NULL.
    pub fn raw(&self, index: usize) -> Option<&[u8]> {
        self.cells.try_get::<_, Option<Raw<'_>>>(index).ok().flatten().map(|raw| raw.0)
    }

    /// Appends the cell in column `index` as one JSON value.
    #[inline]
    pub fn write(&self, index: usize, out: &mut Vec<u8>) {
        match self.columns.get(index) {
            Some(column) => column.write(self.raw(index), out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// The bytes of a cell, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
