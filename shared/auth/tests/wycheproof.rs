//! Project Wycheproof's signatures, keys and encrypted tokens, where its files lie beside the
//! project.
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

use auth::{
    Algorithm, Algorithms, Error, HmacKey, JwkSet, KeySet, Policy, PublicKey, Stage, verify,
};
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

/// A shared secret as an operator would configure it; `None` when it is refused.
fn secret(jwk: &Value) -> Option<HmacKey> {
    let bytes = URL_SAFE_NO_PAD.decode(jwk["k"].as_str()?).ok()?;
    let algorithm: Algorithm = jwk["alg"].as_str().unwrap_or("HS256").parse().ok()?;
    let mut key = HmacKey::new(&bytes, Stage::Current).with_algorithm(algorithm);
    if let Some(kid) = jwk["kid"].as_str() {
        key = key.with_kid(kid.to_owned());
    }
    key.check(&Algorithms::from_names([algorithm.name()]).unwrap()).ok()?;
    Some(key)
}

/// The keys of a group: secrets when all are secrets, else what is usable of a published set.
fn keys(group: &Value) -> Option<KeySet> {
    let jwk = group.get("public").unwrap_or(&group["private"]);
    let all = jwk["keys"].as_array().cloned().unwrap_or_else(|| vec![jwk.clone()]);
    if all.iter().all(|key| key["kty"] == "oct") {
        let secrets: Option<Vec<_>> = all.iter().map(secret).collect();
        return KeySet::new(secrets?, &Algorithms::of_shared_secrets()).ok();
    }
    if jwk["keys"].is_array() {
        return Some(KeySet::of_public_keys(JwkSet::read(jwk.to_string().as_bytes()).ok()?.keys));
    }
    let key = PublicKey::from_jwk(jwk.as_object()?).ok()?;
    Some(KeySet::of_public_keys(vec![key]))
}

fn signature_is_good(token: &str, keys: &KeySet) -> bool {
    let names = Algorithm::ALL.iter().map(|algorithm| algorithm.name());
    let policy = Policy::new(Algorithms::from_names(names).unwrap());
    match verify(token, keys, &policy, 1_800_000_000) {
        Ok(_) | Err(Error::BadPayload | Error::MissingClaim(_)) => true,
        Err(_) => false,
    }
}

/// What our policy says where it differs from Wycheproof; `None` when the stored token is not what
/// its comment says. We know the fingerprint of ROCA, which `policy-overrides.json` leaves open.
fn expected(overrides: &Value, file: &str, test: &Value) -> Option<bool> {
    let of_file = overrides["overrides"].as_array().unwrap().iter();
    let mut ours = of_file.filter(|one| one["file"] == file && one["tcId"] == test["tcId"]);
    let result = match ours.next() {
        None => &test["result"],
        Some(one) if text(&one["comment"]).starts_with("invalidBase64Padding") => return None,
        Some(one) if text(&one["comment"]).contains("Roca") => &one["wycheproof"],
        Some(one) => &one["policy"],
    };
    Some(result == "valid")
}

#[test]
fn signatures_and_keys_are_judged_as_wycheproof_judges_them() {
    let Some(folder) = files() else { return };
    let overrides = read(&folder.join("policy-overrides.json"));
    let (mut judged, mut skipped, mut wrong) = (0, 0, Vec::new());
    for name in ["signature", "key", "crypto"] {
        let file = format!("json_web_{name}_test.json");
        for group in read(&folder.join(&file))["testGroups"].as_array().unwrap() {
            let keys = keys(group);
            for test in group["tests"].as_array().unwrap() {
                let Some(jws) = test.get("jws") else { continue };
                let Some(expected) = expected(&overrides, &file, test) else {
                    skipped += 1;
                    continue;
                };
                let good = keys.as_ref().is_some_and(|keys| signature_is_good(&text(jws), keys));
                if good != expected {
                    wrong.push(format!("{file} {}", test["tcId"]));
                }
                judged += 1;
            }
        }
    }
    println!("{judged} signatures judged, {skipped} left out: their padding is lost in the file");
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!((judged, skipped), (474, 2));
}

#[test]
fn an_encrypted_token_is_not_a_token() {
    let Some(folder) = files() else { return };
    let key = secret(&serde_json::json!({ "k": "A".repeat(86) })).unwrap();
    let keys = KeySet::new(vec![key], &Algorithms::of_shared_secrets()).unwrap();
    let mut refused = 0;
    for name in ["encryption", "crypto"] {
        let file = read(&folder.join(format!("json_web_{name}_test.json")));
        for group in file["testGroups"].as_array().unwrap() {
            for test in group["tests"].as_array().unwrap() {
                let Some(jwe) = test.get("jwe") else { continue };
                assert!(!signature_is_good(&text(jwe), &keys), "{name} {}", test["tcId"]);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 139 + 34);
}
