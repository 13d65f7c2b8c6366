//! Tokens as a caller's own issuer would sign them, made without the code under test.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

/// The API secret of the tests: long enough for HS512, and a text that can be searched for.
pub const SECRET: &str =
    "secret-canary-9b2d4f6a8c0e1d3f5a7b9c1d3e5f7a9b1c3d5e7f9a1b3c5d7e9f-of-the-tests";

/// The system's time in unix seconds.
pub fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a token for the servers under test needs their time"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// A good token for an hour with `claims` in it.
pub fn good(claims: &Value) -> String {
    let mut payload = json!({ "iat": now(), "exp": now() + 3600 });
    for (name, value) in claims.as_object().unwrap() {
        payload[name] = value.clone();
    }
    hs256(&payload, SECRET)
}

/// A token with exactly this payload.
pub fn hs256(payload: &Value, secret: &str) -> String {
    signed(&json!({ "alg": "HS256", "typ": "JWT" }), &payload.to_string(), secret)
}

/// A token with exactly this header and payload text, signed by the algorithm the header names; unsigned for any other.
pub fn signed(header: &Value, payload: &str, secret: &str) -> String {
    let text = signing_input(header, payload);
    let signature = match header["alg"].as_str() {
        Some("HS256") => mac::<Hmac<Sha256>>(&text, secret),
        Some("HS384") => mac::<Hmac<Sha384>>(&text, secret),
        Some("HS512") => mac::<Hmac<Sha512>>(&text, secret),
        _ => String::new(),
    };
    format!("{text}.{signature}")
}

/// The header of a token, unverified.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// The payload of a token, unverified.
pub fn payload(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, index: usize) -> Value {
    let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
    serde_json::from_slice(&part).unwrap()
}

/// What is signed of a token with this header and payload text (RFC 7515 §5.1).
pub(crate) fn signing_input(header: &Value, payload: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload))
}

fn mac<M: Mac + KeyInit>(text: &str, secret: &str) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}
