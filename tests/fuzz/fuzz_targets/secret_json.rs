//! Values of secrets: a key set, or an error that does not repeat them.
#![no_main]

use std::sync::LazyLock;

use auth::{Algorithm, Algorithms, DenyList, Policy};
use issuance::Policy as TokenPolicy;
use keys::keys_in_secret;
use libfuzzer_sys::fuzz_target;

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let names = Algorithm::ALL.map(Algorithm::name);
    Policy::new(Algorithms::from_names(names).unwrap())
});

fuzz_target!(|text: &str| {
    match keys_in_secret(text, &POLICY) {
        Ok(keys) => assert!(!keys.is_empty()),
        Err(error) => assert!(text.len() < 32 || !format!("{error:?}").contains(text)),
    }
    let _ = DenyList::read(text.as_bytes());
    let _ = TokenPolicy::read(text);
});
