//! Who is let in: tokens, headers, scopes, development mode.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "the helper module serves several tests"
)]

mod shop;

use api::Options;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use shop::{ask, options, router, send, token};

const DRY_RUN: &str =
    "/cubejs-api/v1/dry-run?query=%7B%22measures%22%3A%5B%22Orders.count%22%5D%7D";

fn request(headers: &[(&str, String)]) -> Request<Body> {
    let mut request = Request::get(DRY_RUN);
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn one_bearer_token_is_let_in_and_everything_else_is_not() {
    let router = router(options());
    let good = token(json!({}));
    let no_header = "Authorization header isn't set";
    // vectors/input-edge.json, area authorization
    for (header, error) in [
        (good.clone(), None),
        (format!("Bearer {good}"), None),
        (format!("bearer {good}"), None),
        (format!("BEARER {good}"), None),
        (String::new(), Some(no_header)),
        ("Bearer".to_owned(), Some(no_header)),
        ("Bearer ".to_owned(), Some(no_header)),
        (format!("Bearer  {good}"), Some("Invalid token")),
        (format!("Bearer\t{good}"), Some("Invalid token")),
        (format!("Basic {good}"), Some("Invalid token")),
        (format!("Bearer {good} x"), Some("Invalid token")),
        (format!("Bearer {good}, Bearer {good}"), Some("Invalid token")),
        (format!("Bearer {good}é"), Some("Invalid token")),
        ("a.b.c".to_owned(), Some("Invalid token")),
    ] {
        let answer = send(&router, request(&[("authorization", header.clone())])).await;
        match error {
            None => assert_eq!(answer.status, StatusCode::OK, "{header}"),
            Some(error) => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header}");
                assert_eq!(answer.json(), json!({"error": error}), "{header}");
            }
        }
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(!answer.headers.contains_key("server"));
    }
}

#[tokio::test]
async fn a_token_comes_from_a_header_alone_and_from_one() {
    let router = router(options());
    let good = token(json!({}));
    assert_eq!(send(&router, request(&[])).await.status, StatusCode::FORBIDDEN);
    let twice = [("authorization", good.clone()), ("authorization", good.clone())];
    assert_eq!(send(&router, request(&twice)).await.error(), "Invalid token");
    let cookie = [("cookie", format!("authorization={good}"))];
    assert_eq!(send(&router, request(&cookie)).await.error(), "Authorization header isn't set");
    let preferred = [("authorization", "Basic x".to_owned()), ("x-cube-authorization", good)];
    assert_eq!(send(&router, request(&preferred)).await.status, StatusCode::OK);
}

/// attacks.md J-04: whatever a header says of keys, nobody is asked for them.
#[tokio::test]
async fn a_key_that_a_token_brings_or_points_to_is_never_fetched() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let router = router(options());
    let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for header in [
        json!({"alg": "HS256", "jku": url}),
        json!({"alg": "HS256", "x5u": url}),
        json!({"alg": "RS256", "kid": url, "jku": url}),
        json!({"alg": "HS256", "kid": url}),
        json!({"alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
    ] {
        let payload = encode(json!({"iss": url, "exp": shop::NOW + 60}));
        let bad = format!("{}.{payload}.{}", encode(header.clone()), "A".repeat(43));
        let answer = send(&router, request(&[("authorization", bad)])).await;
        assert_eq!(answer.error(), "Invalid token", "{header}");
    }
    let asked = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(asked.is_err(), "somebody connected");
}

#[tokio::test]
async fn the_token_is_judged_before_the_query() {
    let router = router(options());
    let broken = Request::get("/cubejs-api/v1/load?query=%7B").body(Body::empty()).unwrap();
    let answer = send(&router, broken).await;
    assert_eq!(answer.error(), "Authorization header isn't set");
    let untyped = Request::post("/cubejs-api/v1/load").body(Body::from("{")).unwrap();
    assert_eq!(send(&router, untyped).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn development_mode_takes_a_missing_token_and_no_bad_one() {
    let router = router(Options { is_development: true, ..options() });
    assert_eq!(send(&router, request(&[])).await.status, StatusCode::OK);
    let bad = [("authorization", "a.b.c".to_owned())];
    assert_eq!(send(&router, request(&bad)).await.error(), "Invalid token");
}

#[tokio::test]
async fn a_scope_that_is_not_given_is_named() {
    let router = router(Options { scopes: vec!["meta".to_owned()], ..options() });
    let query = json!({"measures": ["Orders.count"]});
    for (route, scope) in [("load", "data"), ("dry-run", "data"), ("sql", "sql")] {
        let answer = ask(&router, route, &query).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.error(), format!("API scope is missing: {scope}"));
    }
    assert_eq!(shop::get(&router, "/v1/meta").await.status, StatusCode::OK);
}

/// Cube 1.7.25, `packages/cubejs-api-gateway/test/permissions.test.ts`
#[tokio::test]
async fn what_is_not_served_asks_for_the_scope_that_cube_asks_for() {
    let router = router(Options { scopes: Vec::new(), ..options() });
    for (path, scope) in [
        ("/graphql", "graphql"),
        ("/v1/meta", "meta"),
        ("/v1/cubesql", "data"),
        ("/v1/sql", "sql"),
        ("/v1/convert-query", "sql"),
        ("/v1/pre-aggregations/can-use", "meta"),
        ("/v1/pre-aggregations/jobs", "jobs"),
    ] {
        let answer = shop::get(&router, path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer.error(), format!("API scope is missing: {scope}"));
    }
    let bare = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(send(&router, bare("/livez")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_row_filter_without_its_claim_is_no_query() {
    let router = router(options());
    let ask_for = async |cube: &str| {
        ask(&router, "sql", &json!({"measures": [format!("{cube}.count")]})).await
    };
    let filter = ask_for("SecureOrders").await;
    assert_eq!(filter.status, StatusCode::FORBIDDEN);
    assert_eq!(filter.json(), json!({"error": "Invalid security context"}));
    let required = ask_for("StrictOrders").await;
    assert_eq!(required.status, StatusCode::FORBIDDEN);
    assert_eq!(required.error(), "Filter for user_id is required");
}

#[tokio::test]
async fn request_fields_never_reach_the_security_context() {
    let router = router(options());
    // vectors/input-edge.json, area escalation
    for key in ["securityContext", "authInfo", "context", "u", "userContext", "tenant_id"] {
        let inside = json!({"measures": ["SecureOrders.count"], key: {"user_id": 1}});
        let answer = ask(&router, "sql", &inside).await;
        assert_eq!(answer.error(), format!("Invalid query format: \"{key}\" is not allowed"));
        let beside = json!({"query": {"measures": ["SecureOrders.count"]}, key: {"user_id": 1}});
        let answer = shop::post(&router, beside.to_string()).await;
        assert_eq!(answer.error(), "Invalid security context");
    }
}
