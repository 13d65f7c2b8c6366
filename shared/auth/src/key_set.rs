//! The secrets that may sign a token, each with its stage in a rotation.

use std::fmt;

use jsonwebtoken::DecodingKey;

use crate::algorithm::{Algorithm, Algorithms};
use crate::{Error, SigningKey};

/// Where a secret is in its rotation; the names of Secrets Manager's staging labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Signs and verifies (`AWSCURRENT`).
    Current,
    /// Verifies what it signed before the last rotation (`AWSPREVIOUS`).
    Previous,
    /// Verifies what a peer signs that saw the rotation first (`AWSPENDING`).
    Pending,
}

/// One shared secret. Shows nothing of itself, and is overwritten when it is dropped.
#[derive(Clone)]
pub struct HmacKey {
    stage: Stage,
    kid: Option<String>,
    not_after: Option<u64>,
    secret_bytes: usize,
    looks_public: bool,
    key: DecodingKey,
}

impl HmacKey {
    /// The key of these bytes, exactly as they are: a trailing newline makes another key.
    pub fn new(secret: &[u8], stage: Stage) -> Self {
        Self {
            stage,
            kid: None,
            not_after: None,
            secret_bytes: secret.len(),
            looks_public: looks_public(secret),
            key: DecodingKey::from_secret(secret),
        }
    }

    /// The same key, named: a token that names another key is not tried with it.
    #[must_use]
    pub fn with_kid(self, kid: String) -> Self {
        Self { kid: Some(kid), ..self }
    }

    /// The same key, which verifies nothing after this moment (unix seconds).
    #[must_use]
    pub fn with_not_after(self, not_after: u64) -> Self {
        Self { not_after: Some(not_after), ..self }
    }

    /// Where it is in its rotation.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Says why it is no key for these algorithms.
    ///
    /// # Errors
    /// [`UnsafeKey`]: empty, a public key, or too short for every one of `algorithms`.
    pub fn check(&self, algorithms: &Algorithms) -> Result<(), UnsafeKey> {
        self.check_length(algorithms.min_secret_bytes())
    }

    fn check_length(&self, needed_bytes: usize) -> Result<(), UnsafeKey> {
        if self.secret_bytes == 0 {
            Err(UnsafeKey::Empty)
        } else if self.looks_public {
            Err(UnsafeKey::PublicKey)
        } else if self.secret_bytes < needed_bytes {
            Err(UnsafeKey::TooShort { needed_bytes, found_bytes: self.secret_bytes })
        } else {
            Ok(())
        }
    }

    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.secret_bytes >= algorithm.min_secret_bytes()
    }

    fn signed(&self, message: &[u8], signature: &str, algorithm: Algorithm) -> bool {
        // The comparison inside is constant-time; text that is not base64url is an error there.
        jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm.of_library())
            .unwrap_or(false)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HmacKey")
            .field("stage", &self.stage)
            .field("kid", &self.kid)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// A PEM text or a JWK given as a shared secret is a public key by mistake: everybody knows it.
fn looks_public(secret: &[u8]) -> bool {
    let text = secret.trim_ascii_start();
    text.starts_with(b"-----BEGIN")
        || serde_json::from_slice::<serde_json::Value>(text)
            .is_ok_and(|value| value.get("kty").is_some() || value.get("keys").is_some())
}

/// The keys that verify, checked once when the set is built.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<HmacKey>,
    short_secrets: bool,
}

impl KeySet {
    /// The set of these keys.
    ///
    /// # Errors
    /// [`UnsafeKey::None`] without a key; [`UnsafeKey`] of the first key that is too short for
    /// every one of `algorithms` (RFC 7518 §3.2), empty, or a public key.
    pub fn new(keys: Vec<HmacKey>, algorithms: &Algorithms) -> Result<Self, UnsafeKey> {
        Self::checked(keys, algorithms.min_secret_bytes(), false)
    }

    /// The set of these keys, of any length but zero: for development mode alone.
    ///
    /// # Errors
    /// As [`KeySet::new`], without [`UnsafeKey::TooShort`].
    pub fn for_development(keys: Vec<HmacKey>) -> Result<Self, UnsafeKey> {
        Self::checked(keys, 1, true)
    }

    fn checked(
        keys: Vec<HmacKey>,
        needed_bytes: usize,
        short_secrets: bool,
    ) -> Result<Self, UnsafeKey> {
        if keys.is_empty() {
            return Err(UnsafeKey::None);
        }
        for key in &keys {
            key.check_length(needed_bytes)?;
        }
        Ok(Self { keys, short_secrets })
    }

    /// The key to sign with: the current one, with the first of `algorithms` it is long enough for.
    pub fn signing_key(&self, algorithms: &Algorithms) -> Option<SigningKey> {
        let current = self.keys.iter().find(|key| key.stage == Stage::Current)?;
        let serving = algorithms.iter().find(|algorithm| current.serves(*algorithm));
        let algorithm = match serving {
            None if self.short_secrets => algorithms.iter().next(),
            found => found,
        }?;
        let secret = current.key.try_get_as_bytes().ok()?;
        Some(SigningKey::new(secret, algorithm, current.kid.clone()))
    }

    /// Whether a key of the set signed `message`.
    ///
    /// When the token names a key and the keys have names, only the named one is tried.
    pub(crate) fn check_signature(
        &self,
        message: &[u8],
        signature: &str,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: u64,
    ) -> Result<(), Error> {
        let alive = |key: &&HmacKey| key.not_after.is_none_or(|not_after| now <= not_after);
        let named = kid.filter(|_| self.keys.iter().filter(alive).any(|key| key.kid.is_some()));
        let mut tried_by_name = false;
        for key in self.keys.iter().filter(alive) {
            if named.is_some() {
                if key.kid.as_deref() != named {
                    continue;
                }
                tried_by_name = true;
            }
            if (self.short_secrets || key.serves(algorithm))
                && key.signed(message, signature, algorithm)
            {
                return Ok(());
            }
        }
        Err(match (named, tried_by_name) {
            (Some(_), true) => Error::BadSignature,
            (Some(_), false) => Error::UnknownKey,
            (None, _) => Error::UnknownSignature,
        })
    }
}

/// Why a secret may not be a key. Says nothing of the secret but its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeKey {
    /// There is no key at all.
    #[error("there is no secret")]
    None,
    /// The secret has no bytes.
    #[error("the secret is empty")]
    Empty,
    /// A PEM or JWK text: what anyone may know is not a secret.
    #[error("the secret is a PEM or JWK text, not a shared secret")]
    PublicKey,
    /// Fewer bytes than the hash has (RFC 7518 §3.2).
    #[error("the secret has {found_bytes} bytes and needs at least {needed_bytes}")]
    TooShort {
        /// What the shortest allowed algorithm needs.
        needed_bytes: usize,
        /// What there is.
        found_bytes: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(secret: &[u8]) -> HmacKey {
        HmacKey::new(secret, Stage::Current)
    }

    fn set(secret: &[u8], names: [&str; 1]) -> Result<KeySet, UnsafeKey> {
        KeySet::new(vec![current(secret)], &Algorithms::from_names(names).unwrap())
    }

    #[test]
    fn a_secret_is_as_long_as_the_hash() {
        assert!(set(&[7; 32], ["HS256"]).is_ok());
        assert!(set(&[7; 48], ["HS384"]).is_ok());
        assert!(set(&[7; 64], ["HS512"]).is_ok());
        let too_short = UnsafeKey::TooShort { needed_bytes: 64, found_bytes: 63 };
        assert_eq!(set(&[7; 63], ["HS512"]).err(), Some(too_short));
        assert_eq!(set(&[], ["HS256"]).err(), Some(UnsafeKey::Empty));
        assert_eq!(
            KeySet::new(vec![], &Algorithms::of_shared_secrets()).err(),
            Some(UnsafeKey::None)
        );
    }

    #[test]
    fn a_public_key_is_not_a_secret() {
        let pem = format!("\n-----BEGIN PUBLIC KEY-----\n{}", "A".repeat(400));
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx"}"#;
        for secret in [pem.as_str(), jwk, r#" {"keys":[{"kty":"EC","crv":"P-256","x":"_"}]}"#] {
            assert_eq!(
                KeySet::for_development(vec![current(secret.as_bytes())]).err(),
                Some(UnsafeKey::PublicKey)
            );
        }
    }

    #[test]
    fn development_takes_a_short_secret_but_not_an_empty_one() {
        let short = KeySet::for_development(vec![current(b"secret")]).unwrap();
        assert!(short.signing_key(&Algorithms::of_shared_secrets()).is_some());
        let empty = KeySet::for_development(vec![current(b"")]);
        assert_eq!(empty.err(), Some(UnsafeKey::Empty));
    }

    #[test]
    fn a_pending_secret_does_not_sign() {
        let pending = HmacKey::new(&[7; 32], Stage::Pending);
        let keys = KeySet::new(vec![pending], &Algorithms::of_shared_secrets()).unwrap();
        assert!(keys.signing_key(&Algorithms::of_shared_secrets()).is_none());
    }

    #[test]
    fn nothing_shows_the_secret() {
        let key = current(b"a-secret-that-nobody-may-ever-see").with_kid("v1".to_owned());
        let shown = format!("{key:?}");
        assert!(!shown.contains("nobody") && !shown.contains("97, 45"), "{shown}");
    }
}
