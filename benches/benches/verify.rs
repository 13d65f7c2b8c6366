//! Verification of an HS256 token with the five claims and the `kid` that tokens usually have.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;

use auth::{Algorithms, HmacKey, KeySet, Lifetime, Policy, SecurityContext, Stage, mint, verify};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;

const NOW: u64 = 1_800_000_000;

fn verification(criterion: &mut Criterion) {
    let algorithms = Algorithms::of_shared_secrets();
    let secret = b"a-secret-of-sixty-four-bytes-that-is-used-in-this-bench-only-64b";
    let key = HmacKey::new(secret, Stage::Current).with_kid("2026-11".to_owned());
    let keys = KeySet::new(vec![key], &algorithms).unwrap();
    let claims = json!({ "sub": "user-42", "tenant_id": 7, "role": "analyst" });
    let key = keys.signing_key(&algorithms, NOW).unwrap();
    let token =
        mint(claims.as_object().unwrap().clone(), &key, NOW, Lifetime::Seconds(3600)).unwrap();
    let policy = Policy::new(algorithms);
    criterion.bench_function("verify HS256 to claims", |bencher| {
        bencher.iter(|| verify(black_box(&token), &keys, &policy, NOW + 1).unwrap());
    });
    criterion.bench_function("verify HS256 to security context", |bencher| {
        bencher.iter(|| {
            let claims = verify(black_box(&token), &keys, &policy, NOW + 1).unwrap();
            SecurityContext::from_verified(claims, &policy).unwrap()
        });
    });
}

criterion_group!(benches, verification);
criterion_main!(benches);
