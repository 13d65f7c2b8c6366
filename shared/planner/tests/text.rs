//! Nothing a caller sends is part of a statement's text.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use proptest::prelude::*;
use serde_json::json;
use support::plan;

const OPERATORS: [&str; 8] = [
    "equals",
    "notEquals",
    "contains",
    "notContains",
    "startsWith",
    "endsWith",
    "notStartsWith",
    "notEndsWith",
];

fn text_for(operator: &str, values: &[String], limit: u32, offset: u32, zone: &str) -> String {
    let query = json!({
        "measures": ["orders.count"],
        "timeDimensions": [{ "dimension": "orders.created_at", "granularity": "day", "dateRange": ["2020-01-01", "2020-01-31"] }],
        "filters": [{ "member": "orders.status", "operator": operator, "values": values }],
        "limit": limit, "offset": offset, "timezone": zone,
    });
    plan(&query, json!({})).unwrap().statement.text
}

proptest! {
    #[test]
    fn the_text_does_not_depend_on_values(
        operator in 0..OPERATORS.len(),
        first in "[^\0]{0,40}",
        second in "[^\0]{0,40}",
        limit in 0_u32..50_000,
        offset in 0_u32..1_000_000,
    ) {
        let operator = OPERATORS[operator];
        let plain = text_for(operator, &["a".into(), "b".into()], 10, 20, "UTC");
        let other = text_for(operator, &[first, second], limit, offset, "America/New_York");
        prop_assert_eq!(plain, other);
    }
}

#[test]
fn hostile_values_are_parameters_as_they_are() {
    for value in ["' OR 1=1--", "$1", "$$", r"\'", "E'\\''", "\u{2028}", "1; DROP TABLE orders"] {
        let query = json!({
            "measures": ["orders.count"],
            "filters": [{ "member": "orders.status", "operator": "equals", "values": [value] }],
        });
        let statement = plan(&query, json!({})).unwrap().statement;
        assert_eq!(statement.parameters[0], value);
        assert!(!statement.text.contains("1=1") && !statement.text.contains("DROP"));
    }
}

#[test]
fn one_value_has_one_number() {
    let query = json!({
        "dimensions": ["orders.created_at"],
        "timeDimensions": [{ "dimension": "orders.created_at", "granularity": "month" }],
        "timezone": "Asia/Tokyo",
    });
    let statement = plan(&query, json!({})).unwrap().statement;
    let zones = statement.parameters.iter().filter(|value| *value == "Asia/Tokyo").count();
    assert_eq!(zones, 1, "{}", statement.text);
    assert_eq!(statement.text.matches("AT TIME ZONE $1").count(), 2);
}
