//! Variables: the database that is asked.

use super::{DURATION, LIST, PEM, Variable, used};

pub(super) const WAREHOUSE: &[Variable] = &[
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
];
