//! The keys that verify an issuer's tokens, and the key that signs.

use std::sync::Arc;
use std::time::Duration;

use auth::{KeySet, Policy, SigningKey, Stage};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::extension::SecretsExtension;
use crate::key_server::KeyServer;
use crate::refreshed::{Fetch, Fetched, Held, Reason, Refreshed};
use crate::secret_text::{self, SecretValue};
use crate::secrets_manager::{Label, StoredSecret, Version};
use crate::version_key::{self, VersionKey};
use crate::{Clock, Intervals, KeyError, key_ring};

/// How often the versions are read again when a rotation happens while they are being read.
const MAX_READS: usize = 3;

/// Where the keys of an issuer come from.
#[derive(Debug)]
pub enum KeySource {
    /// The environment: the same keys for the life of the process.
    Environment(Arc<KeySet>),
    /// Secrets Manager: current, previous and pending version of one secret, or a key ring.
    SecretsManager(RotatingSecret),
    /// The issuer's key server.
    KeyServer(KeyServer),
}

/// A secret whose versions are read from Secrets Manager.
pub struct RotatingSecret {
    keys: Refreshed<KeySet>,
}

/// The keys that the value of a secret holds, were it the current version: those that verify.
///
/// # Errors
/// [`KeyError`] when it holds none that are safe for `policy`; the value is not repeated.
pub fn keys_in_secret(value: &str, policy: &Policy) -> Result<KeySet, KeyError> {
    if let SecretValue::Ring(items) = secret_text::read(value)? {
        return key_ring::key_set(&items, &[], policy, Intervals::OF_SECRETS.keep.as_secs());
    }
    let key = VersionKey::read(value, None, Stage::Current, policy)?;
    version_key::key_set(vec![key], policy)
}

/// How the versions become keys.
struct Reader {
    secret: StoredSecret,
    policy: Policy,
    /// How long a signer may go on with what it has read.
    keep: Duration,
}

impl KeySource {
    /// The keys in Secrets Manager at this ARN or name. Nothing is read yet.
    ///
    /// The value of the secret is the text of the HMAC secret, `{"secret": "<text>"}`, or a key
    /// ring.
    pub fn secrets_manager(
        arn: String,
        extension: Option<SecretsExtension>,
        policy: Policy,
        every: Intervals,
        clock: Clock,
    ) -> Self {
        Self::stored(StoredSecret::new(arn, extension), policy, every, clock)
    }

    fn stored(secret: StoredSecret, policy: Policy, every: Intervals, clock: Clock) -> Self {
        let has_cache = secret.has_cache();
        let reader = Arc::new(Reader { secret, policy, keep: every.keep });
        let fetch: Fetch<KeySet> = Arc::new(move |reason| {
            let reader = Arc::clone(&reader);
            async move {
                let value = Box::pin(reader.read(reason)).await?;
                Ok(Fetched { value, fresh_for: None })
            }
            .boxed()
        });
        let keys = Refreshed::behind(has_cache, "secret", every, clock, fetch);
        Self::SecretsManager(RotatingSecret { keys })
    }

    /// The keys that verify, and the refresh that is under way when they are stale.
    ///
    /// # Errors
    /// [`KeyError`] when there are none: nobody can be verified, which is no fault of the caller.
    pub async fn get(&self) -> Result<Held<KeySet>, KeyError> {
        match self {
            Self::Environment(keys) => Ok(Held { value: Arc::clone(keys), refresh: None }),
            Self::SecretsManager(secret) => secret.keys.get().await,
            Self::KeyServer(server) => server.get().await,
        }
    }

    /// Newer keys than `seen`, which know a token's signature or `kid` not; `None` when there are
    /// none, or when the last read is less than thirty seconds ago.
    pub async fn newer_than(&self, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        match self {
            Self::Environment(_) => None,
            Self::SecretsManager(secret) => secret.keys.newer_than(seen).await,
            Self::KeyServer(server) => server.newer_than(seen).await,
        }
    }

    /// The key that signs at `now` (unix seconds), with the first algorithm of `policy` that it is
    /// long enough for. Waits for a refresh that is due: what signs is to be as new as can be had.
    ///
    /// # Errors
    /// [`KeyError`] as for [`KeySource::get`], and when no key may sign.
    pub async fn signing_key(&self, policy: &Policy, now: u64) -> Result<SigningKey, KeyError> {
        let Held { value, refresh } = self.get().await?;
        let keys = match refresh {
            Some(refresh) => refresh.outcome().await.unwrap_or(value),
            None => value,
        };
        keys.signing_key(&policy.algorithms, now).ok_or(KeyError::NoSigningKey)
    }
}

impl Reader {
    /// Reads the three versions, or the current and the pending one of a key ring.
    ///
    /// `AWSPREVIOUS` last: a rotation that puts the pending version into force takes its label away
    /// afterwards. Where it is gone already, what is `AWSCURRENT` here shows up as `AWSPREVIOUS`,
    /// which is seen by its version id.
    async fn read(&self, reason: Reason) -> Result<KeySet, KeyError> {
        for _ in 0..MAX_READS {
            let (current, pending) = tokio::join!(
                self.secret.current(reason),
                self.secret.version(Label::Pending, reason)
            );
            let (current, pending) = (current?, optional(pending)?);
            if let SecretValue::Ring(items) = secret_text::read(current.value.expose_secret())? {
                return self.ring(&items, pending.as_ref());
            }
            let previous = optional(self.secret.version(Label::Previous, reason).await)?;
            if previous.as_ref().is_some_and(|previous| previous.id == current.id) {
                continue;
            }
            return self.assemble(&current, previous, pending);
        }
        Err(KeyError::unavailable("rotated while it was read"))
    }

    fn ring(&self, items: &[Value], pending: Option<&Version>) -> Result<KeySet, KeyError> {
        let pending = pending.map(|version| secret_text::read(version.value.expose_secret()));
        let pending = match &pending {
            Some(Ok(SecretValue::Ring(items))) => items.as_slice(),
            Some(_) => {
                tracing::warn!("the pending version beside a key ring is none and left out");
                &[]
            }
            None => &[],
        };
        key_ring::key_set(items, pending, &self.policy, self.keep.as_secs())
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
        version_key::key_set(keys, &self.policy)
    }

    fn key(&self, version: &Version, stage: Stage) -> Result<VersionKey, KeyError> {
        VersionKey::read(version.value.expose_secret(), Some(&version.id), stage, &self.policy)
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
