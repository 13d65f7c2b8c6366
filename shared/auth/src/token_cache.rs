//! Tokens whose signature was found good a moment ago: the next request with one of them is spared
//! the arithmetic, and nothing else.
//!
//! An entry is found by the SHA-256 of the whole token, never by its signature (an ECDSA signature
//! can be written in two ways), and holds for the key set that verified it: when keys change, the
//! set is another, and everything is verified again. Claims are checked each time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use lru::LruCache;

use crate::{Error, KeySet, Policy, VerifiedClaims};

/// Tokens that are kept, those that were used last: about a kilobyte each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

/// A bounded set of tokens that were verified.
#[derive(Default)]
pub struct TokenCache(Mutex<Option<Entries>>);

type Entries = LruCache<[u8; 32], Entry>;

#[derive(Clone)]
struct Entry {
    issuer: usize,
    keys: Arc<KeySet>,
    claims: VerifiedClaims,
}

/// What is known of a token: which keys found its signature good.
pub struct KnownToken(Entry);

impl TokenCache {
    /// What is known of the token of this text.
    pub fn find(&self, text: &str) -> Option<KnownToken> {
        let hash = hash(text)?;
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.as_mut()?.get(&hash).cloned().map(KnownToken)
    }

    /// Keeps what was found out about a token: `issuer` is the caller's number for whom `keys`
    /// belong to.
    pub fn keep(&self, text: &str, issuer: usize, keys: &Arc<KeySet>, claims: &VerifiedClaims) {
        let Some(hash) = hash(text) else { return };
        let entry = Entry { issuer, keys: Arc::clone(keys), claims: claims.clone() };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get_or_insert_with(|| LruCache::new(CAPACITY)).put(hash, entry);
    }
}

impl KnownToken {
    /// The number of the issuer under which it was kept.
    pub fn issuer(&self) -> usize {
        self.0.issuer
    }

    /// Its claims, if `keys` is the very set that found the signature good; `None` when the token
    /// has to be verified anew.
    ///
    /// # Errors
    /// Those of [`Policy`]: the claims are checked as if they were new.
    pub fn claims(
        &self,
        keys: &Arc<KeySet>,
        policy: &Policy,
        now: u64,
    ) -> Option<Result<VerifiedClaims, Error>> {
        if !Arc::ptr_eq(keys, &self.0.keys) || !self.0.claims.key_is_alive(now) {
            return None;
        }
        let checked = policy.check(self.0.claims.members(), now);
        Some(checked.map(|()| self.0.claims.clone()))
    }
}

fn hash(text: &str) -> Option<[u8; 32]> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().try_into().ok()
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for KnownToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KnownToken").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::{Algorithms, HmacKey, Lifetime, Stage, mint, verify};

    const NOW: u64 = 1_800_000_000;

    fn policy() -> Policy {
        Policy::new(Algorithms::of_shared_secrets())
    }

    fn keys(not_after: Option<u64>) -> Arc<KeySet> {
        let key = HmacKey::new(&[7; 32], Stage::Current);
        let key = match not_after {
            Some(not_after) => key.with_not_after(not_after),
            None => key,
        };
        Arc::new(KeySet::new(vec![key], &policy().algorithms).unwrap())
    }

    fn token(keys: &KeySet, id: u64) -> String {
        let key = keys.signing_key(&policy().algorithms, NOW).unwrap();
        let claims: Map<String, _> = json!({ "id": id }).as_object().unwrap().clone();
        mint(claims, &key, NOW, Lifetime::Seconds(60)).unwrap()
    }

    fn kept(cache: &TokenCache, keys: &Arc<KeySet>, id: u64) -> String {
        let token = token(keys, id);
        let claims = verify(&token, keys, &policy(), NOW).unwrap();
        cache.keep(&token, 3, keys, &claims);
        token
    }

    #[test]
    fn a_token_that_was_verified_is_known_with_its_claims() {
        let (cache, keys) = (TokenCache::default(), keys(None));
        assert!(cache.find("a.b.c").is_none());
        let (one, two) = (kept(&cache, &keys, 1), kept(&cache, &keys, 2));
        for (text, id) in [(one, 1), (two, 2)] {
            let known = cache.find(&text).unwrap();
            assert_eq!(known.issuer(), 3);
            let claims = known.claims(&keys, &policy(), NOW).unwrap().unwrap();
            assert_eq!(claims.get("id"), Some(&json!(id)));
            assert!(cache.find(&text[1..]).is_none());
        }
    }

    #[test]
    fn claims_are_checked_each_time() {
        let (cache, keys) = (TokenCache::default(), keys(None));
        let text = kept(&cache, &keys, 1);
        let known = cache.find(&text).unwrap();
        assert!(known.claims(&keys, &policy(), NOW + 89).unwrap().is_ok());
        let ended = known.claims(&keys, &policy(), NOW + 90).unwrap();
        assert_eq!(ended, Err(Error::Expired));
        let other = Policy { issuers: vec!["me".to_owned()], ..policy() };
        assert_eq!(known.claims(&keys, &other, NOW).unwrap(), Err(Error::WrongIssuer));
    }

    #[test]
    fn another_key_set_verifies_anew() {
        let (cache, old, new) = (TokenCache::default(), keys(None), keys(None));
        let known = cache.find(&kept(&cache, &old, 1)).unwrap();
        assert!(known.claims(&new, &policy(), NOW).is_none());
    }

    #[test]
    fn a_key_that_has_ended_verifies_anew() {
        let (cache, keys) = (TokenCache::default(), keys(Some(NOW + 10)));
        let known = cache.find(&kept(&cache, &keys, 1)).unwrap();
        assert!(known.claims(&keys, &policy(), NOW + 10).is_some());
        assert!(known.claims(&keys, &policy(), NOW + 11).is_none());
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_was_used_last() {
        let (cache, keys) = (TokenCache::default(), keys(None));
        let first = kept(&cache, &keys, 0);
        let claims = verify(&first, &keys, &policy(), NOW).unwrap();
        for id in 0..CAPACITY.get() - 1 {
            cache.keep(&format!("other {id}"), 0, &keys, &claims);
        }
        assert!(cache.find(&first).is_some());
        cache.keep("one more", 0, &keys, &claims);
        assert!(cache.find(&first).is_some());
        assert!(cache.find("other 0").is_none());
        let held = cache.0.lock().unwrap();
        assert_eq!(held.as_ref().unwrap().len(), CAPACITY.get());
    }

    #[test]
    fn nothing_shows_what_is_known() {
        let cache = TokenCache::default();
        let token = kept(&cache, &keys(None), 4_242);
        assert_eq!(format!("{cache:?}"), "TokenCache { .. }");
        assert_eq!(format!("{:?}", cache.find(&token).unwrap()), "KnownToken { .. }");
    }
}
