//! The token function through its router.

use std::{io, sync::Mutex, time::Duration};

use auth::{Algorithms, HmacKey, KeySet, SecurityContext, Stage, verify};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keys::{KeySource, Moment, parse_clients};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

const NOW: u64 = 1_800_000_000;
const SECRET: &str = "a-client-secret-of-some-length";

fn key_set() -> KeySet {
    let key = HmacKey::new(&[7; 64], Stage::Current);
    KeySet::new(vec![key], &Algorithms::of_shared_secrets()).unwrap()
}

fn signer(keys: KeySet) -> TokenSigner {
    let source = KeySource::Environment(Arc::new(keys));
    TokenSigner::Keys { source, policy: Box::new(policy()) }
}

fn policy() -> Policy {
    Policy::new(Algorithms::of_shared_secrets())
}

fn clock() -> Clock {
    Arc::new(|| Moment { wall: Duration::from_secs(NOW), monotonic: Duration::ZERO })
}

fn parts() -> TokenParts {
    audited_parts(io::sink())
}

fn audited_parts(log: impl io::Write + Send + 'static) -> TokenParts {
    let clients = json!({"clients": [{
        "id": "shop", "secret": SECRET,
        "claims": {"tenant_id": 7}, "allowed": {"user_id": [41, 42]},
    }]});
    TokenParts {
        clients: ClientSource::Environment(Arc::new(parse_clients(&clients.to_string()).unwrap())),
        signer: signer(key_set()),
        policy: policy(),
        clock: clock(),
        audit: ::audit::Log::new("i1".to_owned(), || Duration::from_secs(NOW), log),
        origins: Origins::Any,
    }
}

fn router() -> Router {
    token_router(parts())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn get_with(authorization: &str) -> Request<Body> {
    let request = Request::builder().uri("/auth/cubejs-token").header(AUTHORIZATION, authorization);
    request.body(Body::empty()).unwrap()
}

fn post_raw(body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri("/auth/token")
        .header(AUTHORIZATION, basic("shop", SECRET))
        .header(CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let status = response.status();
    let body = to_bytes(response).await;
    (status, serde_json::from_slice(&body).unwrap())
}

async fn to_bytes(response: Response) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()
}

async fn post(body: Value) -> (StatusCode, Value) {
    send(&router(), post_raw(body.to_string())).await
}

/// What `load` makes of an answer's token.
fn context(answer: &Value) -> SecurityContext {
    let token = answer["token"].as_str().unwrap();
    let claims = verify(token, &key_set(), &policy(), NOW).unwrap();
    SecurityContext::from_verified(claims, &policy()).unwrap()
}

#[tokio::test]
async fn a_client_gets_its_fixed_claims_for_an_hour() {
    let (status, answer) = send(&router(), get_with(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::OK);
    let context = context(&answer);
    assert_eq!(context.claims()["tenant_id"], 7);
    assert_eq!(context.claims()["exp"], NOW + 3_600);
    assert_eq!(answer.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_chooses_from_its_lists_by_any_of_the_names() {
    for body in [
        json!({"claims": {"user_id": 42}, "expires_in": 60}),
        json!({"payload": {"user_id": 42}, "ttl": 60}),
    ] {
        let (status, answer) = post(body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let context = context(&answer);
        assert_eq!(context.claims()["user_id"], 42);
        assert_eq!(context.claims()["exp"], NOW + 60);
    }
    let shown = json!({"client_id": "shop", "client_secret": SECRET}).to_string();
    let mut request = post_raw(shown);
    request.headers_mut().remove(AUTHORIZATION);
    assert_eq!(send(&router(), request).await.0, StatusCode::OK);
}

#[tokio::test]
async fn every_wrong_credential_reads_the_same() {
    let token_of_load = {
        let (_, answer) = send(&router(), get_with(&basic("shop", SECRET))).await;
        format!("Bearer {}", answer["token"].as_str().unwrap())
    };
    for authorization in
        [basic("shop", "wrong"), basic("nobody", SECRET), token_of_load, "x".to_owned()]
    {
        let (status, answer) = send(&router(), get_with(&authorization)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(answer, json!({"error": "Invalid client credentials"}));
    }
    let mut without = get_with("x");
    without.headers_mut().clear();
    let (_, answer) = send(&router(), without).await;
    assert_eq!(answer, json!({"error": "Invalid client credentials"}));
}

#[tokio::test]
async fn ten_failures_in_a_minute_block_their_source_alone() {
    let router = router();
    let ask = |address: &str, secret: &str| {
        let mut request = get_with(&basic("shop", secret));
        request.extensions_mut().insert(Source(address.to_owned()));
        request.headers_mut().insert("x-forwarded-for", "10.9.8.7".parse().unwrap());
        request
    };
    for _ in 0..10 {
        assert_eq!(send(&router, ask("192.0.2.1", "wrong")).await.0, StatusCode::FORBIDDEN);
    }
    let blocked = router.clone().oneshot(ask("192.0.2.1", SECRET)).await.unwrap();
    assert_eq!(blocked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(blocked.headers()[RETRY_AFTER], "60");
    assert_eq!(send(&router, ask("192.0.2.2", SECRET)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_life_time_is_whole_seconds_up_to_a_day() {
    for bad in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("3600"),
        json!(86_401),
        json!(1e18),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
    ] {
        let (status, _) = post(json!({ "ttl": bad })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(post(json!({ "ttl": 86_400 })).await.0, StatusCode::OK);
    let mut parts = parts();
    parts.policy.max_token_life_s = Some(5);
    let (_, answer) = send(&token_router(parts), get_with(&basic("shop", SECRET))).await;
    assert_eq!(context(&answer).claims()["exp"], NOW + 5);
}

#[tokio::test]
async fn nobody_chooses_what_is_reserved_or_not_on_the_list() {
    for (claims, expected) in [
        (json!({"exp": 1}), StatusCode::BAD_REQUEST),
        (json!({"u": {"id": 1}}), StatusCode::BAD_REQUEST),
        (json!({"user_id": 43}), StatusCode::FORBIDDEN),
        (json!({"tenant_id": 8}), StatusCode::FORBIDDEN),
        (json!({"__proto__": "x"}), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(post(json!({ "claims": claims })).await.0, expected, "{claims}");
    }
    for body in [
        json!({"alg": "none"}),
        json!({"kid": "x"}),
        json!({"header": {"jku": "https://evil.example"}}),
        json!({"claims": {}, "payload": {}}),
        json!({"client_id": "shop", "client_secret": SECRET}),
    ] {
        assert_eq!(post(body.clone()).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_request_is_bounded_before_it_is_understood() {
    let nested = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    let many: Vec<String> = (0..65).map(|n| format!("\"c{n}\":1")).collect();
    let many = many.join(",");
    for (body, expected) in [
        (format!(r#"{{"payload":{nested}}}"#), StatusCode::BAD_REQUEST),
        (format!(r#"{{"payload":{{{many}}}}}"#), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a":1,"a":2}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a\u0000":1}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a":["\u0000"]}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":1}"#.to_owned(), StatusCode::BAD_REQUEST),
        ("[]".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        (
            format!(r#"{{"payload":{{"a":"{}"}}}}"#, "x".repeat(4_097)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (" ".repeat(20_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, _) = send(&router(), post_raw(body.clone())).await;
        assert_eq!(status, expected, "{}", body.get(..60).unwrap_or(&body));
    }
    let (status, _) = send(&router(), post_raw(b"{\"payload\":\"\xff\"}".to_vec())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for kind in ["text/plain", "application/json; charset=utf-16", "application/jsonx", ""] {
        let mut request = post_raw("{}");
        request.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
        assert_eq!(send(&router(), request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
}

#[tokio::test]
async fn other_methods_and_paths_have_no_token() {
    for (method, path, expected) in [
        (Method::POST, "/auth/cubejs-token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/auth/token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/auth/token/", StatusCode::NOT_FOUND),
        (Method::GET, "/cubejs-api/v1/load", StatusCode::NOT_FOUND),
    ] {
        let mut request = get_with(&basic("shop", SECRET));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(send(&router(), request).await.0, expected, "{path}");
    }
}

/// What was written; the next write fails when it is full.
#[derive(Clone, Default)]
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    is_full: bool,
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_decision_has_a_line_without_secrets_and_values() {
    let log = Log::default();
    let router = token_router(audited_parts(log.clone()));
    let good = post_raw(json!({"claims": {"user_id": 42}, "ttl": 60}).to_string());
    let (_, answer) = send(&router, good).await;
    let mut bad = get_with(&basic("shop\n", "wrong-canary"));
    bad.extensions_mut().insert(Source("192.0.2.1".to_owned()));
    send(&router, bad).await;
    send(&router, post_raw(json!({"claims": {"user_id": 43}}).to_string())).await;
    let text = String::from_utf8(log.text.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [issued, wrong, not_allowed] = lines.as_slice() else { panic!("{text}") };
    for (line, expected) in [
        (
            issued,
            json!({
                "outcome": "issued", "route": "token", "status": 200, "client": "shop",
                "granted": "tenant_id user_id", "lifetime_s": 60, "source": "unknown",
                "jti": context(&answer).claims()["jti"],
            }),
        ),
        (wrong, json!({"outcome": "refused", "reason": "not_a_client", "source": "192.0.2.1"})),
        (not_allowed, json!({"reason": "claim_not_allowed", "status": 403, "client": "shop"})),
    ] {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name}: {line}");
        }
    }
    for secret in [SECRET, "wrong-canary", answer["token"].as_str().unwrap(), ":42"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(::audit::check(text.as_bytes()).unwrap().is_whole());
}

#[tokio::test]
async fn no_token_is_issued_that_cannot_be_accounted_for() {
    let log = Log { is_full: true, ..Log::default() };
    let router = token_router(audited_parts(log));
    let (status, answer) = send(&router, get_with(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["error"], "Service is temporarily unavailable");
    assert!(answer.get("token").is_none());
}

#[tokio::test]
async fn without_a_key_to_sign_with_the_answer_is_later() {
    let mut parts = parts();
    parts.clients = ClientSource::Environment(Arc::default());
    let (status, _) = send(&token_router(parts), get_with(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let mut parts = self::parts();
    let pending = HmacKey::new(&[7; 64], Stage::Pending);
    let unsigning = KeySet::new(vec![pending], &policy().algorithms).unwrap();
    parts.signer = signer(unsigning);
    let response = token_router(parts).oneshot(get_with(&basic("shop", SECRET))).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
    let body = String::from_utf8(to_bytes(response).await).unwrap();
    assert!(body.contains("Authentication is temporarily unavailable"), "{body}");
    assert!(body.contains("requestId"));
}
