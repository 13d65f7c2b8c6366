//! Several issuers, each with its own keys and rules; K-17.

use harness::key_server::{DISCOVERY, KEYS, KeyServer, Reply};
use harness::signing_key::SigningKey;
use harness::token;
use serde_json::{Value, json};

use crate::{Accepted, Refused, Unavailable, good_of, serve, serve_keys_of, verdict};

#[test]
fn no_issuer_vouches_for_the_tokens_of_another() {
    let (ours, theirs) = (SigningKey::es256("one"), SigningKey::es256("one"));
    let rsa = SigningKey::rs256("two");
    let (our_keys, their_keys) = (KeyServer::plain(), KeyServer::plain());
    our_keys.publish(&[&ours, &rsa]);
    their_keys.publish(&[&theirs]);
    let issuers = json!([
        {
            "issuer": "https://ours/",
            "jwks_url": our_keys.url(KEYS),
            "audience": ["api"],
            "algorithms": ["ES256"],
        },
        { "issuer": "https://theirs/", "jwks_url": their_keys.url(KEYS), "audience": ["reports"] },
    ]);
    let server = serve(&[("TESSERA_ISSUERS", &issuers.to_string())]);
    let of = |key: &SigningKey, issuer: &str, audience: &str| {
        verdict(&server, &key.good(&json!({ "iss": issuer, "aud": audience })))
    };
    assert_eq!(of(&ours, "https://ours/", "api"), Accepted);
    assert_eq!(of(&theirs, "https://theirs/", "reports"), Accepted);
    assert_eq!(of(&theirs, "https://ours/", "api"), Refused, "the other's key");
    assert_eq!(of(&ours, "https://ours/", "reports"), Refused, "the other's audience");
    assert_eq!(of(&rsa, "https://ours/", "api"), Refused, "an algorithm it does not use");
    assert_eq!(of(&ours, "https://nobody/", "api"), Refused);
    assert_eq!(of(&ours, "https://ours", "api"), Refused, "a slash less");
    assert_eq!(verdict(&server, &ours.good(&json!({ "aud": "api" }))), Refused, "no issuer");
}

/// Each issuer's namespace: what the planner makes of the claims shows in the parameters of the statement.
#[test]
fn each_issuer_keeps_its_claims_where_it_says() {
    const CLAIMS: &str = "https://shop.example/claims";
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.publish(&[&key]);
    let url = keys.url(KEYS);
    let issuers = json!([
        {
            "issuer": "https://named/",
            "jwks_url": url,
            "audience": "api",
            "claims_namespace": CLAIMS,
        },
        { "issuer": "https://plain/", "jwks_url": url, "audience": "api" },
    ]);
    let server = serve(&[("TESSERA_ISSUERS", &issuers.to_string())]);
    let parameter = |claims: &Value| {
        let query = json!({ "measures": ["SecureOrders.count"] });
        let answer = server.get("sql", &query, &key.good(claims));
        match answer.status {
            200 => Ok(answer.json()["sql"]["sql"][1][0].clone()),
            other => Err(other),
        }
    };
    let claims =
        |issuer: &str| json!({ "iss": issuer, "aud": "api", "id": 7, CLAIMS: { "id": 42 } });
    assert_eq!(parameter(&claims("https://named/")), Ok(json!("42")));
    assert_eq!(parameter(&claims("https://plain/")), Ok(json!("7")));
    let missing = json!({ "iss": "https://named/", "aud": "api", "id": 7 });
    assert_eq!(parameter(&missing), Err(403));
}

/// One issuer whose keys are found by discovery.
fn discovered(issuer: &str) -> String {
    json!([{ "issuer": issuer, "audience": "api" }]).to_string()
}

#[test]
fn keys_are_found_by_discovery() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.publish_discovery();
    keys.publish(&[&key]);
    let server = serve(&[("TESSERA_ISSUERS", &discovered(&keys.url("")))]);
    for _ in 0..3 {
        assert_eq!(verdict(&server, &good_of(&key, &keys.url(""))), Accepted);
    }
    assert_eq!((keys.requests(DISCOVERY), keys.requests(KEYS)), (1, 1));
}

/// K-17.
#[test]
fn a_discovery_document_that_speaks_of_others_is_503() {
    let key = SigningKey::es256("one");
    let (keys, elsewhere) = (KeyServer::plain(), KeyServer::plain());
    keys.publish(&[&key]);
    elsewhere.publish(&[&key]);
    let issuer = keys.url("");
    let documents: [(&str, Value); 6] = [
        ("another issuer", json!({ "issuer": "https://nobody/", "jwks_uri": keys.url(KEYS) })),
        ("a slash more", json!({ "issuer": format!("{issuer}/"), "jwks_uri": keys.url(KEYS) })),
        ("keys of another host", json!({ "issuer": issuer, "jwks_uri": "https://keys.example/" })),
        ("keys of another port", json!({ "issuer": issuer, "jwks_uri": elsewhere.url(KEYS) })),
        ("no issuer", json!({ "jwks_uri": keys.url(KEYS) })),
        ("no keys", json!({ "issuer": issuer })),
    ];
    for (name, document) in documents {
        keys.answer(DISCOVERY, Reply::json(&document));
        let server = serve(&[("TESSERA_ISSUERS", &discovered(&issuer))]);
        assert_eq!(verdict(&server, &good_of(&key, &issuer)), Unavailable, "{name}");
    }
    assert_eq!((keys.requests(KEYS), elsewhere.connections()), (0, 0));
}

/// The variables that Cube knows.
#[test]
fn a_key_set_of_cubes_variables_has_cubes_rules() {
    let (rsa, p256) = (SigningKey::rs256("rsa"), SigningKey::es256("p256"));
    let keys = KeyServer::plain();
    keys.publish(&[&rsa, &p256]);
    let server = serve_keys_of(
        &keys,
        &[
            ("CUBEJS_JWT_ALGS", "ES256"),
            ("CUBEJS_JWT_ISSUER", "https://a/,https://b/"),
            ("CUBEJS_JWT_AUDIENCE", "api"),
        ],
    );
    let of = |key: &SigningKey, issuer: &str, audience: &Value| {
        verdict(&server, &key.good(&json!({ "iss": issuer, "aud": audience })))
    };
    assert_eq!(of(&p256, "https://a/", &json!("api")), Accepted);
    assert_eq!(of(&p256, "https://b/", &json!(["other", "api"])), Accepted);
    assert_eq!(of(&p256, "https://c/", &json!("api")), Refused);
    assert_eq!(of(&p256, "https://a/", &json!("other")), Refused);
    assert_eq!(of(&rsa, "https://a/", &json!("api")), Refused, "its algorithm is not listed");
}

#[test]
fn what_is_published_is_never_a_secret() {
    let key = SigningKey::rs256("one");
    let keys = KeyServer::plain();
    keys.publish(&[&key]);
    let server = serve_keys_of(&keys, &[("CUBEJS_JWT_ALGS", "RS256,HS256")]);
    assert_eq!(verdict(&server, &key.good(&json!({}))), Accepted);
    let payload = json!({ "iat": token::now(), "exp": token::now() + 60 });
    let header = json!({ "alg": "HS256", "kid": "one" });
    let jwk = key.jwk();
    for published in [jwk["n"].as_str().unwrap(), &jwk.to_string()] {
        let forged = token::signed(&header, &payload.to_string(), published);
        assert_eq!(verdict(&server, &forged), Refused);
    }
    // The API secret stands back for a key server, as in Cube.
    assert_eq!(verdict(&server, &token::good(&json!({}))), Refused);
}
