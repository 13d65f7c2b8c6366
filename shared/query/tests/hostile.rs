//! Inputs that mean harm: `hostile.jsonl` is copied from the project's list of edge inputs, with
//! members of the recorded cases for its placeholders.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use query::json::{self, Value};
use query::{Error, Limits, NormalizedRequest, normalize_request, parse};

fn normalized(query: &str) -> Result<NormalizedRequest, Error> {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    normalize_request(&parse(query.as_bytes())?, &Limits::default(), now)
}

/// The query that a generator of the list describes.
fn generated(generator: &Value) -> String {
    let text = |key: &str| generator.get(key).and_then(Value::as_text).unwrap();
    let count = |key: &str| match generator.get(key) {
        Some(Value::Integer(count)) => usize::try_from(*count).unwrap(),
        _ => panic!("no {key} in {generator:?}"),
    };
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("\"Orders.m{number}\"")).collect();
        names.join(",")
    };
    if let Some(repeat) = generator.get("repeat").map(|_| count("repeat")) {
        let (open, close) = (text("open").repeat(repeat), text("close").repeat(repeat));
        return format!("{{\"measures\":[\"Orders.count\"],\"filters\":[{open}{close}]}}");
    }
    for key in ["measures", "dimensions", "segments"] {
        if generator.get(key).is_some() {
            return format!("{{\"{key}\":[{}]}}", names(count(key)));
        }
    }
    let values = |values: &str| {
        format!(
            "{{\"measures\":[\"Orders.count\"],\"filters\":[{{\"member\":\"Orders.status\",\
             \"operator\":\"equals\",\"values\":[{values}]}}]}}"
        )
    };
    if generator.get("filter_values").is_some() {
        return values(&names(count("filter_values")));
    }
    if generator.get("queries").is_some() {
        return format!(
            "[{}]",
            vec!["{\"measures\":[\"Orders.count\"]}"; count("queries")].join(",")
        );
    }
    values(&format!("\"{}\"", "x".repeat(count("string"))))
}

/// What has a good form and is refused by the planner, who knows the model; and the one range that
/// Cube answers with no rows, as recorded (`date range reversed`).
fn is_for_the_planner(name: &str, query: &str) -> bool {
    let unknown_granularity = ["'fortnight'", "'__proto__'", "'toString'", "'century'"]
        .map(|name| format!("gran-{name}"));
    let unknown_members = [
        "nosuch.member",
        "pg_catalog.pg_user",
        "__proto__.x",
        "ORDERS.COUNT",
        "orders.__proto__",
        "constructor.name",
        "xxxxxxxx",
    ];
    name.starts_with("numeric-")
        || name == "range-reversed"
        || unknown_granularity.iter().any(|known| known == name)
        || name.starts_with("member-") && unknown_members.iter().any(|path| query.contains(path))
}

#[test]
fn every_hostile_input_has_its_class_of_answer() {
    let mut refused = 0;
    for line in include_str!("hostile.jsonl").lines() {
        let case = json::read(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let text = |key: &str| case.get(key).and_then(Value::as_text);
        let name = text("name").unwrap();
        let query = match (text("query"), case.get("generated")) {
            (Some(query), _) => query.to_owned(),
            (None, Some(generator)) => generated(generator),
            _ => panic!("{name}"),
        };
        let answer = normalized(&query);
        match (text("expect").unwrap(), &answer) {
            ("OK", Ok(_)) => {}
            ("U400", Err(error)) => {
                let sentence = error.sentence();
                assert!(sentence.chars().count() < 700, "{name}: {sentence}");
                refused += 1;
            }
            ("U400", Ok(_)) if is_for_the_planner(name, &query) => {}
            (expected, answer) => panic!("{name} is not {expected}: {answer:?}"),
        }
    }
    assert!(refused > 150, "{refused}");
}

#[test]
fn hostile_input_needs_little_stack() {
    let attempt = || {
        for open in ["{\"or\":[", "{\"filters\":[", "[", "{\"and\":[{\"or\":["] {
            let query = format!("{{\"measures\":[\"a.b\"],\"filters\":[{}", open.repeat(10_000));
            assert!(normalized(&query).unwrap_err().sentence().contains("deeper than 32"));
        }
        // The deepest that is read at all.
        let (open, close) = ("{\"or\":[".repeat(14), "]}".repeat(14));
        let leaf = r#"{"member":"a.b","operator":"set"}"#;
        let query = format!("{{\"measures\":[\"a.b\"],\"filters\":[{open}{leaf}{close}]}}");
        let request = normalized(&query).unwrap();
        assert_eq!(query::filter_json(&request.queries[0].query.filters[0]).len(), 14 * 9 + 33);
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(attempt).unwrap().join().unwrap();
}
