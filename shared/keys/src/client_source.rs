//! Where the list of clients comes from.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::refreshed::Refreshed;
use crate::secrets_manager::StoredSecret;
use crate::{Client, Clock, Intervals, KeyError, parse_clients};

/// Where the list of clients comes from.
#[derive(Debug)]
pub enum ClientSource {
    /// The environment: the same list for the life of the process.
    Environment(Arc<Vec<Client>>),
    /// Secrets Manager: the current version of one secret.
    SecretsManager(Box<StoredClients>),
}

/// A list of clients that is read from Secrets Manager.
pub struct StoredClients {
    secret: StoredSecret,
    clients: Refreshed<Vec<Client>>,
}

impl ClientSource {
    /// The list in Secrets Manager at this ARN or name. Nothing is read yet.
    pub fn secrets_manager(arn: String, every: Intervals, clock: Clock) -> Self {
        Self::SecretsManager(Box::new(StoredClients {
            secret: StoredSecret::new(arn),
            clients: Refreshed::new(every, clock),
        }))
    }

    /// The clients, read again when they are five minutes old.
    ///
    /// # Errors
    /// [`KeyError`] when the list cannot be had or has a mistake.
    pub async fn clients(&self) -> Result<Arc<Vec<Client>>, KeyError> {
        match self {
            Self::Environment(clients) => Ok(Arc::clone(clients)),
            Self::SecretsManager(stored) => match stored.clients.fresh() {
                Some(clients) => Ok(clients),
                None => stored.clients.get(Box::pin(stored.read())).await,
            },
        }
    }
}

impl StoredClients {
    async fn read(&self) -> Result<Vec<Client>, KeyError> {
        let version = self.secret.current().await?;
        parse_clients(version.value.expose_secret())
    }
}

impl std::fmt::Debug for StoredClients {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StoredClients").finish_non_exhaustive()
    }
}
