//! Bad input, one answer each: 4xx with a sentence, nothing internal, and the server goes on.
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

/// A query that must be refused with 400 and a sentence that begins like this.
fn refused(query: &Value, sentence: &str) {
    let answer = Server::recorded().load(query, &json!({}));
    let shown: String = query.to_string().chars().take(200).collect();
    assert_eq!(answer.status, 400, "{shown}: {}", answer.body);
    assert!(
        answer.error().starts_with(sentence),
        "{shown}: {:?} does not begin with {sentence:?}",
        answer.error()
    );
    leak::check(&answer);
}

/// A request with this text as its `query` parameter.
fn with_text(text: &str) -> Answer {
    let url = Server::recorded().url(&format!("/cubejs-api/v1/load?query={}", http::encode(text)));
    http::send("GET", &url, &[("authorization", &token::good(&json!({})))], "")
}

fn filtered(operator: &str, member: &str, values: &Value) -> Value {
    json!({ "measures": ["Orders.count"], "filters": [{ "member": member, "operator": operator, "values": values }] })
}

#[test]
fn unknown_members() {
    refused(&json!({ "measures": ["Nope.count"] }), "Cube 'Nope' not found for path 'Nope.count'");
    refused(&json!({ "measures": ["Orders.nope"] }), "'nope' not found for path 'Orders.nope'");
    refused(
        &json!({ "dimensions": ["Orders.count"] }),
        "'count' not found for path 'Orders.count'",
    );
    refused(
        &json!({ "measures": ["Orders.count"], "segments": ["Orders.nope"] }),
        "'nope' not found for path 'Orders.nope'",
    );
    for name in [
        "Orders.count; drop",
        "Orders.\"count\"",
        "Orders.count--",
        "orders.count",
        "Orders.COUNT",
        "Orders",
        "Orders.",
        ".count",
        "Orders.count.x.y",
        "__proto__.count",
        "Orders.__proto__",
        "pg_catalog.pg_class",
        "Οrders.count",
    ] {
        refused(&json!({ "measures": [name] }), "");
    }
    refused(&json!({ "measures": [format!("Orders.{}", "x".repeat(5000))] }), "");
}

#[test]
fn hidden_members() {
    refused(&json!({ "measures": ["Orders.hiddenMeasure"] }), "You requested hidden member");
    refused(&json!({ "dimensions": ["Orders.hidden"] }), "You requested hidden member");
    refused(&json!({ "dimensions": ["Products.id"] }), "You requested hidden member");
}

#[test]
fn operators_and_values() {
    refused(
        &filtered("like", "Orders.status", &json!(["x"])),
        "Invalid query format: \"filters[0]\"",
    );
    refused(&filtered("equals", "Orders.status", &json!([])), "Values required for filter: ");
    refused(
        &json!({ "measures": ["Orders.count"], "filters": [{ "member": "Orders.status", "operator": "equals" }] }),
        "",
    );
    refused(&filtered("gt", "Orders.number", &json!(["abc"])), "");
    refused(&filtered("equals", "Orders.number", &json!(["0x10"])), "");
    refused(&filtered("equals", "Orders.number", &json!(["1;"])), "");
    refused(&filtered("equals", "Orders.isCompleted", &json!(["perhaps"])), "");
    refused(&filtered("equals", "Orders.status", &json!([["nested"]])), "");
    refused(&filtered("equals", "Orders.status", &json!([{ "a": 1 }])), "");
    refused(&filtered("equals", "Orders.status", &json!("text")), "");
    refused(&filtered("contains", "Orders.status", &json!(["a\u{0}b"])), "");
    refused(&filtered("inDateRange", "Orders.createdAt", &json!(["2020-13-45", "2020-01-01"])), "");
}

#[test]
fn dates() {
    let dated = |range: Value| json!({ "measures": ["Orders.count"], "timeDimensions": [{ "dimension": "Orders.createdAt", "dateRange": range }] });
    refused(&dated(json!("the day of the dolphin")), "Can't parse date: 'the day of the dolphin'");
    for range in [
        json!(["foo", "bar"]),
        json!(["2020-13-45", "2020-01-01"]),
        json!(["2024-01-01'", "2024-01-02"]),
        json!("now()"),
        json!("infinity"),
        json!("last 99999999999 days"),
        json!(["2020-01-01", "2020-01-02", "2020-01-03"]),
        json!([]),
        json!(5),
        json!({}),
        json!([1, 2]),
        json!(["2020-02-30", "2020-03-01"]),
    ] {
        refused(&dated(range), "");
    }
    refused(
        &json!({ "measures": ["Orders.count"], "timeDimensions": [{ "dimension": "Orders.createdAt", "granularity": "fortnight" }] }),
        "Granularity \"fortnight\" does not exist in dimension Orders.createdAt",
    );
    refused(
        &json!({ "measures": ["Orders.count"], "timeDimensions": [{ "dimension": "Orders.status", "granularity": "day" }] }),
        "",
    );
}

#[test]
fn time_zones() {
    for zone in ["Mars/Olympus", "UTC'; DROP TABLE x;--", "../../etc/localtime", "+05:30", ""] {
        let query = json!({
            "measures": ["Orders.count"], "timezone": zone,
            "timeDimensions": [{ "dimension": "Orders.createdAt", "granularity": "day" }],
        });
        refused(&query, "");
    }
    refused(
        &json!({ "measures": ["Orders.count"], "timezone": "Mars/X" }),
        "Invalid query format: \"timezone\" must be a valid IANA time zone, got \"Mars/X\"",
    );
}

#[test]
fn limits_and_offsets() {
    let limited =
        |name: &str, value: Value| json!({ "dimensions": ["Orders.status"], (name): value });
    refused(&limited("limit", json!(50_001)), "");
    refused(
        &limited("limit", json!(-1)),
        "Invalid query format: \"limit\" must be greater than or equal to 0",
    );
    refused(&limited("limit", json!("5")), "Invalid query format: \"limit\" must be a number");
    refused(&limited("limit", json!(1.5)), "");
    refused(&limited("limit", json!(1e18)), "");
    refused(
        &limited("offset", json!(-1)),
        "Invalid query format: \"offset\" must be greater than or equal to 0",
    );
    let answer = Server::recorded().load(&limited("limit", json!(50_000)), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn wrong_types_and_unknown_keys() {
    refused(
        &json!({}),
        "Query should contain either measures, dimensions or timeDimensions with granularities in order to be valid",
    );
    refused(
        &json!({ "measures": ["Orders.count"], "foo": 1 }),
        "Invalid query format: \"foo\" is not allowed",
    );
    for query in [
        json!({ "measures": "Orders.count" }),
        json!({ "measures": [1] }),
        json!({ "measures": { "a": 1 } }),
        json!({ "measures": ["Orders.count"], "ungrouped": "yes" }),
        json!({ "measures": ["Orders.count"], "order": "asc" }),
        json!({ "measures": ["Orders.count"], "order": { "Orders.count": "asc; drop" } }),
        json!({ "measures": ["Orders.count"], "filters": {} }),
        json!({ "measures": ["Orders.count"], "filters": [5] }),
        json!({ "measures": ["Orders.count"], "segments": "Orders.completed" }),
        json!({ "measures": ["Orders.count"], "responseFormat": "xml" }),
        json!({ "measures": ["Orders.count"], "timezone": 5 }),
    ] {
        refused(&query, "");
    }
}

#[test]
fn too_much() {
    let mut nested = json!({ "member": "Orders.status", "operator": "set" });
    for _ in 0..1000 {
        nested = json!({ "or": [nested] });
    }
    let text =
        json!({ "query": { "measures": ["Orders.count"], "filters": [nested] } }).to_string();
    let answer = Server::recorded().post("load", &text);
    assert_eq!(answer.status, 400, "{}", answer.body);
    refused(&json!({ "measures": vec!["Orders.count"; 101] }), "");
    refused(&json!({ "dimensions": vec!["Orders.status"; 101] }), "");
    let filter = json!({ "member": "Orders.status", "operator": "set" });
    let body = json!({ "query": { "measures": ["Orders.count"], "filters": vec![filter; 201] } });
    assert_eq!(Server::recorded().post("load", &body.to_string()).status, 400);
    // The length alone is enough: a server that answers before it has read a body may close the
    // connection while a client still writes.
    let head = format!(
        "POST /cubejs-api/v1/load HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        token::good(&json!({})),
        (1 << 20) + 1
    );
    let answer = http::raw(Server::recorded().port, head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let long = format!("Bearer {}", "x".repeat(12_000));
    assert_eq!(
        Server::recorded().get("load", &json!({ "measures": ["Orders.count"] }), &long).status,
        431
    );
}

#[test]
fn text_that_is_no_query() {
    for text in [
        "{\"measures\":[\"Orders.count\"]",
        "Orders.count",
        "{'measures': []}",
        "{\"measures\": []} x",
        "\u{feff}{}",
        "{\"limit\": NaN}",
    ] {
        let answer = with_text(text);
        assert_eq!(answer.status, 400, "{text}: {}", answer.body);
        assert!(
            answer.error().starts_with("Unable to decode query param as JSON, error: "),
            "{text}: {}",
            answer.error()
        );
        leak::check(&answer);
    }
    for text in ["5", "null", "\"Orders.count\"", "true", "[]"] {
        let answer = with_text(text);
        assert_eq!(answer.status, 400, "{text}: {}", answer.body);
    }
    for path in ["/cubejs-api/v1/load", "/cubejs-api/v1/load?query=undefined"] {
        let answer = http::send(
            "GET",
            &Server::recorded().url(path),
            &[("authorization", &token::good(&json!({})))],
            "",
        );
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "Query param is required"),
            "{path}"
        );
    }
    let twice = with_text(r#"{"measures": ["Orders.count"], "measures": ["Users.count"]}"#);
    assert_eq!(twice.status, 400, "{}", twice.body);
}

#[test]
fn bodies_that_are_no_query() {
    for body in [
        "{\"query\": {\"measures\": [\"Orders.count\"]}",
        "",
        "x",
        "[]",
        "5",
        "null",
        "{}",
        "{\"query\": 5}",
    ] {
        let answer = Server::recorded().post("load", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        leak::check(&answer);
    }
    let token = token::good(&json!({}));
    let url = Server::recorded().url("/cubejs-api/v1/load");
    let body = r#"{"query": {"measures": ["Orders.count"]}}"#;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
    {
        let answer =
            http::send("POST", &url, &[("authorization", &token), ("content-type", kind)], body);
        assert_eq!(answer.status, 415, "{kind}: {}", answer.body);
        answer.error();
    }
    let answer = http::send(
        "POST",
        &url,
        &[("authorization", &token), ("content-type", "application/json; charset=utf-8")],
        body,
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn paths_and_methods() {
    let token = token::good(&json!({}));
    let send = |method: &str, path: &str| {
        http::send(method, &Server::recorded().url(path), &[("authorization", &token)], "")
    };
    for path in [
        "/",
        "/nope",
        "/cubejs-api/v1/nope",
        "/cubejs-api/v1/load/",
        "/cubejs-api/v2/load",
        "//cubejs-api/v1/load",
        "/CUBEJS-API/v1/load",
    ] {
        let answer = send("GET", path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        answer.error();
    }
    for (method, path) in [
        ("PUT", "/cubejs-api/v1/load"),
        ("DELETE", "/cubejs-api/v1/meta"),
        ("TRACE", "/cubejs-api/v1/load"),
        ("POST", "/readyz"),
    ] {
        let answer = send(method, path);
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
        assert!(answer.header("allow").is_some(), "{method} {path} has no Allow");
    }
}

#[test]
fn the_callers_own_text_comes_back_cut_and_as_json() {
    let answer = Server::recorded()
        .load(&json!({ "measures": [format!("Orders.\"<b>{}", "x".repeat(3000))] }), &json!({}));
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 1000, "{} bytes", answer.body.len());
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
}

#[test]
fn other_names_for_a_context_are_ignored() {
    let query = json!({ "measures": ["SecureOrders.count"] });
    let path = format!(
        "/cubejs-api/v1/load?query={}&securityContext=%7B%22id%22%3A1%7D&u=1",
        http::encode(&query.to_string())
    );
    let token = token::good(&json!({}));
    let headers = [
        ("authorization", token.as_str()),
        ("x-forwarded-user", "1"),
        ("x-amzn-oidc-data", "{\"id\":1}"),
    ];
    assert_eq!(http::send("GET", &Server::recorded().url(&path), &headers, "").status, 403);
    let body = json!({ "query": query, "securityContext": { "id": 1 }, "authInfo": { "id": 1 } })
        .to_string();
    assert!(matches!(Server::recorded().post("load", &body).status, 400 | 403));
}

#[test]
fn an_order_by_what_is_not_selected_is_dropped() {
    for member in ["Orders.nope", "Orders.number", "Orders.count; drop"] {
        let query = json!({ "measures": ["Orders.count"], "dimensions": ["Orders.status"], "order": [[member, "asc"]] });
        let answer = Server::recorded().load(&query, &json!({}));
        assert!(matches!(answer.status, 200 | 400), "{member}: {}", answer.body);
        leak::check(&answer);
    }
}
