//! Tokens from the function for those who present a client credential. `token_users.rs` has users of a provider,
//! `sign_in.rs` those of a user pool, `token_command.rs` the command line.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use harness::http::{self, Answer};
use harness::lambda::Emulator;
use harness::postgres::Cluster;
use harness::{leak, root, token};
use serde_json::{Value, json};

const CLIENT_SECRET: &str = "client-secret-canary-of-the-shop-0123456789";

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<(Cluster, Emulator)> = OnceLock::new();
    let (_, emulator) = EMULATOR.get_or_init(|| {
        let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
        let clients = json!({ "clients": [
            { "id": "shop", "secret": CLIENT_SECRET, "claims": { "tenant_id": 7 }, "allowed": { "user_id": [42, 43] } },
        ] });
        let mut environment = cluster.environment();
        environment.push(("TESSERA_CLIENTS".to_owned(), clients.to_string()));
        let emulator = Emulator::start(&environment);
        (cluster, emulator)
    });
    emulator
}

fn post(body: &Value) -> Answer {
    http::send(
        "POST",
        &emulator().url("/auth/token"),
        &[("content-type", "application/json")],
        &body.to_string(),
    )
}

/// What the shop's client asks for, with these members besides its credential.
fn ask(extra: &Value) -> Answer {
    let mut body = json!({ "client_id": "shop", "client_secret": CLIENT_SECRET });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    post(&body)
}

fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// How many of the caller's own orders the token shows, or the status of the refusal.
fn my_orders(token: &str) -> Result<String, u16> {
    let query = http::encode(&json!({ "measures": ["my_orders.count"] }).to_string());
    let url = emulator().url(&format!("/cubejs-api/v1/load?query={query}"));
    let answer = http::send("GET", &url, &[("authorization", token)], "");
    if answer.status == 200 {
        Ok(answer.json()["data"][0]["my_orders.count"].as_str().unwrap().to_owned())
    } else {
        Err(answer.status)
    }
}

#[test]
fn a_client_gets_a_token_that_load_takes() {
    let answer = ask(&json!({ "claims": { "user_id": 42 } }));
    let token = token_of(&answer);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(my_orders(&token), Ok("11".to_owned()));
    let claims = payload(&token);
    assert_eq!((&claims["user_id"], &claims["tenant_id"]), (&json!(42), &json!(7)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
}

#[test]
fn the_credential_may_stand_in_the_header() {
    let basic = format!("Basic {}", STANDARD.encode(format!("shop:{CLIENT_SECRET}")));
    let url = emulator().url("/auth/cubejs-token");
    let token = token_of(&http::send("GET", &url, &[("authorization", &basic)], ""));
    assert_eq!(my_orders(&token), Err(403), "a token without the claim shows no orders");
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    let body = json!({ "claims": { "user_id": 43 } }).to_string();
    let token = token_of(&http::send("POST", &emulator().url("/auth/token"), &headers, &body));
    assert_eq!(payload(&token)["user_id"], 43);
}

#[test]
fn nobody_chooses_a_claim_that_is_not_on_the_list() {
    for claims in [
        json!({ "user_id": 44 }),
        json!({ "user_id": "42" }),
        json!({ "user_id": [42, 43] }),
        json!({ "role": "admin" }),
        json!({ "tenant_id": 8 }),
        json!({ "__proto__": { "user_id": 42 } }),
        json!({ "user_id ": 42 }),
    ] {
        let answer = ask(&json!({ "claims": claims }));
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (403, "claim not allowed"),
            "{claims}"
        );
    }
    for name in ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "u", "token_use", "scope"] {
        let answer = ask(&json!({ "claims": { (name): 42 } }));
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
        assert!(answer.error().contains(name), "{}", answer.body);
    }
}

#[test]
fn life_times_are_whole_seconds_up_to_a_day() {
    for life in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("60"),
        json!(86_401),
        json!(1e9),
        json!(null),
        json!([]),
    ] {
        let answer = ask(&json!({ "expires_in": life }));
        assert!(matches!(answer.status, 400), "{life}: {} {}", answer.status, answer.body);
    }
    for life in [1, 86_400] {
        let claims = payload(&token_of(&ask(&json!({ "expires_in": life }))));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), life);
    }
}

#[test]
fn malformed_requests_are_refused() {
    let send = |kind: &str, body: &str| {
        http::send("POST", &emulator().url("/auth/token"), &[("content-type", kind)], body)
    };
    let good = json!({ "client_id": "shop", "client_secret": CLIENT_SECRET }).to_string();
    assert_eq!(send("text/plain", &good).status, 415);
    let twice = good.replace('{', r#"{"client_id": "shop", "#);
    for body in ["{", "[]", "null", "", twice.as_str()] {
        let answer = send("application/json", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        leak::check(&answer);
    }
    for extra in [
        json!({ "alg": "none" }),
        json!({ "kid": "x" }),
        json!({ "claims": [] }),
        json!({ "claims": "x" }),
    ] {
        assert_eq!(ask(&extra).status, 400, "{extra}");
    }
    let many: serde_json::Map<String, Value> =
        (0..65).map(|index| (format!("claim{index}"), json!(1))).collect();
    assert_eq!(ask(&json!({ "claims": many })).status, 400);
    assert_eq!(ask(&json!({ "claims": { "user_id": "x".repeat(5000) } })).status, 413);
    assert_eq!(http::send("GET", &emulator().url("/auth/token"), &[], "").status, 405);
    assert_eq!(http::send("GET", &emulator().url("/auth/nope"), &[], "").status, 404);
}

#[test]
fn every_token_has_a_number_of_its_own() {
    let numbers: BTreeSet<String> = (0..20)
        .map(|_| payload(&token_of(&ask(&json!({}))))["jti"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(numbers.len(), 20);
    assert!(numbers.iter().all(|number| number.len() >= 32), "{numbers:?}");
}

/// An emulator of its own: its attempts are counted.
#[test]
fn wrong_credentials_are_refused_with_one_text_and_then_slowed_down() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let clients = json!({ "clients": [{ "id": "shop", "secret": CLIENT_SECRET }] });
    let mut environment = cluster.environment();
    environment.push(("TESSERA_CLIENTS".to_owned(), clients.to_string()));
    let emulator = Emulator::start(&environment);
    let user_token = token::good(&json!({}));
    let mut texts = BTreeSet::new();
    for (id, secret) in
        [("shop", "wrong"), ("nobody", CLIENT_SECRET), ("", ""), ("shop", user_token.as_str())]
    {
        let body = json!({ "client_id": id, "client_secret": secret }).to_string();
        let answer = http::send(
            "POST",
            &emulator.url("/auth/token"),
            &[("content-type", "application/json")],
            &body,
        );
        assert_eq!(answer.status, 403, "{id}: {}", answer.body);
        leak::check(&answer);
        texts.insert(answer.error());
    }
    let url = emulator.url("/auth/cubejs-token");
    for authorization in ["Basic x", "Basic c2hvcA==", user_token.as_str(), ""] {
        let answer = http::send("GET", &url, &[("authorization", authorization)], "");
        assert_eq!(answer.status, 403, "{authorization}: {}", answer.body);
        texts.insert(answer.error());
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    let slowed = (0..10)
        .map(|_| http::send("GET", &url, &[("authorization", "Basic x")], ""))
        .find(|answer| answer.status == 429);
    assert!(slowed.unwrap().header("retry-after").is_some());
    assert!(!emulator.log("token").contains(CLIENT_SECRET));
}
