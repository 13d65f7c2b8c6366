//! The spans that requests leave, and when they are sent.
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

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use api::{Deadline, Invocation};
use axum::{
    body::Body,
    http::{Request, StatusCode, request::Builder},
};
use serde_json::{Value, json};
use shop::{flushing_router, send, token};
use tokio::time::Instant;
use traces::{Options, Post, Sampler, Traces};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What the collector was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Value>>>);

impl Collector {
    /// Spans that go to it; a silent one takes them and answers nothing.
    fn traces(&self, is_silent: bool) -> Arc<Traces> {
        let documents = Arc::clone(&self.0);
        let post: Post = Box::new(move |document| {
            documents.lock().unwrap().push(serde_json::from_slice(&document).unwrap());
            Box::pin(async move { if is_silent { std::future::pending().await } else { Ok(200) } })
        });
        let options = Options {
            resource: Vec::new(),
            sampler: Sampler::AlwaysOn,
            timeout: Duration::from_secs(1),
        };
        let count = AtomicU64::new(1);
        let random = move || Some(count.fetch_add(1, Ordering::Relaxed).into());
        Arc::new(Traces::new(options, || Duration::from_secs(shop::NOW), random, post))
    }

    fn spans(&self) -> Vec<Value> {
        let documents = self.0.lock().unwrap();
        let spans = |document: &Value| {
            document["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
        };
        documents.iter().flat_map(spans).collect()
    }
}

/// The value of an attribute of a span.
fn attribute<'s>(span: &'s Value, key: &str) -> &'s Value {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    found.map_or(&Value::Null, |attribute| &attribute["value"])
}

fn names(spans: &[Value]) -> Vec<&str> {
    spans.iter().map(|span| span["name"].as_str().unwrap()).collect()
}

fn load(query: &Value) -> Builder {
    let query: String = form_urlencoded::byte_serialize(query.to_string().as_bytes()).collect();
    Request::get(format!("/cubejs-api/v1/load?query={query}"))
        .header("authorization", token(json!({ "sub": "canary-subject" })))
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
}

fn meta(method: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri("/cubejs-api/v1/meta?canary=canary")
        .header("authorization", token(json!({ "sub": "canary-subject" })))
}

#[tokio::test]
async fn a_request_that_fails_in_the_database_says_where_and_why() {
    let collector = Collector::default();
    let router = flushing_router(Some(collector.traces(false)));
    let query = json!({
        "measures": ["Orders.count"],
        "filters": [{ "member": "Orders.status", "operator": "equals", "values": ["canary-value"] }],
    });
    let request = load(&query).extension(Invocation("invocation-1".to_owned()));
    let request = request.header("user-agent", "canary-agent").body(Body::empty()).unwrap();
    let answer = send(&router, request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);

    let spans = collector.spans();
    assert_eq!(names(&spans), ["authorize", "plan", "database", "GET /cubejs-api/v1/load"]);
    let [authorize, plan, database, request] = spans.as_slice() else { unreachable!() };
    assert_eq!((&request["traceId"], &request["parentSpanId"]), (&json!(TRACE), &json!(PARENT)));
    for (key, value) in [
        ("http.request.method", json!({ "stringValue": "GET" })),
        ("http.route", json!({ "stringValue": "/cubejs-api/v1/load" })),
        ("http.response.status_code", json!({ "intValue": "503" })),
        ("error.type", json!({ "stringValue": "database_unavailable" })),
        ("faas.invocation_id", json!({ "stringValue": "invocation-1" })),
        ("faas.coldstart", json!({ "boolValue": true })),
        ("tessera.outcome", json!({ "stringValue": "finished" })),
    ] {
        assert_eq!(attribute(request, key), &value, "{key}");
    }
    assert_eq!(request["status"], json!({ "code": 2 }));
    for stage in [authorize, plan] {
        assert_eq!((&stage["kind"], &stage["status"]), (&json!(1), &Value::Null), "{stage}");
    }
    assert_eq!((&database["kind"], &database["status"]), (&json!(3), &json!({ "code": 2 })));
    assert_eq!(attribute(database, "db.system.name"), &json!({ "stringValue": "postgresql" }));
    assert_eq!(
        attribute(database, "error.type"),
        &json!({ "stringValue": "database_unavailable" })
    );
    for span in &spans {
        assert!(!span.to_string().contains("canary"), "{span}");
    }
}

#[tokio::test]
async fn a_refused_request_is_a_span_with_an_error_that_is_not_ours() {
    let collector = Collector::default();
    let router = flushing_router(Some(collector.traces(false)));
    let request = load(&json!({ "measures": ["Orders.canary"] })).body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.status, StatusCode::BAD_REQUEST);
    let nobody = Request::get("/cubejs-api/v1/meta").body(Body::empty()).unwrap();
    assert_eq!(send(&router, nobody).await.status, StatusCode::FORBIDDEN);

    let spans = collector.spans();
    let expected = ["authorize", "plan", "GET /cubejs-api/v1/load", "GET /cubejs-api/v1/meta"];
    assert_eq!(names(&spans), expected);
    for (span, reason) in [(1, "unknown_member"), (2, "unknown_member"), (3, "no_token")] {
        let reason = json!({ "stringValue": reason });
        assert_eq!(attribute(&spans[span], "error.type"), &reason, "{}", spans[span]);
        assert_eq!(spans[span]["status"], Value::Null, "{}", spans[span]);
    }
    assert_eq!(attribute(&spans[3], "faas.coldstart"), &Value::Null, "nobody invoked a function");
    assert!(spans.iter().all(|span| !span.to_string().contains("canary")), "{spans:?}");
}

/// Also without a body, and with a method that nobody knows.
#[tokio::test]
async fn answers_are_the_same_whether_spans_are_sent_or_not() {
    let collector = Collector::default();
    let with = flushing_router(Some(collector.traces(false)));
    let without = flushing_router(None);
    for method in ["GET", "HEAD", "OPTIONS", "CANARY"] {
        let request = || meta(method).header("x-request-id", "1").body(Body::empty()).unwrap();
        let (one, other) = (send(&with, request()).await, send(&without, request()).await);
        assert_eq!((one.status, one.text), (other.status, other.text), "{method}");
        assert_eq!(one.headers, other.headers, "{method}");
    }
    let unserved = Request::builder().method("CANARY").uri("/cubejs-api/graphql");
    let unserved = unserved.header("authorization", token(json!({}))).body(Body::empty()).unwrap();
    assert_eq!(send(&with, unserved).await.status, StatusCode::FORBIDDEN);
    let expected =
        ["GET /cubejs-api/v1/meta", "HEAD /cubejs-api/v1/meta", "HTTP /cubejs-api/graphql"];
    assert_eq!(names(&collector.spans()), expected);
    let last = &collector.spans()[2];
    assert_eq!(attribute(last, "http.request.method"), &json!({ "stringValue": "_OTHER" }));
}

#[tokio::test]
async fn what_the_caller_does_not_sample_is_not_sent() {
    let collector = Collector::default();
    let router = flushing_router(Some(collector.traces(false)));
    for (name, value) in [
        ("traceparent", format!("00-{TRACE}-{PARENT}-00")),
        ("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".to_owned()),
    ] {
        let request = meta("GET").header(name, value).body(Body::empty()).unwrap();
        assert_eq!(send(&router, request).await.status, StatusCode::OK);
    }
    assert!(collector.spans().is_empty());
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    let request = meta("GET").header("x-amzn-trace-id", root).body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.status, StatusCode::OK);
    assert_eq!(collector.spans()[0]["traceId"], "5759e988bd862e3fe1be46a994272793");
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_a_silent_collector_within_its_bound_and_its_deadline() {
    let ms = Duration::from_millis;
    for (deadline, expected) in [
        (None, ms(500)),
        (Some(ms(5000)), ms(500)),
        (Some(ms(700)), ms(200)),
        (Some(ms(400)), ms(0)),
    ] {
        let collector = Collector::default();
        let router = flushing_router(Some(collector.traces(true)));
        let started = Instant::now();
        let mut request = meta("GET").body(Body::empty()).unwrap();
        if let Some(left) = deadline {
            request.extensions_mut().insert(Deadline(started + left));
        }
        assert_eq!(send(&router, request).await.status, StatusCode::OK);
        assert_eq!(started.elapsed(), expected, "{deadline:?}");
        // It is left alone now.
        let request = meta("GET").body(Body::empty()).unwrap();
        let (started, sent) = (Instant::now(), collector.0.lock().unwrap().len());
        if sent > 0 {
            assert_eq!(send(&router, request).await.status, StatusCode::OK);
            assert_eq!(started.elapsed(), ms(0), "{deadline:?}");
        }
    }
}
