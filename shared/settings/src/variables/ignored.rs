//! Variables: what is accepted and changes nothing.

use super::{Variable, ignored};

const NO_CACHE: &str = "results are not cached in a store";
const NO_PRE_AGGREGATIONS: &str = "there are no pre-aggregations";
const NO_SQL_API: &str = "there is no SQL API";

pub(super) const IGNORED: &[Variable] = &[
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
    ignored(
        "OTEL_SDK_DISABLED",
        "spans are sent when an endpoint is set, and not with OTEL_TRACES_SAMPLER=always_off",
    ),
    ignored("OTEL_TRACES_EXPORTER", "an endpoint turns the export of spans on"),
    ignored("OTEL_EXPORTER_OTLP_COMPRESSION", "spans are sent as they are"),
    ignored("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "spans are sent as they are"),
];
