//! A key ring: several keys in one secret, each with the times between which it signs and verifies.
//!
//! `{"keys": [{"kid", "alg", "k" or "pem", "sign_from", "verify_until"}]}`. A new key is put in
//! before its `sign_from`, early enough that every verifier has read it by then; it signs until the
//! next one's `sign_from`, and verifies until the last token that it signed has ended.

use std::collections::HashSet;

use auth::{Algorithm, Algorithms, HmacKey, KeyKind, KeySet, Policy, PublicKey, SigningKey, Stage};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::secret_text::malformed;
use crate::{KeyError, version_key};

/// More keys than any rotation needs.
const MAX_KEYS: usize = 32;

/// The last second of the year 9999: a later time is most likely one in milliseconds.
const MAX_TIME: u64 = 253_402_300_799;

/// One entry of a ring.
struct Entry<'r> {
    members: &'r Map<String, Value>,
    kid: &'r str,
    algorithm: Algorithm,
    sign_from: u64,
    verify_until: Option<u64>,
}

/// The keys of a ring under `policy`. `lag_s` is how long a signer may go on with a ring that it
/// read before the newest key was put in.
///
/// # Errors
/// [`KeyError::Malformed`] for anything that is not as documented, [`KeyError::Unsafe`] for a secret
/// that may not be a key.
pub(crate) fn key_set(items: &[Value], policy: &Policy, lag_s: u64) -> Result<KeySet, KeyError> {
    if items.is_empty() || items.len() > MAX_KEYS {
        return Err(malformed("its list `keys` has no key, or more than 32"));
    }
    let entries: Result<Vec<_>, _> = items.iter().map(read).collect();
    let mut entries = entries?;
    let mut names = HashSet::new();
    if !entries.iter().all(|entry| names.insert(entry.kid)) {
        return Err(malformed("two keys of it have one `kid`"));
    }
    entries.sort_by_key(|entry| entry.sign_from);
    let (mut secrets, mut public_keys, mut private_keys) = (Vec::new(), Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        if !policy.algorithms.allow(entry.algorithm) {
            return Err(malformed("`alg` of a key is not one of the allowed algorithms"));
        }
        let successor = entries.get(index + 1).map(|next| next.sign_from);
        let not_after = not_after(entry, successor, policy, lag_s);
        match entry.algorithm.key_kind() {
            KeyKind::Secret => secrets.push(secret(entry, not_after)?),
            KeyKind::Rsa | KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519 => {
                let (public, private) = pair(entry, not_after)?;
                public_keys.push(public);
                private_keys.extend(private.map(|key| (key, entry.sign_from, not_after)));
            }
        }
    }
    let set = if secrets.is_empty() {
        KeySet::of_public_keys(Vec::new())
    } else {
        KeySet::new(secrets, &policy.algorithms).map_err(KeyError::Unsafe)?
    };
    let set = set.with_public_keys(public_keys);
    Ok(private_keys.into_iter().fold(set, |set, (key, signs_from, not_after)| {
        set.with_private_key(key, signs_from, not_after)
    }))
}

/// The end of the last token that the key may have signed, or what the ring says if that is sooner.
fn not_after(
    entry: &Entry<'_>,
    successor: Option<u64>,
    policy: &Policy,
    lag_s: u64,
) -> Option<u64> {
    let overlap = policy.max_token_life_s.map(|life_s| lag_s + life_s + policy.leeway_s);
    let retired = successor.zip(overlap).map(|(from, overlap)| from.saturating_add(overlap));
    match (entry.verify_until, retired) {
        (Some(said), Some(retired)) => Some(said.min(retired)),
        (one, other) => one.or(other),
    }
}

fn read(item: &Value) -> Result<Entry<'_>, KeyError> {
    let members = item.as_object().ok_or(malformed("an item of its list `keys` is no object"))?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let kid = text("kid").filter(|kid| !kid.is_empty() && kid.len() <= 256);
    let algorithm = text("alg").and_then(|name| name.parse::<Algorithm>().ok());
    Ok(Entry {
        members,
        kid: kid.ok_or(malformed("a key of it has no `kid`"))?,
        algorithm: algorithm.ok_or(malformed("a key of it has no `alg` that is supported"))?,
        sign_from: time(members, "sign_from")?
            .ok_or(malformed("a key of it has no `sign_from`"))?,
        verify_until: time(members, "verify_until")?,
    })
}

fn time(members: &Map<String, Value>, name: &str) -> Result<Option<u64>, KeyError> {
    let Some(value) = members.get(name) else { return Ok(None) };
    let seconds = value.as_u64().filter(|seconds| *seconds <= MAX_TIME);
    let reason = "`sign_from` or `verify_until` of a key is no time in unix seconds";
    seconds.map(Some).ok_or(malformed(reason))
}

fn secret(entry: &Entry<'_>, not_after: Option<u64>) -> Result<HmacKey, KeyError> {
    let bytes = entry.members.get("k").and_then(Value::as_str);
    let bytes = bytes.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let bytes = bytes.ok_or(malformed("`k` of a key is missing or no base64url"))?;
    let key = HmacKey::new(&bytes, Stage::Current)
        .with_kid(entry.kid.to_owned())
        .with_algorithm(entry.algorithm)
        .with_signs_from(entry.sign_from);
    key.check_for(entry.algorithm).map_err(KeyError::Unsafe)?;
    Ok(match not_after {
        Some(not_after) => key.with_not_after(not_after),
        None => key,
    })
}

fn pair(
    entry: &Entry<'_>,
    not_after: Option<u64>,
) -> Result<(PublicKey, Option<SigningKey>), KeyError> {
    let pem = entry.members.get("pem").and_then(Value::as_str);
    let pem = pem.ok_or(malformed("a key of it has no `pem`"))?;
    let unsafe_key = |_| malformed("`pem` of a key is no safe key for its `alg`");
    let only = Algorithms::from_names([entry.algorithm.name()]);
    let only = Policy::new(only.map_err(|_| malformed("a key of it has no `alg`"))?);
    let (public, private) = version_key::pair(pem, Some(entry.kid), &only).map_err(unsafe_key)?;
    Ok(match not_after {
        Some(not_after) => (public.with_not_after(not_after), private),
        None => (public, private),
    })
}

#[cfg(test)]
mod tests {
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
        key_set(items, &policy(), LAG_S)
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
        assert!(key_set(&[public], &policy, LAG_S).is_err());
    }
}
