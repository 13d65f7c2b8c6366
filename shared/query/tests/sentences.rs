//! Every key of a query with values of every kind, every operator with values of every form, and
//! every form of a date range: the echo or the sentence of Cube's own code.
//!
//! `sentences.jsonl` has the queries with what `normalizeQuery` of `@cubejs-backend/api-gateway`
//! 1.7.43 made of each on 2026-11-22 at 10:00 UTC: `echo` or `error`. Where the answer here is
//! another on purpose, `here` says which.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use query::json::{self, Value};
use query::{Limits, normalize_request, parse};

/// What becomes of a query: its echoes as a list, or the sentence.
fn outcome(query: &str) -> Value {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let normalized = parse(query.as_bytes())
        .and_then(|request| normalize_request(&request, &Limits::default(), now));
    match normalized {
        Ok(request) => {
            let echoes = request.queries.iter().map(|query| {
                json::read(serde_json::to_string(&query.echo).unwrap().as_bytes()).unwrap()
            });
            Value::List(echoes.collect())
        }
        Err(error) => Value::from(error.sentence().as_str()),
    }
}

/// The same whatever the order of its keys.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> =
                entries.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries)
        }
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => {
            value.clone()
        }
    }
}

#[test]
fn every_query_is_understood_or_refused_as_cube_does() {
    let mut problems = Vec::new();
    let (mut count, mut changed) = (0, 0);
    for line in include_str!("sentences.jsonl").lines() {
        let case = json::read(line.as_bytes()).unwrap();
        let query = case.get("query").unwrap().to_json();
        let cubes = case.get("echo").or(case.get("error")).unwrap();
        let expected = case.get("here").unwrap_or(cubes);
        if case.get("here").is_some() {
            changed += 1;
            assert_ne!(case.get("here"), Some(cubes), "{query}: this is no difference");
        }
        count += 1;
        let came = outcome(&query);
        if sorted(&came) != sorted(expected) {
            let (came, expected) = (came.to_json(), expected.to_json());
            problems.push(format!("{query}\n   expected {expected}\n   came     {came}"));
        }
    }
    assert!(count > 1000 && changed < 100, "{count} queries, {changed} of them changed");
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
}
