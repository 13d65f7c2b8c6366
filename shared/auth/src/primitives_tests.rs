//! Project Wycheproof's signatures over bytes that are no token, where its files lie beside the
//! project: what a key set says of a signature.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::encoding;
use crate::secret_key::Stage;

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The algorithm a file tests; `None` for P-521, whose ES512 is not supported.
fn algorithm(file: &str) -> Option<Algorithm> {
    let family = match file.split('_').next()? {
        "hmac" => "HS",
        "ed25519" => return Some(Algorithm::EdDsa),
        "ecdsa" => "ES",
        _ if file.starts_with("rsa_pss") => "PS",
        _ => "RS",
    };
    let hash = ["sha256", "sha384", "sha512"].into_iter().find(|hash| file.contains(hash))?;
    format!("{family}{}", hash.trim_start_matches("sha")).parse().ok()
}

/// The set of the group's public key, read from its JWK where there is one and from its PEM.
fn public_key_sets(group: &Value) -> Vec<KeySet> {
    let jwk = [&group["publicKeyJwk"], &group["keyJwk"]].into_iter().find_map(Value::as_object);
    let pem = group["publicKeyPem"].as_str().unwrap();
    let unnamed = jwk.cloned().map(|mut members| {
        members.remove("kid");
        PublicKey::from_jwk(&members)
    });
    let keys = [unnamed, Some(PublicKey::from_pem(pem))];
    let keys = keys.into_iter().flatten().filter_map(Result::ok);
    keys.map(|key| KeySet::of_public_keys(vec![key])).collect()
}

/// What our policy says: `valid` is good but for HMAC tags that are cut and keys that are short.
fn is_expected(group: &Value, test: &Value, algorithm: Option<Algorithm>, file: &str) -> bool {
    let is_der = file == "ecdsa_secp256r1_sha256_test.json";
    let is_whole = match (&group["tagSize"], algorithm) {
        (Value::Null, _) => true,
        (size, Some(algorithm)) => {
            let hash_bits = u64::try_from(algorithm.min_secret_bytes()).unwrap() * 8;
            size.as_u64() == Some(hash_bits) && group["keySize"].as_u64() >= Some(hash_bits)
        }
        _ => false,
    };
    test["result"] == "valid" && algorithm.is_some() && is_whole && !is_der
}

#[test]
#[expect(clippy::print_stdout, reason = "it says aloud what it leaves out")]
fn signatures_are_judged_as_wycheproof_judges_them() {
    let folder = "../../../shared/vectors/wycheproof/primitives";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: no Wycheproof files");
        return;
    };
    let (mut judged, mut good) = (0, 0);
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let algorithm = algorithm(&name);
        let text: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for group in text["testGroups"].as_array().unwrap() {
            let public = if name.starts_with("hmac") { Vec::new() } else { public_key_sets(group) };
            for test in group["tests"].as_array().unwrap() {
                let expected = is_expected(group, test, algorithm, &name);
                let sets = if name.starts_with("hmac") {
                    let key = HmacKey::new(&bytes(&test["key"]), Stage::Current);
                    KeySet::new(vec![key], &Algorithms::of_shared_secrets()).into_iter().collect()
                } else {
                    public.clone()
                };
                let signature = test.get("sig").unwrap_or(&test["tag"]);
                let signature = encoding::encode(&bytes(signature));
                let message = bytes(&test["msg"]);
                let is_good = |keys: &KeySet| {
                    algorithm.is_some_and(|algorithm| {
                        keys.check_signature(&message, &signature, algorithm, None, 0).is_ok()
                    })
                };
                let found: Vec<bool> = sets.iter().map(is_good).collect();
                let agrees = found.iter().all(|found| *found == expected);
                assert!(agrees && (!expected || !found.is_empty()), "{name} {}", test["tcId"]);
                judged += 1;
                good += u32::from(expected);
            }
        }
    }
    println!("{judged} signatures judged, {good} of them good");
    assert_eq!(judged, 3_738);
}
