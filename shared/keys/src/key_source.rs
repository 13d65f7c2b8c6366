//! The keys that verify and the key that signs.

use std::sync::Arc;
use std::time::Duration;

use auth::{HmacKey, KeySet, Policy, SigningKey, Stage};
use secrecy::ExposeSecret;

use crate::refreshed::Refreshed;
use crate::secret_text::hmac_secret;
use crate::secrets_manager::{Label, StoredSecret, Version};
use crate::{Clock, Intervals, KeyError};

/// How often the versions are read again when a rotation happens while they are being read.
const MAX_READS: usize = 3;

/// Where the keys come from.
#[derive(Debug)]
pub enum KeySource {
    /// The environment: the same keys for the life of the process.
    Environment(Arc<KeySet>),
    /// Secrets Manager: current, previous and pending version of one secret.
    SecretsManager(Box<RotatingSecret>),
}

/// An HMAC secret whose versions are read from Secrets Manager.
pub struct RotatingSecret {
    secret: StoredSecret,
    policy: Policy,
    keep: Duration,
    keys: Refreshed<KeySet>,
}

impl KeySource {
    /// The keys in Secrets Manager at this ARN or name. Nothing is read yet.
    ///
    /// The value of the secret is the text of the HMAC secret, or `{"secret": "<text>"}`.
    pub fn secrets_manager(arn: String, policy: Policy, every: Intervals, clock: Clock) -> Self {
        Self::stored(StoredSecret::new(arn), policy, every, clock)
    }

    fn stored(secret: StoredSecret, policy: Policy, every: Intervals, clock: Clock) -> Self {
        Self::SecretsManager(Box::new(RotatingSecret {
            secret,
            policy,
            keep: every.keep,
            keys: Refreshed::new(every, clock),
        }))
    }

    /// The keys that verify, read again when they are five minutes old.
    ///
    /// # Errors
    /// [`KeyError`] when there are none: nobody can be verified, which is no fault of the caller.
    pub async fn key_set(&self) -> Result<Arc<KeySet>, KeyError> {
        match self {
            Self::Environment(keys) => Ok(Arc::clone(keys)),
            Self::SecretsManager(rotating) => match rotating.keys.fresh() {
                Some(keys) => Ok(keys),
                None => rotating.keys.get(Box::pin(rotating.read())).await,
            },
        }
    }

    /// Newer keys than `seen`, which know a token's signature or `kid` not; `None` when there are
    /// none, or when the last read is less than thirty seconds ago.
    pub async fn refresh_after_unknown_signature(&self, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        match self {
            Self::Environment(_) => None,
            Self::SecretsManager(rotating) => {
                rotating.keys.newer_than(seen, Box::pin(rotating.read())).await
            }
        }
    }

    /// The key that signs at `now` (unix seconds): the current one, with the first algorithm of `policy` that it is long
    /// enough for.
    ///
    /// # Errors
    /// [`KeyError`] as for [`KeySource::key_set`], and when no key may sign.
    pub async fn signing_key(&self, policy: &Policy, now: u64) -> Result<SigningKey, KeyError> {
        let keys = self.key_set().await?;
        keys.signing_key(&policy.algorithms, now).ok_or(KeyError::NoSigningKey)
    }
}

impl RotatingSecret {
    /// Reads the three versions. `AWSCURRENT` first: were a rotation to finish meanwhile, what was
    /// current shows up again as `AWSPREVIOUS`, which is seen by its version id.
    async fn read(&self) -> Result<KeySet, KeyError> {
        for _ in 0..MAX_READS {
            let current = self.secret.current().await?;
            let (previous, pending) = tokio::join!(
                self.secret.version(Label::Previous),
                self.secret.version(Label::Pending)
            );
            let previous = optional(previous)?;
            if previous.as_ref().is_some_and(|previous| previous.id == current.id) {
                continue;
            }
            return self.assemble(&current, previous, optional(pending)?);
        }
        Err(KeyError::Unavailable { code: "rotated while it was read".to_owned() })
    }

    fn assemble(
        &self,
        current: &Version,
        previous: Option<Version>,
        pending: Option<Version>,
    ) -> Result<KeySet, KeyError> {
        let mut keys = vec![self.key(current, Stage::Current)?];
        let others = [(previous, Stage::Previous), (pending, Stage::Pending)];
        for (version, stage) in others {
            let Some(version) = version.filter(|version| version.id != current.id) else {
                continue;
            };
            match self.key(&version, stage) {
                Ok(key) => keys.push(match (stage, self.retirement(current)) {
                    (Stage::Previous, Some(not_after)) => key.with_not_after(not_after),
                    _ => key,
                }),
                // A broken neighbour is left out; the current key goes on.
                Err(error) => tracing::warn!(%error, ?stage, "version of the secret left out"),
            }
        }
        KeySet::new(keys, &self.policy.algorithms).map_err(KeyError::Unsafe)
    }

    fn key(&self, version: &Version, stage: Stage) -> Result<HmacKey, KeyError> {
        let secret = hmac_secret(version.value.expose_secret())?;
        let key = HmacKey::new(secret.expose_secret().as_bytes(), stage);
        key.check(&self.policy.algorithms).map_err(KeyError::Unsafe)?;
        Ok(key.with_kid(version.id.clone()))
    }

    /// When the last token that the previous key may have signed has ended: an issuer may go on
    /// signing with what it holds for `keep` after the current version was written.
    fn retirement(&self, current: &Version) -> Option<u64> {
        let life_s = self.policy.max_token_life_s?;
        let written = current.created?;
        Some(written + self.keep.as_secs() + life_s + self.policy.leeway_s)
    }
}

/// A version other than the current one may be malformed; it may not be unavailable, or a key that
/// still verifies would be lost.
fn optional(version: Result<Option<Version>, KeyError>) -> Result<Option<Version>, KeyError> {
    match version {
        Err(KeyError::Malformed { reason }) => {
            tracing::warn!(reason, "version of the secret left out");
            Ok(None)
        }
        other => other,
    }
}

impl std::fmt::Debug for RotatingSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RotatingSecret").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "key_source_tests.rs"]
mod tests;
