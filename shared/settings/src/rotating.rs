//! Variables of the rotation of secrets.

use std::time::Duration;

use ::auth::Policy;
use ::keys::{Overlap, Web, WebAddress};
use rotation::{DatabaseRotation, KeyRotation, Load, Subject, Users};
use serde_json::{Map, Value};

use crate::auth::or_report;
use crate::intervals::{KeySetTimes, of_secrets};
use crate::pem::pem;
use crate::signer::signing_algorithms;
use crate::token::own_policy;
use crate::value::{duration, text};
use crate::{Authentication, Environment, Error, Errors, Http, database};

const ROTATE: &str = "TESSERA_ROTATE";
const TEST_URL: &str = "TESSERA_TEST_URL";
const TEST_CLAIMS: &str = "TESSERA_TEST_CLAIMS";
const USERS: &str = "TESSERA_ROTATE_USERS";
const SUPERUSER: &str = "TESSERA_SUPERUSER_SECRET_ARN";
const REST: &str = "TESSERA_ROTATE_REST";
const KEY_SERVER_CA: &str = "TESSERA_KEY_SERVER_CA";

/// One question to `load` takes no longer; the first one may meet a cold start.
const ASKED_FOR: Duration = Duration::from_secs(10);

/// How long what `token` publishes may be held by whoever is between (its `Cache-Control`).
const PUBLISHED_FOR: Duration = Duration::from_mins(5);

/// A function of AWS Lambda runs for fifteen minutes at most.
const LONGEST_REST: Duration = Duration::from_mins(13);

const KINDS: &str = "keys, signing-key or database";

/// What the function rotates, and what it tests that with.
///
/// # Errors
/// Everything that is unsafe, incomplete or unreadable, at once.
pub fn read_rotation(environment: &dyn Environment) -> Result<Subject, Errors> {
    let mut errors = Vec::new();
    let of_key = |verifiers, errors: &mut Vec<Error>| {
        key_rotation(environment, verifiers, errors).map(|key| Subject::Key(Box::new(key)))
    };
    let subject = match text(environment, ROTATE).as_deref() {
        Some("keys") => of_key(Verifiers::ReadTheSecret, &mut errors),
        Some("signing-key") => of_key(Verifiers::ReadTheKeySet, &mut errors),
        Some("database") => {
            let rotation = database_rotation(environment, &mut errors);
            rotation.map(|database| Subject::Database(Box::new(database)))
        }
        Some(_) => {
            errors.push(Error::Invalid { variable: ROTATE, expected: KINDS });
            None
        }
        None => {
            let reason = "it says what the function rotates: keys, signing-key or database";
            errors.push(Error::Missing { variable: ROTATE, reason });
            None
        }
    };
    match subject {
        Some(subject) if errors.is_empty() => Ok(subject),
        _ => Err(Errors(errors)),
    }
}

/// How verifiers come to know a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verifiers {
    /// At `TESSERA_API_SECRET_ARN`, as `load` does.
    ReadTheSecret,
    /// From the key set that `token` publishes of its `TESSERA_SIGNING_KEY_ARN`.
    ReadTheKeySet,
}

fn key_rotation(
    environment: &dyn Environment,
    verifiers: Verifiers,
    errors: &mut Vec<Error>,
) -> Option<KeyRotation> {
    let authentication = Authentication::read(environment, errors);
    let policy = or_report(own_policy(environment, authentication), errors)?;
    let every = of_secrets(environment, errors);
    let (policy, usual) = match verifiers {
        Verifiers::ReadTheSecret => (policy, every.forced),
        Verifiers::ReadTheKeySet => {
            let algorithms = or_report(signing_algorithms(environment), errors)?;
            let cool_down = KeySetTimes::read(environment, errors).every.forced;
            (Policy { algorithms, ..policy }, every.refresh + PUBLISHED_FOR + cool_down)
        }
    };
    let found_within = or_report(rest(environment, usual), errors)?;
    let overlap = Overlap { policy, every, found_within };
    if errors.is_empty() && !overlap.is_possible() {
        errors.push(Error::Unsafe {
            variable: REST,
            reason: "a new key would have to take over before it has rested: make this (or \
                     TESSERA_SECRET_COOLDOWN) shorter, or TESSERA_SECRET_HARD_LIMIT longer",
        });
    }
    let base_path = Http::read(environment, errors).base_path;
    let address = or_report(address(environment, &base_path), errors);
    let claims = or_report(claims(environment), errors);
    let web = or_report(web(environment), errors);
    let load = Load { web: web?, address: address?, claims: claims? };
    Some(KeyRotation { overlap, load })
}

fn rest(environment: &dyn Environment, usual: Duration) -> Result<Duration, Error> {
    let range = Duration::from_millis(100)..=LONGEST_REST;
    duration(environment, REST, usual.min(LONGEST_REST), range, "a duration from 100ms to 13m")
}

fn address(environment: &dyn Environment, base_path: &str) -> Result<WebAddress, Error> {
    let reason = "a new key is tested with a `load` before it takes over";
    let url = text(environment, TEST_URL).ok_or(Error::Missing { variable: TEST_URL, reason })?;
    let has_path = url
        .split_once("://")
        .is_none_or(|(_, rest)| rest.trim_end_matches('/').contains(['/', '?']));
    let url = format!("{}{base_path}/v1/meta", url.trim_end_matches('/'));
    let address = WebAddress::parse(&url).ok().filter(|_| !has_path);
    address.ok_or(Error::Invalid {
        variable: TEST_URL,
        expected: "an https URL without a path (http is allowed for localhost, 127.0.0.1 and [::1])",
    })
}

fn claims(environment: &dyn Environment) -> Result<Map<String, Value>, Error> {
    let Some(json) = text(environment, TEST_CLAIMS) else { return Ok(Map::new()) };
    let expected = "a JSON object of claims";
    serde_json::from_str(&json).map_err(|_| Error::Invalid { variable: TEST_CLAIMS, expected })
}

fn web(environment: &dyn Environment) -> Result<Web, Error> {
    let roots = pem(environment, KEY_SERVER_CA)?;
    Web::new(roots.as_deref(), ASKED_FOR).map_err(|_| Error::Invalid {
        variable: KEY_SERVER_CA,
        expected: "PEM text with a certificate, or the path of such a file",
    })
}

fn database_rotation(
    environment: &dyn Environment,
    errors: &mut Vec<Error>,
) -> Option<DatabaseRotation> {
    let base = database::read_place(environment, errors);
    let users = or_report(users(environment), errors)?;
    Some(DatabaseRotation { base, users })
}

fn users(environment: &dyn Environment) -> Result<Users, Error> {
    match (text(environment, USERS).as_deref(), text(environment, SUPERUSER)) {
        (None | Some("single"), None) => Ok(Users::Single),
        (None | Some("single"), Some(_)) => Err(Error::Unsafe {
            variable: SUPERUSER,
            reason: "one role changes its own password: drop it, or set TESSERA_ROTATE_USERS to \
                     alternating",
        }),
        (Some("alternating"), Some(superuser_secret)) => {
            Ok(Users::Alternating { superuser_secret })
        }
        (Some("alternating"), None) => {
            let reason = "its role makes the second of two roles that take turns";
            Err(Error::Missing { variable: SUPERUSER, reason })
        }
        (Some(_), _) => Err(Error::Invalid { variable: USERS, expected: "single or alternating" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map as Variables;

    const KEYS: (&str, &str) = (ROTATE, "keys");
    const URL: (&str, &str) = (TEST_URL, "https://api.example");
    const SIGNING_KEY: (&str, &str) = (ROTATE, "signing-key");
    const DATABASE: (&str, &str) = (ROTATE, "database");

    fn read(pairs: &[(&str, &str)]) -> Result<Subject, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        read_rotation(&pairs.collect::<Variables>()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn keys_are_tested_with_a_load_under_the_rules_of_verifiers() {
        let Ok(Subject::Key(rotation)) = read(&[
            KEYS,
            (TEST_URL, "https://api.example/"),
            ("CUBEJS_BASE_PATH", "/api"),
            ("TESSERA_MAX_TOKEN_LIFE", "1d"),
            ("TESSERA_SECRET_REFRESH", "1s"),
            (TEST_CLAIMS, r#"{"tenant_id": 7}"#),
        ]) else {
            panic!("no rotation of keys")
        };
        let expected = WebAddress::parse("https://api.example/api/v1/meta").unwrap();
        assert_eq!(rotation.load.address, expected);
        assert_eq!(rotation.load.claims["tenant_id"], 7);
        assert_eq!(rotation.overlap.policy.max_token_life_s, Some(86_400));
        assert_eq!(rotation.overlap.every.refresh, Duration::from_secs(1));
    }

    #[test]
    fn a_new_key_rests_until_every_verifier_can_find_it() {
        let rest = |pairs: &[(&str, &str)]| match read(&[pairs, &[URL]].concat()) {
            Ok(Subject::Key(rotation)) => rotation.overlap.found_within.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(rest(&[KEYS]), 30);
        assert_eq!(rest(&[KEYS, ("TESSERA_SECRET_COOLDOWN", "7s")]), 7);
        let minute = 60;
        assert_eq!(rest(&[SIGNING_KEY]), 5 * minute + 5 * minute + 30);
        let slow =
            [SIGNING_KEY, ("TESSERA_SECRET_REFRESH", "10m"), ("TESSERA_JWKS_COOLDOWN", "1m")];
        assert_eq!(rest(&slow), 13 * minute, "no function runs for longer");
        assert_eq!(rest(&[SIGNING_KEY, (REST, "2s")]), 2);
    }

    #[test]
    fn a_signing_key_signs_as_the_token_function_does() {
        let Ok(Subject::Key(rotation)) = read(&[
            SIGNING_KEY,
            URL,
            ("TESSERA_SIGNING_ALGS", "EdDSA"),
            ("TESSERA_TOKEN_ISSUER", "https://token.example"),
            ("CUBEJS_JWT_AUDIENCE", "shop"),
        ]) else {
            panic!("no rotation of a signing key")
        };
        let policy = rotation.overlap.policy;
        assert_eq!(policy.algorithms, ::auth::Algorithms::from_names(["EdDSA"]).unwrap());
        assert_eq!(
            (policy.issuers, policy.audiences),
            (vec!["https://token.example".to_owned()], vec!["shop".to_owned()])
        );
    }

    #[test]
    fn a_database_has_one_role_or_two() {
        let users = |pairs: &[(&str, &str)]| match read(&[&[DATABASE], pairs].concat()) {
            Ok(Subject::Database(rotation)) => rotation.users,
            other => panic!("{other:?}"),
        };
        assert_eq!(users(&[]), Users::Single);
        assert_eq!(users(&[(USERS, "single")]), Users::Single);
        let alternating = Users::Alternating { superuser_secret: "arn".to_owned() };
        assert_eq!(users(&[(USERS, "alternating"), (SUPERUSER, "arn")]), alternating);
        let Ok(Subject::Database(rotation)) =
            read(&[DATABASE, ("CUBEJS_DB_HOST", "db"), ("CUBEJS_DB_SSL", "true")])
        else {
            panic!("no rotation of a database")
        };
        assert_eq!(rotation.base.host, "db");
        assert!(matches!(rotation.base.ssl, ::database::Ssl::VerifyFull(_)));
    }

    #[test]
    fn what_is_missing_wrong_or_contradictory_is_named() {
        for (pairs, named) in [
            (&[][..], ROTATE),
            (&[(ROTATE, "api-secret")], ROTATE),
            (&[KEYS], TEST_URL),
            (&[KEYS, (TEST_URL, "http://api.example")], TEST_URL),
            (&[KEYS, (TEST_URL, "https://api.example/cubejs-api")], TEST_URL),
            (&[KEYS, (TEST_URL, "https://api.example?x")], TEST_URL),
            (&[KEYS, (TEST_URL, "api.example")], TEST_URL),
            (&[KEYS, URL, (TEST_CLAIMS, "[1]")], TEST_CLAIMS),
            (&[KEYS, URL, (KEY_SERVER_CA, "/nonexistent.pem")], KEY_SERVER_CA),
            (&[KEYS, URL, ("CUBEJS_JWT_ALGS", "none")], "CUBEJS_JWT_ALGS"),
            (&[KEYS, URL, ("TESSERA_SECRET_HARD_LIMIT", "5m")], REST),
            (&[KEYS, URL, (REST, "14m")], REST),
            (&[KEYS, URL, ("TESSERA_TOKEN_ISSUER", "me")], "TESSERA_TOKEN_ISSUER"),
            (&[SIGNING_KEY, URL, ("TESSERA_SIGNING_ALGS", "HS256")], "TESSERA_SIGNING_ALGS"),
            (&[DATABASE, (USERS, "two")], USERS),
            (&[DATABASE, (USERS, "alternating")], SUPERUSER),
            (&[DATABASE, (SUPERUSER, "arn")], SUPERUSER),
            (&[DATABASE, ("CUBEJS_DB_SSL", "maybe")], "CUBEJS_DB_SSL"),
        ] {
            let said = read(pairs).unwrap_err();
            assert!(said.starts_with(named) && !said.contains("; "), "{said}");
        }
    }
}
