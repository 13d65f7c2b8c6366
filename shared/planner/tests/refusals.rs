//! What has no plan, and what the caller is told.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};
use support::plan;

fn sentence(query: &Value) -> String {
    plan(query, json!({})).unwrap_err().sentence().unwrap()
}

#[test]
fn unknown_names_are_said() {
    for (query, expected) in [
        (json!({ "measures": ["nope.count"] }), "Cube 'nope' not found for path 'nope.count'"),
        (json!({ "measures": ["orders.nope"] }), "'nope' not found for path 'orders.nope'"),
        (json!({ "measures": ["orders.Count"] }), "'Count' not found for path 'orders.Count'"),
        (json!({ "measures": ["orders.status"] }), "'status' not found for path 'orders.status'"),
        (json!({ "dimensions": ["orders.count"] }), "'count' not found for path 'orders.count'"),
        (
            json!({ "measures": ["orders.count"], "segments": ["orders.status"] }),
            "'status' not found for path 'orders.status'",
        ),
    ] {
        assert_eq!(sentence(&query), expected);
    }
}

#[test]
fn a_hidden_member_can_be_filtered_by_but_not_read() {
    let said = sentence(&json!({ "dimensions": ["orders.secret"] }));
    assert!(said.starts_with("You requested hidden member: 'orders.secret'."), "{said}");
    let filter = json!({ "member": "orders.secret", "operator": "set" });
    assert!(plan(&json!({ "measures": ["orders.count"], "filters": [filter] }), json!({})).is_ok());
}

#[test]
fn cubes_without_a_path_are_named() {
    let said = sentence(&json!({ "measures": ["orders.count", "islands.count"] }));
    assert_eq!(said, "Can't find join path to join 'orders', 'islands'");
}

#[test]
fn a_group_of_dimensions_and_measures_is_quoted() {
    let group = json!({ "or": [
        { "member": "orders.count", "operator": "gt", "values": ["1"] },
        { "member": "users.city", "operator": "equals", "values": ["Boston"] },
    ] });
    let said = sentence(&json!({ "measures": ["orders.count"], "filters": [group] }));
    assert_eq!(
        said,
        "You cannot use dimension and measure in same condition: {\"or\":[{\"member\":\"orders.count\",\
         \"operator\":\"gt\",\"values\":[\"1\"]},{\"member\":\"users.city\",\"operator\":\"equals\",\
         \"values\":[\"Boston\"]}]}"
    );
}

#[test]
fn values_must_fit_the_type_of_their_member() {
    for (member, value) in [
        ("orders.amount", "abc"),
        ("orders.amount", "0x10"),
        ("orders.amount", "1;"),
        ("orders.is_paid", "yes"),
    ] {
        let filter = json!({ "member": member, "operator": "equals", "values": [value] });
        let said = sentence(&json!({ "measures": ["orders.count"], "filters": [filter] }));
        assert!(said.starts_with(&format!("Filter values for '{member}' must be")), "{said}");
    }
    let filter = json!({ "member": "orders.count", "operator": "gt", "values": ["many"] });
    let said = sentence(&json!({ "measures": ["orders.count"], "filters": [filter] }));
    assert_eq!(said, "Filter values for 'orders.count' must be of type number");
}

#[test]
fn dates_and_granularities_need_a_time_dimension() {
    let time = |dimension: &str, granularity: &str| {
        json!({
            "measures": ["orders.count"],
            "timeDimensions": [{ "dimension": dimension, "granularity": granularity }],
        })
    };
    assert_eq!(
        sentence(&time("orders.created_at", "fortnight")),
        "Granularity \"fortnight\" does not exist in dimension orders.created_at"
    );
    assert!(sentence(&time("orders.status", "day")).contains("is not a time dimension"));
    let filter =
        json!({ "member": "orders.status", "operator": "afterDate", "values": ["2020-01-01"] });
    let said = sentence(&json!({ "measures": ["orders.count"], "filters": [filter] }));
    assert!(said.contains("cannot be used with 'orders.status'"), "{said}");
}

#[test]
fn a_measure_can_be_filtered_by_without_being_shown() {
    let filter = json!({ "member": "orders.paid_share", "operator": "gt", "values": ["0.5"] });
    let query = json!({ "dimensions": ["users.city"], "filters": [filter] });
    let statement = plan(&query, json!({})).unwrap().statement;
    assert!(statement.text.contains("HAVING"), "{}", statement.text);
}

#[test]
fn many_to_one_joins_do_not_multiply() {
    let query = json!({ "measures": ["orders.total"], "dimensions": ["users.city"] });
    let text = plan(&query, json!({})).unwrap().statement.text;
    assert!(!text.contains("DISTINCT"), "{text}");
    let query = json!({ "measures": ["orders.total", "items.quantity"] });
    let text = plan(&query, json!({})).unwrap().statement.text;
    assert!(text.contains("SELECT DISTINCT"), "{text}");
}

#[test]
fn cubes_of_several_data_sources_are_not_joined() {
    for mixed in [
        json!({ "measures": ["orders.count"], "dimensions": ["archived.place"] }),
        json!({ "measures": ["islands.count", "archived.count"] }),
        json!({
            "measures": ["orders.count"],
            "filters": [{ "member": "archived.place", "operator": "set" }],
        }),
    ] {
        let sentence = plan(&mixed, json!({})).unwrap_err().sentence().unwrap();
        assert!(sentence.contains("default") && sentence.contains("archive"), "{sentence}");
    }
    for (query, data_source) in [
        (json!({ "measures": ["archived.count"] }), "archive"),
        (json!({ "measures": ["orders.count"] }), "default"),
    ] {
        assert_eq!(plan(&query, json!({})).unwrap().projection.data_source, data_source);
    }
}
