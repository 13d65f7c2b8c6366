//! Queries that a real Cube answered, with what it echoed: `cases.jsonl` is copied from the
//! conformance cases. Those with relative dates are left out, and those whose error needs a model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use query::json::{self, Value};
use query::{Echo, Error, Limits, NormalizedRequest, normalize_request, parse};

struct Case(Value);

impl Case {
    fn expected(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    fn name(&self) -> String {
        self.expected("name").unwrap().to_json()
    }

    fn normalized(&self) -> Result<NormalizedRequest, Error> {
        let text = match (self.expected("text"), self.expected("query")) {
            (Some(Value::Text(text)), _) => text.clone(),
            (_, Some(query)) => query.to_json(),
            _ => panic!("{} has no query", self.name()),
        };
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        normalize_request(&parse(text.as_bytes())?, &Limits::default(), now)
    }
}

fn cases() -> Vec<Case> {
    let lines = include_str!("cases.jsonl").lines();
    lines.map(|line| Case(json::read(line.as_bytes()).unwrap())).collect()
}

/// JSON text with the keys in their order; `cacheMode` was dropped from some recordings.
fn text(echo: &Echo, keeps_cache_mode: bool) -> String {
    let text = serde_json::to_string(echo).unwrap();
    if keeps_cache_mode { text } else { text.replace("\"cacheMode\":\"stale-if-slow\",", "") }
}

fn assert_same(name: &str, echo: &Echo, expected: &Value) {
    let expected = expected.to_json();
    assert_eq!(text(echo, expected.contains("cacheMode")), expected, "{name}");
}

#[test]
fn every_recorded_query_is_echoed_as_cube_echoes_it() {
    let (mut echoes, mut pivots, mut errors) = (0, 0, 0);
    for case in cases() {
        let name = case.name();
        if let Some(Value::Text(error)) = case.expected("error") {
            assert_eq!(case.normalized().unwrap_err().sentence(), *error, "{name}");
            errors += 1;
            continue;
        }
        let request = case.normalized().unwrap_or_else(|error| panic!("{name}: {error:?}"));
        if let Some(expected) = case.expected("normalizedQuery") {
            assert_same(&name, &request.queries[0].echo, expected);
            echoes += 1;
        }
        if let Some(Value::List(expected)) = case.expected("echoes") {
            assert_eq!(request.queries.len(), expected.len(), "{name}");
            for (query, expected) in request.queries.iter().zip(expected) {
                assert_same(&name, &query.echo, expected);
                echoes += 1;
            }
        }
        if let Some(Value::List(expected)) = case.expected("normalizedQueries") {
            for (echo, expected) in request.dry_run_queries().iter().zip(expected) {
                assert_same(&name, echo, expected);
            }
        }
        if let Some(expected) = case.expected("pivotQuery") {
            assert_same(&name, &request.pivot_query().unwrap(), expected);
            let query_type = case.expected("queryType").and_then(Value::as_text);
            assert_eq!(Some(request.query_type.as_str()), query_type, "{name}");
            pivots += 1;
        }
    }
    // A file that came out empty would prove nothing.
    assert!(echoes > 180 && pivots >= 7 && errors >= 18, "{echoes} {pivots} {errors}");
}
