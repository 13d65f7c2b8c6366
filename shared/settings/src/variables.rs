//! The table of every variable: what it means here, or that it means nothing here.

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

const NO_CACHE: &str = "results are not cached in a store";
const NO_PRE_AGGREGATIONS: &str = "there are no pre-aggregations";
const NO_SQL_API: &str = "there is no SQL API";

/// Every variable that is read, and every one of Cube's that is accepted without effect.
pub const VARIABLES: &[Variable] = &[
    // Who is asking
    used(
        "CUBEJS_API_SECRET",
        "",
        "",
        "verifies HMAC tokens; at least 32 bytes outside development",
    ),
    used("CUBEJS_API_SECRETS", "", LIST, "several secrets that verify; the first signs"),
    used(
        "TESSERA_API_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds the API secret",
    ),
    used(
        "CUBEJS_JWT_KEY",
        "",
        "",
        "verifies tokens instead of CUBEJS_API_SECRET: a secret, or a PEM public key whose \
         algorithms CUBEJS_JWT_ALGS lists",
    ),
    used(
        "CUBEJS_JWK_URL",
        "",
        "",
        "the key set of the issuer, at an https URL; API secrets then verify nothing, as in Cube",
    ),
    used(
        "CUBEJS_JWT_ALGS",
        "HS256,HS384,HS512; with CUBEJS_JWK_URL all of public keys",
        LIST,
        "algorithms that are accepted",
    ),
    used("CUBEJS_JWT_ISSUER", "", LIST, "issuers that are accepted"),
    used("CUBEJS_JWT_AUDIENCE", "", LIST, "audiences of which a token must name one"),
    used("CUBEJS_JWT_SUBJECT", "", "", "the subject a token must name"),
    used("CUBEJS_JWT_CLAIMS_NAMESPACE", "", "", "the claim that holds the security context"),
    used(
        "TESSERA_ISSUERS",
        "",
        "",
        "JSON list of more issuers, each with its own key set, audience and algorithms",
    ),
    used(
        "TESSERA_KEY_SERVER_CA",
        "",
        PEM,
        "an authority besides the web's, for key servers and load",
    ),
    used("TESSERA_JWKS_FRESH", "5m", DURATION, "a key set is fetched again after this long"),
    used("TESSERA_JWKS_FRESH_MIN", "1m", DURATION, "the least max-age of a key set believed"),
    used("TESSERA_JWKS_FRESH_MAX", "1h", DURATION, "the greatest max-age of a key set believed"),
    used("TESSERA_JWKS_HARD_LIMIT", "2h", DURATION, "a key set is used no longer without another"),
    used("TESSERA_JWKS_COOLDOWN", "30s", DURATION, "least time between fetches for unknown keys"),
    used("TESSERA_JWKS_TIMEOUT", "5s", DURATION, "a fetch of a key set takes no longer"),
    used("TESSERA_SECRET_REFRESH", "5m", DURATION, "a secret is read again after this long"),
    used("TESSERA_SECRET_HARD_LIMIT", "1h", DURATION, "a secret is used no longer without another"),
    used("TESSERA_SECRET_COOLDOWN", "30s", DURATION, "least time between reads for unknown keys"),
    used("TESSERA_COGNITO_USER_POOL_ID", "", "", "a user pool whose tokens are accepted"),
    used(
        "TESSERA_COGNITO_CLIENT_IDS",
        "",
        LIST,
        "the clients of the pool that are accepted; the first signs users in",
    ),
    used("TESSERA_COGNITO_TOKEN_USE", "access", "", "which of its tokens: access or id"),
    used("TESSERA_COGNITO_REGION", "", "", "checked against the id of the pool, which begins so"),
    used("TESSERA_COGNITO_JWKS_URL", "", "", "the pool's key set, where it is not at its issuer"),
    used(
        "TESSERA_DENY_LIST_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that lists tokens that were taken back",
    ),
    used(
        "TESSERA_LEDGER_TABLE",
        "",
        "",
        "the table of Amazon DynamoDB that lists them, instead, and counts over all instances",
    ),
    used(
        "CUBEJS_PLAYGROUND_AUTH_SECRET",
        "",
        "",
        "verifies tokens with the scope dev-token that no issuer has signed",
    ),
    used(
        "CUBEJS_DEFAULT_API_SCOPES",
        "meta,data,graphql,sql",
        LIST,
        "what a token holder may call",
    ),
    used(
        "CUBEJS_DEV_MODE",
        "false",
        "",
        "a missing token is an empty security context; refused on AWS Lambda",
    ),
    used("TESSERA_REQUIRE_EXP", "true", "", "false accepts tokens that never expire, as Cube does"),
    used(
        "TESSERA_OPEN_FILTERS",
        "false",
        "",
        "true lets a row filter pass every row when its claim is missing, as Cube does",
    ),
    used("TESSERA_MAX_TOKEN_LIFE", "30d", DURATION, "the longest exp - iat that is accepted"),
    used(
        "TESSERA_SIGNING_KEY_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager with the PEM private key that signs new tokens",
    ),
    used("TESSERA_SIGNING_KMS_KEY_ID", "", "", "the key of AWS KMS that signs new tokens"),
    used(
        "TESSERA_SIGNING_ALGS",
        "all of private keys",
        LIST,
        "the private key signs with the first of these that it is for",
    ),
    // Who is given a token
    used(
        "TESSERA_TOKEN_POLICY",
        "",
        "",
        "the file that says who may have a token with which claims",
    ),
    used(
        "TESSERA_TOKEN_POLICY_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds that text",
    ),
    used("TESSERA_CLIENTS", "", "", "the policy itself, as YAML or JSON"),
    used("TESSERA_CLIENTS_ARN", "", "", "an older name of TESSERA_TOKEN_POLICY_ARN"),
    used(
        "TESSERA_TOKEN_ISSUER",
        "the first of CUBEJS_JWT_ISSUER",
        "",
        "the https URL at which the token function is reached: the iss of its tokens",
    ),
    used(
        "TESSERA_SESSION_COOKIE",
        "",
        "",
        "the cookie in which pages of the same origin show a provider's token",
    ),
    used(
        "TESSERA_LOGIN_URL",
        "",
        "",
        "where a browser is sent that asks for a token and shows nothing",
    ),
    used(
        "TESSERA_COGNITO_CLIENT_SECRET",
        "",
        "",
        "the secret of the pool's client that signs users in, if it has one",
    ),
    used(
        "TESSERA_COGNITO_CLIENT_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds it",
    ),
    // How secrets are rotated
    used("TESSERA_ROTATE", "", "", "what rotate-secret rotates: keys, signing-key or database"),
    used(
        "TESSERA_TEST_URL",
        "",
        "",
        "where load answers: a new key takes over once load has verified with it",
    ),
    used(
        "TESSERA_ROTATE_REST",
        "TESSERA_SECRET_COOLDOWN; for signing-key TESSERA_SECRET_REFRESH, TESSERA_JWKS_COOLDOWN and 5m",
        DURATION,
        "a new key rests for so long before it takes over, so that every verifier finds it",
    ),
    used(
        "TESSERA_TEST_CLAIMS",
        "{}",
        "",
        "JSON object of claims that the model needs for /v1/meta",
    ),
    used(
        "TESSERA_ROTATE_USERS",
        "single",
        "",
        "single: the password of a role changes; alternating: two roles take turns",
    ),
    used(
        "TESSERA_SUPERUSER_SECRET_ARN",
        "",
        "",
        "the secret of the role that makes the second of two alternating ones",
    ),
    // How a certificate is renewed
    used(
        "TESSERA_CERTIFICATE_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that renew-certificate keeps the certificate and its key in",
    ),
    used(
        "TESSERA_CERTIFICATE_NAMES",
        "",
        LIST,
        "what the certificate is for: hosts, *.DOMAIN, addresses, URIs",
    ),
    used(
        "TESSERA_CERTIFICATE_KEY",
        "P-256",
        "",
        "its key: P-256, P-384, RSA-2048, RSA-3072, RSA-4096 or Ed25519",
    ),
    used("TESSERA_CERTIFICATE_USAGE", "server", "", "who shows it: server, client or both"),
    used(
        "TESSERA_CERTIFICATE_LIFE",
        "90d",
        DURATION,
        "how long it lives; it is renewed after two thirds of the life that it was given",
    ),
    used(
        "TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN",
        "",
        "",
        "the secret with the authority that issues it; without one it signs itself",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_DIRECTORY",
        "",
        "",
        "the directory of the public authority that issues it (ACME)",
    ),
    used(
        "TESSERA_CERTIFICATE_FOLDER",
        "",
        "",
        "the folder in which tessera serve keeps a certificate of that authority and its account",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_ACCOUNT_SECRET_ARN",
        "",
        "",
        "the secret with the account there; one is made when it is empty",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_ZONE_ID",
        "",
        "",
        "the zone of Amazon Route 53 whose records prove that the names are ours",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_CONTACTS",
        "",
        LIST,
        "mailto: addresses that the public authority may write to",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_CA",
        "the system's",
        "the path of a PEM file",
        "the root of the public authority's own server",
    ),
    used(
        "TESSERA_CERTIFICATE_ACM_ARN",
        "",
        "",
        "under which ARN AWS Certificate Manager has it: it is imported there again",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_BUNDLE",
        "",
        "",
        "s3://BUCKET/KEY, where the roots are published of which clients may have certificates",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_SECRET_ARN",
        "TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN",
        "",
        "the secret with the authority of the clients",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_OVERLAP",
        "90d",
        DURATION,
        "how long the root before stays trusted: as long as certificates of clients live",
    ),
    used(
        "TESSERA_CERTIFICATE_DOMAIN",
        "",
        "",
        "the custom domain of API Gateway that reads the bundle: it is pointed at each new version",
    ),
    used(
        "TESSERA_CERTIFICATE_ALARM_TOPIC_ARN",
        "",
        "",
        "the topic of Amazon SNS that hears when a renewal fails, and when little life is left",
    ),
    used(
        "TESSERA_JS_ENV",
        "",
        LIST,
        "variables that a data model may read besides CUBEJS_*; secrets are never shown",
    ),
    used(
        "TESSERA_TENANT_CLAIM",
        "tenant_id",
        "",
        "the claim, dots between steps, that audit lines show as the tenant",
    ),
    used(
        "TESSERA_METRICS",
        "false",
        "",
        "whether requests are measured, as lines of the log that CloudWatch makes metrics of",
    ),
    used(
        "TESSERA_AUDIT_CLAIMS",
        "",
        LIST,
        "claims, dots between steps, that audit lines show besides, such as email,role",
    ),
    used("CUBEJS_ACCESS_POLICY_MASK_STRING", "", "", "shown for a masked text without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_TIME", "", "", "shown for a masked time without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_BOOLEAN", "", "", "shown for a masked boolean without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_NUMBER", "", "", "shown for a masked number without a mask"),
    // The warehouse
    used("CUBEJS_DB_TYPE", "postgres", "", "must be postgres"),
    used("CUBEJS_DATASOURCES", "default", LIST, "the data sources that cubes live in"),
    used(
        "CUBEJS_DS_*",
        "",
        "",
        "CUBEJS_DS_ARCHIVE_DB_HOST is to the data source archive what CUBEJS_DB_HOST is to default",
    ),
    used("CUBEJS_DB_HOST", "localhost", "", "host name or address of PostgreSQL"),
    used("CUBEJS_DB_PORT", "5432", "", "TCP port of PostgreSQL"),
    used("CUBEJS_DB_NAME", "", "", "the database"),
    used("CUBEJS_DB_USER", "", "", "the database user"),
    used("CUBEJS_DB_PASS", "", "", "the database password"),
    used(
        "TESSERA_DB_ROLE",
        "",
        "",
        "the role that statements run as, for row security of the database's own",
    ),
    used(
        "TESSERA_DB_ROLE_CLAIM",
        "",
        "",
        "the claim, dots between steps, that names another role, of TESSERA_DB_ROLES",
    ),
    used(
        "TESSERA_DB_PREPARED_STATEMENTS",
        "false",
        "",
        "whether connections keep their statements, which saves PostgreSQL planning them again; not behind a pooler in \
         transaction mode, nor RDS Proxy",
    ),
    used(
        "TESSERA_DB_SILENCE",
        "1s",
        DURATION,
        "a connection that was used before and says nothing for so long is replaced; behind a pooler it may be waiting \
         for its turn, so that 5s are better there",
    ),
    used("TESSERA_DB_ROLES", "", LIST, "the roles that TESSERA_DB_ROLE_CLAIM may name"),
    used(
        "TESSERA_DB_CLAIMS",
        "false",
        "",
        "whether statements see the caller's claims, as JSON in the setting request.jwt.claims",
    ),
    used(
        "TESSERA_DB_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager with the user and password of the default data source, in \
         AWS's JSON form, and with host, port and name where the variables do not say them",
    ),
    used(
        "TESSERA_DB_IAM",
        "false",
        "",
        "true has the user of the default data source log in to Amazon RDS with tokens of IAM, made \
         for every connection; needs CUBEJS_DB_SSL",
    ),
    used(
        "CUBEJS_DB_URL",
        "",
        "",
        "postgres://user:password@host:port/name, instead of the five above",
    ),
    used(
        "CUBEJS_DB_SOCKET_PATH",
        "",
        "",
        "folder of PostgreSQL's Unix socket, instead of host and port",
    ),
    used(
        "CUBEJS_DB_SSL",
        "false",
        "",
        "true requires TLS; certificate and host name are always verified",
    ),
    used("CUBEJS_DB_SSL_CA", "", PEM, "the authority that signed the server's certificate"),
    used("CUBEJS_DB_SSL_CERT", "", PEM, "the client certificate"),
    used("CUBEJS_DB_SSL_KEY", "", PEM, "the client certificate's key"),
    used(
        "CUBEJS_DB_SSL_SERVERNAME",
        "",
        "",
        "the name in the server's certificate, when it is not the host",
    ),
    used("CUBEJS_DB_MAX_POOL", "8", "connections", "connections at most, per process"),
    used("CUBEJS_DB_QUERY_TIMEOUT", "10m", DURATION, "a statement that runs longer is cancelled"),
    // Queries
    used("CUBEJS_DB_QUERY_LIMIT", "50000", "rows", "the greatest limit a query may ask for"),
    used("CUBEJS_DB_QUERY_DEFAULT_LIMIT", "10000", "rows", "the limit of a query that names none"),
    used("CUBEJS_DEFAULT_TIMEZONE", "UTC", "", "the IANA time zone of a query that names none"),
    used(
        "TESSERA_CONTINUE_WAIT",
        "5s",
        DURATION,
        "a query that runs longer is answered with Continue wait",
    ),
    // The model
    used(
        "CUBEJS_SCHEMA_PATH",
        "model",
        "",
        "folder of the data model; schema when there is no model",
    ),
    // HTTP
    used("CUBEJS_BASE_PATH", "/cubejs-api", "", "what the routes of the API start with"),
    used("CUBEJS_MAX_REQUEST_SIZE", "1mb", SIZE, "a larger body is refused"),
    used(
        "TESSERA_CORS_ORIGINS",
        "",
        LIST,
        "the only origins that may read answers; any when not set",
    ),
    used("PORT", "4000", "", "TCP port of tessera serve"),
    used(
        "CUBEJS_ENABLE_TLS",
        "false",
        "",
        "true has tessera serve use TLS on TLS_PORT, and PORT lead there",
    ),
    used("TLS_PORT", "4433", "", "TCP port of tessera serve for TLS"),
    used(
        "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE",
        "",
        "",
        "PEM file of the certificate and those between it and its authority; without it and without \
         TESSERA_TLS_SECRET_ARN or TESSERA_CERTIFICATE_ACME_DIRECTORY the process makes certificates for itself, for two days each",
    ),
    used("CUBEJS_TLS_PRIVATE_KEY_FILE", "", "", "PEM file of the certificate's key"),
    used(
        "TESSERA_TLS_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds certificate and key instead",
    ),
    used(
        "TESSERA_TLS_NAMES",
        "localhost,127.0.0.1,::1",
        LIST,
        "host names and addresses of certificates that the process makes for itself",
    ),
    used(
        "TESSERA_TLS_CLIENT_CA_FILE",
        "",
        "",
        "PEM file of authorities: who has no certificate of one of them is not let in",
    ),
    used(
        "TESSERA_TLS_RELOAD",
        "1s for files and folders, else 1m",
        DURATION,
        "how often the certificate is looked at again",
    ),
    // The log
    used("CUBEJS_LOG_LEVEL", "info", "", "error, warn, info, debug or trace"),
    // Set by AWS
    used("AWS_LAMBDA_INITIALIZATION_TYPE", "", "", "set on AWS Lambda alone"),
    used("AWS_SESSION_TOKEN", "", "", "what the secrets extension takes as proof of its caller"),
    used(
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
        "2773 on AWS Lambda",
        "",
        "TCP port of the AWS Parameters and Secrets extension",
    ),
    // Accepted without effect
    ignored("NODE_ENV", "only CUBEJS_DEV_MODE decides about development mode"),
    ignored("CUBEJS_APP", "nothing is shared between deployments"),
    ignored("CUBEJS_TELEMETRY", "no telemetry is sent"),
    ignored("CUBEJS_WEB_SOCKETS", "there are no WebSockets"),
    ignored("CUBEJS_GRACEFUL_SHUTDOWN", "tessera serve always finishes running requests"),
    ignored("CUBEJS_DB_DOMAIN", "it is for other databases"),
    ignored("CUBEJS_DB_MIN_POOL", "connections are opened when they are needed"),
    ignored("CUBEJS_DB_SSL_REJECT_UNAUTHORIZED", "the server's certificate is always verified"),
    ignored("CUBEJS_DB_SSL_CIPHERS", "TLS 1.2 and 1.3 with safe cipher suites only"),
    ignored("CUBEJS_DB_SSL_PASSPHRASE", "keys are read without a passphrase"),
    ignored("CUBEJS_TLS_PORT", "TLS_PORT is the name that Cube read"),
    ignored("CUBEJS_CACHE_AND_QUEUE_DRIVER", NO_CACHE),
    ignored("CUBEJS_REDIS_*", NO_CACHE),
    ignored("REDIS_URL", NO_CACHE),
    ignored("REDIS_TLS", NO_CACHE),
    ignored("REDIS_PASSWORD", NO_CACHE),
    ignored("CUBEJS_CUBESTORE_*", NO_CACHE),
    ignored("CUBEJS_CONCURRENCY", "CUBEJS_DB_MAX_POOL bounds what runs at once"),
    ignored("CUBEJS_REFRESH_WORKER", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_ROLLUP_ONLY", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_SCHEDULED_REFRESH_*", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_PRE_AGGREGATIONS_*", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_EXTERNAL_DEFAULT", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_EXT_DB_*", NO_PRE_AGGREGATIONS),
    ignored("CUBEJS_TOPIC_NAME", "no messages are sent between functions"),
    ignored("CUBEJS_SERVER_HEADERS_TIMEOUT", "tessera serve waits 10 seconds for headers"),
    ignored("CUBEJS_SERVER_KEEP_ALIVE_TIMEOUT", "tessera serve decides it"),
    ignored("CUBEJS_TESSERACT_SQL_PLANNER", "there is one planner"),
    ignored("CUBEJS_PG_SQL_PORT", NO_SQL_API),
    ignored("CUBEJS_SQL_USER", NO_SQL_API),
    ignored("CUBEJS_SQL_PASSWORD", NO_SQL_API),
    ignored("CUBEJS_SQL_SUPER_USER", NO_SQL_API),
    ignored("CUBEJS_NESTED_FOLDERS_DELIMITER", "there are no folders"),
    ignored(
        "CUBEJS_ALLOW_UNGROUPED_WITHOUT_PRIMARY_KEY",
        "ungrouped queries never need a primary key, as in Cube 1.7",
    ),
];

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
    VARIABLES.iter().find(|variable| {
        variable
            .name
            .strip_suffix('*')
            .map_or(variable.name == name, |start| name.starts_with(start))
    })
}

/// The known name that differs least, when it differs by a typing mistake or two.
fn nearest(name: &str) -> Option<&'static str> {
    VARIABLES
        .iter()
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
        for variable in VARIABLES {
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
