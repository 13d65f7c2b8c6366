//! Where the list of clients comes from.

use std::sync::Arc;

use futures_util::FutureExt;
use secrecy::ExposeSecret;

use crate::extension::SecretsExtension;
use crate::refreshed::{Fetch, Fetched, Held, Refreshed};
use crate::secrets_manager::StoredSecret;
use crate::{Client, Clock, Intervals, KeyError, parse_clients};

/// Where the list of clients comes from.
#[derive(Debug)]
pub enum ClientSource {
    /// The environment: the same list for the life of the process.
    Environment(Arc<Vec<Client>>),
    /// Secrets Manager: the current version of one secret.
    SecretsManager(StoredClients),
}

/// A list of clients that is read from Secrets Manager.
pub struct StoredClients {
    clients: Refreshed<Vec<Client>>,
}

impl ClientSource {
    /// The list in Secrets Manager at this ARN or name. Nothing is read yet.
    pub fn secrets_manager(
        arn: String,
        extension: Option<SecretsExtension>,
        every: Intervals,
        clock: Clock,
    ) -> Self {
        let secret = Arc::new(StoredSecret::new(arn, extension));
        let fetch: Fetch<Vec<Client>> = Arc::new(move |reason| {
            let secret = Arc::clone(&secret);
            async move {
                let version = secret.current(reason).await?;
                let value = parse_clients(version.value.expose_secret())?;
                Ok(Fetched { value, fresh_for: None })
            }
            .boxed()
        });
        let clients = Refreshed::new("list of clients", every, clock, fetch);
        Self::SecretsManager(StoredClients { clients })
    }

    /// The clients, read again when they are five minutes old.
    ///
    /// # Errors
    /// [`KeyError`] when the list cannot be had or has a mistake.
    pub async fn clients(&self) -> Result<Arc<Vec<Client>>, KeyError> {
        match self {
            Self::Environment(clients) => Ok(Arc::clone(clients)),
            Self::SecretsManager(stored) => {
                let Held { value, refresh } = stored.clients.get().await?;
                Ok(match refresh {
                    Some(refresh) => refresh.outcome().await.unwrap_or(value),
                    None => value,
                })
            }
        }
    }
}

impl std::fmt::Debug for StoredClients {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StoredClients").finish_non_exhaustive()
    }
}
