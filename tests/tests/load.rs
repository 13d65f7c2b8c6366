//! A token, a query, rows: the main job over HTTP, on the recorded cases' rows and data model.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::http::{self, Answer};
use harness::server::Server;
use harness::{leak, token};
use serde_json::{Value, json};

/// A request with a token whose header and payload are exactly these.
fn with_token(header: &Value, payload: &str) -> Answer {
    let token = token::signed(header, payload, token::SECRET);
    Server::recorded().get("load", &json!({ "measures": ["Orders.count"] }), &token)
}

fn hs256() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

#[test]
fn a_token_and_a_query_give_rows() {
    let query = json!({ "measures": ["Orders.count"], "dimensions": ["Orders.status"], "order": [["Orders.status", "asc"]] });
    let answer = Server::recorded().load(&query, &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.json()["data"],
        json!([
            { "Orders.status": "completed", "Orders.count": "2000" },
            { "Orders.status": "processing", "Orders.count": "4000" },
            { "Orders.status": "shipped", "Orders.count": "4000" },
        ])
    );
    leak::check(&answer);
}

#[test]
fn get_and_post_give_the_same_rows() {
    let query = json!({ "measures": ["Orders.totalNumber"], "dimensions": ["Users.city"] });
    let got = Server::recorded().load(&query, &json!({}));
    let posted = Server::recorded().post("load", &json!({ "query": query }).to_string());
    assert_eq!((got.status, posted.status), (200, 200), "{} {}", got.body, posted.body);
    assert_eq!(got.json()["data"], posted.json()["data"]);
}

#[test]
fn a_bare_token_and_a_bearer_token_in_any_case_are_taken() {
    let bare = token::good(&json!({}));
    for authorization in
        [bare.clone(), format!("Bearer {bare}"), format!("bearer {bare}"), format!("BEARER {bare}")]
    {
        let answer = Server::recorded().get(
            "load",
            &json!({ "measures": ["Orders.count"] }),
            &authorization,
        );
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[test]
fn every_hmac_algorithm_is_verified() {
    let payload = json!({ "exp": token::now() + 60 }).to_string();
    for algorithm in ["HS256", "HS384", "HS512"] {
        assert_eq!(
            with_token(&json!({ "alg": algorithm, "typ": "JWT" }), &payload).status,
            200,
            "{algorithm}"
        );
    }
}

#[test]
fn no_token_and_bad_tokens_are_refused_without_a_reason() {
    let query = json!({ "measures": ["Orders.count"] });
    for authorization in ["", " "] {
        let answer = Server::recorded().get("load", &query, authorization);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (403, "Authorization header isn't set")
        );
    }
    let bare = token::good(&json!({}));
    let other = token::hs256(
        &json!({ "exp": token::now() + 60 }),
        "another secret of enough bytes, not the one",
    );
    let cut = bare[..bare.len() - 4].to_owned();
    let bad = [
        "x".to_owned(),
        "a.b.c".to_owned(),
        format!("Basic {bare}"),
        format!("Bearer  {bare}"),
        format!("{bare}, {bare}"),
        other,
        cut,
        "Bearer null".to_owned(),
    ];
    for authorization in bad {
        let answer = Server::recorded().get("load", &query, &authorization);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (403, "Invalid token"),
            "{authorization}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        leak::check(&answer);
    }
}

#[test]
fn two_authorization_headers_are_refused() {
    let token = token::good(&json!({}));
    let url = Server::recorded().url("/cubejs-api/v1/meta");
    let answer =
        http::send("GET", &url, &[("authorization", &token), ("authorization", &token)], "");
    assert_eq!((answer.status, answer.error().as_str()), (403, "Invalid token"));
}

#[test]
fn times_in_a_token_are_checked() {
    let now = token::now();
    for payload in [
        json!({}), // no exp
        json!({ "exp": now - 60 }),
        json!({ "exp": (now + 60).to_string() }),
        json!({ "exp": null }),
        json!({ "exp": now + 60, "nbf": now + 60 }),
        json!({ "exp": now + 60, "iat": now + 60 }),
        json!({ "exp": now + 60 * 86400, "iat": now }), // lives longer than any token may
    ] {
        let answer = with_token(&hs256(), &payload.to_string());
        assert_eq!((answer.status, answer.error().as_str()), (403, "Invalid token"), "{payload}");
    }
    for payload in
        [json!({ "exp": now - 20 }), json!({ "exp": now + 60, "nbf": now + 20, "iat": now + 20 })]
    {
        assert_eq!(
            with_token(&hs256(), &payload.to_string()).status,
            200,
            "the leeway is 30 s: {payload}"
        );
    }
}

#[test]
fn unsigned_and_odd_tokens_are_refused() {
    let payload = json!({ "exp": token::now() + 60 }).to_string();
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "NONE" }),
        json!({ "typ": "JWT" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "HS256", "crit": ["exp"] }),
        json!({ "alg": "HS256", "b64": false, "crit": ["b64"] }),
        json!({ "alg": ["HS256"] }),
    ] {
        assert_eq!(with_token(&header, &payload).status, 403, "{header}");
    }
    let twice = format!(r#"{{"exp": 1, "exp": {}}}"#, token::now() + 60);
    let deep =
        format!(r#"{{"exp": {}, "a": {}{}}}"#, token::now() + 60, "[".repeat(100), "]".repeat(100));
    for payload in [twice.as_str(), deep.as_str(), "[]", "\"text\"", "null", "", "{", "\u{feff}{}"]
    {
        assert_eq!(with_token(&hs256(), payload).status, 403, "{payload}");
    }
}

#[test]
fn a_token_is_checked_before_the_query() {
    let url = Server::recorded().url("/cubejs-api/v1/load?query=%7B");
    assert_eq!(http::send("GET", &url, &[], "").status, 403);
    assert_eq!(
        http::send(
            "POST",
            &Server::recorded().url("/cubejs-api/v1/load"),
            &[("content-type", "text/plain")],
            "{"
        )
        .status,
        403
    );
}

#[test]
fn the_claims_decide_which_rows_are_counted() {
    let query = json!({ "measures": ["SecureOrders.count"] });
    let count = |claims: Value| {
        let answer = Server::recorded().load(&query, &claims);
        assert_eq!(answer.status, 200, "{claims}: {}", answer.body);
        answer.json()["data"][0]["SecureOrders.count"].as_str().unwrap().parse::<i32>().unwrap()
    };
    let (one, other) = (count(json!({ "id": 1 })), count(json!({ "id": 2 })));
    assert!(one > 0 && other > 0);
    assert_eq!(count(json!({ "id": "1" })), one);
    assert_eq!(count(json!({ "id": [1, 2] })), one + other);
    assert_eq!(count(json!({ "u": { "id": 1 } })), one);
    assert_eq!(count(json!({ "id": [] })), 0);
    assert_eq!(count(json!({ "id": 0 })), 0);
}

#[test]
fn a_claim_that_cannot_filter_gives_no_rows() {
    let query = json!({ "measures": ["SecureOrders.count"] });
    for claims in [
        json!({}),
        json!({ "id": null }),
        json!({ "id": "" }),
        json!({ "id": {} }),
        json!({ "id": "x" }),
        json!({ "id": "1 OR 1=1" }),
    ] {
        let answer = Server::recorded().load(&query, &claims);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (403, "Invalid security context"),
            "{claims}"
        );
        leak::check(&answer);
    }
    let answer =
        Server::recorded().load(&json!({ "measures": ["SecureOrdersRequired.count"] }), &json!({}));
    assert_eq!((answer.status, answer.error().as_str()), (403, "Filter for id is required"));
    let answer = Server::recorded().load(&query, &json!({ "u": "1" }));
    assert_eq!(answer.status, 403, "a legacy claim that is no object");
}

#[test]
fn values_of_a_query_never_become_sql() {
    for value in ["' OR 1=1 --", "'; DROP TABLE orders; --", "$1", "\\'", "%", "_", "\\"] {
        let query = json!({
            "measures": ["Orders.count"],
            "filters": [{ "member": "Orders.status", "operator": "contains", "values": [value] }],
        });
        let answer = Server::recorded().load(&query, &json!({}));
        assert_eq!(answer.status, 200, "{value}: {}", answer.body);
        assert_eq!(answer.json()["data"][0]["Orders.count"], "0", "{value}");
    }
}

#[test]
fn meta_lists_the_public_members() {
    let answer = http::send(
        "GET",
        &Server::recorded().url("/cubejs-api/v1/meta"),
        &[("authorization", &token::good(&json!({})))],
        "",
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    leak::check(&answer);
    let body = answer.json();
    let cubes = body["cubes"].as_array().unwrap();
    let orders = cubes.iter().find(|cube| cube["name"] == "Orders").unwrap();
    let names = |kind: &str| {
        orders[kind]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(names("measures").contains(&"Orders.count".to_owned()));
    assert!(!names("measures").contains(&"Orders.hiddenMeasure".to_owned()));
    assert!(!names("dimensions").contains(&"Orders.hidden".to_owned()));
    assert!(names("segments").contains(&"Orders.completed".to_owned()));
}

#[test]
fn sql_and_dry_run_ask_no_database() {
    let query = json!({ "measures": ["Orders.count"], "filters": [{ "member": "Orders.status", "operator": "equals", "values": ["x'y"] }] });
    let token = token::good(&json!({}));
    let sql = Server::recorded().get("sql", &query, &token);
    assert_eq!(sql.status, 200, "{}", sql.body);
    let sql = sql.json();
    let text = sql["sql"]["sql"][0].as_str().unwrap();
    assert!(text.to_lowercase().contains("count("), "{text}");
    assert!(!text.contains("x'y"), "a value in the text: {text}");
    assert!(sql["sql"]["sql"][1].as_array().unwrap().contains(&json!("x'y")), "{sql}");
    for dry in [
        Server::recorded().get("dry-run", &query, &token),
        Server::recorded().post("dry-run", &json!({ "query": query }).to_string()),
    ] {
        assert_eq!(dry.status, 200, "{}", dry.body);
        let dry = dry.json();
        assert_eq!(dry["queryType"], "regularQuery");
        assert_eq!(dry["normalizedQueries"][0]["measures"], json!(["Orders.count"]));
        for name in ["queryOrder", "transformedQueries", "pivotQuery"] {
            assert!(!dry[name].is_null(), "{name} in {dry}");
        }
    }
}

#[test]
fn answers_carry_safe_headers_and_cors() {
    let answer = Server::recorded().load(&json!({ "measures": ["Orders.count"] }), &json!({}));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let preflight = http::send(
        "OPTIONS",
        &Server::recorded().url("/cubejs-api/v1/load"),
        &[
            ("origin", "https://a.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ],
        "",
    );
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("authorization"));
}

#[test]
fn the_log_of_a_session_holds_no_secret() {
    let token = token::good(&json!({ "id": 1 }));
    let bad = token::hs256(&json!({ "exp": 1 }), token::SECRET);
    Server::recorded().get("load", &json!({ "measures": ["SecureOrders.count"] }), &token);
    Server::recorded().get("load", &json!({ "measures": ["SecureOrders.count"] }), &bad);
    Server::recorded().get("load", &json!({ "measures": ["SecureOrders.nope"] }), &token);
    leak::check_log(&Server::recorded().log(), &[&token, &bad]);
}
