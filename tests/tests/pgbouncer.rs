//! Behind PgBouncer in transaction mode, where the next statement may meet another connection.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::thread;

use harness::instance::Instance;
use harness::pgbouncer::{PgBouncer, outlives_a_transaction};
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{http, root, token};
use serde_json::json;

#[test]
fn eight_callers_share_two_connections() {
    let project = root().join("tests/conformance");
    let cluster = Cluster::start(
        &project.join("seed.sql"),
        &[("timezone", "America/New_York"), ("log_statement", "all")],
    );
    let pooler = PgBouncer::start(&cluster);
    let server = Server::start(&project, pooler.environment());
    let expected = |id: i64| {
        let answer =
            server.load(&json!({ "measures": ["SecureOrders.count"] }), &json!({ "id": id }));
        assert_eq!(answer.status, 200, "{} {}", answer.body, pooler.log());
        answer.json()["data"].clone()
    };
    let alone: Vec<_> = (1..=8).map(expected).collect();
    thread::scope(|scope| {
        for (caller, alone) in (1..).zip(&alone) {
            let (server, pooler) = (&server, &pooler);
            scope.spawn(move || {
                for round in 0..25 {
                    let zone = ["UTC", "Asia/Tokyo", "America/Los_Angeles"][round % 3];
                    let query = json!({ "measures": ["SecureOrders.count"], "timezone": zone });
                    let answer = server.load(&query, &json!({ "id": caller }));
                    assert_eq!(answer.status, 200, "{} {}", answer.body, pooler.log());
                    assert_eq!(answer.json()["data"], *alone, "caller {caller} got other rows");
                }
            });
        }
    });
    assert_eq!(outlives_a_transaction(&cluster.log()), None);
}

/// One connection each, and two for all of them.
#[test]
fn sixteen_instances_of_the_function_share_two_connections() {
    let project = root().join("tests/conformance");
    let cluster = Cluster::start(&project.join("seed.sql"), &[("log_statement", "all")]);
    let pooler = PgBouncer::start(&cluster);
    let mut environment = pooler.environment();
    environment.extend(
        [
            ("CUBEJS_API_SECRET", token::SECRET),
            ("CUBEJS_SCHEMA_PATH", &project.join("model").to_string_lossy()),
            ("CUBEJS_DB_MAX_POOL", "1"),
            ("TESSERA_DB_SILENCE", "5s"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let query = http::encode(r#"{"measures":["SecureOrders.count"]}"#);
    let mut instances: Vec<Instance> =
        (0..16).map(|_| Instance::start("load", &environment)).collect();
    // Each logs in by itself: sixteen logins at once would be a test of this machine.
    for instance in &mut instances {
        let token = token::good(&json!({ "id": 1 }));
        let (status, body, _) =
            instance.get("/cubejs-api/v1/load", &format!("query={query}"), &token);
        assert_eq!(status, 200, "{body} {}", instance.log());
    }
    let answers: Vec<Vec<String>> = thread::scope(|scope| {
        let running: Vec<_> = (0_u64..)
            .zip(&mut instances)
            .map(|(number, instance)| {
                let query = format!("query={query}");
                scope.spawn(move || {
                    (0..10)
                        .map(|round| {
                            let id = (number + round) % 8 + 1;
                            let token = token::good(&json!({ "id": id }));
                            let (status, body, _) =
                                instance.get("/cubejs-api/v1/load", &query, &token);
                            assert_eq!(status, 200, "{body} {}", instance.log());
                            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
                            format!("{id} {}", body["data"])
                        })
                        .collect()
                })
            })
            .collect();
        running.into_iter().map(|instance| instance.join().unwrap()).collect()
    });
    let told: BTreeSet<&String> = answers.iter().flatten().collect();
    assert_eq!(told.len(), 8, "a caller got other rows: {told:?}");
    assert_eq!(outlives_a_transaction(&cluster.log()), None);
}
