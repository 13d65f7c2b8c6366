//! Variables of the rotation of secrets.

use std::time::Duration;

use ::keys::{Overlap, Web, WebAddress};
use rotation::{DatabaseRotation, KeyRotation, Load, Subject, Users};
use serde_json::{Map, Value};

use crate::auth::or_report;
use crate::intervals::of_secrets;
use crate::pem::pem;
use crate::{Authentication, Environment, Error, Errors, Http, database, value::text};

const ROTATE: &str = "TESSERA_ROTATE";
const TEST_URL: &str = "TESSERA_TEST_URL";
const TEST_CLAIMS: &str = "TESSERA_TEST_CLAIMS";
const USERS: &str = "TESSERA_ROTATE_USERS";
const SUPERUSER: &str = "TESSERA_SUPERUSER_SECRET_ARN";
const KEY_SERVER_CA: &str = "TESSERA_KEY_SERVER_CA";

/// One question to `load` takes no longer; the first one may meet a cold start.
const ASKED_FOR: Duration = Duration::from_secs(10);

/// What the function rotates, and what it tests that with.
///
/// # Errors
/// Everything that is unsafe, incomplete or unreadable, at once.
pub fn read_rotation(environment: &dyn Environment) -> Result<Subject, Errors> {
    let mut errors = Vec::new();
    let subject = match text(environment, ROTATE).as_deref() {
        Some("keys") => key_rotation(environment, &mut errors).map(|it| Subject::Key(Box::new(it))),
        Some("database") => {
            let rotation = database_rotation(environment, &mut errors);
            rotation.map(|it| Subject::Database(Box::new(it)))
        }
        Some(_) => {
            errors.push(Error::Invalid { variable: ROTATE, expected: "keys or database" });
            None
        }
        None => {
            let reason = "it says what the function rotates: keys or database";
            errors.push(Error::Missing { variable: ROTATE, reason });
            None
        }
    };
    match subject {
        Some(subject) if errors.is_empty() => Ok(subject),
        _ => Err(Errors(errors)),
    }
}

fn key_rotation(environment: &dyn Environment, errors: &mut Vec<Error>) -> Option<KeyRotation> {
    let policy = Authentication::read(environment, errors).policy;
    let overlap = Overlap { policy, every: of_secrets(environment, errors) };
    if errors.is_empty() && !overlap.is_possible() {
        errors.push(Error::Conflict {
            first: "TESSERA_SECRET_COOLDOWN",
            second: "TESSERA_SECRET_HARD_LIMIT",
            reason: "a new secret would have to take over before every verifier can have read it: \
                     make the first shorter or the second longer",
        });
    }
    let base_path = Http::read(environment, errors).base_path;
    let address = or_report(address(environment, &base_path), errors);
    let claims = or_report(claims(environment), errors);
    let web = or_report(web(environment), errors);
    let load = Load { web: web?, address: address?, claims: claims? };
    Some(KeyRotation { overlap, load })
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
            (&[KEYS, URL, ("TESSERA_SECRET_COOLDOWN", "2h")], "TESSERA_SECRET_COOLDOWN"),
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
