//! Next values of every form of a secret.

use auth::{Algorithm, Algorithms, Lifetime, Policy, mint, verify};
use serde_json::Map;

use super::*;
use crate::{Intervals, keys_in_secret};

const NOW: Duration = Duration::from_secs(1_800_000_001);
const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret";
const LIFE_S: u64 = 100;

fn overlap(names: &[&str]) -> Overlap {
    let algorithms = Algorithms::from_names(names.iter().copied()).unwrap();
    let policy = Policy { max_token_life_s: Some(LIFE_S), ..Policy::new(algorithms) };
    let every = Intervals::OF_SECRETS;
    Overlap { policy, every, found_within: every.forced }
}

fn renewed(overlap: &Overlap, current: &str) -> Result<String, NotRenewed> {
    let next = overlap.renewed(current, None, "next", NOW)?;
    Ok(next.expose_secret().to_owned())
}

/// Whether what the pending key of `value` signs is verified by the keys of `value`.
fn belongs_together(overlap: &Overlap, value: &str) -> bool {
    let key = overlap.pending_key(value, "next").unwrap();
    assert_eq!(key.kid(), Some("next"));
    let token = mint(Map::new(), &key, NOW.as_secs(), Lifetime::Seconds(9)).unwrap();
    let keys = keys_in_secret(value, &overlap.policy).unwrap();
    verify(&token, &keys, &overlap.policy, NOW.as_secs()).is_ok()
}

#[test]
fn the_next_value_has_the_form_of_the_one_before() {
    let overlap = overlap(&["HS256", "HS384", "HS512"]);
    let bare = renewed(&overlap, SECRET).unwrap();
    assert!(bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()), "{bare}");
    assert_ne!(bare, renewed(&overlap, SECRET).unwrap());
    let object = json!({ "secret": SECRET, "owner": "shop" }).to_string();
    let object: Value = serde_json::from_str(&renewed(&overlap, &object).unwrap()).unwrap();
    assert_eq!(object["owner"], "shop");
    assert_ne!(object["secret"], SECRET);
    assert!(belongs_together(&overlap, &bare) && belongs_together(&overlap, &object.to_string()));
}

#[test]
fn a_key_pair_is_followed_by_one_of_its_kind() {
    for name in ["ES256", "ES384", "EdDSA", "RS256"] {
        let overlap = overlap(&[name]);
        let old = generate_key_pair(name.parse().unwrap()).unwrap();
        let new = renewed(&overlap, old.expose_secret()).unwrap();
        assert_ne!(new, old.expose_secret());
        assert!(belongs_together(&overlap, &new), "{name}");
    }
}

#[test]
fn a_ring_gets_a_key_that_signs_when_every_verifier_has_it() {
    let hour = Intervals::OF_SECRETS.keep.as_secs();
    for name in ["HS512", "ES256", "EdDSA"] {
        let overlap = overlap(&[name]);
        let old = new_key_ring("old", name.parse().unwrap(), 1).unwrap();
        let new = renewed(&overlap, old.expose_secret()).unwrap();
        let ring: Value = serde_json::from_str(&new).unwrap();
        let (first, second) = (&ring["keys"][0], &ring["keys"][1]);
        assert_eq!((&first["kid"], &second["kid"]), (&json!("old"), &json!("next")));
        assert_eq!(
            (&second["alg"], &second["sign_from"]),
            (&json!(name), &json!(NOW.as_secs() + 1 + hour))
        );
        assert!(belongs_together(&overlap, &new), "{name}");
    }
}

#[test]
fn a_ring_loses_the_keys_that_are_over_and_keeps_what_else_it_says() {
    let overlap = overlap(&["HS256"]);
    let mut ring: Value = serde_json::from_str(
        new_key_ring("b", Algorithm::Hs256, 1_000_000).unwrap().expose_secret(),
    )
    .unwrap();
    let mut first = ring["keys"][0].clone();
    (first["kid"], first["sign_from"]) = (json!("a"), json!(1));
    ring["keys"].as_array_mut().unwrap().push(first);
    ring["owner"] = json!("shop");
    let new: Value = serde_json::from_str(&renewed(&overlap, &ring.to_string()).unwrap()).unwrap();
    let kids = new["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone());
    assert_eq!(kids.collect::<Vec<_>>(), ["b", "next"]);
    assert_eq!(new["owner"], "shop");
}

#[test]
fn a_secret_is_not_replaced_while_its_predecessor_may_be_needed() {
    let overlap = overlap(&["HS256"]);
    let hour = Intervals::OF_SECRETS.keep.as_secs();
    let after = |seconds: u64| {
        let since = NOW.saturating_sub(Duration::from_secs(seconds));
        overlap.renewed(SECRET, Some(since), "next", NOW).map(|_| ())
    };
    assert_eq!(after(hour + LIFE_S), Ok(()));
    assert_eq!(after(hour + LIFE_S - 9), Err(NotRenewed::TooSoon { wait_s: 10 }));
    assert!(overlap.renewed(SECRET, None, "next", NOW).is_ok(), "the first has no predecessor");
    // A clock that is behind the store's asks for a longer wait and does not wrap around.
    let later = Some(NOW + Duration::from_secs(9));
    let wait_s = hour + LIFE_S + 10;
    assert_eq!(
        overlap.renewed(SECRET, later, "next", NOW).err(),
        Some(NotRenewed::TooSoon { wait_s })
    );
}

#[test]
fn a_ring_whose_newest_key_does_not_sign_yet_gets_no_other() {
    let overlap = overlap(&["HS256"]);
    let ring = new_key_ring("old", Algorithm::Hs256, NOW.as_secs() + 9).unwrap();
    let refused = renewed(&overlap, ring.expose_secret());
    assert_eq!(refused, Err(NotRenewed::TooSoon { wait_s: 10 }));
    let ring = new_key_ring("old", Algorithm::Hs256, NOW.as_secs()).unwrap();
    assert!(renewed(&overlap, ring.expose_secret()).is_ok());
}

#[test]
fn a_ring_that_is_full_of_living_keys_gets_no_other() {
    let overlap = overlap(&["HS256"]);
    let first = new_key_ring("old", Algorithm::Hs256, 1).unwrap();
    let mut ring: Value = serde_json::from_str(first.expose_secret()).unwrap();
    let key = ring["keys"][0].clone();
    let keys = (0..key_ring::MAX_KEYS).map(|number| {
        let mut key = key.clone();
        key["kid"] = json!(number.to_string());
        key["sign_from"] = json!(NOW.as_secs() - 1);
        key
    });
    ring["keys"] = keys.collect();
    assert_eq!(renewed(&overlap, &ring.to_string()), Err(NotRenewed::Full));
}

#[test]
fn what_is_no_key_is_not_rotated_and_not_shown() {
    let overlap = overlap(&["HS256", "ES256"]);
    let public = "-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----\n";
    for current in [
        "",
        "hunter2",
        "hunter2-hunter2-hunter2-hunter2-hunter2\n",
        r#"{"secret":"hunter2"}"#,
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kid":"hunter2"}]}"#,
        public,
    ] {
        let error = renewed(&overlap, current).unwrap_err();
        assert!(matches!(error, NotRenewed::Current(_)), "{current}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert!(overlap.pending_key(current, "next").is_err());
    }
}

/// RFC 8032 §7.1, test 1
#[test]
fn a_public_key_is_rotated_where_its_private_half_is() {
    let public = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
        -----END PUBLIC KEY-----\n";
    let refused = renewed(&overlap(&["EdDSA"]), public).unwrap_err();
    assert!(matches!(refused, NotRenewed::NotGenerated(NotGenerated::Unlike(_))), "{refused:?}");
}

#[test]
fn the_pending_key_of_a_ring_is_the_one_that_the_rotation_put_in() {
    let overlap = overlap(&["HS256"]);
    let ring = new_key_ring("another", Algorithm::Hs256, 1).unwrap();
    let refused = overlap.pending_key(ring.expose_secret(), "next");
    assert_eq!(refused.err(), Some(KeyError::NoSigningKey));
}
