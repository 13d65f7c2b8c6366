//! The operator `measureFilter`: the rows that a measure counts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::json;
use support::plan;

/// The text for orders filtered by a measure itself.
fn text(measure: &str) -> String {
    let query = json!({
        "measures": ["orders.count"],
        "filters": [{ "member": measure, "operator": "measureFilter" }],
    });
    plan(&query, json!({})).unwrap().statement.text
}

#[test]
fn its_filters_and_drill_filters_are_row_conditions() {
    let text = text("orders.local");
    let (_, conditions) = text.split_once("WHERE").unwrap();
    assert!(conditions.contains("\"orders\".amount > 0"), "{text}");
    assert!(conditions.contains("\"users\".city = 'Lyon'"), "{text}");
    assert!(text.contains("LEFT JOIN users AS \"users\""), "{text}");
    assert!(!text.contains("HAVING"), "{text}");
}

#[test]
fn drill_filters_are_no_part_of_the_measure() {
    let query = json!({ "measures": ["orders.local"] });
    let text = plan(&query, json!({})).unwrap().statement.text;
    assert!(text.contains("amount > 0") && !text.contains("Lyon"), "{text}");
    assert!(!text.contains("JOIN"), "{text}");
}

#[test]
fn a_measure_without_filters_filters_nothing() {
    let text = text("orders.total");
    assert!(!text.contains("amount") && !text.contains("HAVING"), "{text}");
}
