//! JWK Sets and PEM keys: what is no public key for signatures is left out.
#![no_main]

use auth::{JwkSet, PublicKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = JwkSet::read(bytes) {
        assert!(set.keys.len() + set.left_out.len() <= 100);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PublicKey::from_pem(text);
    }
});
