//! A text that an operator writes and may change: the policy of the token function, the secret of an
//! application. It is understood once, when it is read.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use secrecy::ExposeSecret;

use crate::extension::SecretsExtension;
use crate::refreshed::{Fetch, Fetched, Held, Refreshed};
use crate::secrets_manager::StoredSecret;
use crate::{Clock, Intervals, KeyError};

/// What a text says, wherever it is.
#[derive(Debug)]
pub enum Document<T> {
    /// In the environment or the package: the same for the life of the process.
    Fixed(Arc<T>),
    /// In Secrets Manager: the current version of one secret.
    SecretsManager(StoredDocument<T>),
}

/// What a text in Secrets Manager says, kept up to date.
pub struct StoredDocument<T>(Refreshed<T>);

impl<T: Send + Sync + 'static> Document<T> {
    /// What `read` understands.
    pub fn fixed(value: T) -> Self {
        Self::Fixed(Arc::new(value))
    }

    /// The text in Secrets Manager at this ARN or name, as `read` understands it; `what` says what it
    /// is, for the log. Nothing is fetched yet.
    ///
    /// `read` answers with what is wrong, without anything that is secret.
    pub fn secrets_manager(
        what: &'static str,
        arn: String,
        extension: Option<SecretsExtension>,
        every: Intervals,
        clock: Clock,
        read: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Self {
        let source = Arc::new((StoredSecret::new(arn, extension), read));
        let fetch: Fetch<T> = Arc::new(move |reason| {
            let source = Arc::clone(&source);
            async move {
                let (secret, read) = &*source;
                let version = secret.current(reason).await?;
                let value = read(version.value.expose_secret());
                let value = value.map_err(|reason| KeyError::Document { what, reason })?;
                Ok(Fetched { value, fresh_for: None })
            }
            .boxed()
        });
        Self::SecretsManager(StoredDocument(Refreshed::new(what, every, clock, fetch)))
    }

    /// What it says, read again when that is old.
    ///
    /// # Errors
    /// [`KeyError`] when the text cannot be had or understood.
    pub async fn get(&self) -> Result<Arc<T>, KeyError> {
        match self {
            Self::Fixed(value) => Ok(Arc::clone(value)),
            Self::SecretsManager(StoredDocument(stored)) => {
                let Held { value, refresh } = stored.get().await?;
                Ok(match refresh {
                    Some(refresh) => refresh.outcome().await.unwrap_or(value),
                    None => value,
                })
            }
        }
    }
}

impl<T> fmt::Debug for StoredDocument<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StoredDocument").finish_non_exhaustive()
    }
}
