//! Methods, paths, bodies, headers, CORS, health: everything around a query.
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

use api::{Options, Origins};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::json;
use shop::{options, post, router, send, token};

fn bare(method: &str, path: &str) -> Request<Body> {
    Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("authorization", token(json!({})))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn only_exact_paths_lead_somewhere() {
    let router = router(options());
    for path in [
        "/",
        "/nope",
        "/cubejs-api",
        "/cubejs-api/v1",
        "/cubejs-api/v1/nope",
        "/CUBEJS-API/v1/meta",
        "/cubejs-api//v1/meta",
        "/cubejs-api/v1/meta/",
        "/cubejs-api/v1/%6deta",
        "/cubejs-api/v1/../v1/meta",
        "/cubejs-api/v1/meta;x",
        "/cubejs-api/v1/meta%00",
    ] {
        let answer = send(&router, bare("GET", path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json(), json!({"error": "Not found"}));
        assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    }
}

#[tokio::test]
async fn another_method_is_told_the_right_ones() {
    let router = router(options());
    for (method, path, allowed) in [
        ("PUT", "/cubejs-api/v1/load", "GET,HEAD,POST"),
        ("TRACE", "/cubejs-api/v1/load", "GET,HEAD,POST"),
        ("DELETE", "/cubejs-api/v1/sql", "GET,HEAD,POST"),
        ("POST", "/cubejs-api/v1/meta", "GET,HEAD"),
        ("POST", "/readyz", "GET,HEAD"),
        ("GeT", "/cubejs-api/v1/meta", "GET,HEAD"),
    ] {
        let answer = send(&router, bare(method, path)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
        assert_eq!(answer.json(), json!({"error": "Method not allowed"}));
    }
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let scopes = ["data", "meta", "sql", "graphql", "jobs"].map(str::to_owned).to_vec();
    let router = router(Options { scopes, ..options() });
    for (method, path, part) in [
        ("GET", "/graphql?query={cube}", "GraphQL"),
        ("POST", "/graphql", "GraphQL"),
        ("POST", "/v1/graphql-to-json", "GraphQL"),
        ("POST", "/v1/cubesql", "SQL"),
        ("POST", "/v1/convert-query", "SQL"),
        ("POST", "/v1/pre-aggregations/can-use", "pre-aggregations"),
        ("POST", "/v1/pre-aggregations/jobs", "pre-aggregations"),
        ("DELETE", "/v1/running-query/0b9e-span-1", "cancelled"),
        ("GET", "/v1/sql?format=sql&query=SELECT%201", "SQL"),
        ("GET", "/v1/sql?query=SELECT%201&format=sql&disable_post_processing=true", "SQL"),
    ] {
        let path = format!("/cubejs-api{path}");
        let answer = send(&router, bare(method, &path)).await;
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED, "{method} {path}");
        assert!(answer.error().contains(part), "{path}: {}", answer.error());
        // Nobody learns anything without a token.
        let stranger = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
        assert_eq!(send(&router, stranger).await.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
}

#[tokio::test]
async fn a_format_that_is_not_sql_is_json() {
    let router = router(options());
    let query = r#"{"measures":["Orders.count"]}"#;
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    for (format, status) in
        [("rest", StatusCode::OK), ("SQL", StatusCode::OK), ("sql", StatusCode::NOT_IMPLEMENTED)]
    {
        let path = format!("/cubejs-api/v1/sql?query={encoded}&format={format}");
        assert_eq!(send(&router, bare("GET", &path)).await.status, status, "{format}");
        let posted = Request::post("/cubejs-api/v1/sql")
            .header("authorization", token(json!({})))
            .header("content-type", "application/json")
            .body(Body::from(format!(r#"{{"query":{query},"format":"{format}"}}"#)))
            .unwrap();
        assert_eq!(send(&router, posted).await.status, status, "{format}");
    }
    // Elsewhere nobody asks for the format.
    let path = format!("/cubejs-api/v1/dry-run?query={encoded}&format=sql");
    assert_eq!(send(&router, bare("GET", &path)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_subscription_over_http_is_a_load() {
    let router = router(options());
    for path in ["load", "subscribe"] {
        let answer = send(&router, bare("GET", &format!("/cubejs-api/v1/{path}"))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.error(), "Query param is required");
        let posted = Request::post(format!("/cubejs-api/v1/{path}"))
            .header("authorization", token(json!({})))
            .header("content-type", "application/json")
            .body(Body::from(r#"{"query":{"measures":["Orders.count"]}}"#))
            .unwrap();
        // It comes as far as the database, which is not there.
        let answer = send(&router, posted).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.error(), "Database is unavailable");
    }
}

#[tokio::test]
async fn a_preflight_needs_no_token_and_no_route() {
    let router = router(options());
    for path in ["/cubejs-api/v1/load", "/nope", "/"] {
        let preflight = Request::options(path)
            .header("origin", "https://app.example")
            .header("access-control-request-method", "GET")
            .body(Body::empty())
            .unwrap();
        let answer = send(&router, preflight).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("authorization") && allowed.contains("x-cube-authorization"));
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn listed_origins_are_echoed_on_errors_too() {
    let listed = Origins::Listed(vec!["https://good.example".to_owned()]);
    let router = router(Options { origins: listed, ..options() });
    for (origin, echo) in
        [("https://good.example", Some("https://good.example")), ("https://evil.example", None)]
    {
        let request = Request::get("/cubejs-api/v1/meta").header("origin", origin);
        let answer = send(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let allowed = answer.headers.get("access-control-allow-origin");
        assert_eq!(allowed.map(|value| value.to_str().unwrap()), echo);
        assert_eq!(answer.headers["vary"], "Origin");
    }
}

#[tokio::test]
async fn a_body_is_json_in_utf_8() {
    let router = router(options());
    let with_type = async |media_type: Option<&str>, encoding: Option<&str>| {
        let mut request =
            Request::post("/cubejs-api/v1/dry-run").header("authorization", token(json!({})));
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let body = json!({"query": {"measures": ["Orders.count"]}}).to_string();
        send(&router, request.body(Body::from(body)).unwrap()).await.status
    };
    for media_type in ["application/json", "Application/JSON; charset=UTF-8"] {
        assert_eq!(with_type(Some(media_type), None).await, StatusCode::OK);
    }
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/json; charset=utf-16"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonp"),
    ] {
        let status = with_type(media_type, None).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type:?}");
    }
    let gzip = with_type(Some("application/json"), Some("gzip")).await;
    assert_eq!(gzip, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_not_read_on() {
    let router = router(options());
    let answer = post(&router, vec![b' '; (1 << 20) + 1]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json(), json!({"error": "Request body is too large"}));
    let padded = format!("{{\"query\":{{}}{}}}", " ".repeat((1 << 20) - 12));
    assert_eq!(padded.len(), 1 << 20);
    assert_eq!(post(&router, padded).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_header_over_ten_kibibytes_is_refused() {
    let router = router(options());
    let request = Request::get("/cubejs-api/v1/meta")
        .header("authorization", format!("Bearer {}", "a".repeat(65_536)))
        .body(Body::empty())
        .unwrap();
    let answer = send(&router, request).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(answer.json(), json!({"error": "Request header is too large"}));
}

#[tokio::test]
async fn broken_bodies_are_the_callers_mistake() {
    let router = router(options());
    let undecodable = "Unable to decode query param as JSON, error: ";
    for (body, expected) in [
        ("", "Query param is required"),
        ("{}", "Query param is required"),
        (r#"{"query":null}"#, "Query param is required"),
        (r#"{"query":"undefined"}"#, "Query param is required"),
        (r#"{"query":"#, undecodable),
        (r#"{"query":5}"#, undecodable),
        (r#"{"query":"{measures"}"#, undecodable),
        (r#"{"query":{},"query":{}}"#, undecodable),
        (r#"{"query":{}}x"#, undecodable),
        ("\u{feff}{}", undecodable),
        (r#"{"query":{}}"#, "Query should contain either measures"),
        (r#"{"query":{},"cache":"maybe"}"#, "Invalid query format: \"cache\" must be one of"),
    ] {
        let answer = post(&router, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.error().starts_with(expected), "{body}: {}", answer.error());
    }
    let deep = format!("{{\"query\":{}", r#"{"or":["#.repeat(100_000));
    assert_eq!(post(&router, deep).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn without_a_database_queries_are_503_and_nothing_internal_is_said() {
    let router = router(options());
    let answer = post(&router, r#"{"query":{"measures":["Orders.count"]}}"#).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.error(), "Database is unavailable");
    assert_eq!(answer.json()["requestId"].as_str().unwrap().len(), 32);
    for canary in ["127.0.0.1", "shop", "orders", "tokio", ".rs", "refused"] {
        assert!(!answer.text.contains(canary), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_callers_request_id_is_repeated() {
    let router = router(options());
    let with_id = async |id: &str| {
        let request = Request::get(
            "/cubejs-api/v1/load?query=%7B%22measures%22%3A%5B%22Orders.count%22%5D%7D",
        )
        .header("authorization", token(json!({})))
        .header("x-request-id", id)
        .body(Body::empty())
        .unwrap();
        send(&router, request).await.json()["requestId"].as_str().unwrap().to_owned()
    };
    assert_eq!(with_id("6f0e-span-1").await, "6f0e-span-1");
    assert_ne!(with_id("x; drop").await, "x; drop");
}

#[tokio::test]
async fn health_needs_no_token_and_says_one_word() {
    let router = router(options());
    let ask = async |path| send(&router, Request::get(path).body(Body::empty()).unwrap()).await;
    let live = ask("/livez").await;
    assert_eq!((live.status, live.json()), (StatusCode::OK, json!({"health": "HEALTH"})));
    let ready = ask("/readyz").await;
    assert_eq!(ready.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(ready.json(), json!({"health": "DOWN"}));
}

#[tokio::test]
async fn an_unsafe_configuration_lives_and_serves_nothing() {
    let router = api::misconfigured_router();
    let live = send(&router, bare("GET", "/livez")).await;
    assert_eq!(live.status, StatusCode::OK);
    for path in ["/readyz", "/cubejs-api/v1/load", "/cubejs-api/v1/meta", "/nope"] {
        let answer = send(&router, bare("GET", path)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.error(), "Authentication is temporarily unavailable");
        assert_eq!(answer.headers["retry-after"], "30");
    }
}
