//! A key set from its first fetch to its last second: rotation, removal, key servers that are away.

use std::time::Duration;

use harness::key_server::{KEYS, KeyServer};
use harness::signing_key::SigningKey;
use harness::wait_until;

use crate::{
    Accepted, FRESH_1S, NO_LONGER_FRESH, PATIENCE, Refused, Unavailable, good, serve_keys_of,
    timed_verdict, verdict,
};

/// Longer than the longest pause after failures.
const SOON: Duration = Duration::from_secs(40);

/// K-01.
#[test]
fn a_key_server_that_is_down_at_cold_start_is_503_until_it_is_up() {
    let key = SigningKey::es256("one");
    let mut keys = KeyServer::plain();
    keys.publish(&[&key]);
    keys.pause();
    let server = serve_keys_of(&keys, &[]);
    let (verdict_while_down, took) = timed_verdict(&server, &good(&key));
    assert_eq!(verdict_while_down, Unavailable);
    assert!(took < PATIENCE, "{took:?}");
    keys.resume();
    wait_until("the same process to have the keys", SOON, || {
        verdict(&server, &good(&key)) == Accepted
    });
}

/// Every kind of key; the set is fetched once and serves from then on.
#[test]
fn tokens_of_every_kind_of_key_are_accepted_and_one_fetch_is_enough() {
    let (rsa, p256, ed25519) =
        (SigningKey::rs256("rsa"), SigningKey::es256("p256"), SigningKey::ed25519("ed25519"));
    let keys = KeyServer::plain();
    keys.publish(&[&rsa, &p256, &ed25519]);
    let server = serve_keys_of(&keys, &[]);
    for key in [&rsa, &p256, &ed25519] {
        for _ in 0..3 {
            assert_eq!(verdict(&server, &good(key)), Accepted, "{}", key.kid());
        }
    }
    for (make, kid) in [
        (SigningKey::rs256 as fn(&str) -> SigningKey, "rsa"),
        (SigningKey::es256, "p256"),
        (SigningKey::ed25519, "ed25519"),
        (SigningKey::es256, "rsa"),
    ] {
        assert_eq!(verdict(&server, &good(&make(kid))), Refused, "a stranger's {kid}");
    }
    assert_eq!(keys.requests(KEYS), 1);
}

/// K-02 and K-03, with a fresh window and a hard limit of seconds.
#[test]
fn a_key_server_that_is_away_is_forgiven_until_the_hard_limit() {
    let key = SigningKey::es256("one");
    let mut keys = KeyServer::plain();
    keys.publish(&[&key]);
    let server =
        serve_keys_of(&keys, &[&FRESH_1S[..], &[("TESSERA_JWKS_HARD_LIMIT", "6s")]].concat());
    assert_eq!(verdict(&server, &good(&key)), Accepted);
    keys.pause();
    std::thread::sleep(NO_LONGER_FRESH);
    for _ in 0..20 {
        assert_eq!(verdict(&server, &good(&key)), Accepted);
    }
    wait_until("the hard limit", SOON, || verdict(&server, &good(&key)) == Unavailable);
    let log = server.log();
    let warnings = log.lines().filter(|line| line.contains("key set not fetched")).count();
    assert_eq!(warnings, 1, "a line a minute, not one a fetch: {log}");
    keys.resume();
    wait_until("the keys again", SOON, || verdict(&server, &good(&key)) == Accepted);
}

/// K-11.
#[test]
fn a_key_that_is_published_before_it_signs_is_never_refused() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let keys = KeyServer::plain();
    keys.publish(&[&old]);
    let server = serve_keys_of(&keys, &[("TESSERA_JWKS_COOLDOWN", "1s")]);
    assert_eq!(verdict(&server, &good(&old)), Accepted);
    keys.publish(&[&old, &new]);
    // Longer than the cool-down, far shorter than the set is fresh: the unknown name is what makes it look again.
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(verdict(&server, &good(&new)), Accepted, "the first one waits for the keys");
    assert_eq!(keys.requests(KEYS), 2);
    assert_eq!(verdict(&server, &good(&old)), Accepted);
}

/// K-11, inside the cool-down.
#[test]
fn a_key_that_signs_as_soon_as_it_is_published_is_refused_inside_the_cool_down() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let keys = KeyServer::plain();
    keys.publish(&[&old]);
    let server = serve_keys_of(&keys, &[("TESSERA_JWKS_COOLDOWN", "1h")]);
    assert_eq!(verdict(&server, &good(&old)), Accepted);
    keys.publish(&[&old, &new]);
    let (at_once, took) = timed_verdict(&server, &good(&new));
    assert_eq!(at_once, Refused);
    assert!(took < Duration::from_secs(1), "nothing is waited for: {took:?}");
    assert_eq!(keys.requests(KEYS), 1);
}

/// K-12.
#[test]
fn a_key_that_was_removed_is_refused_when_the_set_is_no_longer_fresh() {
    let (kept, removed) = (SigningKey::es256("kept"), SigningKey::es256("removed"));
    let keys = KeyServer::plain();
    keys.publish(&[&kept, &removed]);
    let server = serve_keys_of(&keys, &FRESH_1S);
    assert_eq!(verdict(&server, &good(&removed)), Accepted);
    keys.publish(&[&kept]);
    std::thread::sleep(NO_LONGER_FRESH);
    assert_eq!(verdict(&server, &good(&removed)), Refused, "by the request that finds it stale");
    assert_eq!(verdict(&server, &good(&kept)), Accepted);
}

/// K-13.
#[test]
fn a_name_may_get_another_key_and_the_old_one_is_refused() {
    let (old, new) = (SigningKey::rs256("one"), SigningKey::rs256("one"));
    let keys = KeyServer::plain();
    keys.publish(&[&old]);
    let server = serve_keys_of(&keys, &FRESH_1S);
    assert_eq!(verdict(&server, &good(&old)), Accepted);
    assert_eq!(verdict(&server, &good(&new)), Refused);
    keys.publish(&[&new]);
    std::thread::sleep(NO_LONGER_FRESH);
    wait_until("the new key", SOON, || verdict(&server, &good(&new)) == Accepted);
    assert_eq!(verdict(&server, &good(&old)), Refused);
}

/// K-15, seconds for minutes: what is stopped as AWS Lambda stops a process wakes up with a stale set.
#[test]
fn a_process_that_was_frozen_looks_again_and_never_serves_past_the_hard_limit() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let mut keys = KeyServer::plain();
    keys.publish(&[&old]);
    let server =
        serve_keys_of(&keys, &[&FRESH_1S[..], &[("TESSERA_JWKS_HARD_LIMIT", "4s")]].concat());
    assert_eq!(verdict(&server, &good(&old)), Accepted);
    server.freeze();
    keys.publish(&[&new]);
    std::thread::sleep(Duration::from_secs(2));
    server.thaw();
    let (first, took) = timed_verdict(&server, &good(&new));
    assert_eq!(first, Accepted);
    assert!(took < PATIENCE, "{took:?}");

    server.freeze();
    keys.pause();
    std::thread::sleep(Duration::from_secs(5));
    server.thaw();
    let (first, took) = timed_verdict(&server, &good(&new));
    assert_eq!(first, Unavailable);
    assert!(took < PATIENCE, "{took:?}");
}
