//! Verification of a token with the five claims and the `kid` that tokens usually have, beside the
//! raw primitive that its algorithm is made of.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use auth::{
    Algorithms, HmacKey, KeySet, Lifetime, Policy, PublicKey, SecurityContext, Stage, TokenCache,
    mint, verify,
};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};

const NOW: u64 = 1_800_000_000;
const SECRET: &[u8] = b"a-secret-of-sixty-four-bytes-that-is-used-in-this-bench-only-64b";

fn claims() -> Map<String, Value> {
    let claims = json!({ "sub": "user-42", "tenant_id": 7, "role": "analyst" });
    claims.as_object().unwrap().clone()
}

fn policy(algorithm: &str) -> Policy {
    Policy::new(Algorithms::from_names([algorithm]).unwrap())
}

fn shared_secret(criterion: &mut Criterion) {
    let policy = policy("HS256");
    let key = HmacKey::new(SECRET, Stage::Current).with_kid("2026-11".to_owned());
    let keys = KeySet::new(vec![key], &policy.algorithms).unwrap();
    let key = keys.signing_key(&policy.algorithms, NOW).unwrap();
    let token = mint(claims(), &key, NOW, Lifetime::Seconds(3600)).unwrap();
    criterion.bench_function("HS256 to claims", |bencher| {
        bencher.iter(|| verify(black_box(&token), &keys, &policy, NOW + 1).unwrap());
    });
    criterion.bench_function("HS256 to security context", |bencher| {
        bencher.iter(|| {
            let claims = verify(black_box(&token), &keys, &policy, NOW + 1).unwrap();
            SecurityContext::from_verified(claims, &policy).unwrap()
        });
    });
    let (cache, shared) = (TokenCache::default(), Arc::new(keys.clone()));
    cache.keep(&token, 0, &shared, &verify(&token, &shared, &policy, NOW).unwrap());
    criterion.bench_function("a known token to claims", |bencher| {
        bencher.iter(|| {
            let known = cache.find(black_box(&token)).unwrap();
            known.claims(&shared, &policy, NOW + 1).unwrap().unwrap()
        });
    });
    let (message, signature) = token.rsplit_once('.').unwrap();
    let tag = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let raw = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    criterion.bench_function("HS256 raw", |bencher| {
        bencher.iter(|| hmac::verify(&raw, black_box(message.as_bytes()), &tag).unwrap());
    });
    let long = "a".repeat(256 * 1024);
    criterion.bench_function("refused for its length, 256 KiB", |bencher| {
        bencher.iter(|| verify(black_box(&long), &keys, &policy, NOW).unwrap_err());
    });
    let dots = format!("{}.", "a".repeat(8_000));
    criterion.bench_function("refused for its form, 8 KB", |bencher| {
        bencher.iter(|| verify(black_box(&dots), &keys, &policy, NOW).unwrap_err());
    });
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A pair of keys: how it signs, its public half as PEM, and that half for the raw primitive.
struct Pair {
    algorithm: &'static str,
    sign: Sign,
    spki: Vec<u8>,
    raw: ParsedPublicKey,
}

fn rsa() -> Pair {
    let pair = RsaPair::generate(KeySize::Rsa2048).unwrap();
    let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
    let spki = spki.unwrap().as_ref().to_vec();
    let raw = ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &spki).unwrap();
    let sign = move |message: &[u8]| {
        let mut bytes = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut bytes).unwrap();
        bytes
    };
    Pair { algorithm: "RS256", sign: Box::new(sign), spki, raw }
}

fn p256() -> Pair {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
    let spki = spki.unwrap().as_ref().to_vec();
    let raw = ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &spki).unwrap();
    let sign =
        move |message: &[u8]| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
    Pair { algorithm: "ES256", sign: Box::new(sign), spki, raw }
}

fn ed25519() -> Pair {
    let pair = Ed25519KeyPair::generate().unwrap();
    let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
    let spki = spki.unwrap().as_ref().to_vec();
    let raw = ParsedPublicKey::new(&signature::ED25519, &spki).unwrap();
    let sign = move |message: &[u8]| pair.sign(message).as_ref().to_vec();
    Pair { algorithm: "EdDSA", sign: Box::new(sign), spki, raw }
}

fn public_keys(criterion: &mut Criterion) {
    for pair in [rsa(), p256(), ed25519()] {
        let name = pair.algorithm;
        let body = STANDARD.encode(&pair.spki);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        let key = PublicKey::from_pem(&pem).unwrap().with_kid("2026-11".to_owned());
        let (keys, policy) = (KeySet::of_public_keys(vec![key]), policy(name));
        let mut claims = claims();
        claims.insert("iat".to_owned(), json!(NOW));
        claims.insert("exp".to_owned(), json!(NOW + 3600));
        let header = json!({ "alg": name, "typ": "JWT", "kid": "2026-11" }).to_string();
        let payload = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
        let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
        let signature = (pair.sign)(message.as_bytes());
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature));
        criterion.bench_function(&format!("{name} to claims"), |bencher| {
            bencher.iter(|| verify(black_box(&token), &keys, &policy, NOW + 1).unwrap());
        });
        let mut changed = signature.clone();
        *changed.last_mut().unwrap() ^= 1;
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(changed));
        let strangers = Arc::new(KeySet::of_public_keys(Vec::new()));
        for (why, token, keys, now) in [
            ("a bad signature", &forged, &keys, NOW),
            ("an unknown kid", &token, &*strangers, NOW),
            ("its end", &token, &keys, NOW + 7_200),
        ] {
            criterion.bench_function(&format!("{name} refused for {why}"), |bencher| {
                bencher.iter(|| verify(black_box(token), keys, &policy, now).unwrap_err());
            });
        }
        criterion.bench_function(&format!("{name} raw"), |bencher| {
            let message = message.as_bytes();
            bencher.iter(|| pair.raw.verify_sig(black_box(message), &signature).unwrap());
        });
    }
}

criterion_group!(benches, shared_secret, public_keys);
criterion_main!(benches);
