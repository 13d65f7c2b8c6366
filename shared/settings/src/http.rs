//! Variables of the HTTP interface.

use std::{collections::HashSet, time::Duration};

use query::{Limits, canonical_time_zone};

use crate::{
    Environment, Error,
    value::{bytes, duration, items, list, number, text},
};

/// What the routes need to know. The composition roots hand it to the `api` crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// `/cubejs-api`: starts with a slash and does not end with one.
    pub base_path: String,
    /// Scopes a verified caller has: `data`, `meta`, `sql`, `graphql`, `jobs`.
    pub scopes: Vec<String>,
    /// The only origins that may read answers; `None` for any.
    pub cors_origins: Option<Vec<String>>,
    /// A larger body is refused.
    pub body_bytes_max: usize,
    /// What a query may ask for, and what is filled in.
    pub limits: Limits,
    /// A query that runs longer is answered with `Continue wait`.
    pub continue_wait: Duration,
    /// The steps of the claim that audit lines show as the tenant.
    pub tenant_claim: Vec<String>,
    /// The claims that audit lines show besides.
    pub audit_claims: Vec<String>,
    /// Port of `tessera serve`.
    pub port: u16,
}

/// The scopes Cube knows. Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `ApiScopes`.
const SCOPES: &[&str] = &["graphql", "meta", "data", "sql", "jobs"];

impl Http {
    /// Reads the variables; every mistake is added to `errors` and its default taken.
    pub(crate) fn read(environment: &dyn Environment, errors: &mut Vec<Error>) -> Self {
        let mut or_default = Collect(errors);
        Self {
            base_path: or_default.take(base_path(environment), "/cubejs-api".to_owned()),
            scopes: or_default.take(scopes(environment), Vec::new()),
            cors_origins: or_default.take(cors_origins(environment), Some(Vec::new())),
            body_bytes_max: or_default.take(
                bytes(
                    environment,
                    "CUBEJS_MAX_REQUEST_SIZE",
                    1 << 20,
                    1024..=64 << 20,
                    "a size from 1kb to 64mb",
                ),
                1 << 20,
            ),
            limits: or_default.take(limits(environment), Limits::default()),
            continue_wait: or_default.take(continue_wait(environment), Duration::from_secs(5)),
            tenant_claim: text(environment, "TESSERA_TENANT_CLAIM")
                .unwrap_or_else(|| "tenant_id".to_owned())
                .split('.')
                .map(str::to_owned)
                .collect(),
            audit_claims: or_default.take(audit_claims(environment), Vec::new()),
            port: or_default.take(port(environment), 4000),
        }
    }
}

/// Keeps reading after a mistake, so that all of them are reported at once.
struct Collect<'a>(&'a mut Vec<Error>);

impl Collect<'_> {
    fn take<T>(&mut self, read: Result<T, Error>, default: T) -> T {
        read.unwrap_or_else(|error| {
            self.0.push(error);
            default
        })
    }
}

fn base_path(environment: &dyn Environment) -> Result<String, Error> {
    let Some(path) = text(environment, "CUBEJS_BASE_PATH") else {
        return Ok("/cubejs-api".to_owned());
    };
    let path = path.trim_end_matches('/');
    let is_path = path.is_empty()
        || (path.starts_with('/')
            && !path.contains("//")
            && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte)));
    if is_path {
        Ok(path.to_owned())
    } else {
        Err(Error::Invalid { variable: "CUBEJS_BASE_PATH", expected: "a path such as /cubejs-api" })
    }
}

/// The empty text means no scope at all, as in Cube.
fn scopes(environment: &dyn Environment) -> Result<Vec<String>, Error> {
    let Some(value) = environment.get("CUBEJS_DEFAULT_API_SCOPES") else {
        return Ok(["graphql", "meta", "data", "sql"].map(str::to_owned).to_vec());
    };
    let scopes = items(&value);
    if scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        Ok(scopes)
    } else {
        Err(Error::Invalid {
            variable: "CUBEJS_DEFAULT_API_SCOPES",
            expected: "a list of graphql, meta, data, sql and jobs",
        })
    }
}

fn cors_origins(environment: &dyn Environment) -> Result<Option<Vec<String>>, Error> {
    let Some(origins) = list(environment, "TESSERA_CORS_ORIGINS") else {
        return Ok(None);
    };
    if origins.iter().any(|origin| origin == "*") {
        return if origins.len() == 1 {
            Ok(None)
        } else {
            Err(Error::Unsafe {
                variable: "TESSERA_CORS_ORIGINS",
                reason: "* beside other origins allows every origin",
            })
        };
    }
    if origins.iter().all(|origin| is_origin(origin)) {
        Ok(Some(origins))
    } else {
        Err(Error::Invalid {
            variable: "TESSERA_CORS_ORIGINS",
            expected: "a list of origins such as https://app.example.com, without a path",
        })
    }
}

/// Whether `origin` is `scheme://host` or `scheme://host:port` in the spelling of a browser.
fn is_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte)
            })
    })
}

fn limits(environment: &dyn Environment) -> Result<Limits, Error> {
    let standard = Limits::default();
    let max_limit = number(
        environment,
        "CUBEJS_DB_QUERY_LIMIT",
        standard.max_limit,
        1..=1_000_000,
        "a whole number from 1 to 1000000",
    )?;
    let default_limit = number(
        environment,
        "CUBEJS_DB_QUERY_DEFAULT_LIMIT",
        standard.default_limit.min(max_limit),
        1..=max_limit,
        "a whole number from 1 to CUBEJS_DB_QUERY_LIMIT",
    )?;
    let default_time_zone = match text(environment, "CUBEJS_DEFAULT_TIMEZONE") {
        None => standard.default_time_zone,
        Some(name) => canonical_time_zone(&name).ok_or(Error::Invalid {
            variable: "CUBEJS_DEFAULT_TIMEZONE",
            expected: "an IANA time zone such as Europe/Vienna",
        })?,
    };
    Ok(Limits { default_limit, max_limit, default_time_zone })
}

fn continue_wait(environment: &dyn Environment) -> Result<Duration, Error> {
    duration(
        environment,
        "TESSERA_CONTINUE_WAIT",
        Duration::from_secs(5),
        Duration::from_secs(1)..=Duration::from_secs(90),
        "a duration from 1s to 90s",
    )
}

/// Paths without empty steps, each once: a line has one value for each.
fn audit_claims(environment: &dyn Environment) -> Result<Vec<String>, Error> {
    let claims = list(environment, "TESSERA_AUDIT_CLAIMS").unwrap_or_default();
    let distinct: HashSet<&String> = claims.iter().collect();
    let is_path = |claim: &String| claim.split('.').all(|step| !step.trim().is_empty());
    if claims.iter().all(is_path) && distinct.len() == claims.len() {
        Ok(claims)
    } else {
        Err(Error::Invalid {
            variable: "TESSERA_AUDIT_CLAIMS",
            expected: "a list of different claims such as email,tenant.name",
        })
    }
}

fn port(environment: &dyn Environment) -> Result<u16, Error> {
    let port = number(environment, "PORT", 4000, 0..=65_535, "a TCP port")?;
    u16::try_from(port).map_err(|_| Error::Invalid { variable: "PORT", expected: "a TCP port" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn read(name: &str, value: &str) -> Result<Http, Error> {
        let mut errors = Vec::new();
        let http = Http::read(&Map::from([(name, value)]), &mut errors);
        errors.pop().map_or(Ok(http), Err)
    }

    #[test]
    fn defaults_are_cubes_except_for_the_body() {
        let mut errors = Vec::new();
        let http = Http::read(&Map::default(), &mut errors);
        assert!(errors.is_empty());
        assert_eq!(http.base_path, "/cubejs-api");
        assert_eq!(http.scopes, ["graphql", "meta", "data", "sql"]);
        assert_eq!(http.cors_origins, None);
        assert_eq!(http.body_bytes_max, 1_048_576);
        assert_eq!(http.limits, Limits::default());
        assert_eq!(http.continue_wait, Duration::from_secs(5));
        assert!(http.audit_claims.is_empty());
        assert_eq!(http.port, 4000);
    }

    #[test]
    fn bad_values_are_refused_by_name_and_not_repeated() {
        for (name, value) in [
            ("CUBEJS_BASE_PATH", "no-slash"),
            ("CUBEJS_BASE_PATH", "/a//b"),
            ("CUBEJS_BASE_PATH", "/{x}"),
            ("CUBEJS_DEFAULT_API_SCOPES", "data,admin"),
            ("TESSERA_CORS_ORIGINS", "https://a.example/path"),
            ("TESSERA_CORS_ORIGINS", "null"),
            ("TESSERA_CORS_ORIGINS", "*,https://a.example"),
            ("TESSERA_CORS_ORIGINS", "https://A.example"),
            ("CUBEJS_MAX_REQUEST_SIZE", "1tb"),
            ("CUBEJS_DB_QUERY_LIMIT", "0"),
            ("CUBEJS_DB_QUERY_LIMIT", "many"),
            ("CUBEJS_DB_QUERY_DEFAULT_LIMIT", "50001"),
            ("CUBEJS_DEFAULT_TIMEZONE", "Mars/Olympus"),
            ("TESSERA_CONTINUE_WAIT", "0"),
            ("TESSERA_CONTINUE_WAIT", "5 minutes"),
            ("TESSERA_AUDIT_CLAIMS", "email,email"),
            ("TESSERA_AUDIT_CLAIMS", "tenant..id"),
            ("TESSERA_AUDIT_CLAIMS", ".email"),
            ("PORT", "65536"),
        ] {
            let sentence = read(name, value).unwrap_err().to_string();
            assert!(sentence.starts_with(name), "{sentence}");
        }
    }

    #[test]
    fn no_scope_at_all_can_be_asked_for() {
        assert!(read("CUBEJS_DEFAULT_API_SCOPES", "").unwrap().scopes.is_empty());
        assert_eq!(read("CUBEJS_DEFAULT_API_SCOPES", "meta").unwrap().scopes, ["meta"]);
    }

    #[test]
    fn a_star_is_any_origin() {
        assert_eq!(read("TESSERA_CORS_ORIGINS", "*").unwrap().cors_origins, None);
        let listed = read("TESSERA_CORS_ORIGINS", "https://a.example, http://localhost:3000");
        assert_eq!(listed.unwrap().cors_origins.unwrap().len(), 2);
    }

    #[test]
    fn claims_of_audit_lines_are_names_and_paths() {
        let http = read("TESSERA_AUDIT_CLAIMS", "email, tenant.name,https://example.com/role");
        let expected = ["email", "tenant.name", "https://example.com/role"];
        assert_eq!(http.unwrap().audit_claims, expected);
    }

    #[test]
    fn a_small_maximum_lowers_the_default_limit() {
        assert_eq!(read("CUBEJS_DB_QUERY_LIMIT", "100").unwrap().limits.default_limit, 100);
    }
}
