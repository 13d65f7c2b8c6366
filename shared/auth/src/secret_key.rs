//! Shared secrets, each with its stage in a rotation.

use std::fmt;

use jsonwebtoken::DecodingKey;

use crate::SigningKey;
use crate::algorithm::{Algorithm, Algorithms, KeyKind};

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
    algorithm: Option<Algorithm>,
    signs_from: u64,
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
            algorithm: None,
            signs_from: 0,
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

    /// The same key for one algorithm alone, whatever its length would allow.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    /// The same key, which signs nothing before this moment (unix seconds).
    #[must_use]
    pub fn with_signs_from(self, signs_from: u64) -> Self {
        Self { signs_from, ..self }
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

    /// Says why it is no key for this algorithm.
    ///
    /// # Errors
    /// As [`HmacKey::check`].
    pub fn check_for(&self, algorithm: Algorithm) -> Result<(), UnsafeKey> {
        self.check_length(algorithm.min_secret_bytes())
    }

    pub(crate) fn check_length(&self, needed_bytes: usize) -> Result<(), UnsafeKey> {
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

    /// Whether tokens of `algorithm` may be verified with it.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.fits(algorithm) && self.secret_bytes >= algorithm.min_secret_bytes()
    }

    /// The same without the least length, for development mode.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        algorithm.key_kind() == KeyKind::Secret
            && self.algorithm.is_none_or(|only| only == algorithm)
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(crate) fn not_after(&self) -> Option<u64> {
        self.not_after
    }

    pub(crate) fn is_alive(&self, now: u64) -> bool {
        self.not_after.is_none_or(|not_after| now <= not_after)
    }

    /// The moment from which it signs, when it may sign at `now` at all.
    pub(crate) fn signing_since(&self, now: u64) -> Option<u64> {
        let may_sign = self.stage == Stage::Current && self.signs_from <= now && self.is_alive(now);
        may_sign.then_some(self.signs_from)
    }

    pub(crate) fn signing_key(&self, algorithm: Algorithm) -> Option<SigningKey> {
        let secret = self.key.try_get_as_bytes().ok()?;
        Some(SigningKey::new(secret, algorithm, self.kid.clone()))
    }

    pub(crate) fn signed(&self, message: &[u8], signature: &str, algorithm: Algorithm) -> bool {
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

    fn key(secret: &[u8]) -> HmacKey {
        HmacKey::new(secret, Stage::Current)
    }

    /// RFC 7518 section 3.2.
    #[test]
    fn a_key_is_checked_for_one_algorithm_or_for_the_least_of_several() {
        let short = Err(UnsafeKey::TooShort { needed_bytes: 64, found_bytes: 63 });
        assert_eq!(key(&[7; 63]).check_for(Algorithm::Hs512), short);
        assert_eq!(key(&[7; 64]).check_for(Algorithm::Hs512), Ok(()));
        let algorithms = Algorithms::of_shared_secrets();
        assert_eq!(key(&[7; 32]).check(&algorithms), Ok(()));
        let short = Err(UnsafeKey::TooShort { needed_bytes: 32, found_bytes: 31 });
        assert_eq!(key(&[7; 31]).check(&algorithms), short);
        assert_eq!(key(b"").check(&algorithms), Err(UnsafeKey::Empty));
    }

    #[test]
    fn a_key_for_one_algorithm_serves_no_other() {
        let key = key(&[7; 64]).with_algorithm(Algorithm::Hs384);
        assert!(key.serves(Algorithm::Hs384) && !key.serves(Algorithm::Hs256));
        assert!(!key.fits(Algorithm::Hs512) && !key.fits(Algorithm::Rs256));
    }

    #[test]
    fn a_key_verifies_and_signs_in_its_last_second_and_no_longer() {
        let key = key(&[7; 64]).with_signs_from(100).with_not_after(900);
        assert_eq!(key.not_after(), Some(900));
        assert!(key.is_alive(900) && !key.is_alive(901));
        let since = |now| key.signing_since(now);
        assert_eq!(
            [since(99), since(100), since(900), since(901)],
            [None, Some(100), Some(100), None]
        );
        let shown = format!("{key:?}");
        assert!(shown.contains("Current") && shown.contains("900"), "{shown}");
    }
}
