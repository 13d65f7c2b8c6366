//! The API secret in Secrets Manager: read at the first request, every version that counts verifies.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::lambda::Emulator;
use harness::moto::Moto;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{http, leak, root, token, variable, wait_until};
use serde_json::json;

const FIRST: &str = "first-version-canary-0123456789abcdef0123456789";
const SECOND: &str = "second-version-canary-0123456789abcdef012345678";

fn signed_with(secret: &str) -> String {
    token::hs256(&json!({ "iat": token::now(), "exp": token::now() + 600 }), secret)
}

#[test]
fn the_secret_is_read_from_secrets_manager_and_may_be_rotated() {
    let moto = Moto::start();
    let arn = moto.create_secret("api-secret", FIRST);
    let project = root().join("tests/conformance");
    let cluster = Cluster::start(&project.join("seed.sql"), &[]);
    let mut environment = cluster.environment();
    environment.extend(moto.environment());
    environment.push(variable("TESSERA_API_SECRET_ARN", &arn));
    let server = Server::start(&project, environment);

    let status = |secret: &str| {
        let answer =
            server.get("load", &json!({ "measures": ["Orders.count"] }), &signed_with(secret));
        leak::check(&answer);
        assert!(!answer.body.contains("canary"), "{}", answer.body);
        answer.status
    };
    assert_eq!(status(FIRST), 200);
    assert_eq!(status(SECOND), 403);
    moto.put_secret(&arn, SECOND, "second");
    // The version is new to the process: it looks again once, after its cool-down.
    wait_until("the new version to verify", Duration::from_mins(1), || status(SECOND) == 200);
    assert_eq!(status(FIRST), 200, "the previous version still verifies");
    for canary in [FIRST, SECOND, arn.as_str()] {
        assert!(!server.log().contains(canary), "the log holds {canary}");
    }
}

#[test]
fn a_secret_that_cannot_be_had_is_503() {
    let moto = Moto::start();
    let short = moto.create_secret("short", "too-short-canary");
    let missing = "arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf".to_owned();
    let project = root().join("tests/conformance");
    let cluster = Cluster::start(&project.join("seed.sql"), &[]);
    for arn in [short, missing] {
        let mut environment = cluster.environment();
        environment.extend(moto.environment());
        environment.push(variable("TESSERA_API_SECRET_ARN", &arn));
        let server = Server::start(&project, environment);
        let answer = server.get(
            "load",
            &json!({ "measures": ["Orders.count"] }),
            &signed_with("too-short-canary"),
        );
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (503, "Authentication is temporarily unavailable"),
            "{arn}"
        );
        assert!(answer.header("retry-after").is_some());
        leak::check(&answer);
        assert!(!answer.body.contains("canary"));
        assert!(!server.log().contains("too-short-canary"));
    }
}

#[test]
fn the_functions_read_it_too() {
    let moto = Moto::start();
    let arn = moto.create_secret("api-secret", FIRST);
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let mut environment = cluster.environment();
    environment.extend(moto.environment());
    environment.push(variable("TESSERA_API_SECRET_ARN", &arn));
    environment.push(variable(
        "TESSERA_CLIENTS",
        &json!({ "clients": [{ "id": "shop", "secret": "client-secret-canary-0123456789" }] })
            .to_string(),
    ));
    let emulator = Emulator::start(&environment);
    let body = json!({ "client_id": "shop", "client_secret": "client-secret-canary-0123456789" })
        .to_string();
    let issued = http::send(
        "POST",
        &emulator.url("/auth/token"),
        &[("content-type", "application/json")],
        &body,
    );
    assert_eq!(issued.status, 200, "{}", issued.body);
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    let query = http::encode(&json!({ "measures": ["orders.count"] }).to_string());
    let answer = http::send(
        "GET",
        &emulator.url(&format!("/cubejs-api/v1/load?query={query}")),
        &[("authorization", &token)],
        "",
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["data"][0]["orders.count"], "50000");
    for function in harness::lambda::FUNCTIONS {
        let log = emulator.log(function);
        for canary in [FIRST, "client-secret-canary", token.as_str()] {
            assert!(!log.contains(canary), "the log of {function} holds {canary}");
        }
    }
}
