//! The keys that verify, checked once when the set is built.

use crate::algorithm::{Algorithm, Algorithms, KeyKind};
use crate::public_key::PublicKey;
use crate::secret_key::{HmacKey, UnsafeKey};
use crate::{Error, SigningKey};

/// Secrets and public keys. Neither is ever tried for an algorithm of the other.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    secrets: Vec<HmacKey>,
    public_keys: Vec<PublicKey>,
    private_keys: Vec<PrivateKey>,
    has_short_secrets: bool,
}

/// A private key, and when it signs (unix seconds).
#[derive(Debug, Clone)]
struct PrivateKey {
    key: SigningKey,
    signs_from: u64,
    not_after: Option<u64>,
}

impl KeySet {
    /// The set of these secrets.
    ///
    /// # Errors
    /// [`UnsafeKey::None`] without a key; [`UnsafeKey`] of the first key that is too short for
    /// every one of `algorithms` (RFC 7518 §3.2), empty, or a public key.
    pub fn new(secrets: Vec<HmacKey>, algorithms: &Algorithms) -> Result<Self, UnsafeKey> {
        Self::checked(secrets, algorithms.min_secret_bytes(), false)
    }

    /// The set of these secrets, of any length but zero: for development mode alone.
    ///
    /// # Errors
    /// As [`KeySet::new`], without [`UnsafeKey::TooShort`].
    pub fn for_development(secrets: Vec<HmacKey>) -> Result<Self, UnsafeKey> {
        Self::checked(secrets, 1, true)
    }

    /// The set of these public keys, none perhaps: then every token is refused.
    pub fn of_public_keys(public_keys: Vec<PublicKey>) -> Self {
        Self { public_keys, ..Self::default() }
    }

    /// The same set with these public keys as well.
    #[must_use]
    pub fn with_public_keys(mut self, public_keys: Vec<PublicKey>) -> Self {
        self.public_keys.extend(public_keys);
        self
    }

    /// The same set with this private key, which signs from `signs_from` on and not after `not_after`
    /// (unix seconds). Its public half is to be in the set as well.
    #[must_use]
    pub fn with_private_key(
        mut self,
        key: SigningKey,
        signs_from: u64,
        not_after: Option<u64>,
    ) -> Self {
        self.private_keys.push(PrivateKey { key, signs_from, not_after });
        self
    }

    /// Those that may be published: the public ones.
    pub fn public_keys(&self) -> &[PublicKey] {
        &self.public_keys
    }

    fn checked(
        secrets: Vec<HmacKey>,
        needed_bytes: usize,
        has_short_secrets: bool,
    ) -> Result<Self, UnsafeKey> {
        if secrets.is_empty() {
            return Err(UnsafeKey::None);
        }
        for key in &secrets {
            key.check_length(needed_bytes)?;
        }
        Ok(Self { secrets, has_short_secrets, ..Self::default() })
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.public_keys.is_empty()
    }

    /// The key to sign with at `now` (unix seconds): of the current ones the one that began to sign
    /// last, a secret with the first of `algorithms` that it serves.
    pub fn signing_key(&self, algorithms: &Algorithms, now: u64) -> Option<SigningKey> {
        let private = self.private_keys.iter().filter(|private| {
            private.signs_from <= now
                && private.not_after.is_none_or(|not_after| now <= not_after)
                && algorithms.allow(private.key.algorithm())
        });
        let private = private.max_by_key(|private| private.signs_from);
        let signing = self.secrets.iter().filter_map(|key| Some((key.signing_since(now)?, key)));
        // The first of several that began at once: the order is the operator's.
        let secret = signing.rev().max_by_key(|(since, _)| *since);
        match (private, secret) {
            (Some(private), Some((since, _))) if private.signs_from >= since => {
                Some(private.key.clone())
            }
            (Some(private), None) => Some(private.key.clone()),
            (_, Some((_, secret))) => self.with_secret(secret, algorithms),
            (None, None) => None,
        }
    }

    fn with_secret(&self, secret: &HmacKey, algorithms: &Algorithms) -> Option<SigningKey> {
        let serving = algorithms.iter().find(|algorithm| secret.serves(*algorithm));
        let algorithm = match serving {
            None if self.has_short_secrets => algorithms.iter().find(|one| secret.fits(*one)),
            found => found,
        }?;
        secret.signing_key(algorithm)
    }

    /// When the key that signed `message` verifies no more (unix seconds), if it ever ends.
    ///
    /// When the token names a key and the keys have names, only the named one is tried; two of one
    /// name are no key, because nobody can say which is meant.
    pub(crate) fn check_signature(
        &self,
        message: &[u8],
        signature: &str,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: u64,
    ) -> Result<Option<u64>, Error> {
        match algorithm.key_kind() {
            KeyKind::Secret => self.check_with_secrets(message, signature, algorithm, kid, now),
            KeyKind::Rsa | KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519 => {
                let key = self.public_key(algorithm, kid, now)?;
                let is_good = key.signed(message, signature, algorithm);
                if is_good { Ok(key.not_after()) } else { Err(Error::BadSignature) }
            }
        }
    }

    fn check_with_secrets(
        &self,
        message: &[u8],
        signature: &str,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: u64,
    ) -> Result<Option<u64>, Error> {
        let alive = || self.secrets.iter().filter(|key| key.is_alive(now));
        let signed = |key: &&HmacKey| {
            let serves = key.serves(algorithm) || (self.has_short_secrets && key.fits(algorithm));
            serves && key.signed(message, signature, algorithm)
        };
        let Some(kid) = kid.filter(|_| alive().any(|key| key.kid().is_some())) else {
            let key = alive().find(signed).ok_or(Error::UnknownSignature)?;
            return Ok(key.not_after());
        };
        let mut named = alive().filter(|key| key.kid() == Some(kid));
        match (named.next(), named.next()) {
            (None, _) => Err(Error::UnknownKey),
            (Some(_), Some(_)) => Err(Error::AmbiguousKey),
            (Some(key), None) if signed(&key) => Ok(key.not_after()),
            (Some(_), None) => Err(Error::BadSignature),
        }
    }

    /// The one public key that may have signed: the named one, or the only one when none of the set
    /// has a name.
    fn public_key(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: u64,
    ) -> Result<&PublicKey, Error> {
        let alive = || self.public_keys.iter().filter(|key| key.is_alive(now));
        let has_names = alive().any(|key| key.kid().is_some());
        if has_names && kid.is_none() {
            return Err(Error::MissingKid);
        }
        let named = || alive().filter(|key| !has_names || key.kid() == kid);
        let mut serving = named().filter(|key| key.serves(algorithm));
        match (serving.next(), serving.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Error::AmbiguousKey),
            (None, _) if named().next().is_some() => Err(Error::UnfitKey),
            (None, _) => Err(Error::UnknownKey),
        }
    }
}

#[cfg(test)]
#[path = "primitives_tests.rs"]
mod primitives_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret_key::Stage;

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
        assert!(set(&[7; 64], ["RS256"]).is_err());
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
        assert!(short.signing_key(&Algorithms::of_shared_secrets(), 0).is_some());
        let empty = KeySet::for_development(vec![current(b"")]);
        assert_eq!(empty.err(), Some(UnsafeKey::Empty));
    }

    #[test]
    fn a_pending_secret_does_not_sign() {
        let pending = HmacKey::new(&[7; 32], Stage::Pending);
        let keys = KeySet::new(vec![pending], &Algorithms::of_shared_secrets()).unwrap();
        assert!(keys.signing_key(&Algorithms::of_shared_secrets(), 0).is_none());
    }

    #[test]
    fn of_several_current_secrets_the_one_that_began_last_signs() {
        let key = |kid: &str, from, until| {
            current(&[7; 32]).with_kid(kid.into()).with_signs_from(from).with_not_after(until)
        };
        let ring = vec![key("old", 100, 900), key("new", 200, 900), key("next", 300, 900)];
        let keys = KeySet::new(ring, &Algorithms::of_shared_secrets()).unwrap();
        let kid_at = |now| {
            let key = keys.signing_key(&Algorithms::of_shared_secrets(), now)?;
            key.kid().map(str::to_owned)
        };
        assert_eq!(kid_at(99), None);
        assert_eq!(kid_at(100).as_deref(), Some("old"));
        assert_eq!(kid_at(199).as_deref(), Some("old"));
        assert_eq!(kid_at(200).as_deref(), Some("new"));
        assert_eq!(kid_at(900).as_deref(), Some("next"));
        assert_eq!(kid_at(901), None);
    }

    fn private(kid: &str) -> SigningKey {
        let pair = crate::generate_key_pair(Algorithm::EdDsa).unwrap();
        let pem = secrecy::ExposeSecret::expose_secret(&pair);
        SigningKey::from_pem(pem, &Algorithms::of_public_keys(), Some(kid.to_owned())).unwrap()
    }

    #[test]
    fn of_several_private_keys_the_one_that_began_last_signs_while_it_may() {
        let keys = KeySet::default()
            .with_private_key(private("old"), 100, Some(900))
            .with_private_key(private("new"), 200, Some(800));
        let kid_at = |now, algorithms: &Algorithms| {
            keys.signing_key(algorithms, now)?.kid().map(str::to_owned)
        };
        let all = Algorithms::of_public_keys();
        for (now, kid) in [
            (99, None),
            (100, Some("old")),
            (199, Some("old")),
            (200, Some("new")),
            (800, Some("new")),
            (801, Some("old")),
            (900, Some("old")),
            (901, None),
        ] {
            assert_eq!(kid_at(now, &all).as_deref(), kid, "{now}");
        }
        assert_eq!(kid_at(500, &Algorithms::from_names(["ES256"]).unwrap()), None);
    }

    #[test]
    fn of_a_secret_and_a_private_key_the_one_that_began_last_signs() {
        let secret = current(&[7; 64]).with_kid("secret".to_owned()).with_signs_from(500);
        let algorithms = Algorithms::from_names(["HS256", "EdDSA"]).unwrap();
        for (since, kid) in [(499, "secret"), (500, "private"), (501, "private")] {
            let keys = KeySet::new(vec![secret.clone()], &algorithms).unwrap();
            let keys = keys.with_private_key(private("private"), since, None);
            let key = keys.signing_key(&algorithms, 1_000).unwrap();
            assert_eq!(key.kid(), Some(kid), "{since}");
        }
    }

    #[test]
    fn public_keys_are_published_and_secrets_and_private_keys_not() {
        let key = private("one");
        let public = || vec![key.public_key().unwrap().clone()];
        assert!(KeySet::default().is_empty());
        assert!(!KeySet::of_public_keys(public()).is_empty());
        let secrets =
            KeySet::new(vec![current(&[7; 64])], &Algorithms::of_shared_secrets()).unwrap();
        assert!(!secrets.is_empty() && secrets.public_keys().is_empty());
        let keys = secrets.with_public_keys(public()).with_private_key(key.clone(), 0, None);
        let kids: Vec<_> = keys.public_keys().iter().map(|key| key.kid()).collect();
        assert_eq!(kids, [Some("one")]);
    }

    #[test]
    fn a_public_key_that_is_named_is_the_only_one_that_may_have_signed() {
        let public = private("one").public_key().unwrap().clone();
        let keys = KeySet::of_public_keys(vec![public.clone()]);
        let check = |keys: &KeySet, algorithm, kid| {
            keys.check_signature(b"message", "AAAA", algorithm, kid, 0).unwrap_err()
        };
        assert_eq!(check(&keys, Algorithm::EdDsa, Some("one")), Error::BadSignature);
        assert_eq!(check(&keys, Algorithm::Es256, Some("one")), Error::UnfitKey);
        assert_eq!(check(&keys, Algorithm::EdDsa, Some("two")), Error::UnknownKey);
        assert_eq!(check(&keys, Algorithm::EdDsa, None), Error::MissingKid);
        let twice = KeySet::of_public_keys(vec![public.clone(), public]);
        assert_eq!(check(&twice, Algorithm::EdDsa, Some("one")), Error::AmbiguousKey);
    }

    #[test]
    fn a_secret_that_is_too_short_for_an_algorithm_signs_with_none() {
        let both = Algorithms::from_names(["HS512", "HS256"]).unwrap();
        let keys = KeySet::new(vec![current(&[7; 32])], &both).unwrap();
        assert_eq!(keys.signing_key(&both, 0).unwrap().algorithm(), Algorithm::Hs256);
        let long = Algorithms::from_names(["HS512"]).unwrap();
        assert!(keys.signing_key(&long, 0).is_none());
        let short = KeySet::for_development(vec![current(&[7; 32])]).unwrap();
        assert_eq!(short.signing_key(&long, 0).unwrap().algorithm(), Algorithm::Hs512);
    }

    #[test]
    fn nothing_shows_the_secret() {
        let key = current(b"a-secret-that-nobody-may-ever-see").with_kid("v1".to_owned());
        let shown = format!("{key:?}");
        assert!(!shown.contains("nobody") && !shown.contains("97, 45"), "{shown}");
    }
}
