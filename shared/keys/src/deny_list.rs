//! The deny-list, kept up to date with the same care as a key set.

use std::fmt;
use std::sync::Arc;

use auth::{DenyList, DenyListError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;

use crate::extension::SecretsExtension;
use crate::refreshed::{Fetch, Fetched, Held, Reason, Refreshed};
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
        Self::new(every, clock, move || {
            let secret = Arc::clone(&secret);
            async move { read(&secret).await }.boxed()
        })
    }

    /// The list that `fetch` reads from somewhere else. Nothing is read yet.
    pub fn new(
        every: Intervals,
        clock: Clock,
        fetch: impl Fn() -> BoxFuture<'static, Result<DenyList, KeyError>> + Send + Sync + 'static,
    ) -> Self {
        let fetch: Fetch<DenyList> = Arc::new(move |_reason| {
            fetch().map(|list| list.map(|value| Fetched { value, fresh_for: None })).boxed()
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

async fn read(secret: &StoredSecret) -> Result<DenyList, KeyError> {
    let version = secret.current(Reason::Due).await?;
    let list = DenyList::read(version.value.expose_secret().as_bytes());
    list.map_err(|error| KeyError::DenyList {
        reason: match error {
            DenyListError::Json(_) => "it is no JSON object of unique members",
            DenyListError::Malformed { reason } => reason,
        },
    })
}

impl fmt::Debug for DenyListSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DenyListSource").finish_non_exhaustive()
    }
}
