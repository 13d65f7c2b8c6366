//! Every file of `events/`: read as the runtime reads it, then invoked; `tests/events.json` holds what must come back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certificate::{Profile, self_signed};
use harness::lambda::{Emulator, FUNCTIONS};
use harness::moto::Moto;
use harness::postgres::Cluster;
use harness::{http, leak, root, token};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const CLIENT_SECRET: &str = "client-secret-of-the-events-0123456789";

/// What must come back for an event.
#[derive(Debug, serde::Deserialize)]
struct Expected {
    /// Of an event of HTTP.
    status: Option<u16>,
    #[serde(default)]
    contains: Vec<String>,
    /// Part of the sentence that the function fails with.
    fails: Option<String>,
}

/// The version of the rotation in the events.
const VERSION: &str = "a1b2c3d4-5678-90ab-cdef-11111example";

fn expectations() -> BTreeMap<String, Expected> {
    serde_json::from_str(&std::fs::read_to_string(root().join("tests/events.json")).unwrap())
        .unwrap()
}

/// The names and texts of all events, credentials filled in.
fn events() -> BTreeMap<String, String> {
    let token = token::good(&json!({ "user_id": 42 }));
    let basic = STANDARD.encode(format!("events:{CLIENT_SECRET}"));
    std::fs::read_dir(root().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text
                .replace("{{token}}", &token)
                .replace("{{basic}}", &basic)
                .replace("{{client_secret}}", CLIENT_SECRET);
            (path.file_stem().unwrap().to_string_lossy().into_owned(), text)
        })
        .collect()
}

#[test]
fn every_event_has_an_expectation_and_every_expectation_an_event() {
    let (events, expectations) = (events(), expectations());
    assert_eq!(events.keys().collect::<Vec<_>>(), expectations.keys().collect::<Vec<_>>());
    for function in FUNCTIONS {
        assert!(events.keys().any(|name| name.starts_with(function)), "no event for {function}");
    }
}

#[test]
fn every_event_can_be_read() {
    for (name, text) in events().into_iter().filter(|(name, _)| is_of_http(name)) {
        let request =
            lambda_http::request::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let event: Value = serde_json::from_str(&text).unwrap();
        let method = event["httpMethod"]
            .as_str()
            .or(event["requestContext"]["http"]["method"].as_str())
            .unwrap();
        assert_eq!(request.method().as_str(), method, "{name}");
    }
}

fn is_of_http(name: &str) -> bool {
    !name.starts_with("rotate-secret") && !name.starts_with("renew-certificate")
}

/// A certificate that is due, and the variables of who renews it.
fn due_certificate(moto: &Moto) -> (String, Vec<(String, String)>) {
    let life = Duration::from_hours(24 * 90);
    let profile = Profile::server(vec!["shop.example".parse().unwrap()], life).unwrap();
    let long_ago = settings::clock()().wall.saturating_sub(life / 10 * 7);
    let pair = self_signed(&profile, long_ago).unwrap();
    let arn = moto.create_secret("certificate", pair.to_secret().expose_secret());
    let imported = moto.import_certificate(&pair.chain_pem(), pair.key_pem().expose_secret());
    let variables = [
        ("TESSERA_CERTIFICATE_SECRET_ARN", arn.as_str()),
        ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
        ("TESSERA_CERTIFICATE_ACM_ARN", imported.as_str()),
        ("TESSERA_METRICS", "true"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (arn, variables.into())
}

/// AWS with a rotation begun, and the variables of those who read and rotate the secret.
fn begin_rotation() -> (Moto, String, Vec<(String, String)>) {
    let moto = Moto::start();
    let arn = moto.create_secret("api-secret", token::SECRET);
    moto.begin_rotation(&arn, VERSION);
    let mut environment = moto.environment();
    let variables = [
        ("TESSERA_API_SECRET_ARN", arn.as_str()),
        ("TESSERA_SECRET_COOLDOWN", "500ms"),
        ("TESSERA_ROTATE", "keys"),
    ];
    environment.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    (moto, arn, environment)
}

#[test]
fn every_event_is_answered() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let (moto, arn, mut environment) = begin_rotation();
    let (certificate, variables) = due_certificate(&moto);
    environment.extend(variables);
    environment.extend(cluster.environment());
    let clients = json!({ "clients": [{ "id": "events", "secret": CLIENT_SECRET }] });
    environment.push(("TESSERA_CLIENTS".to_owned(), clients.to_string()));
    environment.push(("TESSERA_LOGIN_URL".to_owned(), "/login".to_owned()));
    let emulator = Emulator::start(&environment);
    let folder = scratch();
    let mut problems = Vec::new();
    let expectations = expectations();
    for (name, text) in events() {
        let function = FUNCTIONS.into_iter().find(|function| name.starts_with(function)).unwrap();
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, text.replace("{{secret_arn}}", &arn)).unwrap();
        let expected = &expectations[&name];
        match (emulator.invoke(function, &file), &expected.fails) {
            (Ok(answer), None) => {
                problems.extend(wrong(expected, &answer).map(|wrong| format!("{name}: {wrong}")));
            }
            (Err(error), Some(part)) if error.contains(part) => {}
            (Err(error), _) => problems.push(format!("{name}: the function failed: {error}")),
            (Ok(answer), Some(_)) => problems.push(format!("{name}: no failure: {answer}")),
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(moto.labelled(&arn, "AWSCURRENT").0, VERSION, "the rotation has not ended");
    let versions = moto.labels(&certificate);
    assert_eq!(versions.len(), 2, "it was renewed once: {versions:?}");
    let log = emulator.log("renew-certificate");
    assert!(log.contains("CertificateDaysLeft") && !log.contains("PRIVATE KEY"), "{log}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What is wrong with a function's answer, which is an event of its own: status, headers, body.
fn wrong(expected: &Expected, answer: &str) -> Option<String> {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else {
        return Some(format!("no JSON: {answer}"));
    };
    let mut body = answer["body"].as_str().unwrap_or_default().to_owned();
    if answer["isBase64Encoded"] == true {
        body = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    }
    if answer.is_string() {
        body = answer.to_string();
    }
    if answer["statusCode"] != json!(expected.status) {
        return Some(format!(
            "status {:?} expected, {} came: {body}",
            expected.status, answer["statusCode"]
        ));
    }
    let missing = expected.contains.iter().find(|text| !body.contains(*text));
    missing.map(|text| format!("{text:?} is not in {body}"))
}

fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tessera-events-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn events_that_no_gateway_sends_are_no_failure_of_the_function() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let emulator = Emulator::start(&cluster.environment());
    let url = emulator.url("/2015-03-31/functions/load/invocations");
    let events = events();
    let good: Value = serde_json::from_str(&events["load-post"]).unwrap();
    let get: Value = serde_json::from_str(&events["load-get"]).unwrap();
    let change = |event: &Value, name: &str, value: Value| {
        let mut event = event.clone();
        event[name] = value;
        event
    };
    let changed = |name: &str, value: Value| change(&good, name, value);
    for event in [
        changed("body", json!("")),
        changed("body", Value::Null),
        changed("headers", json!({})),
        changed("rawPath", json!("/%00")),
        change(&get, "rawQueryString", json!("query=%FF%FE")),
        change(&get, "rawQueryString", json!("")),
    ] {
        let answer =
            http::send("POST", &url, &[("content-type", "application/json")], &event.to_string());
        let status = answer.json()["statusCode"]
            .as_u64()
            .unwrap_or_else(|| panic!("{event}: {}", answer.body));
        assert!((400..500).contains(&status), "{event}: {}", answer.body);
        leak::check(&answer);
    }
    let after =
        http::send("POST", &url, &[("content-type", "application/json")], &good.to_string());
    assert_eq!(after.json()["statusCode"], 200, "{}", after.body);
}

#[test]
fn the_routes_of_the_gateway_reach_the_functions() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let emulator = Emulator::start(&cluster.environment());
    let token = token::good(&json!({ "user_id": 42 }));
    for (path, part) in [
        (
            format!(
                "/cubejs-api/v1/load?query={}",
                http::encode(r#"{"measures":["orders.count"]}"#)
            ),
            "50000",
        ),
        (
            format!(
                "/cubejs-api/v1/load?query={}",
                http::encode(r#"{"measures":["my_orders.count"]}"#)
            ),
            "\"11\"",
        ),
        ("/cubejs-api/v1/meta".to_owned(), "my_orders.count"),
        ("/readyz".to_owned(), "HEALTH"),
        ("/livez".to_owned(), "HEALTH"),
    ] {
        let answer = http::send("GET", &emulator.url(&path), &[("authorization", &token)], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(answer.body.contains(part), "{path}: {}", answer.body);
    }
    let preflight = http::send(
        "OPTIONS",
        &emulator.url("/cubejs-api/v1/load"),
        &[("origin", "https://a.example"), ("access-control-request-method", "GET")],
        "",
    );
    assert_eq!(preflight.status, 204);
}
