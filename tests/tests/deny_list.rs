//! Tokens that were taken back: refused from the next look at the list on, wherever the list is.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::moto::Moto;
use harness::server::Server;
use harness::{http, leak, root, token, variables, wait_until};
use serde_json::{Value, json};

const TABLE: &str = "tessera-ledger";

/// A server whose database is not there, with these variables besides.
fn serve(moto: &Moto, more: &[(&str, &str)]) -> Server {
    let mut environment = moto.environment();
    let fixed = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_SECRET_REFRESH", "200ms"),
        ("TESSERA_SECRET_HARD_LIMIT", "2s"),
    ];
    environment.extend(variables(&[&fixed, more].concat()));
    Server::start(&root().join("tests/conformance"), environment)
}

fn status(server: &Server, token: &str) -> u16 {
    let url = server.url("/cubejs-api/v1/meta");
    let answer = http::send("GET", &url, &[("authorization", token)], "");
    leak::check(&answer);
    if answer.status == 403 {
        assert_eq!(answer.json(), json!({"error": "Invalid token"}));
    }
    answer.status
}

fn becomes(server: &Server, token: &str, expected: u16) {
    let what = format!("status {expected}");
    wait_until(&what, Duration::from_secs(20), || status(server, token) == expected);
}

fn tokens() -> [String; 3] {
    let claims = |id: &str, subject: &str| token::good(&json!({"jti": id, "sub": subject}));
    [claims("one", "alice"), claims("two", "bob"), claims("three", "carol")]
}

/// J-25
#[test]
fn a_token_on_the_list_of_a_secret_is_refused_within_one_refresh() {
    let moto = Moto::start();
    let arn = moto.create_secret("deny-list", "{}");
    let server = serve(&moto, &[("TESSERA_DENY_LIST_ARN", &arn)]);
    let [one, two, three] = tokens();
    for token in [&one, &two, &three] {
        assert_eq!(status(&server, token), 200);
    }
    let before = u64::try_from(token::now()).unwrap() + 60;
    let list = json!({"jti": ["one"], "sub": [{"sub": "bob", "issued_before": before}]});
    moto.put_secret(&arn, &list.to_string(), "second");
    becomes(&server, &one, 403);
    becomes(&server, &two, 403);
    assert_eq!(status(&server, &three), 200);
    // A list that is broken does not let anybody in again while the last one is kept, and nobody
    // at all after that.
    moto.put_secret(&arn, r#"{"jti": "one"}"#, "third");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((status(&server, &one), status(&server, &three)), (403, 200));
    becomes(&server, &three, 503);
    moto.put_secret(&arn, "{}", "fourth");
    becomes(&server, &one, 200);
    assert!(!server.log().contains("bob"), "the log names who was denied");
}

#[test]
fn a_token_in_the_table_is_refused_within_one_refresh() {
    let moto = Moto::start();
    moto.create_ledger(TABLE);
    let server = serve(&moto, &[("TESSERA_LEDGER_TABLE", TABLE)]);
    let [one, two, three] = tokens();
    assert_eq!(status(&server, &one), 200);
    let expires = (token::now() + 3600).to_string();
    let put = |mut item: Value| {
        item["kind"] = json!({"S": "deny"});
        item["expires"] = json!({ "N": expires });
        moto.dynamodb("PutItem", &json!({"TableName": TABLE, "Item": item}));
    };
    put(json!({"id": {"S": "jti#one"}}));
    put(json!({"id": {"S": "sub#bob"}, "issued_before": {"N": expires}}));
    becomes(&server, &one, 403);
    becomes(&server, &two, 403);
    assert_eq!(status(&server, &three), 200);
    moto.dynamodb("DeleteTable", &json!({ "TableName": TABLE }));
    becomes(&server, &three, 503);
}

#[test]
fn a_list_that_cannot_be_had_at_all_lets_nobody_in() {
    let moto = Moto::start();
    let server = serve(&moto, &[("TESSERA_LEDGER_TABLE", "no-such-table")]);
    let [one, ..] = tokens();
    assert_eq!(status(&server, &one), 503);
    // A token that is bad is bad all the same.
    assert_eq!(status(&server, &format!("{one}x")), 403);
}
