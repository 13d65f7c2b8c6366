//! Rings of two and three keys, over time.

use auth::{Error, Lifetime, mint, verify};
use serde_json::json;

use super::*;

const LIFE_S: u64 = 100;
const LEEWAY_S: u64 = 30;
const LAG_S: u64 = 10;

fn policy() -> Policy {
    let max_token_life_s = Some(LIFE_S);
    Policy { max_token_life_s, ..Policy::new(Algorithms::of_shared_secrets()) }
}

fn bytes(kid: &str) -> Vec<u8> {
    format!("{kid}-secret-of-32-bytes-and-more-than-that").into_bytes()
}

fn key(kid: &str, sign_from: u64) -> Value {
    let k = URL_SAFE_NO_PAD.encode(bytes(kid));
    json!({"kid": kid, "alg": "HS256", "k": k, "sign_from": sign_from})
}

fn ring(items: &[Value]) -> Result<KeySet, KeyError> {
    key_set(items, &[], &policy(), LAG_S)
}

fn signs_at(set: &KeySet, now: u64) -> Option<String> {
    let key = set.signing_key(&policy().algorithms, now)?;
    key.kid().map(str::to_owned)
}

fn verifies(set: &KeySet, kid: &str, now: u64) -> Result<(), Error> {
    let key = SigningKey::new(&bytes(kid), Algorithm::Hs256, Some(kid.to_owned()));
    let token = mint(Map::new(), &key, now, Lifetime::Seconds(60)).unwrap();
    verify(&token, set, &policy(), now).map(|_| ())
}

#[test]
fn a_new_key_verifies_at_once_and_signs_from_its_time() {
    let set = ring(&[key("new", 2_000), key("old", 1_000)]).unwrap();
    assert_eq!(verifies(&set, "new", 1_500), Ok(()));
    assert_eq!(signs_at(&set, 999), None);
    assert_eq!(signs_at(&set, 1_999).as_deref(), Some("old"));
    assert_eq!(signs_at(&set, 2_000).as_deref(), Some("new"));
}

#[test]
fn a_key_verifies_until_the_last_token_it_signed_has_ended() {
    let set = ring(&[key("a", 1_000), key("b", 2_000), key("c", 3_000)]).unwrap();
    let overlap = LAG_S + LIFE_S + LEEWAY_S;
    assert_eq!(verifies(&set, "a", 2_000 + overlap), Ok(()));
    assert_eq!(verifies(&set, "a", 2_000 + overlap + 1), Err(Error::UnknownKey));
    assert_eq!(verifies(&set, "b", 3_000 + overlap), Ok(()));
    assert_eq!(verifies(&set, "b", 3_001 + overlap), Err(Error::UnknownKey));
    assert_eq!(verifies(&set, "c", 1_000_000), Ok(()));
}

#[test]
fn the_ring_may_end_a_key_sooner_and_never_later() {
    let until = |kid: &str, from: u64, until: u64| {
        let mut key = key(kid, from);
        key["verify_until"] = json!(until);
        key
    };
    let set = ring(&[until("a", 1_000, 1_500), until("b", 2_000, 9_000), key("c", 3_000)]);
    let set = set.unwrap();
    assert_eq!(verifies(&set, "a", 1_500), Ok(()));
    assert_eq!(verifies(&set, "a", 1_501), Err(Error::UnknownKey));
    assert_eq!(verifies(&set, "b", 8_000), Err(Error::UnknownKey));
    assert_eq!(signs_at(&set, 1_600), None, "a key that verifies no more does not sign");
}

#[test]
fn anything_else_is_malformed_and_not_shown() {
    let with = |name: &str, value: Value| {
        let mut key = key("hunter2", 1_000);
        if value.is_null() {
            key.as_object_mut().unwrap().remove(name);
        } else {
            key[name] = value;
        }
        vec![key]
    };
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    for items in [
        vec![],
        vec![key("a", 1); MAX_KEYS + 1],
        vec![key("a", 1), key("a", 2)],
        vec![json!("hunter2")],
        with("kid", Value::Null),
        with("kid", json!("")),
        with("alg", Value::Null),
        with("alg", json!("none")),
        with("alg", json!("RS256")),
        with("k", Value::Null),
        with("k", json!("hunter2=")),
        with("k", json!(URL_SAFE_NO_PAD.encode("hunter2"))),
        with("alg", json!("HS512")),
        with("sign_from", Value::Null),
        with("sign_from", json!("2026-01-01")),
        with("sign_from", json!(-1)),
        with("sign_from", json!(1_800_000_000_000_u64)),
        with("verify_until", json!("never")),
    ] {
        let error = ring(&items).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let public = json!({"kid": "p", "alg": "ES256", "pem": pem, "sign_from": 1});
    let policy = Policy { ..Policy::new(Algorithms::of_public_keys()) };
    assert!(key_set(&[public], &[], &policy, LAG_S).is_err());
}

#[test]
fn what_a_pending_ring_adds_verifies_and_does_not_sign() {
    let (old, new) = (key("old", 1_000), key("new", 2_000));
    let set = key_set(std::slice::from_ref(&old), &[old.clone(), new], &policy(), LAG_S).unwrap();
    assert_eq!(verifies(&set, "new", 1_500), Ok(()));
    assert_eq!(signs_at(&set, 9_000).as_deref(), Some("old"));
    // A rotation that never ends does not end the key that signs.
    assert_eq!(verifies(&set, "old", 1_000_000), Ok(()));
}

#[test]
fn a_pending_ring_changes_nothing_about_the_keys_in_force_and_may_be_broken() {
    let mut ended = key("old", 1_000);
    ended["verify_until"] = json!(1_100);
    for pending in [vec![ended], vec![key("old", 5_000)], vec![json!(7)], vec![key("a", 1); 99]] {
        let set = key_set(&[key("old", 1_000)], &pending, &policy(), LAG_S).unwrap();
        assert_eq!(verifies(&set, "old", 2_000), Ok(()), "{pending:?}");
        assert_eq!(signs_at(&set, 2_000).as_deref(), Some("old"), "{pending:?}");
    }
}

#[test]
fn a_ring_stands_with_its_newest_key_and_without_those_that_are_over() {
    let ring = [key("c", 3_000), key("a", 1_000), key("b", 2_000)];
    let overlap = LAG_S + LIFE_S + LEEWAY_S;
    let at = |now: u64| {
        let standing = standing(&ring, &policy(), LAG_S, now).unwrap();
        assert_eq!(standing.newest_signs_from, 3_000);
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        standing.living.iter().map(kid).collect::<Vec<_>>()
    };
    assert_eq!(at(2_000 + overlap), ["a", "b", "c"]);
    assert_eq!(at(2_001 + overlap), ["b", "c"]);
    assert_eq!(at(1_000_000), ["c"]);
}
