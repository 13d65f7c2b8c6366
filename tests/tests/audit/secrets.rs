//! What no log holds.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use harness::lambda::Emulator;
use harness::server::Server;
use harness::{http, leak, postgres, root, token};
use serde_json::json;

use crate::world::{World, count, verify};

const COOKIE: &str = "cookie-canary-51be";
const CLIENT_SECRET: &str = "client-secret-canary-of-the-log-0123456789";
const WRONG_CLIENT_SECRET: &str = "wrong-client-canary-7d1f";
const WRONG_PASSWORD: &str = "wrong-password-canary-2c9a";
const OTHER_SECRET: &str = "another-secret-canary-of-32-bytes";

/// Variables of a server that logs everything.
fn talkative(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut environment = World::get().cluster.environment();
    for (name, value) in variables.iter().chain(&[("CUBEJS_LOG_LEVEL", "trace")]) {
        environment.retain(|(known, _)| known != name);
        environment.push(((*name).to_owned(), (*value).to_owned()));
    }
    environment
}

/// What a server logs of good and bad requests with these tokens, of which the first is good.
fn log_of_serving(tokens: &[String]) -> String {
    let server = World::get().server(&[("CUBEJS_LOG_LEVEL", "trace")]);
    let query = http::encode(&count().to_string());
    for (index, token) in tokens.iter().enumerate() {
        for route in ["load", "sql", "dry-run", "meta", "cubesql"] {
            let url = server.url(&format!("/cubejs-api/v1/{route}?query={query}&token={token}"));
            let headers =
                [("authorization", token.as_str()), ("cookie", COOKIE), ("x-api-key", COOKIE)];
            let answer = http::send("GET", &url, &headers, "");
            let is_served = index == 0 && route != "cubesql";
            assert_eq!(answer.status == 200, is_served, "{route}: {}", answer.body);
        }
    }
    for body in ["{", "{\"query\":{\"measures\":[\"orders.nope\"]}}"] {
        assert_eq!(server.post("load", body).status, 400);
    }
    let log = server.log();
    assert!(log.contains("DEBUG"), "it is the log of everything: {log}");
    log
}

/// What a server logs whose database takes another password.
fn log_without_database() -> String {
    let environment = talkative(&[("CUBEJS_DB_PASS", WRONG_PASSWORD)]);
    let server = Server::start(&root().join("tests/conformance"), environment);
    let denied = server.load(&json!({ "measures": ["Orders.count"] }), &json!({}));
    assert_eq!(denied.status, 503, "{}", denied.body);
    server.log()
}

/// What the functions log when a client asks for a token, with the right secret and a wrong one, and uses it;
/// and that token.
fn logs_of_issuing() -> ([String; 2], String) {
    let clients = json!({ "clients": [{ "id": "shop", "secret": CLIENT_SECRET }] }).to_string();
    let functions = Emulator::start(&talkative(&[("TESSERA_CLIENTS", &clients)]));
    let url = functions.url("/auth/cubejs-token");
    let ask = |secret: &str| {
        let authorization = format!("Basic {}", basic(secret));
        http::send("GET", &url, &[("authorization", &authorization), ("cookie", COOKIE)], "")
    };
    assert_eq!(ask(WRONG_CLIENT_SECRET).status, 403);
    let issued = ask(CLIENT_SECRET).json()["token"].as_str().unwrap().to_owned();
    let meta = functions.url(&format!("/cubejs-api/v1/meta?x={COOKIE}"));
    assert_eq!(http::send("GET", &meta, &[("authorization", &issued)], "").status, 200);
    ([functions.log("token"), functions.log("load")], issued)
}

fn basic(secret: &str) -> String {
    STANDARD.encode(format!("shop:{secret}"))
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

///
#[test]
fn no_level_of_the_log_holds_a_secret() {
    let mut tokens = vec![
        token::good(&json!({ "sub": "1" })),
        token::hs256(&json!({ "exp": 1 }), token::SECRET),
        token::hs256(&json!({ "exp": token::now() + 60 }), OTHER_SECRET),
        token::signed(&json!({ "alg": "none" }), "{}", ""),
    ];
    let mut logs = vec![log_of_serving(&tokens), log_without_database()];
    let (of_functions, issued) = logs_of_issuing();
    for log in &of_functions {
        assert_eq!(verify(log).code, 0, "the functions write chains, too: {log}");
    }
    logs.extend(of_functions);
    tokens.push(issued);

    let signatures = tokens.iter().filter_map(|token| token.rsplit('.').next());
    let mut canaries: Vec<String> =
        signatures.filter(|one| !one.is_empty()).map(str::to_owned).collect();
    canaries.extend(tokens.iter().cloned());
    canaries.extend([basic(CLIENT_SECRET), basic(WRONG_CLIENT_SECRET), COOKIE.to_owned()]);
    for secret in [
        token::SECRET,
        OTHER_SECRET,
        postgres::PASSWORD,
        WRONG_PASSWORD,
        CLIENT_SECRET,
        WRONG_CLIENT_SECRET,
    ] {
        let encoded = [STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret), hex(secret)];
        canaries.extend(encoded.map(|text| text.trim_end_matches('=').to_owned()));
        canaries.push(secret.to_owned());
    }
    let canaries: Vec<&str> = canaries.iter().map(String::as_str).collect();
    for log in &logs {
        assert!(log.contains("\"target\":\"audit\""), "{log}");
        leak::check_log(log, &canaries);
    }
}
