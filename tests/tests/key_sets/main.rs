//! Key sets over HTTP, as `tessera serve` reads them from key servers that rotate, fail and lie.
//!
//! The faults are the rows K-01 to K-17 of the project's table of attacks; each test names its row. What needs a clock
//! that is set (K-02's minute, K-03's two hours, K-16) is tested in `keys` too.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod certificates;
mod crowds;
mod issuers;
mod life;
mod network;
mod nonsense;
mod patience;

use std::time::{Duration, Instant};

use harness::http::Answer;
use harness::key_server::{KEYS, KeyServer};
use harness::postgres::connection;
use harness::server::Server;
use harness::signing_key::SigningKey;
use harness::{free_port, leak, root};
use serde_json::{Value, json};

/// A set is fresh for a second.
const FRESH_1S: [(&str, &str); 3] = [
    ("TESSERA_JWKS_FRESH", "1s"),
    ("TESSERA_JWKS_FRESH_MIN", "1s"),
    ("TESSERA_JWKS_FRESH_MAX", "1s"),
];
/// Longer than that.
const NO_LONGER_FRESH: Duration = Duration::from_millis(1200);

/// What a caller waits for at most when a key server does not answer: its five seconds, and half a second for us.
const PATIENCE: Duration = Duration::from_millis(5500);

/// `tessera serve` with these variables, and without a database: what is asked here needs no rows.
fn serve(variables: &[(&str, &str)]) -> Server {
    let mut environment = connection(free_port());
    environment.extend(harness::variables(variables));
    Server::start(&root().join("tests/conformance"), environment)
}

/// `tessera serve` that trusts whoever signs with the keys of this server.
fn serve_keys_of(keys: &KeyServer, variables: &[(&str, &str)]) -> Server {
    let url = keys.url(KEYS);
    serve(&[&[("CUBEJS_JWK_URL", url.as_str())], variables].concat())
}

/// `tessera serve` that trusts several issuers, each with the address of its keys, for the audience `api`.
fn serve_issuers(issuers: &[(&str, String)], variables: &[(&str, &str)]) -> Server {
    let item = |(issuer, url): &(&str, String)| json!({ "issuer": issuer, "jwks_url": url, "audience": "api" });
    let list = Value::Array(issuers.iter().map(item).collect()).to_string();
    serve(&[&[("TESSERA_ISSUERS", list.as_str())], variables].concat())
}

fn ask(server: &Server, token: &str) -> Answer {
    let answer = server.get("dry-run", &json!({ "measures": ["Orders.count"] }), token);
    leak::check(&answer);
    answer
}

/// How a token fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
    /// Nobody can say: the keys cannot be had.
    Unavailable,
}
use Verdict::{Accepted, Refused, Unavailable};

fn verdict(server: &Server, token: &str) -> Verdict {
    let answer = ask(server, token);
    match answer.status {
        200 => Accepted,
        403 => {
            assert_eq!(answer.json(), json!({ "error": "Invalid token" }));
            Refused
        }
        503 => {
            assert_eq!(answer.error(), "Authentication is temporarily unavailable");
            assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
            assert!(answer.json()["requestId"].is_string(), "{}", answer.body);
            Unavailable
        }
        other => panic!("{other}: {}", answer.body),
    }
}

/// The same, and how long it took.
fn timed_verdict(server: &Server, token: &str) -> (Verdict, Duration) {
    let started = Instant::now();
    (verdict(server, token), started.elapsed())
}

fn good(key: &SigningKey) -> String {
    key.good(&json!({ "sub": "ada" }))
}

/// A token for the audience `api` that names its issuer.
fn good_of(key: &SigningKey, issuer: &str) -> String {
    key.good(&json!({ "iss": issuer, "aud": "api" }))
}
