//! Users of an `OpenID` provider get tokens of ours for the provider's: in the header, in their session's cookie, and by
//! token exchange. What they get is what the policy copies.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::Folder;
use harness::http::Answer;
use harness::lambda::Emulator;
use harness::oidc_provider::OidcProvider;
use harness::postgres::Cluster;
use harness::{form, http, leak, root, token};
use serde_json::{Value, json};

const API: &str = "https://api.example";

struct World {
    provider: OidcProvider,
    emulator: Emulator,
    _cluster: Cluster,
    _folder: Folder,
}

impl World {
    fn start() -> Self {
        let accounts = json!({ "ada": { "buyer": { "id": 42 } }, "bob": { "buyer": { "id": 43 }, "user_id": 42 } });
        let provider = OidcProvider::start(&accounts);
        let policy = format!(
            "issuers:\n- issuer: {}\n  claims:\n    sub: {{from_token: sub}}\n    \
             user_id: {{from_token: [buyer, id]}}\n  allowed: {{view: [sales]}}\n  lifetime: 10m\n",
            provider.issuer()
        );
        let folder = Folder::new();
        let file = folder.write("token-policy.yml", &policy);
        let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
        let mut environment = cluster.environment();
        let clients =
            [OidcProvider::client("RS256"), OidcProvider::client("ES256"), API.to_owned()];
        let issuers = json!([{ "issuer": provider.issuer(), "audience": clients }]);
        let set = |name: &str, value: String| (name.to_owned(), value);
        environment.extend([
            set("TESSERA_TOKEN_POLICY", file.to_string_lossy().into_owned()),
            set("TESSERA_ISSUERS", issuers.to_string()),
            set("TESSERA_SESSION_COOKIE", "session".to_owned()),
            set("TESSERA_LOGIN_URL", "https://shop.example/login".to_owned()),
        ]);
        let emulator = Emulator::start(&environment);
        Self { provider, emulator, _cluster: cluster, _folder: folder }
    }

    fn get(&self, headers: &[(&str, &str)]) -> Answer {
        let answer = http::send("GET", &self.emulator.url("/auth/cubejs-token"), headers, "");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        leak::check(&answer);
        answer
    }

    /// How many of the caller's own orders the token shows.
    fn my_orders(&self, token: &str) -> String {
        let query = http::encode(&json!({ "measures": ["my_orders.count"] }).to_string());
        let url = self.emulator.url(&format!("/cubejs-api/v1/load?query={query}"));
        let answer = http::send("GET", &url, &[("authorization", token)], "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["data"][0]["my_orders.count"].as_str().unwrap().to_owned()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[test]
fn a_user_gets_a_token_of_ours_for_the_providers_and_sees_their_own_orders() {
    let world = World::start();
    let ada = world.provider.sign_in("ada", "RS256", API);
    let bob = world.provider.sign_in("bob", "ES256", API);
    // By header, with an ID token and with an access token.
    for theirs in [&ada.id, &ada.access] {
        let answer = world.get(&[("authorization", &format!("Bearer {theirs}"))]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let ours = answer.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(world.my_orders(&ours), "11");
        let claims = token::payload(&ours);
        assert_eq!((&claims["sub"], &claims["user_id"]), (&json!("ada"), &json!(42)));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    }
    // In the cookie of a session.
    let cookie = format!("theme=dark; session={}", bob.id);
    let answer = world.get(&[("cookie", &cookie), ("sec-fetch-site", "same-origin")]);
    let ours = answer.json()["token"].as_str().unwrap().to_owned();
    let claims = token::payload(&ours);
    assert_eq!(claims["user_id"], 43, "what the policy copies, not what else the token says");
    assert_ne!(world.my_orders(&ours), "11");
    let refused = world.get(&[("cookie", &cookie), ("sec-fetch-site", "cross-site")]);
    assert_eq!(refused.status, 403);
    // A browser that shows nothing, and a script.
    let sent = world.get(&[("accept", "text/html,*/*;q=0.8")]);
    assert_eq!((sent.status, sent.header("location")), (302, Some("https://shop.example/login")));
    assert_eq!(world.get(&[("accept", "application/json")]).status, 403);
    // By token exchange.
    let url = world.emulator.url("/oauth/token");
    let exchange = |subject: &str, more: &[(&str, &str)]| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ("subject_token", subject),
        ];
        form::post(&url, &[&fields[..], more].concat())
    };
    let answer = exchange(&ada.id, &[("claims", r#"{"view":"sales"}"#), ("expires_in", "60")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(60)));
    assert_eq!(token::payload(text(&body["access_token"]))["view"], "sales");
    assert_eq!(world.my_orders(text(&body["access_token"])), "11");
    for (subject, more, status, code) in [
        (ada.id.as_str(), [("claims", r#"{"user_id":43}"#)], 403, "access_denied"),
        (&ada.id, [("claims", r#"{"sub":"bob"}"#)], 400, "invalid_request"),
        // T-07: ours is no credential.
        (text(&body["access_token"]), [("claims", "{}")], 400, "invalid_request"),
        (
            &token::good(&json!({ "iss": world.provider.issuer() })),
            [("claims", "{}")],
            400,
            "invalid_request",
        ),
    ] {
        let answer = exchange(subject, &more);
        assert_eq!((answer.status, answer.error().as_str()), (status, code), "{}", answer.body);
        leak::check(&answer);
    }
    let log = world.emulator.log("token");
    leak::check_log(&log, &[&ada.id, &bob.id, &ours]);
    for claim in ["\"ada\"", "\"bob\""] {
        assert!(!log.contains(claim), "the log names {claim}");
    }
}

#[test]
fn a_policy_that_is_wrong_is_no_configuration() {
    let folder = Folder::new();
    let file =
        folder.write("policy.yml", "issuers:\n- issuer: https://login.example.com/\n  claim: {}\n");
    let environment = [
        ("CUBEJS_DB_NAME", "shop".to_owned()),
        ("CUBEJS_DB_USER", "me".to_owned()),
        ("TESSERA_TOKEN_POLICY", file.to_string_lossy().into_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let emulator = Emulator::start(&environment);
    let answer = form::post(&emulator.url("/oauth/token"), &[("grant_type", "client_credentials")]);
    assert_eq!(answer.status, 503);
    leak::check(&answer);
    let log = emulator.log("token");
    assert!(
        log.contains("policy.yml): 3:3: `claim` is no key of an issuer: write `issuer`"),
        "{log}"
    );
}
