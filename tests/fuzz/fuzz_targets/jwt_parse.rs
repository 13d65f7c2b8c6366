//! Headers and tokens: read or refused, and nothing is read longer than allowed.
#![no_main]

use auth::{Token, bearer_token};
use libfuzzer_sys::fuzz_target;

const MAX_BYTES: usize = 8192;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = bearer_token(Some(bytes)) else { return };
    assert!(!text.is_empty() && text.is_ascii());
    let Ok(token) = Token::read(text, MAX_BYTES) else { return };
    assert!(text.len() <= MAX_BYTES && text.split('.').count() == 3);
    let _ = token.unverified_issuer();
});
