//! Bodies, compared but for what cannot or need not be the same.

use serde_json::Value;

/// Members of an answer that are Cube's own business: when it refreshed, what its pre-aggregations match.
const INTERNAL: [&str; 5] = [
    "lastRefreshTime",
    "transformedQueries",
    "canUseTransformedQuery",
    "cacheKeyQueries",
    "memberNames",
];
/// What was recorded from the JavaScript model and is not in the YAML one.
const JAVASCRIPT_ONLY: [&str; 3] =
    ["SecureOrdersUnsafe", "SecureOrdersFn", "SecureOrdersUnsafeDefault"];

/// The first difference between a recorded body and one that came.
pub(crate) fn difference(path: &str, recorded: &Value, came: &str) -> Option<String> {
    if let Some(text) = recorded.as_str() {
        return (text != came).then(|| format!("{text:?} expected, {came:?} came"));
    }
    let Ok(came) = serde_json::from_str::<Value>(came) else {
        return Some(format!("no JSON came: {came}"));
    };
    let parameters = recorded.pointer("/sql/sql/1").and_then(Value::as_array).map_or(0, Vec::len);
    let comparable = |body| comparable(path, body, parameters);
    differs("", &comparable(recorded.clone()), &comparable(came))
}

/// A body without what is not compared; of a statement so many parameters stay.
fn comparable(path: &str, mut body: Value, parameters: usize) -> Value {
    if let Some(statement) = body.pointer_mut("/sql/sql").filter(|_| path.contains("/v1/sql")) {
        statement[0] = Value::Null;
        // Limits and dates are bound too, which Cube writes into the text.
        statement[1].as_array_mut().unwrap().truncate(parameters);
    }
    if let Some(cubes) = body.get_mut("cubes").and_then(Value::as_array_mut) {
        cubes.retain(|cube| !JAVASCRIPT_ONLY.iter().any(|name| cube["name"] == *name));
        for cube in cubes.iter_mut() {
            for kind in ["measures", "dimensions", "segments"] {
                by_name(cube[kind].as_array_mut().unwrap());
            }
        }
        by_name(cubes);
    }
    body
}

fn by_name(items: &mut [Value]) {
    items.sort_by_key(|item| item["name"].as_str().unwrap().to_owned());
}

/// The first place at which two values differ.
fn differs(place: &str, expected: &Value, came: &Value) -> Option<String> {
    match (expected, came) {
        (Value::Object(expected), Value::Object(came)) => {
            let names =
                expected.keys().chain(came.keys().filter(|name| !expected.contains_key(*name)));
            names.filter(|name| !INTERNAL.contains(&name.as_str())).find_map(|name| {
                let place = format!("{place}/{name}");
                match (expected.get(name), came.get(name)) {
                    (Some(expected), Some(came)) => differs(&place, expected, came),
                    (Some(expected), None) => Some(format!("{place} is missing: {expected}")),
                    (None, came) => Some(format!("{place} was not recorded: {came:?}")),
                }
            })
        }
        (Value::Array(expected), Value::Array(came)) if expected.len() == came.len() => {
            expected.iter().zip(came).enumerate().find_map(|(index, (expected, came))| {
                differs(&format!("{place}/{index}"), expected, came)
            })
        }
        // Row 1 of PARITY.md: a number of a row comes as its text, which Cube does not do for every type.
        (Value::Number(number), Value::String(text)) if place.contains("/data/") => {
            (number.to_string() != *text)
                .then(|| format!("{place}: {number} expected, {text} came"))
        }
        _ => (expected != came).then(|| format!("{place}: {expected} expected, {came} came")),
    }
}
