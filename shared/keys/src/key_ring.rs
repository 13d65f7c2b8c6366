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
pub(crate) const MAX_KEYS: usize = 32;

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

/// The keys of a ring under `policy`, and those of `pending`, the ring that a rotation is about to
/// put in its place: they verify and do not sign. `lag_s` is how long a signer may go on with a ring
/// that it read before the newest key was put in.
///
/// # Errors
/// [`KeyError::Malformed`] for anything that is not as documented, [`KeyError::Unsafe`] for a secret
/// that may not be a key. A pending ring with a mistake is left out.
pub(crate) fn key_set(
    items: &[Value],
    pending: &[Value],
    policy: &Policy,
    lag_s: u64,
) -> Result<KeySet, KeyError> {
    let entries = entries(items, policy)?;
    let mut keys = Halves::default();
    for (entry, not_after) in with_ends(&entries, policy, lag_s) {
        keys.add(entry, Stage::Current, not_after)?;
    }
    let known: HashSet<&str> = entries.iter().map(|entry| entry.kid).collect();
    match Halves::of_pending(pending, &known, policy) {
        Ok(more) => keys.extend(more),
        Err(error) => tracing::warn!(%error, "pending key ring left out"),
    }
    keys.into_set(policy)
}

/// A ring as it is at some moment, for the next one to be made from.
pub(crate) struct Standing {
    /// The algorithm of the key that signs last.
    pub(crate) newest: Algorithm,
    /// When that one begins to (unix seconds).
    pub(crate) newest_signs_from: u64,
    /// The keys that still verify.
    pub(crate) living: Vec<Value>,
}

/// The ring as it is at `now` (unix seconds).
///
/// # Errors
/// As [`key_set`].
pub(crate) fn standing(
    items: &[Value],
    policy: &Policy,
    lag_s: u64,
    now: u64,
) -> Result<Standing, KeyError> {
    key_set(items, &[], policy, lag_s)?;
    let entries = entries(items, policy)?;
    let living = with_ends(&entries, policy, lag_s)
        .filter(|(_, until)| until.is_none_or(|until| now <= until));
    let living = living.map(|(entry, _)| Value::Object(entry.members.clone())).collect();
    let newest = entries.last().ok_or(malformed("its list `keys` has no key"))?;
    Ok(Standing { newest: newest.algorithm, newest_signs_from: newest.sign_from, living })
}

/// What verifies and what signs, of the entries of a ring.
#[derive(Default)]
struct Halves {
    secrets: Vec<HmacKey>,
    public_keys: Vec<PublicKey>,
    /// With the times from when and until when they sign.
    private_keys: Vec<(SigningKey, u64, Option<u64>)>,
}

impl Halves {
    fn add(
        &mut self,
        entry: &Entry<'_>,
        stage: Stage,
        not_after: Option<u64>,
    ) -> Result<(), KeyError> {
        match entry.algorithm.key_kind() {
            KeyKind::Secret => self.secrets.push(secret(entry, stage, not_after)?),
            KeyKind::Rsa | KeyKind::P256 | KeyKind::P384 | KeyKind::Ed25519 => {
                let (public, private) = pair(entry, not_after)?;
                self.public_keys.push(public);
                let private = private.filter(|_| stage == Stage::Current);
                self.private_keys.extend(private.map(|key| (key, entry.sign_from, not_after)));
            }
        }
        Ok(())
    }

    /// Those of a pending ring that the one in force lacks.
    fn of_pending(
        items: &[Value],
        known: &HashSet<&str>,
        policy: &Policy,
    ) -> Result<Self, KeyError> {
        let mut keys = Self::default();
        if items.is_empty() {
            return Ok(keys);
        }
        for entry in entries(items, policy)? {
            if !known.contains(entry.kid) {
                keys.add(&entry, Stage::Pending, entry.verify_until)?;
            }
        }
        Ok(keys)
    }

    fn extend(&mut self, more: Self) {
        self.secrets.extend(more.secrets);
        self.public_keys.extend(more.public_keys);
        self.private_keys.extend(more.private_keys);
    }

    fn into_set(self, policy: &Policy) -> Result<KeySet, KeyError> {
        let set = if self.secrets.is_empty() {
            KeySet::of_public_keys(Vec::new())
        } else {
            KeySet::new(self.secrets, &policy.algorithms).map_err(KeyError::Unsafe)?
        };
        let set = set.with_public_keys(self.public_keys);
        Ok(self.private_keys.into_iter().fold(set, |set, (key, signs_from, not_after)| {
            set.with_private_key(key, signs_from, not_after)
        }))
    }
}

/// Those of a ring, the one that signs last at the end.
fn entries<'r>(items: &'r [Value], policy: &Policy) -> Result<Vec<Entry<'r>>, KeyError> {
    if items.is_empty() || items.len() > MAX_KEYS {
        return Err(malformed("its list `keys` has no key, or more than 32"));
    }
    let entries: Result<Vec<_>, _> = items.iter().map(read).collect();
    let mut entries = entries?;
    let mut names = HashSet::new();
    if !entries.iter().all(|entry| names.insert(entry.kid)) {
        return Err(malformed("two keys of it have one `kid`"));
    }
    if !entries.iter().all(|entry| policy.algorithms.allow(entry.algorithm)) {
        return Err(malformed("`alg` of a key is not one of the allowed algorithms"));
    }
    entries.sort_by_key(|entry| entry.sign_from);
    Ok(entries)
}

/// Each with the last second in which it verifies, if there is one.
fn with_ends<'e, 'r>(
    entries: &'e [Entry<'r>],
    policy: &Policy,
    lag_s: u64,
) -> impl Iterator<Item = (&'e Entry<'r>, Option<u64>)> {
    entries.iter().enumerate().map(move |(index, entry)| {
        let successor = entries.get(index + 1).map(|next| next.sign_from);
        (entry, not_after(entry, successor, policy, lag_s))
    })
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

fn secret(entry: &Entry<'_>, stage: Stage, not_after: Option<u64>) -> Result<HmacKey, KeyError> {
    let bytes = entry.members.get("k").and_then(Value::as_str);
    let bytes = bytes.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let bytes = bytes.ok_or(malformed("`k` of a key is missing or no base64url"))?;
    let key = HmacKey::new(&bytes, stage)
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
#[path = "key_ring_tests.rs"]
mod tests;
