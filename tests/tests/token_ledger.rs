//! What outlives one instance of the token function: its policy in the secret store, tokens that were taken back, failures
//! that all instances count together. `token_keys.rs` has the keys that others verify its tokens with.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::http::Answer;
use harness::lambda::Emulator;
use harness::moto::Moto;
use harness::{form, http, leak, token, variables, wait_until};
use serde_json::json;

const SHOP: [(&str, &str); 2] =
    [("client_id", "shop"), ("client_secret", "client-secret-canary-0123456789")];
const OPS: [(&str, &str); 2] =
    [("client_id", "ops"), ("client_secret", "another-secret-canary-0123456789")];
const POLICY: &str = "
clients:
- {id: shop, secret: client-secret-canary-0123456789, claims: {tenant_id: 7}}
- {id: ops, secret: another-secret-canary-0123456789, rights: [revoke, introspect]}
";
const TABLE: &str = "tessera-ledger";
const SOON: Duration = Duration::from_secs(20);

/// The functions without a database, with these variables.
fn start(moto: &Moto, more: &[(&str, &str)]) -> Emulator {
    let mut environment = moto.environment();
    let fixed = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_SECRET_REFRESH", "200ms"),
        ("TESSERA_SECRET_HARD_LIMIT", "30s"),
    ];
    environment.extend(variables(&[&fixed, more].concat()));
    Emulator::start(&environment)
}

fn post(emulator: &Emulator, path: &str, fields: &[&[(&str, &str)]]) -> Answer {
    let answer = form::post(&emulator.url(path), &fields.concat());
    leak::check(&answer);
    assert!(!answer.body.contains("canary"), "{}", answer.body);
    answer
}

fn issue(emulator: &Emulator, client: &[(&str, &str)]) -> Answer {
    post(emulator, "/oauth/token", &[&[("grant_type", "client_credentials")], client])
}

fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn meta(emulator: &Emulator, token: &str) -> u16 {
    let headers = [("authorization", token)];
    http::send("GET", &emulator.url("/cubejs-api/v1/meta"), &headers, "").status
}

#[test]
fn a_token_that_is_taken_back_is_refused_by_load_and_told_as_inactive() {
    let moto = Moto::start();
    moto.create_ledger(TABLE);
    let variables = [("TESSERA_LEDGER_TABLE", TABLE), ("TESSERA_CLIENTS", POLICY)];
    let emulator = start(&moto, &variables);
    let (one, two) = (token_of(&issue(&emulator, &SHOP)), token_of(&issue(&emulator, &SHOP)));
    let is_active = |token: &str| {
        let answer = post(&emulator, "/oauth/introspect", &[&OPS, &[("token", token)]]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["active"] == true
    };
    assert_eq!((meta(&emulator, &one), meta(&emulator, &two)), (200, 200));
    assert!(is_active(&one) && is_active(&two));
    let revoke = |token: &str| post(&emulator, "/oauth/revoke", &[&OPS, &[("token", token)]]);
    assert_eq!(revoke(&one).status, 200);
    wait_until("load to refuse it", SOON, || meta(&emulator, &one) == 403);
    wait_until("it to be inactive", SOON, || !is_active(&one));
    assert_eq!(meta(&emulator, &two), 200);
    assert!(is_active(&two));
    // RFC 7009 §2.2: what is no token, or none any more, is as good as taken back.
    assert_eq!((revoke("x").status, revoke(&one).status), (200, 200));
    let nameless = token::good(&json!({ "sub": "a" }));
    assert_eq!(revoke(&nameless).error(), "unsupported_token_type");
    let by_shop = post(&emulator, "/oauth/revoke", &[&SHOP, &[("token", &two)]]);
    assert_eq!(by_shop.error(), "unauthorized_client");
    // Kept until nobody would take the token anyway.
    let key = json!({ "kind": { "S": "deny" }, "id": { "S": format!("jti#{}", token::payload(&one)["jti"].as_str().unwrap()) } });
    let item = moto.dynamodb("GetItem", &json!({ "TableName": TABLE, "Key": key }));
    let expires: i64 = item["Item"]["expires"]["N"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, token::payload(&one)["exp"].as_i64().unwrap() + 31);
    leak::check_log(&emulator.log("token"), &[&one, &two, &nameless, "canary"]);
}

#[test]
fn failures_are_counted_over_all_instances() {
    let moto = Moto::start();
    moto.create_ledger(TABLE);
    let variables = [("TESSERA_LEDGER_TABLE", TABLE), ("TESSERA_CLIENTS", POLICY)];
    let (one, two) = (start(&moto, &variables), start(&moto, &variables));
    let wrong = [("client_id", "shop"), ("client_secret", "guess")];
    // The window is a minute of the clock: all attempts fall into one.
    while token::now() % 60 > 30 {
        std::thread::sleep(Duration::from_millis(200));
    }
    for _ in 0..10 {
        assert_eq!(issue(&one, &wrong).status, 401);
    }
    assert_eq!(issue(&two, &SHOP).status, 200, "whoever is right is not kept waiting");
    assert_eq!(issue(&two, &wrong).status, 429, "this instance knows what the other has counted");
    assert_eq!(issue(&two, &SHOP).status, 429);
    let blocked = issue(&one, &SHOP);
    assert_eq!((blocked.status, blocked.error().as_str()), (429, "slow_down"));
    assert!(blocked.header("retry-after").unwrap().parse::<u32>().unwrap() <= 60);
    let items = moto.dynamodb("Scan", &json!({ "TableName": TABLE }));
    assert!(!items.to_string().contains("shop"), "the table names nobody: {items}");
}

#[test]
fn a_ledger_that_is_not_there_blocks_nobody_who_is_right() {
    let moto = Moto::start();
    let variables = [("TESSERA_LEDGER_TABLE", "no-such-table"), ("TESSERA_CLIENTS", POLICY)];
    let emulator = start(&moto, &variables);
    let token = token_of(&issue(&emulator, &SHOP));
    assert_eq!(issue(&emulator, &[("client_id", "shop"), ("client_secret", "x")]).status, 401);
    let unavailable = post(&emulator, "/oauth/revoke", &[&OPS, &[("token", &token)]]);
    assert_eq!(
        (unavailable.status, unavailable.error().as_str()),
        (503, "temporarily_unavailable")
    );
    assert!(unavailable.header("retry-after").is_some());
}

#[test]
fn a_policy_in_the_secret_store_may_change_and_a_mistake_changes_nothing() {
    let moto = Moto::start();
    let arn = moto.create_secret("token-policy", POLICY);
    let emulator = start(&moto, &[("TESSERA_TOKEN_POLICY_ARN", &arn)]);
    let tenant = || token::payload(&token_of(&issue(&emulator, &SHOP)))["tenant_id"].clone();
    assert_eq!(tenant(), 7);
    moto.put_secret(&arn, &POLICY.replace("tenant_id: 7", "tenant_id: 8"), "second");
    wait_until("the new policy", SOON, || tenant() == 8);
    moto.put_secret(&arn, &POLICY.replace("claims:", "claim:"), "third");
    wait_until("the mistake to be seen", SOON, || {
        assert_eq!(tenant(), 8);
        emulator.log("token").contains("token policy is malformed: 3:55: `claim` is no key")
    });
    assert!(!emulator.log("token").contains("canary"));
}
