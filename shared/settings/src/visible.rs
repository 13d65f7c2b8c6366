//! The variables that the author of a data model may read.

use std::collections::BTreeMap;

use crate::{Environment, value::list};

/// Names besides those that begin with `CUBEJS_`.
const LISTED: &str = "TESSERA_JS_ENV";

/// Words in the names of variables that hold secrets.
const SECRET_WORDS: &[&str] =
    &["SECRET", "PASS", "TOKEN", "KEY", "CREDENTIAL", "DB_URL", "REDIS", "HEADERS"];

/// What `env_var` and `process.env` show to a data model: `CUBEJS_*`, and what `TESSERA_JS_ENV`
/// names.
///
/// Secrets of this process, of Cube's variables, of AWS and of a collector never, whatever is listed.
pub fn visible(environment: &dyn Environment) -> BTreeMap<String, String> {
    let listed = list(environment, LISTED).unwrap_or_default();
    environment
        .names()
        .into_iter()
        .filter(|name| name.starts_with("CUBEJS_") || listed.contains(name))
        .filter(|name| !is_secret(name))
        .filter_map(|name| Some((environment.get(&name)?, name)))
        .map(|(value, name)| (name, value))
        .collect()
}

/// What `process.env` shows to `cube.js`: `CUBEJS_*`, its secrets too because it may have to verify
/// tokens with them, and what `TESSERA_JS_ENV` names.
pub fn visible_to_code(environment: &dyn Environment) -> BTreeMap<String, String> {
    let listed = list(environment, LISTED).unwrap_or_default();
    environment
        .names()
        .into_iter()
        .filter(|name| name.starts_with("CUBEJS_") || listed.contains(name))
        .filter_map(|name| Some((environment.get(&name)?, name)))
        .map(|(value, name)| (name, value))
        .collect()
}

fn is_secret(name: &str) -> bool {
    let is_ours =
        ["CUBEJS_", "TESSERA_", "AWS_", "OTEL_"].iter().any(|start| name.starts_with(start));
    is_ours && SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    #[test]
    fn cubes_variables_and_those_that_are_listed_are_visible_and_secrets_never() {
        let map = Map::from([
            ("CUBEJS_APP", "shop"),
            ("CUBEJS_DB_HOST", "db"),
            ("MARKET", "eu"),
            ("PARTNER_KEY", "given on purpose"),
            ("HOME", "/root"),
            ("CUBEJS_API_SECRET", "hunter2"),
            ("CUBEJS_DB_PASS", "hunter2"),
            ("CUBEJS_DB_URL", "postgres://a:hunter2@db/a"),
            ("CUBEJS_DS_OTHER_DB_PASS", "hunter2"),
            ("CUBEJS_DB_SSL_KEY", "hunter2"),
            ("CUBEJS_JWT_KEY", "hunter2"),
            ("CUBEJS_SQL_PASSWORD", "hunter2"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_SESSION_TOKEN", "hunter2"),
            ("TESSERA_API_SECRET_ARN", "hunter2"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"),
            (
                "TESSERA_JS_ENV",
                "MARKET, PARTNER_KEY, NOT_SET, CUBEJS_API_SECRET, AWS_SECRET_ACCESS_KEY, \
                 AWS_SESSION_TOKEN, TESSERA_API_SECRET_ARN, OTEL_EXPORTER_OTLP_HEADERS",
            ),
        ]);
        let names: Vec<String> = visible(&map).into_keys().collect();
        assert_eq!(names, ["CUBEJS_APP", "CUBEJS_DB_HOST", "MARKET", "PARTNER_KEY"]);
        assert_eq!(visible(&Map::default()), BTreeMap::new());
    }

    #[test]
    fn code_sees_cubes_variables_and_those_that_are_listed_alone() {
        let map = Map::from([
            ("CUBEJS_API_SECRET", "s"),
            ("HOME", "/root"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("MARKET", "eu"),
            ("TESSERA_JS_ENV", "MARKET"),
        ]);
        let names: Vec<String> = visible_to_code(&map).into_keys().collect();
        assert_eq!(names, ["CUBEJS_API_SECRET", "MARKET"]);
    }
}
