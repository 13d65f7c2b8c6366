//! Tokens against keys of every kind: whatever is accepted is refused with one character more or
//! less, by another key, and after its end.
#![no_main]

use std::sync::LazyLock;

use auth::{Algorithm, Algorithms, HmacKey, JwkSet, KeySet, Policy, SecurityContext, Stage, verify};
use libfuzzer_sys::fuzz_target;

/// The moment at which the tokens of the corpus are good.
const NOW: u64 = 1_800_000_000;
const KEYS: &[u8] = include_bytes!("../corpus/key_sets/trusted.json");
const SECRET: &[u8] = include_bytes!("../corpus/secrets/bytes.bin");

struct World {
    keys: KeySet,
    strangers: KeySet,
    policy: Policy,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let names = Algorithm::ALL.map(Algorithm::name);
    let policy = Policy::new(Algorithms::from_names(names).unwrap());
    let shared = |secret: &[u8]| {
        let key = HmacKey::new(secret, Stage::Current);
        KeySet::new(vec![key], &policy.algorithms).unwrap()
    };
    let keys = shared(SECRET).with_public_keys(JwkSet::read(KEYS).unwrap().keys);
    World { keys, strangers: shared(&[1; 64]), policy }
});

fuzz_target!(|text: &str| {
    let World { keys, strangers, policy } = &*WORLD;
    let Ok(claims) = verify(text, keys, policy, NOW) else { return };
    assert!(verify(text, strangers, policy, NOW).is_err());
    assert!(verify(&format!("{text}A"), keys, policy, NOW).is_err());
    assert!(verify(&text[..text.len() - 1], keys, policy, NOW).is_err());
    let ends = claims.get("exp").and_then(|exp| exp.as_f64()).unwrap();
    assert!(verify(text, keys, policy, ends as u64 + 31).is_err());
    let _ = SecurityContext::from_verified(claims, policy);
});
