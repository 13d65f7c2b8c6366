//! What one version of a secret is a key for.

use auth::{
    Algorithm, HmacKey, KeyKind, KeySet, Policy, PublicKey, SigningKey, Stage, UnusableKey,
};
use secrecy::ExposeSecret;

use crate::KeyError;
use crate::secret_text::{self, SecretValue, malformed};

/// The key in one version of a secret.
pub(crate) enum VersionKey {
    /// A shared secret.
    Secret(HmacKey),
    /// A public key, and the private one that signs if there is one and the version is current.
    Pair(PublicKey, Option<SigningKey>),
}

impl VersionKey {
    /// The key in this value, named as the version is.
    ///
    /// # Errors
    /// [`KeyError`] for what is no key that is safe for `policy`.
    pub(crate) fn read(
        value: &str,
        kid: Option<&str>,
        stage: Stage,
        policy: &Policy,
    ) -> Result<Self, KeyError> {
        match secret_text::read(value)? {
            SecretValue::Ring(_) => Err(malformed("it is a key ring beside a plain secret")),
            SecretValue::Plain(secret) => {
                let key = HmacKey::new(secret.expose_secret().as_bytes(), stage);
                key.check(&policy.algorithms).map_err(KeyError::Unsafe)?;
                Ok(Self::Secret(match kid {
                    Some(kid) => key.with_kid(kid.to_owned()),
                    None => key,
                }))
            }
            SecretValue::Pem(pem) => {
                let (public, private) = pair(pem.expose_secret(), kid, policy).map_err(|_| {
                    malformed("it is a PEM text of no safe key for an allowed `alg`")
                })?;
                let signs = stage == Stage::Current;
                Ok(Self::Pair(public, private.filter(|_| signs)))
            }
        }
    }

    /// The same key, which verifies nothing after this moment (unix seconds).
    pub(crate) fn with_not_after(self, not_after: u64) -> Self {
        match self {
            Self::Secret(key) => Self::Secret(key.with_not_after(not_after)),
            Self::Pair(key, private) => Self::Pair(key.with_not_after(not_after), private),
        }
    }
}

/// The public key of a PEM text for the first allowed algorithm of its kind, and the private one.
pub(crate) fn pair(
    pem: &str,
    kid: Option<&str>,
    policy: &Policy,
) -> Result<(PublicKey, Option<SigningKey>), UnusableKey> {
    let algorithms = &policy.algorithms;
    if pem.contains("PRIVATE KEY") {
        let private = SigningKey::from_pem(pem, algorithms, kid.map(str::to_owned))?;
        let public = private.public_key().ok_or(UnusableKey::Secret)?.clone();
        return Ok((public, Some(private)));
    }
    let public = PublicKey::from_pem(pem)?;
    let fits = |algorithm: &Algorithm| {
        algorithm.key_kind() != KeyKind::Secret && public.clone().with_algorithm(*algorithm).is_ok()
    };
    let algorithm = algorithms.iter().find(fits).ok_or(UnusableKey::NotForSignatures)?;
    let public = public.with_algorithm(algorithm)?;
    Ok(match kid {
        Some(kid) => (public.with_kid(kid.to_owned()), None),
        None => (public, None),
    })
}

/// The set of these keys, the current one first.
///
/// # Errors
/// [`KeyError::Unsafe`]
pub(crate) fn key_set(keys: Vec<VersionKey>, policy: &Policy) -> Result<KeySet, KeyError> {
    let (mut secrets, mut public_keys, mut signing) = (Vec::new(), Vec::new(), None);
    for key in keys {
        match key {
            VersionKey::Secret(key) => secrets.push(key),
            VersionKey::Pair(public, private) => {
                public_keys.push(public);
                signing = signing.or(private);
            }
        }
    }
    let set = if secrets.is_empty() {
        KeySet::of_public_keys(public_keys)
    } else {
        KeySet::new(secrets, &policy.algorithms)
            .map_err(KeyError::Unsafe)?
            .with_public_keys(public_keys)
    };
    Ok(match signing {
        Some(key) => set.with_private_key(key, 0, None),
        None => set,
    })
}
