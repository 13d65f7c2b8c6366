//! Which filters a view puts on a query by itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use compiler::ModelFile;
use model::DataModel;
use query::{Error, Limits, Query, filter_json};
use serde_json::{Value, json};

const MODEL: &str = r#"
cubes:
  - name: orders
    sql_table: orders
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: status, type: string, sql: status }
      - { name: currency, type: string, sql: currency }
      - { name: created_at, type: time, sql: created_at }
    segments:
      - { name: paid, sql: "{CUBE}.paid" }
views:
  - name: sales
    cubes:
      - join_path: orders
        includes: [count, status, { name: currency, alias: money }, created_at, paid]
    default_filters:
      - member: orders.currency
        operator: equals
        values: [USD]
        unless: [money, status]
      - { member: created_at, operator: inDateRange, values: [last week], unless: [created_at] }
      - { member: "{status}", operator: notIn, values: [gone, 7, TRUE, ~, "TRUE"] }
  - name: plain
    extends: sales
    default_filters: [{ member: plain.status, operator: set }]
  - name: same
    extends: sales
"#;

/// A Wednesday.
const NOW: &str = "2026-07-29T12:00:00Z";

fn model() -> DataModel {
    let file = ModelFile { path: "sales.yml".to_owned(), text: MODEL.to_owned() };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn query(json: &Value) -> Query {
    let sent = query::parse(json.to_string().as_bytes()).unwrap();
    query::normalize_request(&sent, &Limits::default(), NOW.parse().unwrap())
        .unwrap()
        .queries
        .remove(0)
        .query
}

/// The filters in Cube's JSON, their dates read.
fn filters(json: &Value) -> Vec<String> {
    let query = query(json);
    let defaults = planner::default_filters(&model(), &query);
    let count = defaults.len();
    let query = query.with_filters(defaults, NOW.parse().unwrap()).unwrap();
    query.filters[query.filters.len() - count..].iter().map(filter_json).collect()
}

const MONEY: &str = r#"{"member":"sales.money","operator":"equals","values":["USD"]}"#;
const WEEK: &str = r#"{"member":"sales.created_at","operator":"inDateRange","values":["2026-07-20T00:00:00.000","2026-07-26T23:59:59.999"]}"#;
const STATUS: &str =
    r#"{"member":"sales.status","operator":"notEquals","values":["gone","7","true",null,"TRUE"]}"#;

#[test]
fn a_query_that_asks_the_view_is_filtered() {
    assert_eq!(filters(&json!({ "measures": ["sales.count"] })), [MONEY, WEEK, STATUS]);
    assert_eq!(filters(&json!({ "dimensions": ["sales.status"] })), [MONEY, WEEK, STATUS]);
    let time = json!({ "dimension": "sales.created_at", "granularity": "day" });
    assert_eq!(filters(&json!({ "timeDimensions": [time] })), [MONEY, WEEK, STATUS]);
}

/// Asking for the column itself does not change which rows there are.
#[test]
fn only_a_filter_lifts_a_default_filter() {
    let asks = json!({ "dimensions": ["sales.money", "sales.status"] });
    assert_eq!(filters(&asks), [MONEY, WEEK, STATUS]);
    let on_money = json!({ "member": "sales.money", "operator": "set" });
    let measures = json!(["sales.count"]);
    assert_eq!(filters(&json!({ "measures": measures, "filters": [on_money] })), [WEEK, STATUS]);
    let nested = json!({ "or": [on_money, { "and": [
        { "member": "sales.count", "operator": "gt", "values": ["1"] },
    ] }] });
    assert_eq!(filters(&json!({ "measures": measures, "filters": [nested] })), [WEEK, STATUS]);
    let range = json!({ "dimension": "sales.created_at", "dateRange": "today" });
    let asks = json!({ "measures": measures, "timeDimensions": [range] });
    assert_eq!(filters(&asks), [MONEY, STATUS]);
}

#[test]
fn a_query_that_goes_past_the_view_is_not_filtered() {
    let none: [&str; 0] = [];
    assert_eq!(filters(&json!({ "measures": ["orders.count"] })), none);
    assert_eq!(filters(&json!({ "measures": ["nowhere.count"] })), none);
    // A segment alone does not ask a view.
    assert_eq!(filters(&json!({ "measures": ["orders.count"], "segments": ["sales.paid"] })), none);
    let filter = json!({ "member": "sales.status", "operator": "set" });
    let asks = json!({ "measures": ["orders.count"], "filters": [filter] });
    // One on a member of it does, and lifts what says so.
    assert_eq!(filters(&asks), [WEEK, STATUS]);
}

/// Cube 1.7.43: `defaultFilters` is a plain property, which a child replaces or inherits as a whole.
#[test]
fn a_child_replaces_or_inherits_them_as_a_whole() {
    let set = r#"{"member":"plain.status","operator":"set"}"#;
    assert_eq!(filters(&json!({ "measures": ["plain.count"] })), [set]);
    let same = [MONEY, WEEK, STATUS].map(|filter| filter.replace("sales.", "same."));
    assert_eq!(filters(&json!({ "measures": ["same.count"] })), same);
}

#[test]
fn a_date_that_nobody_can_read_is_refused() {
    let text = MODEL.replace("last week", "sometime");
    let file = ModelFile { path: "sales.yml".to_owned(), text };
    let model = compiler::compile(&[file]).unwrap();
    let query = query(&json!({ "measures": ["sales.count"] }));
    let refused =
        query.with_filters(planner::default_filters(&model, &query), NOW.parse().unwrap());
    assert!(matches!(refused, Err(Error::UnreadableDate { .. })), "{refused:?}");
}
