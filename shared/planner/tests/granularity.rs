//! Granularities of the author's own, and what windows are refused for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use auth::SecurityContext;
use compiler::ModelFile;
use planner::{Error, MissingClaims, Plan};
use serde_json::{Value, json};

const VISITS: &str = r#"
cubes:
  - name: visits
    sql_table: visits
    joins:
      - {name: seasons, relationship: many_to_one, sql: "{CUBE}.day = {seasons}.day"}
    dimensions:
      - {name: id, sql: id, type: number, primary_key: true}
      - name: at
        sql: at
        type: time
        granularities:
          - {name: half, interval: 6 months}
          - {name: tick, interval: 2 seconds}
          - {name: season, sql: "{seasons.start}"}
          - {name: year, sql: "{CUBE}.fiscal_year"}
          - {name: from_april, interval: 1 year, origin: '2024-04-01'}
      - {name: half, sql: "{at.half}", type: time}
    measures:
      - {name: count, type: count}
      - {name: ever, type: count, rolling_window: {trailing: unbounded}}
  - name: seasons
    sql_table: seasons
    dimensions:
      - {name: day, sql: day, type: time, primary_key: true}
      - {name: start, sql: start, type: time}
views:
  - name: board
    cubes:
      - join_path: visits
        includes: "*"
"#;

fn plan(json: &Value, now: &str) -> Result<Plan, Error> {
    let file = ModelFile { path: "visits.yml".to_owned(), text: VISITS.to_owned() };
    let model = compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"));
    let request = query::parse(json.to_string().as_bytes()).unwrap();
    let limits = query::Limits::default();
    let query = query::normalize(&request.queries[0], &limits, now.parse().unwrap()).unwrap().query;
    planner::plan(&model, &SecurityContext::nobody(), MissingClaims::Refuse, &query)
}

fn by(cube: &str, measure: &str, granularities: &[&str], range: [&str; 2]) -> Value {
    let time = |granularity: &&str| {
        json!({
            "dimension": format!("{cube}.at"), "granularity": granularity, "dateRange": range,
        })
    };
    let times: Vec<Value> = granularities.iter().map(time).collect();
    json!({ "measures": [format!("{cube}.{measure}")], "timeDimensions": times })
}

const YEAR: [&str; 2] = ["2024-01-01", "2024-12-31"];
const NOW: &str = "2026-11-22T12:00:00Z";

#[test]
fn the_current_year_is_a_parameter() {
    let query = by("visits", "count", &["half"], YEAR);
    let (one, other) =
        (plan(&query, NOW).unwrap().statement, plan(&query, "2031-01-01T00:00:00Z").unwrap());
    assert_eq!(one.text, other.statement.text);
    assert!(one.parameters.contains(&"2026-01-01T00:00:00.000".to_owned()));
    assert!(other.statement.parameters.contains(&"2031-01-01T00:00:00.000".to_owned()));
}

#[test]
fn the_current_year_is_that_of_the_querys_time_zone() {
    let mut query = by("visits", "count", &["half"], YEAR);
    query["timezone"] = json!("Asia/Tokyo");
    let plan = plan(&query, "2030-12-31T20:00:00Z").unwrap();
    assert!(plan.statement.parameters.contains(&"2031-01-01T00:00:00.000".to_owned()));
}

#[test]
fn a_granularity_behind_a_view_or_a_reference_is_the_same() {
    for query in [
        by("board", "count", &["half"], YEAR),
        json!({ "dimensions": ["visits.half"] }),
        json!({ "dimensions": ["board.at.half"] }),
    ] {
        let text = plan(&query, NOW).unwrap().statement.text;
        assert!(text.contains("'6 month'::interval * floor("), "{text}");
    }
}

#[test]
fn the_authors_sql_joins_what_it_refers_to_and_wins_over_a_predefined_name() {
    let text = plan(&by("visits", "count", &["season"], YEAR), NOW).unwrap().statement.text;
    assert!(text.contains("LEFT JOIN seasons"), "{text}");
    let text = plan(&by("board", "count", &["year"], YEAR), NOW).unwrap().statement.text;
    assert!(text.contains(r#""visits".fiscal_year"#) && !text.contains("date_trunc"), "{text}");
}

#[test]
fn a_column_of_a_granularity_can_be_ordered_by() {
    let mut query = by("visits", "count", &["month", "half"], YEAR);
    query["order"] = json!([["visits.at.half", "desc"]]);
    let text = plan(&query, NOW).unwrap().statement.text;
    assert!(text.contains("ORDER BY 2 DESC"), "{text}");
}

#[test]
fn unknown_granularities_are_named() {
    let error = plan(&by("visits", "count", &["halve"], YEAR), NOW).unwrap_err();
    let message = error.sentence().unwrap();
    assert_eq!(message, r#"Granularity "halve" does not exist in dimension visits.at"#);
}

#[test]
fn a_series_ends() {
    for (granularity, range, is_refused) in [
        ("tick", ["2024-01-01T00:00:00", "2024-01-01T05:00:00"], false),
        ("tick", ["2024-01-01", "2024-01-01"], true),
        ("half", ["0001-01-01", "9999-12-31"], true),
        ("half", ["1024-01-01", "2024-12-31"], false),
        ("second", ["2024-01-01T00:00:00", "2024-01-01T03:00:00"], true),
    ] {
        let found = plan(&by("visits", "ever", &[granularity], range), NOW);
        let error = matches!(found, Err(Error::TooManySteps { .. }));
        assert_eq!(error, is_refused, "{granularity} {range:?}");
        // Without a window rows make the groups.
        assert!(plan(&by("visits", "count", &[granularity], range), NOW).is_ok());
    }
}

#[test]
fn windows_are_refused_where_no_series_can_be_made() {
    for granularities in [&["season"][..], &["week", "month"], &["from_april", "half"]] {
        let found = plan(&by("visits", "ever", granularities, YEAR), NOW);
        assert!(matches!(found, Err(Error::Unsupported { .. })), "{granularities:?}");
    }
}
