//! K-08, K-09 and K-10: many at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use harness::key_server::{KEYS, KeyServer, Reply};
use harness::server::Server;
use harness::signing_key::SigningKey;
use harness::token::now;
use serde_json::json;

use crate::{Accepted, PATIENCE, Refused, Unavailable, Verdict, good, serve_keys_of, verdict};

/// A thousand, or a quarter of the files that this process may have open: each of the crowd has a connection, the
/// tests beside this one have theirs, and the server has as many again.
fn size() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let files = files.split_whitespace().next().unwrap();
    files.parse().map_or(1000, |files: usize| (files / 4).min(1000))
}

/// What each of a crowd is told that comes at the same moment.
fn crowd(server: &Server, token: &str) -> Vec<Verdict> {
    let size = size();
    let together = Barrier::new(size);
    let ask = || {
        together.wait();
        verdict(server, token)
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..size).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// K-09.
#[test]
fn the_first_requests_of_all_wait_for_one_fetch() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.answer(KEYS, Reply::keys(&[&key]).after(Duration::from_secs(2)));
    let server = serve_keys_of(&keys, &[]);
    let told = crowd(&server, &good(&key));
    assert!(told.iter().all(|told| *told == Accepted), "{told:?}");
    assert_eq!((keys.requests(KEYS), keys.connections()), (1, 1));
}

/// K-10.
#[test]
fn a_fetch_that_fails_fails_for_all_and_is_not_repeated_at_once() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    // Tried twice, four seconds in all: the last of the crowd come before the next fetch may begin.
    keys.answer(KEYS, Reply::empty(500).after(Duration::from_secs(2)));
    let server = serve_keys_of(&keys, &[]);
    let started = Instant::now();
    let told = crowd(&server, &good(&key));
    assert!(told.iter().all(|told| *told == Unavailable), "{told:?}");
    assert!(started.elapsed() < PATIENCE * 2, "{:?}", started.elapsed());
    assert_eq!(keys.requests(KEYS), 2, "one fetch and what is tried again");
}

/// K-08.
#[test]
fn tokens_of_unknown_keys_are_refused_without_a_fetch_for_each() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.publish(&[&key]);
    let server = serve_keys_of(&keys, &[]);
    let token = good(&key);
    assert_eq!(verdict(&server, &token), Accepted);
    let payload = json!({ "iat": now(), "exp": now() + 3600 });
    let unknown = |number: usize| {
        let header = json!({ "alg": "ES256", "kid": format!("unknown-{number}") });
        key.sign_with_header(&header, &payload)
    };
    let storm = |from: usize| {
        for number in from..from + 10_000 / 64 {
            assert_eq!(verdict(&server, &unknown(number)), Refused);
        }
    };
    std::thread::scope(|scope| {
        for connection in 0..64 {
            scope.spawn(move || storm(connection * 10_000));
        }
        for _ in 0..200 {
            assert_eq!(verdict(&server, &token), Accepted);
        }
    });
    assert!(keys.requests(KEYS) <= 2, "{}", keys.requests(KEYS));
}
