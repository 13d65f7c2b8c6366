//! What an operator sees from outside: metrics in CloudWatch's embedded format, the trace that a request is part of, and in
//! development how long its stages took. None of it holds a token, a claim or a value of a query.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::http::{self, Answer};
use harness::lambda::Emulator;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{leak, root, token, variables};
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn started(cluster: &Cluster, more: &[(&str, &str)]) -> Server {
    let mut environment = cluster.environment();
    environment.extend(variables(more));
    Server::start(&root().join("examples/ecommerce"), environment)
}

fn cluster() -> Cluster {
    Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[])
}

fn ask(server: &Server, query: &Value, token: &str) -> Answer {
    let path = format!("/cubejs-api/v1/load?query={}", http::encode(&query.to_string()));
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let headers = [
        ("authorization", token),
        ("x-request-id", "request-1"),
        ("traceparent", traceparent.as_str()),
    ];
    http::send("GET", &server.url(&path), &headers, "")
}

/// The lines of a log that CloudWatch makes metrics of.
fn metrics(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line.get("_aws").is_some()).collect()
}

#[test]
fn every_request_is_measured_and_nothing_of_it_is_told() {
    let cluster = cluster();
    let server = started(&cluster, &[("TESSERA_METRICS", "true")]);
    let token = token::good(&json!({ "user_id": 424_242_001, "sub": "canary-subject" }));
    let query = json!({
        "measures": ["my_orders.count"],
        "dimensions": ["my_orders.status"],
        "filters": [{ "member": "my_orders.status", "operator": "notEquals", "values": ["canary-value"] }],
    });
    assert_eq!(ask(&server, &query, &token).status, 200);
    assert_eq!(ask(&server, &query, "canary-token").status, 403);
    assert_eq!(ask(&server, &json!({ "measures": ["my_orders.nothing"] }), &token).status, 400);
    let lines = metrics(&server.log());
    assert_eq!(lines.len(), 3, "{}", server.log());
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["finished", "refused", "refused"]);
    let cold: Vec<_> = lines.iter().map(|line| line["ColdStarts"].as_f64().unwrap()).collect();
    assert_eq!(cold, [1.0, 0.0, 0.0]);
    for line in &lines {
        assert_eq!((&line["function"], &line["route"]), (&json!("load"), &json!("load")));
        assert_eq!((&line["request.id"], &line["trace.id"]), (&json!("request-1"), &json!(TRACE)));
        assert_eq!(line["Requests"], 1.0);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["function"], ["function", "route"]]));
        for metric in directive["Metrics"].as_array().unwrap() {
            let value = &line[metric["Name"].as_str().unwrap()];
            assert!(value.as_f64().is_some_and(|value| value >= 0.0), "{metric}: {line}");
        }
    }
    let answered = &lines[0];
    assert_eq!(answered["Rows"], 0.0, "nobody has this id");
    for name in
        ["Duration", "AuthorizeDuration", "PlanDuration", "DatabaseDuration", "WriteDuration"]
    {
        assert!(answered[name].as_f64().unwrap() > 0.0, "{name}: {answered}");
    }
    let parts: f64 = ["AuthorizeDuration", "PlanDuration", "DatabaseDuration", "WriteDuration"]
        .iter()
        .map(|name| answered[*name].as_f64().unwrap())
        .sum();
    assert!(parts <= answered["Duration"].as_f64().unwrap() + 0.01, "{answered}");
    assert_eq!((lines[1]["Refused"].as_f64(), lines[1]["reason"].is_string()), (Some(1.0), true));
    for line in &lines {
        for canary in ["canary", "424242001", &token] {
            assert!(!line.to_string().contains(canary), "{line}");
        }
    }
    leak::check_log(&server.log(), &[&token, "canary-value"]);
    // The audit log and the log of events know the trace as well.
    let of_trace = server
        .log()
        .lines()
        .filter(|line| line.contains("\"audit\"") && line.contains(TRACE))
        .count();
    assert!(of_trace >= 4, "{}", server.log());
}

#[test]
fn the_token_function_is_measured_too() {
    let client =
        json!({ "clients": [{ "id": "shop", "secret": "client-secret-canary-0123456789" }] });
    let environment = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_METRICS", "true"),
        ("TESSERA_CLIENTS", &client.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let emulator = Emulator::start(&environment);
    let ask = |secret: &str| {
        let body = json!({ "client_id": "shop", "client_secret": secret }).to_string();
        let headers = [("content-type", "application/json")];
        http::send("POST", &emulator.url("/auth/token"), &headers, &body).status
    };
    assert_eq!(ask("client-secret-canary-0123456789"), 200);
    assert_eq!(ask("another-secret-canary-0123456789"), 403);
    let lines = metrics(&emulator.log("token"));
    let said: Vec<_> = lines
        .iter()
        .map(|line| (line["outcome"].as_str().unwrap(), line["Refused"].as_f64().unwrap()))
        .collect();
    assert_eq!(said, [("issued", 0.0), ("refused", 1.0)]);
    for line in &lines {
        assert_eq!((&line["function"], &line["route"]), (&json!("token"), &json!("token")));
        assert!(!line.to_string().contains("canary"), "{line}");
    }
}

#[test]
fn nothing_is_measured_unless_it_is_asked_for() {
    let cluster = cluster();
    let server = started(&cluster, &[]);
    let token = token::good(&json!({ "user_id": 42 }));
    let answer = ask(&server, &json!({ "measures": ["my_orders.count"] }), &token);
    assert_eq!(answer.status, 200);
    assert!(answer.header("server-timing").is_none());
    assert!(metrics(&server.log()).is_empty());
}

#[test]
fn in_development_an_answer_says_how_long_its_stages_took() {
    let cluster = cluster();
    let server = started(&cluster, &[("CUBEJS_DEV_MODE", "true")]);
    let token = token::good(&json!({ "user_id": 42 }));
    let answer = ask(&server, &json!({ "measures": ["my_orders.count"] }), &token);
    let said = answer.header("server-timing").expect("the header");
    let stages: Vec<_> = said
        .split(", ")
        .map(|stage| {
            let (name, took) = stage.split_once(";dur=").unwrap();
            assert!(took.parse::<f64>().unwrap() >= 0.0, "{said}");
            name
        })
        .collect();
    assert_eq!(stages, ["authorize", "plan", "database", "write"]);
    let refused = ask(&server, &json!({ "measures": ["my_orders.nothing"] }), &token);
    assert_eq!(refused.status, 400);
    assert!(refused.header("server-timing").is_some_and(|said| said.starts_with("authorize;dur=")));
}
