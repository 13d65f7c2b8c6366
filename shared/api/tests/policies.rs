//! Access policies from a token to an answer.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "the helper module serves several tests"
)]

mod shop;

use api::Router;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use shop::{Answer, options, router_over, send, token};

const MODEL: &str = r#"
cubes:
  - name: orders
    sql_table: orders
    measures:
      - { name: count, type: count, drill_members: [id, secret] }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true, public: true }
      - { name: secret, type: string, sql: secret }
    access_policy:
      - group: "*"
        member_level: { excludes: [secret] }
        row_level:
          filters: [{ member: id, operator: equals, values: ["{ securityContext.tenant }"] }]
      - group: "*"
        conditions: [{ if: "{ securityContext.is_admin }" }]
  - name: closed
    sql_table: closed
    measures: [{ name: count, type: count }]
    access_policy: [{ group: nobody }]
"#;

async fn get(router: &Router, path: &str, claims: Value) -> Answer {
    let request = Request::get(format!("/cubejs-api{path}"))
        .header("authorization", token(claims))
        .body(Body::empty())
        .unwrap();
    send(router, request).await
}

async fn names(router: &Router, claims: Value) -> Vec<String> {
    let answer = get(router, "/v1/meta", claims).await;
    assert_eq!(answer.status, StatusCode::OK);
    let cubes = answer.json()["cubes"].as_array().unwrap().clone();
    let kinds = |cube: &Value| {
        let lists = ["measures", "dimensions"].map(|kind| cube[kind].as_array().unwrap().clone());
        lists.concat()
    };
    let members = cubes.iter().flat_map(kinds);
    members.map(|member| member["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn meta_shows_each_caller_what_it_may_see() {
    let router = router_over(MODEL, options());
    let (some, all) =
        (["orders.count", "orders.id"], ["orders.count", "orders.id", "orders.secret"]);
    for _ in 0..2 {
        assert_eq!(names(&router, json!({})).await, some);
        assert_eq!(names(&router, json!({ "is_admin": true })).await, all);
        assert_eq!(names(&router, json!({ "is_admin": "true" })).await, some);
    }
    let answer = get(&router, "/v1/meta?extended", json!({})).await;
    assert!(!answer.text.contains("secret"), "{}", answer.text);
}

#[tokio::test]
async fn sql_is_that_of_the_caller() {
    let router = router_over(MODEL, options());
    let counted = "/v1/sql?query=%7B%22measures%22:%5B%22orders.count%22%5D%7D";
    let mine = get(&router, counted, json!({ "tenant": 7 })).await;
    assert_eq!(mine.status, StatusCode::OK, "{}", mine.text);
    let sql = mine.json()["sql"]["sql"].clone();
    assert_eq!(sql[1][0], "7");
    assert!(sql[0].as_str().unwrap().contains("\"orders\".id = $1"), "{sql}");
    let missing = get(&router, counted, json!({})).await;
    assert_eq!(missing.status, StatusCode::FORBIDDEN);
    assert!(!missing.text.contains("tenant"), "{}", missing.text);
    let all = get(&router, counted, json!({ "is_admin": true, "tenant": 7 })).await;
    assert!(!all.json()["sql"]["sql"][0].as_str().unwrap().contains("WHERE"));
    let grouped = "/v1/sql?query=%7B%22dimensions%22:%5B%22orders.secret%22%5D%7D";
    let denied = get(&router, grouped, json!({ "tenant": 7 })).await;
    assert!(denied.json()["sql"]["sql"][0].as_str().unwrap().contains("1 = 0"), "{}", denied.text);
    let closed = "/v1/sql?query=%7B%22measures%22:%5B%22closed.count%22%5D%7D";
    let hidden = get(&router, closed, json!({})).await;
    assert_eq!(hidden.status, StatusCode::BAD_REQUEST);
    assert!(hidden.error().contains("You requested hidden member: 'closed.count'"));
}
