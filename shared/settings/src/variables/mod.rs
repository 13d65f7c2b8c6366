//! The table of every variable: what it means here, or that it means nothing here.

mod callers;
mod certificates;
mod ignored;
mod service;
mod spans;
mod tokens;
mod warehouse;

use crate::{Environment, value::text};

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name. A `*` at the end stands for any rest.
    pub name: &'static str,
    /// What holds when it is not set; empty when nothing does.
    pub default: &'static str,
    /// Seconds, bytes and the like; empty for text.
    pub unit: &'static str,
    /// What it does, or why it does nothing.
    pub meaning: &'static str,
    /// Whether it changes anything here.
    pub has_effect: bool,
}

const fn used(
    name: &'static str,
    default: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable { name, default, unit, meaning, has_effect: true }
}

const fn ignored(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default: "", unit: "", meaning, has_effect: false }
}

const DURATION: &str = "seconds, or a number with ms, s, m, h or d";
const SIZE: &str = "bytes, or a number with kb or mb";
const PEM: &str = "PEM text, or the path of a PEM file";
const LIST: &str = "comma-separated";

/// Variables that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// In the order in which they are explained.
    pub variables: &'static [Variable],
}

const fn section(title: &'static str, variables: &'static [Variable]) -> Section {
    Section { title, variables }
}

/// Every variable that is read, and every one of Cube's that is accepted without effect.
pub const SECTIONS: &[Section] = &[
    section("Who is asking", callers::CALLERS),
    section("Who is given a token", tokens::TOKENS),
    section("How secrets are rotated", tokens::ROTATION),
    section("How a certificate is renewed", certificates::CERTIFICATES),
    section("The warehouse", warehouse::WAREHOUSE),
    section("Queries", service::QUERIES),
    section("The model", service::MODEL),
    section("HTTP", service::HTTP),
    section("The log", service::LOG),
    section("Spans", spans::SPANS),
    section("Set by AWS", service::AWS),
    section("Accepted without effect", ignored::IGNORED),
];

/// All of them.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    SECTIONS.iter().flat_map(|section| section.variables)
}

/// One line for everything that is set and changes nothing: Cube's variables without effect here,
/// and `CUBEJS_*` and `TESSERA_*` names that nobody knows, with the nearest known one.
///
/// Names only, never values.
pub fn notices(environment: &dyn Environment) -> Vec<String> {
    let mut names = environment.names();
    names.sort_unstable();
    names
        .iter()
        .filter(|name| text(environment, name).is_some())
        .filter_map(|name| notice(name))
        .collect()
}

fn notice(name: &str) -> Option<String> {
    match find(name) {
        Some(variable) if variable.has_effect => None,
        Some(variable) => Some(format!("{name} has no effect here: {}", variable.meaning)),
        None if name.starts_with("CUBEJS_") || name.starts_with("TESSERA_") => {
            Some(match nearest(name) {
                Some(known) => format!("{name} is not known; did you mean {known}?"),
                None => format!("{name} is not known"),
            })
        }
        None => None,
    }
}

/// The row of `name`.
pub fn find(name: &str) -> Option<&'static Variable> {
    variables().find(|variable| {
        variable
            .name
            .strip_suffix('*')
            .map_or(variable.name == name, |start| name.starts_with(start))
    })
}

/// The known name that differs least, when it differs by a typing mistake or two.
fn nearest(name: &str) -> Option<&'static str> {
    variables()
        .filter(|variable| !variable.name.ends_with('*'))
        .map(|variable| (strsim::damerau_levenshtein(variable.name, name), variable.name))
        .filter(|(distance, _)| *distance <= 4)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Map;

    #[test]
    fn no_variable_is_listed_twice() {
        let mut seen = HashSet::new();
        for variable in variables() {
            assert!(seen.insert(variable.name), "{}", variable.name);
            assert!(!variable.meaning.is_empty(), "{}", variable.name);
        }
    }

    #[test]
    fn a_variable_without_effect_is_named_once_and_its_value_never() {
        let map = Map::from([
            ("CUBEJS_REDIS_PASSWORD", "hunter2"),
            ("CUBEJS_API_SECRET", "hunter2"),
            ("CUBEJS_TELEMETRY", ""),
            ("HOME", "/root"),
        ]);
        assert_eq!(
            notices(&map),
            ["CUBEJS_REDIS_PASSWORD has no effect here: results are not cached in a store"]
        );
    }

    #[test]
    fn a_misspelt_name_is_told_the_nearest_one() {
        let map = Map::from([("CUBEJS_API_SECERT", "x"), ("TESSERA_SOMETHING_ELSE", "x")]);
        assert_eq!(
            notices(&map),
            [
                "CUBEJS_API_SECERT is not known; did you mean CUBEJS_API_SECRET?",
                "TESSERA_SOMETHING_ELSE is not known",
            ]
        );
    }

    /// Cube 1.7.25, environment variables for authentication, TLS, database and server.
    const CUBES: &str = "
        CUBEJS_API_SECRET CUBEJS_API_SECRETS CUBEJS_DEV_MODE NODE_ENV PORT CUBEJS_APP
        CUBEJS_LOG_LEVEL CUBEJS_TELEMETRY CUBEJS_WEB_SOCKETS CUBEJS_GRACEFUL_SHUTDOWN
        CUBEJS_JWK_URL CUBEJS_JWT_KEY CUBEJS_JWT_ALGS CUBEJS_JWT_AUDIENCE CUBEJS_JWT_ISSUER
        CUBEJS_JWT_SUBJECT CUBEJS_JWT_CLAIMS_NAMESPACE CUBEJS_PLAYGROUND_AUTH_SECRET
        CUBEJS_DEFAULT_API_SCOPES CUBEJS_DB_TYPE CUBEJS_DB_HOST CUBEJS_DB_PORT CUBEJS_DB_NAME
        CUBEJS_DB_USER CUBEJS_DB_PASS CUBEJS_DB_URL CUBEJS_DB_DOMAIN CUBEJS_DB_SOCKET_PATH
        CUBEJS_DB_MAX_POOL CUBEJS_DB_MIN_POOL CUBEJS_DB_QUERY_TIMEOUT CUBEJS_DB_QUERY_LIMIT
        CUBEJS_DB_QUERY_DEFAULT_LIMIT CUBEJS_DB_SSL CUBEJS_DB_SSL_REJECT_UNAUTHORIZED
        CUBEJS_DB_SSL_CA CUBEJS_DB_SSL_CERT CUBEJS_DB_SSL_KEY CUBEJS_DB_SSL_CIPHERS
        CUBEJS_DB_SSL_PASSPHRASE CUBEJS_DB_SSL_SERVERNAME CUBEJS_ENABLE_TLS CUBEJS_DATASOURCES
        CUBEJS_DS_PROD_DB_HOST CUBEJS_CACHE_AND_QUEUE_DRIVER REDIS_URL CUBEJS_REDIS_URL
        CUBEJS_CONCURRENCY CUBEJS_REFRESH_WORKER CUBEJS_ROLLUP_ONLY
        CUBEJS_SCHEDULED_REFRESH_TIMEZONES CUBEJS_PRE_AGGREGATIONS_SCHEMA CUBEJS_EXTERNAL_DEFAULT
        CUBEJS_SCHEMA_PATH CUBEJS_TOPIC_NAME CUBEJS_MAX_REQUEST_SIZE CUBEJS_SERVER_HEADERS_TIMEOUT
        CUBEJS_SERVER_KEEP_ALIVE_TIMEOUT CUBEJS_DEFAULT_TIMEZONE CUBEJS_TESSERACT_SQL_PLANNER
        CUBEJS_ACCESS_POLICY_MASK_STRING CUBEJS_PG_SQL_PORT CUBEJS_SQL_USER CUBEJS_SQL_PASSWORD
        CUBEJS_SQL_SUPER_USER CUBEJS_NESTED_FOLDERS_DELIMITER
        CUBEJS_ALLOW_UNGROUPED_WITHOUT_PRIMARY_KEY";

    #[test]
    fn every_variable_of_cubes_list_has_a_row() {
        for name in CUBES.split_whitespace() {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
