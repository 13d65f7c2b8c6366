//! Variables of the keys that verify and sign.

use std::sync::Arc;

use auth::{HmacKey, KeySet, Stage, UnsafeKey};
use keys::{Clock, KeySource, SecretsExtension};

use crate::{
    Environment, Error,
    auth::{Authentication, is_real_lambda},
    intervals::of_secrets,
    value::{list, text},
};

const JWT_KEY: &str = "CUBEJS_JWT_KEY";
const API_SECRETS: &str = "CUBEJS_API_SECRETS";
const API_SECRET: &str = "CUBEJS_API_SECRET";
const API_SECRET_ARN: &str = "TESSERA_API_SECRET_ARN";
const DEFAULT_EXTENSION_PORT: u16 = 2773;

/// Where the keys come from; `None` when the configuration names none that may be used.
///
/// `CUBEJS_JWT_KEY`, else `CUBEJS_API_SECRETS` (all verify, the first signs), else
/// `CUBEJS_API_SECRET`, as in Cube; `TESSERA_API_SECRET_ARN` stands alone. Nothing is fetched.
///
/// A PEM key in `CUBEJS_JWT_KEY` is no secret: `issuers` reads it.
pub fn read_keys(
    environment: &dyn Environment,
    authentication: &Authentication,
    clock: Clock,
    errors: &mut Vec<Error>,
) -> Option<KeySource> {
    let inline = inline_secrets(environment);
    match (text(environment, API_SECRET_ARN), inline) {
        (Some(_), Some((variable, _))) => {
            errors.push(Error::Conflict {
                first: API_SECRET_ARN,
                second: variable,
                reason: "drop one, so that it is clear which secret signs",
            });
            None
        }
        (Some(arn), None) => {
            let every = of_secrets(environment, errors);
            let (policy, extension) = (authentication.policy.clone(), extension(environment));
            Some(KeySource::secrets_manager(arn, extension, policy, every, clock))
        }
        (None, Some(_)) if !authentication.policy.algorithms.need_secret() => {
            errors.push(Error::Unsafe {
                variable: "CUBEJS_JWT_ALGS",
                reason: "it lists no algorithm of a shared secret: list HS256, HS384 or HS512",
            });
            None
        }
        (None, Some((variable, secrets))) => match key_set(&secrets, authentication) {
            Ok(keys) => Some(KeySource::Environment(Arc::new(keys))),
            Err(error) => {
                errors.push(Error::Unsafe { variable, reason: reason(error) });
                None
            }
        },
        (None, None) => {
            errors.push(Error::Missing {
                variable: API_SECRET,
                reason: "without keys no token can be verified (or set TESSERA_API_SECRET_ARN, \
                         CUBEJS_JWK_URL, TESSERA_ISSUERS or TESSERA_COGNITO_USER_POOL_ID)",
            });
            None
        }
    }
}

/// Whether any variable says where an API secret is.
pub(crate) fn has_api_secret(environment: &dyn Environment) -> bool {
    text(environment, API_SECRET_ARN).is_some() || inline_secrets(environment).is_some()
}

/// The AWS Parameters and Secrets extension, where it may be: beside a function, or at a port that
/// is named.
pub(crate) fn extension(environment: &dyn Environment) -> Option<SecretsExtension> {
    let token = text(environment, "AWS_SESSION_TOKEN")?;
    let port = text(environment, "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT");
    let port = match port {
        Some(port) => port.parse().ok()?,
        None if is_real_lambda(environment) => DEFAULT_EXTENSION_PORT,
        None => return None,
    };
    Some(SecretsExtension::new(port, token.into()))
}

/// What to say in the log about keys that work in development mode only.
pub fn short_secret_notice(environment: &dyn Environment) -> Option<String> {
    let (variable, secrets) = inline_secrets(environment)?;
    let short = secrets.iter().any(|secret| secret.len() < 32);
    short.then(|| {
        format!("{variable} has less than 32 bytes: outside development mode it is refused")
    })
}

/// Secrets are used byte for byte, so they are not trimmed; the items of a list are, as in Cube.
fn inline_secrets(environment: &dyn Environment) -> Option<(&'static str, Vec<String>)> {
    let whole = |variable: &'static str| {
        let secret = environment.get(variable).filter(|secret| !secret.is_empty())?;
        Some((variable, vec![secret]))
    };
    let listed = || {
        let secrets = list(environment, API_SECRETS)?;
        (!secrets.is_empty()).then_some((API_SECRETS, secrets))
    };
    whole(JWT_KEY).or_else(listed).or_else(|| whole(API_SECRET))
}

fn key_set(secrets: &[String], authentication: &Authentication) -> Result<KeySet, UnsafeKey> {
    let stages = std::iter::once(Stage::Current).chain(std::iter::repeat(Stage::Previous));
    let keys = secrets.iter().zip(stages);
    let keys = keys.map(|(secret, stage)| HmacKey::new(secret.as_bytes(), stage)).collect();
    if authentication.is_development {
        KeySet::for_development(keys)
    } else {
        KeySet::new(keys, &authentication.policy.algorithms)
    }
}

fn reason(error: UnsafeKey) -> &'static str {
    match error {
        UnsafeKey::None | UnsafeKey::Empty => "there is no secret in it",
        UnsafeKey::PublicKey => {
            "it holds a PEM or JWK text: as a shared secret anybody could sign with it (a PEM public \
             key belongs into CUBEJS_JWT_KEY)"
        }
        UnsafeKey::TooShort { .. } => {
            "a secret needs at least 32 bytes for HS256, 48 for HS384 and 64 for HS512, or it can \
             be guessed from a token"
        }
    }
}

#[cfg(test)]
mod tests {
    use auth::{Algorithm, Lifetime, SigningKey, mint, verify};

    use super::*;
    use crate::{Map, clock};

    const NOW: u64 = 1_800_000_000;
    const A: &str = "a-secret-of-more-than-32-bytes-a-secret";
    const B: &str = "b-secret-of-more-than-32-bytes-b-secret";

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> (Option<KeySource>, Vec<Error>) {
        let (map, mut errors) = (Map::from(pairs), Vec::new());
        let authentication = Authentication::read(&map, &mut errors);
        let source = read_keys(&map, &authentication, clock(), &mut errors);
        (source, errors)
    }

    fn verifies(source: Option<&KeySource>, secret: &str) -> bool {
        let Some(KeySource::Environment(keys)) = source else { return false };
        let key = SigningKey::new(secret.as_bytes(), Algorithm::Hs256, None);
        let token = mint(serde_json::Map::new(), &key, NOW, Lifetime::Seconds(9)).unwrap();
        let policy = auth::Policy::new(auth::Algorithms::of_shared_secrets());
        verify(&token, keys, &policy, NOW).is_ok()
    }

    #[test]
    fn the_key_wins_over_the_list_and_the_list_over_the_secret() {
        let (only, _) = read([("CUBEJS_API_SECRET", A)]);
        assert!(verifies(only.as_ref(), A));
        let (list, errors) =
            read([("CUBEJS_API_SECRET", "short"), ("CUBEJS_API_SECRETS", &format!("{A}, {B}"))]);
        assert!(errors.is_empty());
        assert!(verifies(list.as_ref(), A) && verifies(list.as_ref(), B));
        let (key, _) = read([("CUBEJS_JWT_KEY", B), ("CUBEJS_API_SECRETS", A)]);
        assert!(verifies(key.as_ref(), B) && !verifies(key.as_ref(), A));
        let (empty, _) = read([("CUBEJS_API_SECRETS", ""), ("CUBEJS_API_SECRET", A)]);
        assert!(verifies(empty.as_ref(), A));
    }

    #[test]
    fn an_unsafe_secret_is_refused_by_its_variable_and_not_shown() {
        let pem = format!("-----BEGIN PUBLIC KEY-----{A}");
        for (variable, value) in [
            ("CUBEJS_API_SECRET", "hunter2"),
            ("CUBEJS_JWT_KEY", pem.as_str()),
            ("CUBEJS_API_SECRETS", &format!("{A},hunter2")),
        ] {
            let (source, errors) = read([(variable, value)]);
            assert!(source.is_none());
            assert_eq!(errors.len(), 1);
            let said = errors[0].to_string();
            assert!(said.starts_with(variable) && !said.contains("hunter2"), "{said}");
        }
        for algorithms in ["HS512", "RS256"] {
            let (_, errors) = read([("CUBEJS_API_SECRET", A), ("CUBEJS_JWT_ALGS", algorithms)]);
            assert_eq!(errors.len(), 1);
        }
    }

    #[test]
    fn no_secret_or_two_places_for_it_are_refused() {
        assert!(matches!(read([]).1.as_slice(), [Error::Missing { .. }]));
        let (source, errors) = read([("CUBEJS_API_SECRET", A), ("TESSERA_API_SECRET_ARN", "arn")]);
        assert!(source.is_none());
        assert!(matches!(errors.as_slice(), [Error::Conflict { .. }]));
        let (source, errors) = read([("TESSERA_API_SECRET_ARN", "arn")]);
        assert!(matches!(source, Some(KeySource::SecretsManager(_))) && errors.is_empty());
    }

    #[test]
    fn the_extension_is_looked_for_beside_a_function_or_at_its_port() {
        let on_lambda = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
        let port = ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "4000");
        let token = ("AWS_SESSION_TOKEN", "hunter2");
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            extension(&pairs.collect::<Map>()).map(|found| format!("{found:?}"))
        };
        assert_eq!(of(&[token]), None);
        assert_eq!(of(&[on_lambda, port]), None, "without a session token it answers nobody");
        assert!(of(&[token, on_lambda]).unwrap().contains("2773"));
        assert!(of(&[token, port]).unwrap().contains("4000"));
        assert!(!of(&[token, port]).unwrap().contains("hunter2"));
    }

    #[test]
    fn development_mode_takes_a_short_secret_and_says_so() {
        let pairs = [("CUBEJS_DEV_MODE", "true"), ("CUBEJS_API_SECRET", "secret")];
        let (source, errors) = read(pairs);
        assert!(verifies(source.as_ref(), "secret") && errors.is_empty());
        let notice = short_secret_notice(&Map::from(pairs)).unwrap();
        assert!(notice.starts_with("CUBEJS_API_SECRET has less than 32 bytes"));
        assert_eq!(short_secret_notice(&Map::from([("CUBEJS_API_SECRET", A)])), None);
    }
}
