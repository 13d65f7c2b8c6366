//! One connection, from login to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::Client;

use crate::connector::Connector;
use crate::error::Error;
use crate::prepared::Prepared;

/// How often a statement is cancelled before its connection is cut. Once is not enough: a request
/// that arrives before the statement has begun does nothing.
const CANCEL_ATTEMPTS: usize = 5;

/// How long the server has to wind up a cancelled statement before it is asked again.
const CANCEL_PATIENCE: Duration = Duration::from_millis(200);

/// A connection that is logged in.
pub(crate) struct Session {
    client: Arc<Client>,
    prepared: Arc<Prepared>,
    driver: JoinHandle<()>,
    connector: Arc<Connector>,
    last_used: Instant,
}

impl Session {
    pub(crate) async fn open(connector: Arc<Connector>) -> Result<Self, Error> {
        let (client, driver) = connector.connect().await?;
        Ok(Self {
            client: Arc::new(client),
            prepared: Arc::default(),
            driver,
            connector,
            last_used: Instant::now(),
        })
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(crate) fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) fn idle_for(&self) -> Duration {
        self.last_used.elapsed()
    }

    pub(crate) fn touch(&mut self) {
        self.last_used = Instant::now();
    }

    /// Cancels what the connection is doing and closes it.
    ///
    /// The driver reads on until the server has answered everything, which tells us that the server
    /// is done with the statement; it is cut off when the server does not answer.
    pub(crate) async fn cancel(self) {
        let Self { client, mut driver, connector, .. } = self;
        let token = client.cancel_token();
        drop(client);
        for _ in 0..CANCEL_ATTEMPTS {
            if driver.is_finished() {
                return;
            }
            connector.cancel(&token).await;
            if timeout(CANCEL_PATIENCE, &mut driver).await.is_ok() {
                return;
            }
        }
        driver.abort();
    }

    /// Cuts the connection without a word to the server.
    pub(crate) fn cut(self) {
        self.driver.abort();
    }
}
