//! Variables of verification.

use std::time::Duration;

use auth::{Algorithms, Policy, UnsafeAlgorithms};

use crate::{
    Environment, Error,
    value::{duration, flag, list, text},
};

/// Tokens of a hundred years are as good as tokens without an end.
const LONGEST_TOKEN_LIFE: Duration = Duration::from_hours(36_500 * 24);
const DEFAULT_TOKEN_LIFE: Duration = Duration::from_hours(30 * 24);

/// Who is let in.
#[derive(Debug, Clone)]
pub struct Authentication {
    /// What a token must say besides being signed.
    pub policy: Policy,
    /// Whether a caller without a token gets an empty security context, and secrets may be short.
    pub is_development: bool,
}

impl Authentication {
    /// Reads the variables; every mistake is added to `errors` and its safe default taken.
    pub fn read(environment: &dyn Environment, errors: &mut Vec<Error>) -> Self {
        let mut policy = Policy::new(algorithms(environment, errors));
        policy.issuers = list(environment, "CUBEJS_JWT_ISSUER").unwrap_or_default();
        policy.audiences = list(environment, "CUBEJS_JWT_AUDIENCE").unwrap_or_default();
        policy.subject = text(environment, "CUBEJS_JWT_SUBJECT");
        policy.claims_namespace = text(environment, "CUBEJS_JWT_CLAIMS_NAMESPACE");
        policy.require_exp =
            or_report(flag(environment, "TESSERA_REQUIRE_EXP", true), errors).unwrap_or(true);
        let life = duration(
            environment,
            "TESSERA_MAX_TOKEN_LIFE",
            DEFAULT_TOKEN_LIFE,
            Duration::from_secs(1)..=LONGEST_TOKEN_LIFE,
            "1 second to 36500 days: seconds, or a number with s, m, h or d",
        );
        let life = or_report(life, errors).unwrap_or(DEFAULT_TOKEN_LIFE);
        policy.max_token_life_s = Some(life.as_secs());
        Self { policy, is_development: is_development(environment, errors) }
    }
}

pub(crate) fn or_report<T>(read: Result<T, Error>, errors: &mut Vec<Error>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

fn algorithms(environment: &dyn Environment, errors: &mut Vec<Error>) -> Algorithms {
    let Some(names) = list(environment, "CUBEJS_JWT_ALGS") else {
        return Algorithms::of_shared_secrets();
    };
    let read = Algorithms::from_names(names.iter().map(String::as_str));
    read.unwrap_or_else(|error| {
        errors.push(Error::Unsafe {
            variable: "CUBEJS_JWT_ALGS",
            reason: match error {
                UnsafeAlgorithms::Empty => "the list is empty",
                UnsafeAlgorithms::Unsigned => "`none` accepts tokens that nobody signed",
                UnsafeAlgorithms::Unsupported => "ES512 is not supported: list ES256 or ES384",
                UnsafeAlgorithms::Unknown(_) => {
                    "a name is no signature algorithm: list HS256, RS256, ES256, EdDSA or the like"
                }
            },
        });
        Algorithms::of_shared_secrets()
    })
}

fn is_development(environment: &dyn Environment, errors: &mut Vec<Error>) -> bool {
    let wanted = or_report(flag(environment, "CUBEJS_DEV_MODE", false), errors).unwrap_or(false);
    if wanted && is_real_lambda(environment) {
        errors.push(Error::Unsafe {
            variable: "CUBEJS_DEV_MODE",
            reason: "on AWS Lambda it would let anybody in without a token",
        });
        return false;
    }
    wanted
}

/// The emulator of cargo-lambda does not set this variable; AWS always does.
pub(crate) fn is_real_lambda(environment: &dyn Environment) -> bool {
    environment.get("AWS_LAMBDA_INITIALIZATION_TYPE").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> (Authentication, Vec<Error>) {
        let mut errors = Vec::new();
        let read = Authentication::read(&Map::from(pairs), &mut errors);
        (read, errors)
    }

    #[test]
    fn nothing_set_is_the_strict_policy() {
        let (read, errors) = read([]);
        assert!(errors.is_empty());
        assert!(read.policy.require_exp && !read.is_development);
        assert_eq!(read.policy.max_token_life_s, Some(2_592_000));
        assert_eq!(read.policy.algorithms, Algorithms::of_shared_secrets());
    }

    #[test]
    fn cubes_variables_become_the_policy() {
        let (read, errors) = read([
            ("CUBEJS_JWT_ALGS", "HS512, HS256"),
            ("CUBEJS_JWT_ISSUER", "https://a/,https://b/"),
            ("CUBEJS_JWT_AUDIENCE", "api, other"),
            ("CUBEJS_JWT_SUBJECT", "me"),
            ("CUBEJS_JWT_CLAIMS_NAMESPACE", "https://app/claims"),
            ("TESSERA_REQUIRE_EXP", "false"),
            ("TESSERA_MAX_TOKEN_LIFE", "1d"),
        ]);
        assert!(errors.is_empty());
        let policy = read.policy;
        assert_eq!(policy.algorithms, Algorithms::from_names(["HS512", "HS256"]).unwrap());
        assert_eq!(policy.issuers, ["https://a/", "https://b/"]);
        assert_eq!(policy.audiences, ["api", "other"]);
        assert_eq!(policy.subject.as_deref(), Some("me"));
        assert_eq!(policy.claims_namespace.as_deref(), Some("https://app/claims"));
        assert!(!policy.require_exp);
        assert_eq!(policy.max_token_life_s, Some(86_400));
    }

    #[test]
    fn every_unsafe_value_is_named_and_nothing_is_loosened() {
        for (variable, value) in [
            ("CUBEJS_JWT_ALGS", "none,HS256"),
            ("CUBEJS_JWT_ALGS", "ES512"),
            ("CUBEJS_JWT_ALGS", "hs256"),
            ("CUBEJS_JWT_ALGS", ",,"),
            ("TESSERA_REQUIRE_EXP", "no"),
            ("TESSERA_MAX_TOKEN_LIFE", "0"),
            ("TESSERA_MAX_TOKEN_LIFE", "forever"),
            ("CUBEJS_DEV_MODE", "1"),
        ] {
            let (read, errors) = read([(variable, value)]);
            assert_eq!(errors.len(), 1, "{variable}={value}");
            assert!(errors[0].to_string().starts_with(variable), "{}", errors[0]);
            assert!(read.policy.require_exp && !read.is_development);
        }
    }

    #[test]
    fn development_mode_does_not_start_on_real_lambda() {
        let (here, errors) = read([("CUBEJS_DEV_MODE", "true")]);
        assert!(here.is_development && errors.is_empty());
        let (there, errors) =
            read([("CUBEJS_DEV_MODE", "true"), ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")]);
        assert!(!there.is_development);
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn no_other_variable_turns_development_mode_on() {
        let (read, _) = read([("NODE_ENV", "development"), ("CUBEJS_APP", "dev")]);
        assert!(!read.is_development);
    }
}
