//! Tokens of IAM in the place of a database password (attacks.md P-10), against a database that RDS stands before.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::authority::Authority;
use harness::postgres::{Cluster, DATABASE, USER};
use harness::rds::Rds;
use harness::server::Server;
use harness::{leak, root, variable};
use serde_json::{Value, json};

fn count() -> Value {
    json!({ "measures": ["Orders.count"] })
}

fn environment(rds: &Rds, authority: &Authority) -> Vec<(String, String)> {
    vec![
        variable("CUBEJS_DB_HOST", "127.0.0.1"),
        variable("CUBEJS_DB_PORT", &rds.port.to_string()),
        variable("CUBEJS_DB_NAME", DATABASE),
        variable("CUBEJS_DB_USER", USER),
        variable("CUBEJS_DB_SSL", "true"),
        variable("CUBEJS_DB_SSL_CA", authority.pem()),
        variable("CUBEJS_DB_MAX_POOL", "1"),
        variable("TESSERA_DB_IAM", "true"),
        variable("AWS_ACCESS_KEY_ID", "AKIDCANARY"),
        variable("AWS_SECRET_ACCESS_KEY", "secret-canary-83"),
        variable("AWS_REGION", "eu-central-1"),
    ]
}

#[test]
fn every_connection_has_a_token_of_its_own() {
    let access = [("pg_hba.conf", "host all all 127.0.0.1/32 trust\n")];
    let seed = root().join("tests/conformance/seed.sql");
    let mut cluster = Cluster::start_with(&seed, &[], &access);
    let authority = Authority::new();
    let rds = Rds::start(&authority.issue(&["127.0.0.1"]), cluster.port);
    let server = Server::start(&root().join("tests/conformance"), environment(&rds, &authority));
    assert_eq!(server.load(&count(), &json!({})).status, 200);
    assert_eq!(server.load(&count(), &json!({})).status, 200);
    let first = rds.tokens();
    assert_eq!(first.len(), 1, "one connection, one token");
    // Tokens are dated to the second.
    std::thread::sleep(Duration::from_millis(1_100));
    cluster.pause();
    cluster.resume();
    assert_eq!(server.load(&count(), &json!({})).status, 200);
    let tokens = rds.tokens();
    assert_eq!(tokens.len(), 2, "another connection, another token");
    assert_ne!(tokens[0], tokens[1]);
    let start = format!("127.0.0.1:{}/?Action=connect&DBUser=", rds.port);
    for token in &tokens {
        assert!(token.starts_with(&start), "{token}");
        for part in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKIDCANARY%2F",
            "%2Feu-central-1%2Frds-db%2Faws4_request",
            "X-Amz-Expires=900",
            "X-Amz-SignedHeaders=host",
            "X-Amz-Signature=",
        ] {
            assert!(token.contains(part), "{part} is not in {token}");
        }
        leak::check_log(&server.log(), &[token, "secret-canary-83", "X-Amz-Signature"]);
    }
}

#[test]
fn a_token_that_is_refused_is_503_and_not_tried_again_at_once() {
    let authority = Authority::new();
    let rds = Rds::start_refusing(&authority.issue(&["127.0.0.1"]));
    let server = Server::start(&root().join("tests/conformance"), environment(&rds, &authority));
    for _ in 0..5 {
        let answer = server.load(&count(), &json!({}));
        assert_eq!((answer.status, answer.error().as_str()), (503, "Database is unavailable"));
        leak::check(&answer);
    }
    assert!(rds.tokens().len() <= 2, "{} logins in a moment", rds.tokens().len());
}
