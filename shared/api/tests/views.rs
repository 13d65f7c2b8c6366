//! What `/v1/meta` says of the views of `tests/model/views.yml`, held against `views.json`: what Cube
//! 1.7.43 (`CubeToMetaTransformer`) makes of the same file.
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
use serde_json::Value;
use shop::{get, options, router_over};

async fn cubes(path: &str) -> Vec<Value> {
    let router = router_over(include_str!("model/views.yml"), options());
    let answer = get(&router, path).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["cubes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn meta_shows_views_as_cube_does() {
    let expected: Vec<Value> = serde_json::from_str(include_str!("model/views.json")).unwrap();
    let views: Vec<Value> =
        cubes("/v1/meta").await.into_iter().filter(|cube| cube["type"] == "view").collect();
    let names = |views: &[Value]| views.iter().map(|view| view["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&views), names(&expected));
    for (view, expected) in views.iter().zip(&expected) {
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&view[key], value, "{} of {}", key, expected["name"]);
        }
        let keys = |value: &Value| value.as_object().unwrap().len();
        assert_eq!(keys(view), keys(expected), "{}", expected["name"]);
    }
}

#[tokio::test]
async fn a_hidden_cube_and_a_hidden_view_are_not_shown() {
    let names: Vec<Value> =
        cubes("/v1/meta").await.iter().map(|cube| cube["name"].clone()).collect();
    assert!(!names.contains(&Value::from("orders")));
    assert!(!names.contains(&Value::from("base_view")));
    assert!(names.contains(&Value::from("users")));
}
