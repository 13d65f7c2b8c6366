//! Whether the time of an answer tells why a token was refused: `/v1/meta` over HTTP with tokens that are wrong in different
//! ways, in turns. Says the median of each; all of them are to lie within a millisecond.
//!
//! Then what good tokens feel of a storm of 10,000 refused ones in ten seconds over 64 connections (attacks.md K-08).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement that fails must stop"
)]

use std::time::{Duration, Instant};

use benches::{median, percentile_99, say};
use harness::key_server::{KEYS, KeyServer};
use harness::server::Server;
use harness::signing_key::SigningKey;
use harness::{root, token};
use serde_json::json;

/// Requests of each kind.
const ROUNDS: usize = 1_000;

fn main() {
    reasons();
    storms();
}

fn reasons() {
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
    let agent = agent();
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

/// Connections and tokens of a storm, and how long it lasts.
const CONNECTIONS: usize = 64;
const TOKENS: usize = 10_000;
const LASTS: Duration = Duration::from_secs(10);

fn storms() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.publish(&[&key]);
    let environment =
        [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me"), ("CUBEJS_JWK_URL", &keys.url(KEYS))];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let server = Server::start(&root().join("examples/ecommerce"), environment.into());
    let url = server.url("/cubejs-api/v1/meta");
    let good = key.good(&json!({ "sub": "ada" }));
    let payload = json!({ "iat": token::now(), "exp": token::now() + 3600 });
    let of_kid = |kid: &str| {
        let signed = key.sign_with_header(&json!({ "alg": "ES256", "kid": kid }), &payload);
        let (message, signature) = signed.rsplit_once('.').unwrap();
        format!("{message}.{}", "A".repeat(signature.len()))
    };
    let unknown: Vec<String> =
        (0..TOKENS).map(|number| of_kid(&format!("unknown-{number}"))).collect();
    let forged = vec![of_kid("one"); TOKENS];
    feel(&url, &good, &[]);
    let calm = feel(&url, &good, &[]);
    for (name, tokens) in [("none", &[][..]), ("forged", &forged), ("unknown keys", &unknown)] {
        let (half, most) = feel(&url, &good, tokens);
        say(&format!(
            "storm: {name:14} good tokens {half:6.0} us, p99 {most:6.0} us, {:.2} times the p99 of a calm",
            most / calm.1
        ));
    }
    say(&format!("the key set was fetched {} times", keys.requests(KEYS)));
}

/// Median and p99, in microseconds, of requests with a good token while these others are refused.
fn feel(url: &str, good: &str, storm: &[String]) -> (f64, f64) {
    let began = Instant::now();
    let refuse = |start: Duration, tokens: &[String]| {
        let agent = agent();
        let pause = LASTS / u32::try_from(tokens.len()).unwrap();
        std::thread::sleep(start);
        for (number, token) in (1..).zip(tokens) {
            let answer = agent.get(url).header("authorization", token).call().unwrap();
            assert_eq!(answer.status(), 403);
            std::thread::sleep((start + pause * number).saturating_sub(began.elapsed()));
        }
    };
    std::thread::scope(|scope| {
        // One after the other, and not 64 at the same moment.
        for (number, tokens) in (0..).zip(storm.chunks(TOKENS.div_ceil(CONNECTIONS))) {
            let start = LASTS / u32::try_from(TOKENS).unwrap() * number;
            scope.spawn(move || refuse(start, tokens));
        }
        let (agent, mut took) = (agent(), Vec::new());
        while began.elapsed() < LASTS {
            let began = Instant::now();
            let mut answer = agent.get(url).header("authorization", good).call().unwrap();
            assert_eq!(answer.status(), 200);
            answer.body_mut().read_to_string().unwrap();
            took.push(began.elapsed().as_secs_f64() * 1e6);
            std::thread::sleep(Duration::from_millis(2));
        }
        (median(&mut took), percentile_99(&mut took))
    })
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    ureq::Agent::new_with_config(config)
}
