//! Statements that a connection keeps: the server reads and plans them once.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::maybe_done;
use lru::LruCache;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use crate::transaction::{EPILOGUE, preamble};

/// Statements of one connection that are kept: those that were used last. Each holds memory of the server's.
const KEPT: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// The statements that a connection keeps, by their text.
pub(crate) struct Prepared(Mutex<LruCache<String, Statement>>);

impl Default for Prepared {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Prepared {
    /// The statement of this text, prepared now if it was not before: one more round trip.
    ///
    /// It is prepared in a transaction with our own settings, since what is read when a statement is prepared (times
    /// without a zone, dates) stays as it was read.
    ///
    /// # Errors
    /// Those of the server.
    pub(crate) async fn get(
        &self,
        client: &Client,
        statement: &sql::Statement,
        limit: Duration,
    ) -> Result<Statement, Error> {
        if let Some(known) = self.kept().get(&statement.text) {
            return Ok(known.clone());
        }
        let preamble = preamble(limit);
        let types = vec![Type::UNKNOWN; statement.parameters.len()];
        let mut begun = Box::pin(maybe_done(client.batch_execute(&preamble)));
        let mut prepared = Box::pin(maybe_done(client.prepare_typed(&statement.text, &types)));
        let mut ended = Box::pin(maybe_done(client.batch_execute(EPILOGUE)));
        // In one write, as `Transaction::send` does it.
        poll_fn(|context| {
            let _ = begun.as_mut().poll(context);
            let _ = prepared.as_mut().poll(context);
            let _ = ended.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
        begun.as_mut().await;
        prepared.as_mut().await;
        ended.as_mut().await;
        for outcome in [begun.as_mut().take_output(), ended.as_mut().take_output()] {
            outcome.unwrap_or(Ok(()))?;
        }
        let prepared = match prepared.as_mut().take_output() {
            Some(outcome) => outcome?,
            // Taken nowhere else, so there always is an output.
            None => std::future::pending().await,
        };
        self.kept().put(statement.text.clone(), prepared.clone());
        Ok(prepared)
    }

    /// The server does not take it any more.
    pub(crate) fn forget(&self, text: &str) {
        self.kept().pop(text);
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<String, Statement>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
