//! A server with other habits: every statement carries its own time zone and date style.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::postgres::Cluster;
use harness::root;
use harness::server::Server;
use serde_json::{Value, json};

/// Queries whose answers would change if the server's own time zone, date style or interval style were used.
fn queries() -> Vec<Value> {
    let created = |extra: Value| {
        let mut dimension = json!({ "dimension": "Orders.createdAt" });
        for (name, value) in extra.as_object().unwrap() {
            dimension[name] = value.clone();
        }
        dimension
    };
    vec![
        json!({ "measures": ["Orders.count"], "timeDimensions": [created(json!({ "granularity": "day", "dateRange": ["2020-03-05", "2020-04-02"] }))] }),
        json!({ "measures": ["Orders.count"], "timeDimensions": [created(json!({ "granularity": "week", "dateRange": ["2020-01-01", "2020-02-20"] }))], "timezone": "Asia/Kolkata" }),
        json!({ "measures": ["Orders.firstOrderAt", "Orders.lastOrderAt"] }),
        json!({ "dimensions": ["Orders.id", "Orders.createdAt", "Orders.completedAt"], "order": { "Orders.id": "asc" }, "limit": 20 }),
        json!({ "dimensions": ["Orders.id", "Orders.createdAt"], "order": { "Orders.id": "asc" }, "limit": 20, "timezone": "Europe/London" }),
        json!({ "measures": ["Orders.count"], "filters": [{ "member": "Orders.createdAt", "operator": "beforeDate", "values": ["2019-03-04"] }] }),
        json!({ "measures": ["Orders.count"], "filters": [{ "member": "Orders.createdAt", "operator": "inDateRange", "values": ["2019-03-04 10:00:00", "2019-03-05"] }], "timezone": "America/Los_Angeles" }),
        json!({ "measures": ["Orders.count"], "filters": [{ "member": "Orders.createdAt", "operator": "gt", "values": ["2019-03-04"] }] }),
    ]
}

#[test]
fn the_servers_own_time_zone_and_date_style_change_no_answer() {
    let project = root().join("tests/conformance");
    let seed = project.join("seed.sql");
    let plain = Cluster::start(&seed, &[("timezone", "UTC"), ("datestyle", "ISO, MDY")]);
    let odd = Cluster::start(
        &seed,
        &[
            ("timezone", "America/New_York"),
            ("datestyle", "SQL, DMY"),
            ("intervalstyle", "sql_standard"),
            ("extra_float_digits", "-5"),
            ("bytea_output", "escape"),
            ("standard_conforming_strings", "on"),
        ],
    );
    let (plain, odd) = (
        (Server::start(&project, plain.environment()), plain),
        (Server::start(&project, odd.environment()), odd),
    );
    for query in queries() {
        let (want, got) = (plain.0.load(&query, &json!({})), odd.0.load(&query, &json!({})));
        assert_eq!((want.status, got.status), (200, 200), "{query}: {} {}", want.body, got.body);
        assert!(!want.json()["data"].as_array().unwrap().is_empty(), "{query}");
        assert_eq!(want.json()["data"], got.json()["data"], "{query}");
    }
}
