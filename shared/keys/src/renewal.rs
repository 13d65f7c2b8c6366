//! The next value of a secret that signs tokens, in the form of the one that is there.

use std::time::Duration;

use auth::{
    Algorithm, KeyKind, MAX_DEPTH, NotGenerated, SigningKey, Stage, generate_key_pair,
    generate_key_pair_like, generate_secret, read_object,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::key_ring::{self, Standing};
use crate::secret_text::{self, MAX_VALUE_BYTES, SecretValue, malformed};
use crate::version_key::{self, VersionKey};
use crate::{KeyError, Overlap};

/// Why a secret gets no next value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRenewed {
    /// The value that is there is none that can be rotated.
    #[error("the secret cannot be rotated")]
    Current(#[source] KeyError),
    /// Tokens that an earlier key signed may be alive when it is gone.
    #[error("the secret was rotated too short a time ago: in {wait_s} seconds it may be again")]
    TooSoon {
        /// How much too soon.
        wait_s: u64,
    },
    /// A ring has no room for another key.
    #[error("the key ring is full of keys whose tokens may be alive")]
    Full,
    /// No new key.
    #[error("no new key was made")]
    NotGenerated(#[from] NotGenerated),
}

impl Overlap {
    /// The value that follows `current`: another secret, another key pair of the same kind, or the
    /// same ring with one more key of the newest one's algorithm and without those that are over.
    ///
    /// A ring names the new key `kid`. `since` is when the current value took over from another;
    /// `None` when it is the first.
    ///
    /// # Errors
    /// [`NotRenewed`]
    pub fn renewed(
        &self,
        current: &str,
        since: Option<Duration>,
        kid: &str,
        now: Duration,
    ) -> Result<SecretString, NotRenewed> {
        let value = secret_text::read(current).map_err(NotRenewed::Current)?;
        if !matches!(value, SecretValue::Ring(_)) {
            self.check_version(current).map_err(NotRenewed::Current)?;
            let from = since.map(|since| self.may_be_replaced_from(since));
            wait_until(from.unwrap_or_default(), now)?;
        }
        match value {
            SecretValue::Plain(_) if current.trim_start().starts_with('{') => {
                let secret = generate_secret()?;
                with_member(current, "secret", json!(secret.expose_secret()))
            }
            SecretValue::Plain(_) => Ok(generate_secret()?),
            SecretValue::Pem(pem) => Ok(generate_key_pair_like(pem.expose_secret())?),
            SecretValue::Ring(items) => self.renewed_ring(current, &items, kid, now),
        }
    }

    /// The key of a pending value that is to sign once it takes over: that of the version `id`.
    ///
    /// # Errors
    /// [`KeyError`] when it is none that verifiers would accept.
    pub fn pending_key(&self, value: &str, id: &str) -> Result<SigningKey, KeyError> {
        let algorithms = &self.policy.algorithms;
        let key = match secret_text::read(value)? {
            SecretValue::Ring(items) => {
                let signs_from = self.standing(&items, Duration::ZERO)?.newest_signs_from;
                let set = key_ring::key_set(&items, &[], &self.policy, self.every.keep.as_secs())?;
                set.signing_key(algorithms, signs_from).filter(|key| key.kid() == Some(id))
            }
            SecretValue::Plain(_) | SecretValue::Pem(_) => {
                let key = VersionKey::read(value, Some(id), Stage::Current, &self.policy)?;
                version_key::key_set(vec![key], &self.policy)?.signing_key(algorithms, 0)
            }
        };
        key.ok_or(KeyError::NoSigningKey)
    }

    fn check_version(&self, current: &str) -> Result<(), KeyError> {
        VersionKey::read(current, None, Stage::Current, &self.policy).map(|_| ())
    }

    fn standing(&self, items: &[Value], now: Duration) -> Result<Standing, KeyError> {
        key_ring::standing(items, &self.policy, self.every.keep.as_secs(), now.as_secs())
    }

    fn renewed_ring(
        &self,
        current: &str,
        items: &[Value],
        kid: &str,
        now: Duration,
    ) -> Result<SecretString, NotRenewed> {
        let standing = self.standing(items, now).map_err(NotRenewed::Current)?;
        wait_until(Duration::from_secs(standing.newest_signs_from), now)?;
        let signs_from = self.ring_key_signs_from(now).as_secs();
        let mut keys = standing.living;
        keys.push(new_ring_key(kid, standing.newest, signs_from)?);
        if keys.len() > key_ring::MAX_KEYS {
            return Err(NotRenewed::Full);
        }
        let ring = with_member(current, "keys", Value::Array(keys))?;
        if ring.expose_secret().len() > MAX_VALUE_BYTES {
            return Err(NotRenewed::Full);
        }
        Ok(ring)
    }
}

/// A key ring of one new key, which signs from `sign_from` (unix seconds) on.
///
/// # Errors
/// [`NotGenerated`]
pub fn new_key_ring(
    kid: &str,
    algorithm: Algorithm,
    sign_from: u64,
) -> Result<SecretString, NotGenerated> {
    let key = new_ring_key(kid, algorithm, sign_from)?;
    Ok(json!({ "keys": [key] }).to_string().into())
}

fn new_ring_key(kid: &str, algorithm: Algorithm, sign_from: u64) -> Result<Value, NotGenerated> {
    let (member, value) = match algorithm.key_kind() {
        KeyKind::Secret => ("k", URL_SAFE_NO_PAD.encode(generate_secret()?.expose_secret())),
        KeyKind::Rsa | KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519 => {
            ("pem", generate_key_pair(algorithm)?.expose_secret().to_owned())
        }
    };
    let name = algorithm.name();
    Ok(json!({ "kid": kid, "alg": name, member: value, "sign_from": sign_from }))
}

/// The same JSON object with another value for this member.
fn with_member(object: &str, name: &str, value: Value) -> Result<SecretString, NotRenewed> {
    let members = read_object(object.as_bytes(), MAX_DEPTH);
    let mut members: Map<String, Value> =
        members.map_err(|_| NotRenewed::Current(malformed("it is no JSON object")))?;
    members.insert(name.to_owned(), value);
    Ok(Value::Object(members).to_string().into())
}

fn wait_until(moment: Duration, now: Duration) -> Result<(), NotRenewed> {
    match moment.saturating_sub(now) {
        Duration::ZERO => Ok(()),
        wait => Err(NotRenewed::TooSoon { wait_s: wait.as_secs() + 1 }),
    }
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
