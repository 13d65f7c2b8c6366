//! A web page's flow in a real browser: the example's page signs in at an `OpenID` provider, exchanges its token for one of
//! ours, and shows the caller's own orders. What the browser does is `tests/peers/browser/journey.test.js`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use harness::command::Folder;
use harness::lambda::Emulator;
use harness::oidc_provider::OidcProvider;
use harness::page::Page;
use harness::postgres::Cluster;
use harness::tools::Tools;
use harness::{form, free_port, http, leak, root};
use serde_json::{Map, Value, json};

/// How long a token of ours lives here, in seconds: shorter than anybody would have it.
const TOKEN_SECONDS: &str = "4";

/// Orders of each status that somebody with this token of the provider sees.
fn orders(emulator: &Emulator, id_token: &str) -> Value {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("subject_token", id_token),
    ];
    let ours = form::post(&emulator.url("/oauth/token"), &fields).json();
    let query = json!({ "measures": ["my_orders.count"], "dimensions": ["my_orders.status"] });
    let path = format!("/cubejs-api/v1/load?query={}", http::encode(&query.to_string()));
    let headers = [("authorization", ours["access_token"].as_str().unwrap())];
    let answer = http::send("GET", &emulator.url(&path), &headers, "").json();
    let row = |row: &Value| {
        let count: u64 = row["my_orders.count"].as_str().unwrap().parse().unwrap();
        (row["my_orders.status"].as_str().unwrap().to_owned(), json!(count))
    };
    Value::Object(answer["data"].as_array().unwrap().iter().map(row).collect::<Map<_, _>>())
}

#[test]
fn a_page_signs_in_exchanges_its_token_and_shows_the_users_own_orders() {
    let tools = Tools::get();
    let browser = tools.browser.as_ref().unwrap_or_else(|| tools.absent("browser"));
    let port = free_port();
    let origin = format!("http://127.0.0.1:{port}");
    let accounts = json!({ "ada": { "buyer": { "id": 42 } }, "bob": { "buyer": { "id": 43 } } });
    let provider = OidcProvider::start_for(&accounts, Some(&origin));
    let client = OidcProvider::client("ES256");
    let folder = Folder::new();
    let policy = format!(
        "issuers:\n- issuer: {}\n  claims:\n    sub: {{from_token: sub}}\n    \
         user_id: {{from_token: [buyer, id]}}\n  lifetime: {TOKEN_SECONDS}s\n",
        provider.issuer()
    );
    let file = folder.write("token-policy.yml", &policy);
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let mut environment = cluster.environment();
    let issuers = json!([{ "issuer": provider.issuer(), "audience": client }]);
    environment.extend([
        ("TESSERA_TOKEN_POLICY".to_owned(), file.to_string_lossy().into_owned()),
        ("TESSERA_ISSUERS".to_owned(), issuers.to_string()),
    ]);
    let emulator = Emulator::start(&environment);
    let [ada, bob] =
        ["ada", "bob"].map(|name| provider.sign_in(name, "ES256", "https://api.example").id);
    let expected = json!({ "ada": orders(&emulator, &ada), "bob": orders(&emulator, &bob) });
    let _page = Page::start(port, &emulator.url(""), &provider.issuer(), &client);
    let output = Command::new("node")
        .args(["--test", "journey.test.js"])
        .current_dir(browser)
        .env("PAGE", &origin)
        .env("ORDERS", expected.to_string())
        .env("TOKEN_SECONDS", TOKEN_SECONDS)
        .output()
        .unwrap_or_else(|error| panic!("node was not found: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", emulator.log("token"));
    assert!(said.contains("pass 4") && said.contains("fail 0"), "{said}");
    leak::check_log(&emulator.log("token"), &[&ada, &bob]);
}
