//! The token function through its router. `tests/tests/token.rs` has it behind the Lambda emulator.

mod clients;
mod documents;
mod limits;
mod lines;
mod oauth;
mod users;

use std::io;
use std::time::Duration;

use auth::{
    Algorithms, HmacKey, KeySet, Lifetime, SecurityContext, SigningKey, Stage, mint, verify,
};
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keys::{Issuer, KeySource, Moment};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::*;

const NOW: u64 = 1_800_000_000;
const SECRET: &str = "a-client-secret-of-some-length";
const OPS_SECRET: &str = "another-secret-of-some-length";
const PROVIDER: &str = "https://login.example.com/";
/// Made with `openssl genpkey -algorithm ed25519`.
const PROVIDERS_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINZOQch8GFlxbvTWN7Qi8RUYokm3KICek7TzrjWH/fHk\n\
    -----END PRIVATE KEY-----\n";
/// Made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
const OUR_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT5OHeMMJmCtDOlci\n\
    v9kgaVOeGIqClVdnGvV6SZADGqChRANCAAQp0yh8C1ckQw5vkOqVgZWHjAfJpB7i\n\
    Oat6r0Us9Yll50GxOqxIUraEASHup90L9nPzDrIcqXt3Mp2BhPSm5z88\n\
    -----END PRIVATE KEY-----\n";

const GRANTS: &str = "
clients:
  - id: shop
    secret: a-client-secret-of-some-length
    claims: {tenant_id: 7}
    allowed: {user_id: [41, 42]}
  - id: ops
    secret: another-secret-of-some-length
    rights: [revoke, introspect]
issuers:
  - issuer: https://login.example.com/
    claims:
      sub: {from_token: sub}
      u: {id: {from_token: sub}, tenant: {from_token: [org, id]}}
    allowed: {view: [sales, stock]}
  - issuer: https://partner.example.org/
    rights: [password]
";

fn key_set() -> KeySet {
    let key = HmacKey::new(&[7; 64], Stage::Current);
    KeySet::new(vec![key], &Algorithms::of_shared_secrets()).unwrap()
}

fn policy() -> Policy {
    Policy::new(Algorithms::of_shared_secrets())
}

fn signer(keys: KeySet) -> TokenSigner {
    let source = KeySource::Environment(Arc::new(keys));
    TokenSigner::Keys { source, policy: Box::new(policy()) }
}

fn private_key(pem: &str, kid: Option<&str>) -> SigningKey {
    SigningKey::from_pem(pem, &Algorithms::of_public_keys(), kid.map(str::to_owned)).unwrap()
}

/// Whoever `load` trusts: who has our secret, and two providers with the same key.
fn issuers() -> Issuers {
    let public = private_key(PROVIDERS_KEY, None).public_key().unwrap().clone();
    let provider = |name: &str| Issuer {
        policy: Policy {
            issuers: vec![name.to_owned()],
            audiences: vec!["dashboard".to_owned()],
            ..Policy::new(Algorithms::of_public_keys())
        },
        keys: KeySource::Environment(Arc::new(KeySet::of_public_keys(vec![public.clone()]))),
    };
    let ours = Issuer { policy: policy(), keys: KeySource::Environment(Arc::new(key_set())) };
    let partner = provider("https://partner.example.org/");
    Issuers::new(vec![ours, provider(PROVIDER), partner, provider("https://third.example/")])
}

fn parts() -> TokenParts {
    audited_parts(io::sink())
}

fn audited_parts(log: impl io::Write + Send + 'static) -> TokenParts {
    TokenParts {
        grants: Document::fixed(issuance::Policy::read(GRANTS).unwrap()),
        signer: signer(key_set()),
        policy: policy(),
        issuers: issuers(),
        deny_list: None,
        ledger: None,
        sign_in: None,
        session_cookie: Some("session".to_owned()),
        login_url: None,
        clock: Arc::new(|| Moment { wall: Duration::from_secs(NOW), monotonic: Duration::ZERO }),
        audit: ::audit::Log::new("i1".to_owned(), || Duration::from_secs(NOW), log),
        metrics: None,
        origins: Origins::Any,
    }
}

fn router() -> Router {
    token_router(parts())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// `GET /auth/cubejs-token` with these headers.
fn get_with(headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().uri("/auth/cubejs-token");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

fn get_as(authorization: &str) -> Request<Body> {
    get_with(&[("authorization", authorization)])
}

/// A `POST` of this type of body.
fn post_to(path: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri(path).header(CONTENT_TYPE, kind);
    request.body(body.into()).unwrap()
}

/// `POST /auth/token` as the shop.
fn post_raw(body: impl Into<Body>) -> Request<Body> {
    let mut request = post_to("/auth/token", "application/json", body);
    request.headers_mut().insert(AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
    request
}

async fn post(body: Value) -> (StatusCode, Value) {
    send(&router(), post_raw(body.to_string())).await
}

async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let (status, _, body) = exchange(router, request).await;
    (status, body)
}

async fn exchange(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let (status, headers) = (response.status(), response.headers().clone());
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, headers, serde_json::from_slice(&body).unwrap_or_default())
}

/// What `load` makes of a token that our secret signed.
fn context(token: &Value) -> SecurityContext {
    let claims = verify(token.as_str().unwrap(), &key_set(), &policy(), NOW).unwrap();
    SecurityContext::from_verified(claims, &policy()).unwrap()
}

/// A token that a private key signed: these claims over those of a good token of the provider.
fn token_of(pem: &str, claims: Value, lives_s: u64) -> String {
    let good = json!({"iss": PROVIDER, "aud": "dashboard", "sub": "alice", "org": {"id": 7}});
    let mut members: Map<String, Value> = serde_json::from_value(good).unwrap();
    members.extend(serde_json::from_value::<Map<String, Value>>(claims).unwrap());
    members.retain(|_, value| !value.is_null());
    mint(members, &private_key(pem, None), NOW, Lifetime::Seconds(lives_s)).unwrap()
}

/// A good token of the provider.
fn providers_token() -> String {
    token_of(PROVIDERS_KEY, json!({}), 3_600)
}
