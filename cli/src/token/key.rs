//! Where the key of a token comes from.

use std::error::Error;
use std::sync::Arc;

use auth::{Algorithm, Algorithms, HmacKey, KeySet, Policy, SigningKey, Stage};
use keys::{Intervals, KeySource};
use settings::Environment;

/// Outside development mode shorter secrets are refused (RFC 7518 §3.2, HS256).
const MIN_SECRET_BYTES: usize = 32;

/// A secret, or where it is.
#[derive(Debug, PartialEq)]
pub(super) enum Secret {
    /// This text.
    Text(String),
    /// In AWS Secrets Manager, at this ARN or name: a secret, a private key or a key ring.
    Arn(String),
}

impl Secret {
    /// What the options name, `(--secret, --secret-arn)`, else what the environment does.
    pub(super) fn find(
        named: (Option<&str>, Option<&str>),
        environment: &dyn Environment,
    ) -> Option<Self> {
        let set = |variable: &str| environment.get(variable).filter(|value| !value.is_empty());
        match named {
            (Some(secret), _) if !secret.is_empty() => Some(Self::Text(secret.to_owned())),
            (_, Some(arn)) => Some(Self::Arn(arn.to_owned())),
            _ => set("CUBEJS_API_SECRET")
                .map(Self::Text)
                .or_else(|| set("TESSERA_API_SECRET_ARN").map(Self::Arn)),
        }
    }

    /// What to say of a secret that works in development mode only.
    pub(super) fn warning(&self) -> Option<String> {
        let Self::Text(secret) = self else { return None };
        (secret.len() < MIN_SECRET_BYTES).then(|| {
            format!(
                "The secret has less than {MIN_SECRET_BYTES} bytes: \
                 tokens signed with it are accepted in development mode only."
            )
        })
    }

    /// The key that signs at `now` (unix seconds).
    ///
    /// # Errors
    /// A sentence: the secret cannot be had, or holds no key.
    pub(super) fn signing_key(&self, now: u64) -> Result<SigningKey, Box<dyn Error>> {
        if let Self::Text(secret) = self {
            return Ok(SigningKey::new(secret.as_bytes(), Algorithm::Hs256, None));
        }
        let key = self.keys()?.signing_key(&all_algorithms()?, now);
        key.ok_or_else(|| "the secret has no key that signs now".into())
    }

    /// The keys that verify.
    ///
    /// # Errors
    /// As [`Secret::signing_key`].
    pub(super) fn keys(&self) -> Result<Arc<KeySet>, Box<dyn Error>> {
        match self {
            Self::Text(secret) => {
                let key = HmacKey::new(secret.as_bytes(), Stage::Current);
                Ok(Arc::new(KeySet::for_development(vec![key])?))
            }
            Self::Arn(arn) => {
                let policy = Policy::new(all_algorithms()?);
                let (every, clock) = (Intervals::OF_SECRETS, settings::clock());
                let source = KeySource::secrets_manager(arn.clone(), None, policy, every, clock);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                Ok(runtime.block_on(source.get())?.value)
            }
        }
    }
}

/// Whatever the key is for: it is the operator's own.
pub(super) fn all_algorithms() -> Result<Algorithms, auth::UnsafeAlgorithms> {
    Algorithms::from_names(Algorithm::ALL.map(Algorithm::name))
}

#[cfg(test)]
mod tests {
    use settings::Map;

    use super::*;

    #[test]
    fn options_win_over_the_environment_and_a_secret_over_its_place() {
        let found = |named, pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Secret::find(named, &pairs.collect::<Map>())
        };
        let text = |text: &str| Some(Secret::Text(text.to_owned()));
        let arn = |arn: &str| Some(Secret::Arn(arn.to_owned()));
        let both = [("CUBEJS_API_SECRET", "a"), ("TESSERA_API_SECRET_ARN", "b")];
        assert_eq!(found((Some("x"), None), &both), text("x"));
        assert_eq!(found((None, Some("y")), &both), arn("y"));
        assert_eq!(found((None, None), &both), text("a"));
        assert_eq!(found((None, None), &both[1..]), arn("b"));
        assert_eq!(found((None, None), &[("CUBEJS_API_SECRET", "")]), None);
        assert_eq!(found((Some(""), None), &[]), None);
    }

    #[test]
    fn a_short_secret_is_told() {
        let warning = Secret::Text("secret".to_owned()).warning().unwrap();
        assert!(warning.contains("32 bytes"));
        assert_eq!(Secret::Text("x".repeat(32)).warning(), None);
    }
}
