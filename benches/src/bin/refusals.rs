//! Whether the time of an answer tells why a token was refused: `/v1/meta` over HTTP with tokens that are wrong in different
//! ways, in turns. Says the median of each; all of them are to lie within a millisecond.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement that fails must stop"
)]

use std::time::Instant;

use benches::{median, say};
use harness::server::Server;
use harness::{root, token};
use serde_json::json;

/// Requests of each kind.
const ROUNDS: usize = 1_000;

fn main() {
    let environment = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let server = Server::start(&root().join("examples/ecommerce"), environment.into());
    let good = token::good(&json!({ "user_id": 42 }));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let past = json!({ "iat": 1_600_000_000, "exp": 1_600_000_100 });
    let tokens = [
        ("another secret", token::hs256(&json!({ "exp": token::now() + 60 }), &"x".repeat(64))),
        ("signature of zeros", format!("{message}.{}", "A".repeat(signature.len()))),
        ("no signature", format!("{message}.")),
        ("ended", token::hs256(&past, token::SECRET)),
        ("unknown algorithm", format!("eyJhbGciOiJub25lIn0.{payload}.")),
        ("no JSON", format!("{header}.AAAA.{signature}")),
        ("no token", "x".to_owned()),
        ("7 KiB", format!("{header}.{}.{signature}", "A".repeat(7 * 1024))),
    ];
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().http_status_as_error(false).build(),
    );
    let url = server.url("/cubejs-api/v1/meta");
    let mut took = vec![Vec::with_capacity(ROUNDS); tokens.len()];
    let mut bodies = std::collections::BTreeSet::new();
    for _ in 0..ROUNDS {
        for ((_, token), took) in tokens.iter().zip(&mut took) {
            let began = Instant::now();
            let mut answer = agent.get(&url).header("authorization", token).call().unwrap();
            assert_eq!(answer.status(), 403);
            bodies.insert(answer.body_mut().read_to_string().unwrap());
            took.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    for ((name, _), took) in tokens.iter().zip(&mut took) {
        say(&format!("{name:20} {:6.0} us", median(took)));
    }
    say(&format!("{} different bodies: {bodies:?}", bodies.len()));
}
