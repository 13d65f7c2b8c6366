//! Views: what `/v1/meta` says of them and what their default filters do to a query.
//!
//! `model/views.json` is what Cube 1.7.43 (`CubeToMetaTransformer`) makes of `model/views.yml`.
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

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::{ask, get, options, router_over};

async fn meta() -> Value {
    let router = router_over(include_str!("model/views.yml"), options());
    let answer = get(&router, "/v1/meta").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn expected() -> Value {
    serde_json::from_str(include_str!("model/views.json")).unwrap()
}

fn names(cubes: &Value) -> Vec<&str> {
    cubes.as_array().unwrap().iter().map(|cube| cube["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn meta_shows_views_as_cube_does() {
    let (mut meta, expected) = (meta().await, expected());
    let cubes = meta["cubes"].as_array_mut().unwrap();
    cubes.retain(|cube| cube["type"] == "view");
    assert_eq!(names(&meta["cubes"]), names(&expected["cubes"]));
    let views = meta["cubes"].as_array().unwrap().iter();
    for (view, expected) in views.zip(expected["cubes"].as_array().unwrap()) {
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&view[key], value, "{} of {}", key, expected["name"]);
        }
        let keys = |value: &Value| value.as_object().unwrap().len();
        assert_eq!(keys(view), keys(expected), "{}", expected["name"]);
    }
}

#[tokio::test]
async fn meta_shows_groups_of_the_views_that_are_shown() {
    assert_eq!(meta().await["viewGroups"], expected()["viewGroups"]);
}

#[tokio::test]
async fn a_hidden_cube_and_a_hidden_view_are_not_shown() {
    let meta = meta().await;
    let names = names(&meta["cubes"]);
    assert!(!names.contains(&"orders"));
    assert!(!names.contains(&"base_view"));
    assert!(names.contains(&"users"));
}

const FILTERED: &str = r"
cubes:
  - name: orders
    sql_table: orders
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: status, sql: status, type: string }
      - { name: created_at, sql: created_at, type: time }
views:
  - name: sales
    cubes:
      - { join_path: orders, includes: [count, status, created_at] }
    default_filters:
      - { member: status, operator: equals, values: [paid], unless: [status] }
      - { member: created_at, operator: afterDate, values: [2 days ago] }
";

#[tokio::test]
async fn a_default_filter_is_in_the_statement_and_not_in_the_echo() {
    let router = router_over(FILTERED, options());
    let query = json!({ "measures": ["sales.count"], "limit": 5 });
    let sql = ask(&router, "sql", &query).await.json();
    let parameters = sql["sql"]["sql"][1].as_array().unwrap().clone();
    assert!(parameters.contains(&Value::from("paid")), "{parameters:?}");
    // Two days before the clock of these tests, 2027-01-15.
    let date = |value: &Value| value.as_str().unwrap().starts_with("2027-01-13");
    assert!(parameters.iter().any(date), "{parameters:?}");
    let echo = ask(&router, "dry-run", &query).await.json()["normalizedQueries"][0].clone();
    assert_eq!(echo["filters"], json!([]));
    let filter = json!({ "member": "sales.status", "operator": "set" });
    let query = json!({ "measures": ["sales.count"], "filters": [filter], "limit": 5 });
    let sql = ask(&router, "sql", &query).await.json();
    let parameters = sql["sql"]["sql"][1].as_array().unwrap().clone();
    assert!(!parameters.contains(&Value::from("paid")), "{parameters:?}");
}
