//! What a token costs the token function: `POST /oauth/token` from the request to the answer, with the check of the client's
//! credential and the audit line, by the algorithm that signs; and the minting alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use api::{Origins, TokenParts, token_router};
use auth::{
    Algorithm, Algorithms, HmacKey, KeySet, Lifetime, Policy, SigningKey, Stage, generate_key_pair,
    mint,
};
use criterion::{Criterion, criterion_group, criterion_main};
use keys::{Document, Issuers, KeySource, Moment, TokenSigner};
use lambda_http::http::Request;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

const NOW: u64 = 1_800_000_000;
const GRANTS: &str = "
clients:
  - id: shop
    secret: a-client-secret-of-some-length
    claims: {tenant_id: 7, role: analyst}
    allowed: {user_id: [41, 42]}
";
const BODY: &str = "grant_type=client_credentials&client_id=shop\
                    &client_secret=a-client-secret-of-some-length&claims=%7B%22user_id%22%3A42%7D";
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];

/// A set with one key of this algorithm, which signs, and the rules under which it does.
fn keys(algorithm: Algorithm) -> (KeySet, Policy) {
    if algorithm == Algorithm::Hs256 {
        let key = HmacKey::new(&[7; 64], Stage::Current).with_kid("2026-11".to_owned());
        let algorithms = Algorithms::of_shared_secrets();
        return (KeySet::new(vec![key], &algorithms).unwrap(), Policy::new(algorithms));
    }
    let pem = generate_key_pair(algorithm).unwrap();
    let algorithms = Algorithms::of_public_keys();
    let kid = Some("2026-11".to_owned());
    let key = SigningKey::from_pem(pem.expose_secret(), &algorithms, kid).unwrap();
    let public = key.public_key().unwrap().clone();
    let keys = KeySet::of_public_keys(vec![public]).with_private_key(key, 0, None);
    (keys, Policy::new(algorithms))
}

fn parts(algorithm: Algorithm) -> TokenParts {
    let (keys, policy) = keys(algorithm);
    let source = KeySource::Environment(Arc::new(keys));
    TokenParts {
        grants: Document::fixed(issuance::Policy::read(GRANTS).unwrap()),
        signer: TokenSigner::Keys { source, policy: Box::new(policy.clone()) },
        policy,
        issuers: Issuers::new(Vec::new()),
        deny_list: None,
        ledger: None,
        sign_in: None,
        session_cookie: None,
        login_url: None,
        clock: Arc::new(|| Moment { wall: Duration::from_secs(NOW), monotonic: Duration::ZERO }),
        audit: audit::Log::new("i1".to_owned(), || Duration::from_secs(NOW), io::sink()),
        metrics: None,
        origins: Origins::Any,
    }
}

fn issue(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for algorithm in ALGORITHMS {
        let router = token_router(parts(algorithm));
        let ask = || {
            let request = Request::post("/oauth/token")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(BODY.to_owned())
                .unwrap();
            let answer = runtime.block_on(router.clone().oneshot(request)).unwrap();
            assert_eq!(answer.status(), 200);
            answer
        };
        criterion.bench_function(&format!("{algorithm} by POST /oauth/token"), |bencher| {
            bencher.iter(|| black_box(ask()));
        });
    }
}

fn mint_alone(criterion: &mut Criterion) {
    let claims = json!({ "tenant_id": 7, "role": "analyst", "user_id": 42 });
    let claims: &Map<String, Value> = claims.as_object().unwrap();
    for algorithm in ALGORITHMS {
        let (keys, policy) = keys(algorithm);
        let key = keys.signing_key(&policy.algorithms, NOW).unwrap();
        criterion.bench_function(&format!("{algorithm} minted"), |bencher| {
            bencher.iter(|| mint(claims.clone(), &key, NOW, Lifetime::Seconds(3600)).unwrap());
        });
    }
}

criterion_group!(benches, issue, mint_alone);
criterion_main!(benches);
