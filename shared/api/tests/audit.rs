//! The lines that requests leave in the audit log, and when.
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
    fmt::Write as _,
    io::{self, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
    time::Duration,
};

use api::{Options, Router};
use axum::{
    body::Body,
    http::{Request, StatusCode},
    response::Response,
};
use futures_util::{FutureExt, StreamExt, task::noop_waker};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use shop::{audited_router, options, token};
use tower::ServiceExt;

/// A log that can be read, and can be full.
#[derive(Clone, Default)]
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    is_full: Arc<AtomicBool>,
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The lines since the last call, each with the fields that differ from run to run taken out.
    fn lines(&self) -> Vec<Value> {
        let text = std::mem::take(&mut *self.text.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        let line = |line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let fields = line.as_object_mut().unwrap();
            for name in
                ["target", "instance", "timestamp", "sequence", "duration_ms", "prev", "hash"]
            {
                let field = fields.remove(name);
                assert!(field.is_some() || name == "duration_ms", "{name}: {text}");
            }
            line
        };
        text.lines().map(line).collect()
    }
}

fn router(options: Options) -> (Router, Log) {
    let log = Log::default();
    (audited_router(include_str!("model/shop.yml"), options, log.clone()), log)
}

fn request(method: &str, path: &str, claims: Value) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("/cubejs-api/v1/{path}"))
        .header("x-request-id", "r-1")
        .header("authorization", token(claims))
        .body(Body::empty())
        .unwrap()
}

fn asking(route: &str, query: &Value) -> String {
    let query: String = form_urlencoded::byte_serialize(query.to_string().as_bytes()).collect();
    format!("{route}?query={query}")
}

async fn answer(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

async fn read(response: Response) -> u64 {
    response.into_body().collect().await.unwrap().to_bytes().len() as u64
}

#[tokio::test]
async fn an_allowed_request_has_a_line_before_its_answer_and_one_after_it() {
    let (router, log) = router(options());
    let query = json!({
        "measures": ["Orders.count"], "dimensions": ["Orders.status"],
        "filters": [{"member": "Orders.status", "operator": "equals", "values": ["canary"]}],
    });
    let claims = json!({"sub": "abc", "tenant_id": 7, "email": "a@b.example"});
    let response = answer(&router, request("GET", &asking("sql", &query), claims)).await;
    let asked = json!({
        "request.id": "r-1", "route": "sql", "subject": "ba7816bf", "tenant": "7",
        "members": "Orders.count Orders.status Orders.status",
    });
    let with = |more: Value| {
        let mut line = asked.clone();
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line
    };
    assert_eq!(log.lines(), [with(json!({"outcome": "allowed"}))]);
    let bytes = read(response).await;
    let end = json!({"outcome": "finished", "status": 200, "bytes": bytes});
    assert_eq!(log.lines(), [with(end)]);
}

#[tokio::test]
async fn a_refused_request_has_one_line_with_its_reason() {
    let (router, log) = router(options());
    let hidden = asking("load", &json!({"measures": ["Orders.nope"]}));
    let mut no_token = request("GET", "meta", json!({}));
    no_token.headers_mut().remove("authorization");
    let mut bad_token = request("GET", "meta", json!({}));
    bad_token.headers_mut().insert("authorization", "x.y.z".parse().unwrap());
    for (request, status, reason) in [
        (no_token, 403, "no_token"),
        (bad_token, 403, "not_compact"),
        (request("GET", &hidden, json!({})), 400, "unknown_member"),
        (request("GET", "load", json!({})), 400, "bad_query"),
        (request("POST", "load", json!({})), 415, "not_json"),
        (request("GET", "cubesql", json!({})), 501, "not_served"),
    ] {
        let response = answer(&router, request).await;
        assert_eq!(response.status().as_u16(), status, "{reason}");
        let lines = log.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(
            (&lines[0]["outcome"], &lines[0]["reason"], &lines[0]["status"]),
            (&json!("refused"), &json!(reason), &json!(status)),
        );
        read(response).await;
        assert!(log.lines().is_empty(), "{reason}");
    }
}

#[tokio::test]
async fn what_fails_after_it_was_allowed_is_finished_with_its_reason() {
    let (router, log) = router(options());
    let path = asking("load", &json!({"measures": ["Orders.count"]}));
    let response = answer(&router, request("GET", &path, json!({}))).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    read(response).await;
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["outcome"], "allowed");
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["reason"], &lines[1]["status"]),
        (&json!("finished"), &json!("database_unavailable"), &json!(503)),
    );
}

#[tokio::test]
async fn an_answer_that_is_not_taken_to_its_end_is_aborted() {
    let (router, log) = router(options());
    drop(answer(&router, request("GET", "meta", json!({}))).await);
    let lines = log.lines();
    assert_eq!(lines[0]["outcome"], "allowed");
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["reason"], &lines[1]["bytes"]),
        (&json!("aborted"), &json!("client_left"), &json!(0)),
    );
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn an_answer_of_several_pieces_says_how_much_of_it_was_taken() {
    let mut model = "cubes:\n  - name: wide\n    sql_table: wide\n    measures:\n".to_owned();
    for index in 0..3_000 {
        writeln!(model, "      - name: m{index}\n        sql: x\n        type: sum").unwrap();
    }
    let log = Log::default();
    let router = audited_router(&model, options(), log.clone());
    let response = answer(&router, request("GET", "meta", json!({}))).await;
    let mut pieces = response.into_body().into_data_stream();
    let first = pieces.next().await.unwrap().unwrap();
    drop(pieces);
    let lines = log.lines();
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["bytes"]),
        (&json!("aborted"), &json!(first.len())),
    );
    let all = read(answer(&router, request("GET", "meta", json!({}))).await).await;
    assert!(all > first.len() as u64);
    assert_eq!(
        (&log.lines()[1]["outcome"], &lines[1]["status"]),
        (&json!("finished"), &json!(200))
    );
}

#[tokio::test]
async fn an_answer_without_a_body_is_finished() {
    let (router, log) = router(options());
    let response = answer(&router, request("HEAD", "meta", json!({}))).await;
    assert_eq!((response.status(), read(response).await), (StatusCode::OK, 0));
    let lines = log.lines();
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["bytes"]),
        (&json!("finished"), &json!(0)),
        "{lines:?}"
    );
}

/// Its body never comes, and then its future is dropped, as a server does when a connection ends.
#[tokio::test]
async fn a_client_that_leaves_before_it_is_answered_has_its_line() {
    let (router, log) = router(options());
    let mut request = request("POST", "load", json!({"sub": "abc"}));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    *request.body_mut() =
        Body::from_stream(futures_util::stream::pending::<Result<&str, io::Error>>());
    let mut asking = router.oneshot(request).boxed();
    let waker = noop_waker();
    for _ in 0..10 {
        assert!(asking.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(log.lines().is_empty());
    drop(asking);
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["outcome"], &lines[0]["reason"], &lines[0]["subject"]),
        (&json!("refused"), &json!("client_left"), &json!("ba7816bf")),
    );
}

#[tokio::test]
async fn nothing_is_answered_that_cannot_be_accounted_for() {
    let (router, log) = router(options());
    log.is_full.store(true, Ordering::Relaxed);
    let load = asking("load", &json!({"measures": ["Orders.count"]}));
    for path in ["meta", load.as_str()] {
        let response = answer(&router, request("GET", path, json!({}))).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"], "Service is temporarily unavailable", "{path}");
    }
    log.is_full.store(false, Ordering::Relaxed);
    let response = answer(&router, request("GET", "meta", json!({}))).await;
    assert_eq!(response.status(), StatusCode::OK, "it goes on when the log does");
}

///
#[tokio::test]
async fn claims_are_shown_only_when_they_are_asked_for() {
    let claims = json!({
        "sub": "alice-canary", "email": "email-canary", "role": "role-canary", "tenant_id": "acme",
    });
    let lines_with = async |audit_claims: &[&str]| {
        let audit_claims = audit_claims.iter().map(|&name| name.to_owned()).collect();
        let (router, log) = router(Options { audit_claims, ..options() });
        read(answer(&router, request("GET", "meta", claims.clone())).await).await;
        log.lines()
    };
    for line in lines_with(&[]).await {
        assert_eq!(line["tenant"], "acme");
        assert_eq!(line["subject"].as_str().map(str::len), Some(8));
        assert!(!line.to_string().contains("canary"), "{line}");
    }
    for line in lines_with(&["email", "phone"]).await {
        assert_eq!(line["claims"], json!({"email": "email-canary"}), "{line}");
    }
}

///
#[tokio::test(start_paused = true)]
async fn refusals_that_were_left_out_are_counted_even_if_nobody_asks_again() {
    use std::sync::atomic::AtomicU64;
    let (log, second) = (Log::default(), Arc::new(AtomicU64::new(shop::NOW)));
    let clock = {
        let second = Arc::clone(&second);
        move || Duration::from_secs(second.load(Ordering::Relaxed))
    };
    let audit = audit::Log::new("i1".to_owned(), clock, log.clone());
    let router = shop::router_with(include_str!("model/shop.yml"), options(), audit);
    for _ in 0..250 {
        let mut request = request("GET", "meta", json!({}));
        request.headers_mut().insert("authorization", "x.y.z".parse().unwrap());
        assert_eq!(answer(&router, request).await.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(log.lines().len(), 100);
    second.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["outcome"], &lines[0]["lines"], &lines[0]["reason"]),
        (&json!("omitted"), &json!(150), &json!("not_compact")),
    );
}

#[tokio::test]
async fn routes_that_show_nothing_have_no_lines() {
    let (router, log) = router(options());
    for path in ["/livez", "/nope", "/cubejs-api/v1/nope"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        read(answer(&router, request).await).await;
    }
    assert!(log.lines().is_empty());
}
