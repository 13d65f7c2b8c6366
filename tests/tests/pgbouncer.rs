//! Behind PgBouncer in transaction mode, where the next statement may meet another connection.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::thread;

use harness::pgbouncer::PgBouncer;
use harness::postgres::Cluster;
use harness::root;
use harness::server::Server;
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
    // Nothing may outlive a transaction: no named statement, no setting of the session. The pooler itself
    // hands on the name that the client gave when it connected.
    let log = cluster.log();
    assert!(log.contains("execute <unnamed>"), "the log shows no unnamed statement");
    for line in log
        .lines()
        .filter(|line| line.contains("LOG:  execute ") || line.contains("LOG:  statement: "))
    {
        let lower = line.to_lowercase();
        assert!(
            !line.contains("LOG:  execute ") || line.contains("execute <unnamed>"),
            "a named statement: {line}"
        );
        assert!(
            !lower.contains("statement: set ")
                || lower.contains("set local")
                || lower.contains("set application_name="),
            "a setting of the session: {line}"
        );
    }
}
