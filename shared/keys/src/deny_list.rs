//! The deny-list, read from Secrets Manager with the same care as a key set.

use std::fmt;
use std::sync::Arc;

use auth::{DenyList, DenyListError};
use futures_util::FutureExt;
use secrecy::ExposeSecret;

use crate::extension::SecretsExtension;
use crate::refreshed::{Fetch, Fetched, Held, Refreshed};
use crate::secrets_manager::StoredSecret;
use crate::{Clock, Intervals, KeyError};

/// A deny-list that is kept up to date.
pub struct DenyListSource(Refreshed<DenyList>);

impl DenyListSource {
    /// The list in Secrets Manager at this ARN or name. Nothing is read yet.
    pub fn secrets_manager(
        arn: String,
        extension: Option<SecretsExtension>,
        every: Intervals,
        clock: Clock,
    ) -> Self {
        let secret = Arc::new(StoredSecret::new(arn, extension));
        let fetch: Fetch<DenyList> = Arc::new(move |reason| {
            let secret = Arc::clone(&secret);
            async move {
                let version = secret.current(reason).await?;
                let list = DenyList::read(version.value.expose_secret().as_bytes());
                let value = list.map_err(|error| KeyError::DenyList {
                    reason: match error {
                        DenyListError::Json(_) => "it is no JSON object of unique members",
                        DenyListError::Malformed { reason } => reason,
                    },
                })?;
                Ok(Fetched { value, fresh_for: None })
            }
            .boxed()
        });
        Self(Refreshed::new("deny-list", every, clock, fetch))
    }

    /// The list, and the refresh that is under way when it is stale.
    ///
    /// # Errors
    /// [`KeyError`] when there is none: whether a token was taken back cannot be known then.
    pub async fn get(&self) -> Result<Held<DenyList>, KeyError> {
        self.0.get().await
    }
}

impl fmt::Debug for DenyListSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DenyListSource").finish_non_exhaustive()
    }
}
