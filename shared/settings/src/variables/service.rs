//! Variables: queries, the model, the listener and the log.

use super::{DURATION, LIST, SIZE, Variable, used};

pub(super) const QUERIES: &[Variable] = &[
    used("CUBEJS_DB_QUERY_LIMIT", "50000", "rows", "the greatest limit a query may ask for"),
    used("CUBEJS_DB_QUERY_DEFAULT_LIMIT", "10000", "rows", "the limit of a query that names none"),
    used("CUBEJS_DEFAULT_TIMEZONE", "UTC", "", "the IANA time zone of a query that names none"),
    used(
        "TESSERA_CONTINUE_WAIT",
        "5s",
        DURATION,
        "a query that runs longer is answered with Continue wait",
    ),
];

pub(super) const MODEL: &[Variable] = &[used(
    "CUBEJS_SCHEMA_PATH",
    "model",
    "",
    "folder of the data model; schema when there is no model",
)];

pub(super) const HTTP: &[Variable] = &[
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
];

pub(super) const LOG: &[Variable] =
    &[used("CUBEJS_LOG_LEVEL", "info", "", "error, warn, info, debug or trace")];

pub(super) const AWS: &[Variable] = &[
    used("AWS_LAMBDA_INITIALIZATION_TYPE", "", "", "set on AWS Lambda alone"),
    used("AWS_SESSION_TOKEN", "", "", "what the secrets extension takes as proof of its caller"),
    used(
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
        "2773 on AWS Lambda",
        "",
        "TCP port of the AWS Parameters and Secrets extension",
    ),
];
