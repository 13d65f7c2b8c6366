//! Users of a user pool of Amazon Cognito, as moto emulates it, sign in by name and password, and come back with a refresh
//! token. Their claims come from the pool: attributes and groups.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::cognito::UserPool;
use harness::http::Answer;
use harness::lambda::Emulator;
use harness::moto::Moto;
use harness::{form, http, leak, token, variables};
use serde_json::{Value, json};

const PASSWORD: &str = "Correct-horse-canary-7";

/// The functions with a user pool, and with these variables besides.
fn start(moto: &Moto, pool: &UserPool<'_>, policy: &str, more: &[(&str, &str)]) -> Emulator {
    let mut environment = moto.environment();
    let fixed = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_COGNITO_USER_POOL_ID", &pool.id),
        ("TESSERA_COGNITO_CLIENT_IDS", &pool.client),
        ("TESSERA_COGNITO_JWKS_URL", &pool.keys_url()),
        ("TESSERA_CLIENTS", policy),
    ];
    environment.extend(variables(&[&fixed, more].concat()));
    Emulator::start(&environment)
}

/// What users of the pool get: their tenant and groups as they are in the pool at this moment.
fn policy(pool: &UserPool<'_>, rights: &str) -> String {
    format!(
        "issuers:\n- issuer: {}\n  rights: [{rights}]\n  claims:\n    sub: {{from_token: sub}}\n    \
         u: {{tenant: {{from_attribute: 'custom:tenant'}}, groups: {{from_groups: true}}}}\n",
        pool.issuer()
    )
}

fn sign_in(emulator: &Emulator, name: &str, password: &str) -> Answer {
    let fields = [("grant_type", "password"), ("username", name), ("password", password)];
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    leak::check(&answer);
    assert!(!answer.body.contains(PASSWORD));
    answer
}

fn claims(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    token::payload(answer.json()["access_token"].as_str().unwrap())
}

#[test]
fn a_user_signs_in_and_gets_claims_from_attributes_and_groups() {
    let moto = Moto::start();
    let pool = UserPool::create(&moto);
    pool.add_user("ada", PASSWORD, "7");
    pool.add_to_group("ada", "analysts");
    pool.invite_user("eve", PASSWORD, "8");
    let emulator = start(&moto, &pool, &policy(&pool, "exchange, password, refresh"), &[]);
    let answer = sign_in(&emulator, "ada", PASSWORD);
    let found = claims(&answer);
    assert_eq!(found["u"], json!({ "tenant": "7", "groups": ["analysts"] }));
    assert!(found["sub"].is_string() && found.get("cognito:groups").is_none(), "{found}");
    let meta = |token: &Value| {
        let headers = [("authorization", token.as_str().unwrap())];
        http::send("GET", &emulator.url("/cubejs-api/v1/meta"), &headers, "").status
    };
    assert_eq!(meta(&answer.json()["access_token"]), 200, "load takes it");
    // Again without the password; what has changed in the pool is in the new token.
    pool.add_to_group("ada", "admins");
    let refresh_token = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    let refresh = |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        form::post(&emulator.url("/oauth/token"), &fields)
    };
    let mut groups = claims(&refresh(&refresh_token))["u"]["groups"].clone();
    groups.as_array_mut().unwrap().sort_by_key(Value::to_string);
    assert_eq!(groups, json!(["admins", "analysts"]));
    // The pool's own access token is exchanged as well.
    let theirs = pool.sign_in("ada", PASSWORD).access;
    let bearer = format!("Bearer {theirs}");
    let url = emulator.url("/auth/cubejs-token");
    let exchanged = http::send("GET", &url, &[("authorization", &bearer)], "");
    assert_eq!(exchanged.status, 200, "{}", exchanged.body);
    // What is wrong has one text, and a challenge has its name.
    let mut texts = Vec::new();
    for answer in [
        sign_in(&emulator, "ada", "Wrong-horse-7"),
        sign_in(&emulator, "nobody", PASSWORD),
        refresh("no-such-token"),
    ] {
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"));
        texts.push(answer.json()["error_description"].clone());
    }
    texts.dedup();
    assert_eq!(texts, [json!("Invalid user credentials")]);
    let challenged = sign_in(&emulator, "eve", PASSWORD);
    assert_eq!((challenged.status, challenged.error().as_str()), (400, "invalid_grant"));
    let said = challenged.json()["error_description"].as_str().unwrap().to_owned();
    assert!(said.contains("NEW_PASSWORD_REQUIRED"), "{said}");
    let log = emulator.log("token");
    leak::check_log(&log, &[PASSWORD, &refresh_token, &theirs, "\"ada\""]);
}

#[test]
fn an_application_with_a_secret_signs_in_as_administrator_does() {
    let moto = Moto::start();
    let pool = UserPool::create_with_secret(&moto);
    pool.add_user("ada", PASSWORD, "7");
    let arn = moto.create_secret("client-secret", pool.client_secret.as_deref().unwrap());
    let policy = policy(&pool, "password, refresh");
    let more = [("TESSERA_COGNITO_CLIENT_SECRET_ARN", arn.as_str())];
    let emulator = start(&moto, &pool, &policy, &more);
    let answer = sign_in(&emulator, "ada", PASSWORD);
    assert_eq!(claims(&answer)["u"]["tenant"], "7");
    let body = answer.json();
    let refresh = |more: &[(&str, &str)]| {
        let token = body["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        form::post(&emulator.url("/oauth/token"), &[&fields[..], more].concat())
    };
    assert_eq!(claims(&refresh(&[("username", "ada")]))["u"]["tenant"], "7");
    let nameless = refresh(&[]);
    assert_eq!((nameless.status, nameless.error().as_str()), (400, "invalid_request"));
    leak::check_log(&emulator.log("token"), &[pool.client_secret.as_deref().unwrap(), PASSWORD]);
}

#[test]
fn nobody_signs_in_where_the_policy_does_not_say_so() {
    let moto = Moto::start();
    let pool = UserPool::create(&moto);
    pool.add_user("ada", PASSWORD, "7");
    let emulator = start(&moto, &pool, &policy(&pool, "exchange"), &[]);
    let refused = sign_in(&emulator, "ada", PASSWORD);
    assert_eq!((refused.status, refused.error().as_str()), (400, "unauthorized_client"));
}

#[test]
fn guesses_at_the_password_of_a_user_are_counted() {
    let moto = Moto::start();
    let pool = UserPool::create(&moto);
    pool.add_user("ada", PASSWORD, "7");
    let emulator = start(&moto, &pool, &policy(&pool, "password"), &[]);
    for _ in 0..10 {
        assert_eq!(sign_in(&emulator, "ada", "Wrong-horse-7").status, 400);
    }
    let blocked = sign_in(&emulator, "ada", PASSWORD);
    assert_eq!((blocked.status, blocked.error().as_str()), (429, "slow_down"));
    assert!(blocked.header("retry-after").is_some());
}
