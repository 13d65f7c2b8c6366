//! The spans that a collector of OpenTelemetry is sent, and what a bad collector costs. None holds a token, a claim, a
//! member or a value of a query.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, Instant};

use harness::collector::{Collector, attribute, times};
use harness::http::{self, Answer};
use harness::instance::Instance;
use harness::postgres::{self, Cluster};
use harness::server::Server;
use harness::{free_port, leak, root, token, variable, variables, wait_until};
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What an answer may take besides the time that it waits for a collector, on a machine that is busy.
const SLACK: Duration = Duration::from_secs(2);
/// An answer of a function waits no longer for a collector.
const BOUND: Duration = Duration::from_millis(500);

fn started(cluster: &Cluster, more: &[(&str, &str)]) -> Server {
    let mut environment = cluster.environment();
    environment.extend(variables(more));
    Server::start(&root().join("examples/ecommerce"), environment)
}

/// An instance of `load` that needs no database for the data model.
fn instance(more: &[(&str, &str)]) -> Instance {
    let model = root().join("examples/ecommerce/model");
    let mut environment = variables(&[
        ("CUBEJS_API_SECRET", token::SECRET),
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
    ]);
    environment.extend(variables(more));
    environment.push(variable("CUBEJS_SCHEMA_PATH", &model.to_string_lossy()));
    Instance::start("load", &environment)
}

fn ask(server: &Server, query: &Value, token: &str) -> Answer {
    let path = format!("/cubejs-api/v1/load?query={}", http::encode(&query.to_string()));
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    let headers = [
        ("authorization", token),
        ("x-request-id", "request-1"),
        ("traceparent", traceparent.as_str()),
        ("tracestate", "canary=canary"),
        ("user-agent", "canary-agent"),
    ];
    http::send("GET", &server.url(&path), &headers, "")
}

/// Those of requests, without those of their stages.
fn requests(spans: &[Value]) -> Vec<&Value> {
    spans.iter().filter(|span| span["kind"] == 2).collect()
}

fn names(spans: &[&Value]) -> Vec<String> {
    spans.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect()
}

/// The stages of a request, in their order: each of its trace and inside it, none beside another.
fn stages_of<'s>(request: &Value, spans: &'s [Value]) -> Vec<&'s Value> {
    let (start, end) = times(request);
    let of_request = |span: &&Value| span["parentSpanId"] == request["spanId"];
    let stages: Vec<&Value> = spans.iter().filter(of_request).collect();
    let (mut last, mut sum) = (start, 0);
    for stage in &stages {
        let (from, to) = times(stage);
        assert!(last <= from && from <= to && to <= end, "{stage} {request}");
        assert_eq!(stage["traceId"], TRACE);
        (last, sum) = (to, sum + (to - from));
    }
    assert!(sum <= end - start, "{request}");
    stages
}

/// What the collector was sent says where it comes from, and nothing of what was asked.
fn check_exports(collector: &Collector, token: &str) {
    for one in &collector.received() {
        assert!(one.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", one.head);
        let head = one.head.to_lowercase();
        for header in ["content-type: application/json\r\n", "x-key: canary header\r\n"] {
            assert!(head.contains(header), "{head}");
        }
        let resource = &one.document["resourceSpans"][0]["resource"];
        assert_eq!(attribute(resource, "service.name"), "shop");
        assert_eq!(attribute(resource, "deployment.environment.name"), "test");
        for secret in ["canary", "424242001", "my_orders", token, postgres::PASSWORD] {
            assert!(!one.document.to_string().contains(secret), "{secret}: {}", one.document);
        }
    }
}

#[test]
fn serve_sends_what_every_request_took_and_nothing_of_what_it_asked() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let collector = Collector::start();
    let server = started(
        &cluster,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            // What is late on a busy machine would be sent again.
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "20000"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary%20header"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        ],
    );
    let token = token::good(&json!({ "user_id": 424_242_001, "sub": "canary-subject" }));
    let query = json!({
        "measures": ["my_orders.count"],
        "dimensions": ["my_orders.status"],
        "filters": [{ "member": "my_orders.status", "operator": "notEquals", "values": ["canary-value"] }],
    });
    assert_eq!(ask(&server, &query, &token).status, 200);
    assert_eq!(ask(&server, &query, "canary-token").status, 403);
    assert_eq!(ask(&server, &json!({ "measures": ["my_orders.canary"] }), &token).status, 400);
    wait_until("three requests", Duration::from_secs(30), || {
        requests(&collector.spans()).len() == 3
    });

    check_exports(&collector, &token);
    let spans = collector.spans();
    let requests = requests(&spans);
    let mut kinds = Vec::new();
    for request in &requests {
        assert_eq!(request["name"], "GET /cubejs-api/v1/load");
        assert_eq!(
            (&request["traceId"], &request["parentSpanId"]),
            (&json!(TRACE), &json!(PARENT))
        );
        assert_eq!(attribute(request, "tessera.request.id"), "request-1");
        let status = attribute(request, "http.response.status_code");
        kinds.push((status.as_str().unwrap().to_owned(), attribute(request, "error.type")));
        let stages = stages_of(request, &spans);
        let expected: &[&str] = match status.as_str() {
            Some("200") => &["authorize", "plan", "database", "write"],
            Some("400") => &["authorize", "plan"],
            _ => &[],
        };
        assert_eq!(names(&stages), expected, "{request}");
    }
    let told = |status: &str, reason: Value| (status.to_owned(), reason);
    let not_a_token = kinds[1].1.clone();
    assert!(not_a_token.is_string(), "{kinds:?}");
    assert_eq!(
        kinds,
        [told("200", Value::Null), told("403", not_a_token), told("400", json!("unknown_member")),]
    );
    assert_eq!(attribute(requests[0], "tessera.rows"), "0", "nobody has this id");
    leak::check_log(&server.log(), &[&token, "canary header"]);
}

#[test]
fn serve_sends_the_rest_when_it_ends_and_names_its_own_traces_in_the_log() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let collector = Collector::start();
    let mut server = started(&cluster, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]);
    let meta = server.get("meta", &json!({}), &token::good(&json!({ "user_id": 42 })));
    assert_eq!(meta.status, 200);
    server.process().stop();
    let spans = collector.spans();
    let requests = requests(&spans);
    assert_eq!(names(&requests), ["GET /cubejs-api/v1/meta"], "{}", server.log());
    let trace = requests[0]["traceId"].as_str().unwrap();
    assert!(trace.len() == 32 && requests[0].get("parentSpanId").is_none(), "{requests:?}");
    let audited = |line: &&str| line.contains("\"audit\"") && line.contains(trace);
    assert_eq!(server.log().lines().filter(audited).count(), 2, "{}", server.log());
}

#[test]
fn what_a_caller_does_not_sample_is_not_sent() {
    let collector = Collector::start();
    let mut instance = instance(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]);
    let mut event = harness::instance::get("/cubejs-api/v1/meta", "", &token::good(&json!({})));
    event["headers"]["traceparent"] = json!(format!("00-{TRACE}-{PARENT}-00"));
    assert_eq!(instance.send(&event).0["statusCode"], 200);
    assert!(collector.received().is_empty());
    event["headers"]["traceparent"] = json!(format!("00-{TRACE}-{PARENT}-01"));
    assert_eq!(instance.send(&event).0["statusCode"], 200);
    assert_eq!(collector.spans()[0]["parentSpanId"], PARENT);
}

#[test]
fn a_function_sends_its_spans_before_it_answers() {
    let collector = Collector::start();
    let mut instance = instance(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]);
    let good = token::good(&json!({}));
    for (number, (token, status)) in [(good.as_str(), 200), ("canary", 403)].into_iter().enumerate()
    {
        let (answered, ..) = instance.get("/cubejs-api/v1/meta", "", token);
        assert_eq!(answered, status);
        // No waiting: nothing runs after an answer.
        let spans = collector.spans();
        assert_eq!(spans.len(), number + 1, "{}", instance.log());
        let span = &spans[number];
        assert_eq!(attribute(span, "http.response.status_code"), status.to_string());
        assert_eq!(attribute(span, "faas.invocation_id"), format!("request-{}", number + 1));
        assert_eq!(attribute(span, "faas.coldstart"), number == 0);
        assert_eq!(attribute(span, "error.type").is_string(), status == 403, "{span}");
    }
    let received = collector.received();
    let resource = &received[0].document["resourceSpans"][0]["resource"];
    assert_eq!(attribute(resource, "service.name"), "tessera");
    assert_eq!(attribute(resource, "faas.name"), "load");
    // What lives and is ready is no request of the API.
    assert_eq!(instance.get("/livez", "", "").0, 200);
    assert_eq!(collector.spans().len(), 2);
}

#[test]
fn a_silent_collector_costs_a_function_its_bound_now_and_then() {
    let collector = Collector::start();
    collector.answer(None);
    let mut instance = instance(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
    ]);
    let token = token::good(&json!({}));
    let mut asked = 0;
    let mut get = |instance: &mut Instance| {
        asked += 1;
        let (status, _, took) = instance.get("/cubejs-api/v1/meta", "", &token);
        assert_eq!(status, 200);
        took
    };
    let first = get(&mut instance);
    assert!(BOUND <= first && first < BOUND + SLACK, "{first:?}");
    let started = Instant::now();
    for _ in 0..5 {
        get(&mut instance);
    }
    let failed = collector.received().len();
    let pauses = usize::try_from(started.elapsed().as_secs()).unwrap();
    assert!(failed <= 1 + pauses, "it is left alone for a second at least: {failed} {pauses}");
    collector.answer(Some(200));
    while collector.received().len() == failed {
        std::thread::sleep(Duration::from_millis(200));
        get(&mut instance);
    }
    let last = collector.received().pop().unwrap();
    assert_eq!(last.spans.len(), asked, "nothing was lost");
    let log = instance.log();
    let warnings = log.lines().filter(|line| line.contains("the collector took no spans"));
    assert_eq!(warnings.count(), failed, "{log}");
}

#[test]
fn a_collector_that_fails_or_is_not_there_costs_no_answer() {
    let collector = Collector::start();
    collector.answer(Some(500));
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let started = Instant::now();
    for (endpoint, said) in
        [(collector.url(), "\"status\":500"), (nobody, "\"reason\":\"no connection\"")]
    {
        let mut instance = instance(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
        for _ in 0..5 {
            let (status, _, took) =
                instance.get("/cubejs-api/v1/meta", "", &token::good(&json!({})));
            assert_eq!(status, 200);
            assert!(took < SLACK, "{endpoint}: {took:?}");
        }
        let log = instance.log();
        assert!(log.contains(said), "{endpoint}: {log}");
    }
    let pauses = usize::try_from(started.elapsed().as_secs()).unwrap();
    assert!((1..=1 + pauses).contains(&collector.received().len()), "it is left alone");
}

#[test]
fn serve_answers_at_once_whatever_the_collector_does() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let collector = Collector::start();
    collector.answer(None);
    let mut server = started(
        &cluster,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
        ],
    );
    let token = token::good(&json!({ "user_id": 42 }));
    for _ in 0..5 {
        let started = Instant::now();
        assert_eq!(server.get("meta", &json!({}), &token).status, 200);
        assert!(started.elapsed() < SLACK);
        std::thread::sleep(Duration::from_millis(300));
    }
    wait_until("a look at the collector", Duration::from_secs(10), || {
        !collector.received().is_empty()
    });
    server.process().stop();
    // Said by the process itself, before it is killed for taking too long.
    assert!(server.log().contains("spans were dropped"), "{}", server.log());
}

#[test]
fn what_cannot_be_sent_to_is_refused_at_the_start() {
    for (name, value, said) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318", "must be an https URL"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary", "must be name=value"),
    ] {
        let mut environment = variables(&[
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "me"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ]);
        environment.retain(|(known, _)| known != name);
        environment.push(variable(name, value));
        let mut server = Server::launch(&root().join("examples/ecommerce"), environment);
        assert!(!server.process().wait_for_end(Duration::from_secs(20)).success());
        let log = server.log();
        assert!(log.contains(&format!("{name} {said}")) && !log.contains("canary"), "{log}");
    }
}
