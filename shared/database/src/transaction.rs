//! One statement in a transaction of its own, sent in one flight.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, RowStream, Statement};

use crate::parameter::Parameter;
use crate::row_security::RowSecurity;

/// Opens the transaction and sets whatever decides how values look or how text is read, whatever
/// the server's own settings are. Everything ends with the transaction.
///
/// The isolation level is named because a default of `serializable` makes reading fail.
const PREAMBLE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\
    SET LOCAL TimeZone='UTC';\
    SET LOCAL DateStyle='ISO,YMD';\
    SET LOCAL IntervalStyle='postgres';\
    SET LOCAL extra_float_digits=1;\
    SET LOCAL standard_conforming_strings=on;\
    SET LOCAL statement_timeout=";

pub(crate) const EPILOGUE: &str = "COMMIT";

/// Largest time limit the server takes, in milliseconds (24 days).
const MAX_TIMEOUT_MS: u128 = i32::MAX as u128;

/// An answer to come.
pub(crate) type Step<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A transaction on its way: the answers to wait for, in this order.
pub(crate) struct Transaction<'a> {
    /// Answered at once, before the statement runs.
    pub(crate) begun: Step<'a, ()>,
    /// The database knows whom it answers.
    pub(crate) told: Step<'a, ()>,
    /// Answered with the first bytes of the result.
    pub(crate) rows: Step<'a, RowStream>,
    /// Answered after the last row. Nothing is left of the transaction then, even if it failed.
    pub(crate) ended: Step<'static, ()>,
}

impl<'a> Transaction<'a> {
    /// Sends all of it in one flight. `limit` is the time the server gives the statement.
    ///
    /// The statement goes unnamed, so that it may pass a pooler in transaction mode, unless it was prepared.
    pub(crate) async fn send(
        client: &'a Arc<Client>,
        statement: &'a sql::Statement,
        prepared: Option<&'a Statement>,
        caller: &'a RowSecurity,
        limit: Duration,
    ) -> Self {
        let preamble = preamble(limit);
        let mut begun = Box::pin(maybe_done(async move { client.batch_execute(&preamble).await }));
        let mut told = Box::pin(maybe_done(caller.set(client)));
        let mut rows = Box::pin(maybe_done(run(client, statement, prepared)));
        let client = Arc::clone(client);
        let mut ended = Box::pin(maybe_done(async move { client.batch_execute(EPILOGUE).await }));
        // The driver queues a request when its future is first polled: polled in this order they
        // leave in this order, in one write.
        poll_fn(|context| {
            let _ = begun.as_mut().poll(context);
            let _ = told.as_mut().poll(context);
            let _ = rows.as_mut().poll(context);
            let _ = ended.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
        Self {
            begun: outcome(begun),
            told: outcome(told),
            rows: outcome(rows),
            ended: outcome(ended),
        }
    }
}

async fn run(
    client: &Client,
    statement: &sql::Statement,
    prepared: Option<&Statement>,
) -> Result<RowStream, Error> {
    let values = statement.parameters.iter().map(|value| Parameter(value));
    if let Some(prepared) = prepared {
        return client.query_raw(prepared, values).await;
    }
    let typed = values.map(|value| (value, Type::UNKNOWN));
    client.query_typed_raw(&statement.text, typed).await
}

/// `limit` is the time the server gives a statement.
pub(crate) fn preamble(limit: Duration) -> String {
    // 0 would mean no limit at all.
    let limit_ms = limit.as_millis().clamp(1, MAX_TIMEOUT_MS);
    format!("{PREAMBLE}{limit_ms}")
}

/// The answer of a future that may have been polled to its end already.
fn outcome<'a, T, F>(mut future: Pin<Box<MaybeDone<F>>>) -> Step<'a, T>
where
    T: Send + 'a,
    F: Future<Output = Result<T, Error>> + Send + 'a,
{
    Box::pin(async move {
        future.as_mut().await;
        match future.as_mut().take_output() {
            Some(output) => output,
            // Taken nowhere else, so there always is an output.
            None => std::future::pending().await,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_is_never_absent_and_never_too_large() {
        for (limit, expected) in [
            (Duration::ZERO, "=1"),
            (Duration::from_millis(1500), "=1500"),
            (Duration::MAX, "=2147483647"),
        ] {
            assert!(preamble(limit).ends_with(expected), "{limit:?}");
        }
    }
}
