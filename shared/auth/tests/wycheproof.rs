//! Project Wycheproof's HMAC signatures, where its files lie beside the project.
//!
//! Their payloads are not claims. A signature is good when what is refused is the payload.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

use std::fs;
use std::path::{Path, PathBuf};

use auth::{Algorithms, Error, HmacKey, KeySet, Policy, Stage, verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

fn files() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/wycheproof");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no Wycheproof files");
    None
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The verifier of a group's key; `None` when the key is refused.
fn verifier(jwk: &Value) -> Option<(KeySet, Policy)> {
    let policy = Policy::new(Algorithms::of_shared_secrets());
    let secret = URL_SAFE_NO_PAD.decode(jwk["k"].as_str()?).ok()?;
    let mut key = HmacKey::new(&secret, Stage::Current);
    if let Some(kid) = jwk["kid"].as_str() {
        key = key.with_kid(kid.to_owned());
    }
    Some((KeySet::new(vec![key], &policy.algorithms).ok()?, policy))
}

fn signature_is_good(token: &str, (keys, policy): &(KeySet, Policy)) -> bool {
    match verify(token, keys, policy, 1_800_000_000) {
        Ok(_) | Err(Error::BadPayload | Error::MissingClaim(_)) => true,
        Err(_) => false,
    }
}

#[test]
fn hmac_signatures_are_judged_as_wycheproof_judges_them() {
    let Some(folder) = files() else { return };
    let overrides = read(&folder.join("policy-overrides.json"));
    let mut judged = 0;
    for file in ["json_web_signature_test.json", "json_web_crypto_test.json"] {
        for group in read(&folder.join(file))["testGroups"].as_array().unwrap() {
            let jwk = group.get("public").unwrap_or(&group["private"]);
            if jwk["kty"] != "oct" {
                continue;
            }
            for test in group["tests"].as_array().unwrap() {
                let Some(jws) = test.get("jws") else { continue };
                let ours = overrides["overrides"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|entry| entry["file"] == file && entry["tcId"] == test["tcId"]);
                let expected = ours.map_or(&test["result"], |entry| &entry["policy"]);
                // Text that does not hold the key's algorithm: a key for another one is no key.
                let fits = jwk["alg"].as_str().is_none_or(|alg| alg.starts_with("HS"));
                let good =
                    fits && verifier(jwk).is_some_and(|keys| signature_is_good(&text(jws), &keys));
                assert_eq!(good, expected == "valid", "{file} {}", test["tcId"]);
                judged += 1;
            }
        }
    }
    println!("{judged} HMAC signatures judged");
    assert!(judged >= 40, "{judged}");
}

#[test]
fn an_encrypted_token_is_not_a_token() {
    let Some(folder) = files() else { return };
    let verifier = verifier(&serde_json::json!({ "k": "A".repeat(86) })).unwrap();
    let mut refused = 0;
    for group in
        read(&folder.join("json_web_encryption_test.json"))["testGroups"].as_array().unwrap()
    {
        for test in group["tests"].as_array().unwrap() {
            assert!(!signature_is_good(&text(&test["jwe"]), &verifier), "{}", test["tcId"]);
            refused += 1;
        }
    }
    assert_eq!(refused, 139);
}
