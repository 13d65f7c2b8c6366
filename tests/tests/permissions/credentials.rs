//! Keys, tokens, users and passwords.

use std::time::Duration;

use harness::cognito::UserPool;
use harness::lambda::Emulator;
use harness::postgres::{self, Cluster};
use harness::{form, http, token, wait_until};
use serde_json::json;

use crate::account::{Account, Asked};

pub(crate) const FLOWS: [fn() -> Asked; 5] = [api_secret, signing_key, kms, user_pool, database];

const POLICY: &str = "
clients:
- {id: shop, secret: client-secret-canary-0123456789, rights: [issue, revoke, introspect]}
";
const CLIENT: [(&str, &str); 2] =
    [("client_id", "shop"), ("client_secret", "client-secret-canary-0123456789")];
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT5OHeMMJmCtDOlci\n\
    v9kgaVOeGIqClVdnGvV6SZADGqChRANCAAQp0yh8C1ckQw5vkOqVgZWHjAfJpB7i\n\
    Oat6r0Us9Yll50GxOqxIUraEASHup90L9nPzDrIcqXt3Mp2BhPSm5z88\n\
    -----END PRIVATE KEY-----\n";

/// The API secret, the ledger and the policy in the secret store; and the rotation of the API secret.
fn api_secret() -> Asked {
    let mut account = Account::new();
    let secret = account.secret("ApiSecret", token::SECRET);
    let policy = account.secret("TokenPolicyArn", POLICY);
    account.moto.create_ledger("ledger");
    account.names.insert("ledger".to_owned(), "LedgerTable");
    let emulator = account.start(&[
        ("TESSERA_API_SECRET_ARN", &secret),
        ("TESSERA_TOKEN_POLICY_ARN", &policy),
        ("TESSERA_LEDGER_TABLE", "ledger"),
        ("TESSERA_ROTATE", "keys"),
    ]);
    let issue = |client: &[(&str, &str)]| {
        let fields = [&[("grant_type", "client_credentials")], client].concat();
        form::post(&emulator.url("/oauth/token"), &fields)
    };
    let token = issue(&CLIENT).json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(meta(&emulator, &token), 200);
    assert_eq!(issue(&[("client_id", "shop"), ("client_secret", "guess")]).status, 401);
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let fields = [&CLIENT[..], &[("token", token.as_str())]].concat();
        assert_eq!(form::post(&emulator.url(path), &fields).status, 200, "{path}");
    }
    account.rotate(&emulator, &secret);
    // Counted after the answer is on its way.
    wait_until("the failure to be counted", Duration::from_secs(10), || {
        account.recorder.calls().iter().any(|call| call.action == "dynamodb:UpdateItem")
    });
    account.asked("RotateApiSecretRole")
}

/// A private key in the secret store signs, and is rotated.
fn signing_key() -> Asked {
    let mut account = Account::new();
    let key = account.secret("SigningKeyArn", PRIVATE_KEY);
    let us = "https://tokens.example.com";
    let jwks = format!("{}/.well-known/jwks.json", harness::lambda::HERE);
    let issuers = json!([{ "issuer": us, "audience": "api", "jwks_url": jwks }]).to_string();
    let emulator = account.start(&[
        ("TESSERA_SIGNING_KEY_ARN", &key),
        ("TESSERA_TOKEN_ISSUER", us),
        ("TESSERA_ISSUERS", &issuers),
        ("CUBEJS_JWT_AUDIENCE", "api"),
        ("TESSERA_CLIENTS", POLICY),
        ("TESSERA_ROTATE", "signing-key"),
        ("TESSERA_ROTATE_REST", "1s"),
        ("TESSERA_SECRET_REFRESH", "200ms"),
        ("TESSERA_SECRET_HARD_LIMIT", "30s"),
        ("TESSERA_JWKS_FRESH", "1s"),
        ("TESSERA_JWKS_FRESH_MIN", "1s"),
        ("TESSERA_JWKS_FRESH_MAX", "1s"),
        ("TESSERA_JWKS_COOLDOWN", "500ms"),
    ]);
    let fields = [&[("grant_type", "client_credentials")][..], &CLIENT].concat();
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    account.rotate(&emulator, &key);
    account.asked("RotateSigningKeyRole")
}

/// A key of KMS signs.
fn kms() -> Asked {
    let account = Account::new();
    let id = "alias/signing";
    account.moto.create_signing_key("ECC_NIST_P256", id);
    let us = "https://tokens.example.com";
    let emulator = account.start(&[
        ("TESSERA_SIGNING_KMS_KEY_ID", id),
        ("TESSERA_TOKEN_ISSUER", us),
        ("CUBEJS_JWT_AUDIENCE", "api"),
        ("TESSERA_CLIENTS", POLICY),
    ]);
    let fields = [&[("grant_type", "client_credentials")][..], &CLIENT].concat();
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("token"));
    account.asked("nobody")
}

/// Users of a pool sign in through an application that has a secret.
fn user_pool() -> Asked {
    let mut account = Account::new();
    let password = "Correct-horse-canary-7";
    let pool = UserPool::create_with_secret(&account.moto);
    pool.add_user("ada", password, "7");
    pool.add_to_group("ada", "analysts");
    let (id, client, keys) = (pool.id.clone(), pool.client.clone(), pool.keys_url());
    let policy = format!(
        "issuers:\n- issuer: {}\n  rights: [password]\n  claims:\n    u: {{groups: {{from_groups: true}}}}\n",
        pool.issuer()
    );
    let text = pool.client_secret.clone().unwrap();
    let secret = account.secret("UserPoolClientSecretArn", &text);
    account.names.insert(id.clone(), "UserPoolId");
    let emulator = account.start(&[
        ("TESSERA_COGNITO_USER_POOL_ID", &id),
        ("TESSERA_COGNITO_CLIENT_IDS", &client),
        ("TESSERA_COGNITO_JWKS_URL", &keys),
        ("TESSERA_COGNITO_CLIENT_SECRET_ARN", &secret),
        ("TESSERA_CLIENTS", &policy),
    ]);
    let fields = [("grant_type", "password"), ("username", "ada"), ("password", password)];
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("token"));
    account.asked("nobody")
}

/// The credentials of the warehouse are read and rotated.
fn database() -> Asked {
    let mut account = Account::new();
    let cluster = Cluster::start(&harness::root().join("examples/ecommerce/seed.sql"), &[]);
    let login = json!({
        "engine": "postgres", "host": "127.0.0.1", "port": cluster.port, "username": postgres::USER,
        "password": postgres::PASSWORD, "dbname": postgres::DATABASE,
    });
    let secret = account.secret("DatabaseSecretArn", &login.to_string());
    let variables = [("TESSERA_DB_SECRET_ARN", secret.as_str()), ("TESSERA_ROTATE", "database")];
    let emulator = account.start_with_database(&variables);
    let query = http::encode(r#"{"measures":["orders.count"]}"#);
    let url = emulator.url(&format!("/cubejs-api/v1/load?query={query}"));
    let token = token::good(&json!({}));
    let headers = [("authorization", token.as_str())];
    let answer = http::send("GET", &url, &headers, "");
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("load"));
    account.rotate(&emulator, &secret);
    account.asked("RotateDatabasePasswordRole")
}

fn meta(emulator: &Emulator, token: &str) -> u16 {
    let headers = [("authorization", token)];
    http::send("GET", &emulator.url("/cubejs-api/v1/meta"), &headers, "").status
}
