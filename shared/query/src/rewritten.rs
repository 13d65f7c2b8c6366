//! A query that the project's own code has rewritten.

use jiff::Timestamp;

use crate::error::Error;
use crate::json::{self, Value};
use crate::limits::Limits;
use crate::normal_form::Query;
use crate::normalize::normalize;
use crate::wire::WireQuery;

/// What the normal form has beside the keys of a query; none of it is asked for.
const FILLED_IN: &[&str] = &["rowLimit", "queryType"];

/// The normal form of a query that `queryRewrite` returned: it was given the echo of a normal form,
/// so what only that has is left out, and everything is checked again.
///
/// Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `getNormalizedQueries`.
///
/// # Errors
/// As [`crate::parse`] and [`crate::normalize`].
pub fn normalize_rewritten(json: &[u8], limits: &Limits, now: Timestamp) -> Result<Query, Error> {
    let mut value = json::read(json)?;
    if let Value::Object(entries) = value {
        value = Value::Object(entries.into_iter().filter_map(asked).collect());
    }
    let query = WireQuery::from_value(value)?;
    Ok(normalize(&query, limits, now)?.query)
}

/// An entry as a caller would have sent it.
fn asked((key, value): (String, Value)) -> Option<(String, Value)> {
    if FILLED_IN.contains(&key.as_str()) {
        return None;
    }
    if let Value::List(items) = &value
        && key == "order"
    {
        return Some((key, Value::List(items.iter().map(sort_key).collect())));
    }
    Some((key, value))
}

/// `{id, desc}` as `[id, "desc"]`; anything else as it is.
fn sort_key(item: &Value) -> Value {
    let (Some(Value::Text(id)), is_descending) = (item.get("id"), item.get("desc")) else {
        return item.clone();
    };
    let is_descending = matches!(is_descending, Some(Value::Bool(true)));
    let direction = if is_descending { "desc" } else { "asc" };
    Value::List(vec![Value::Text(id.clone()), Value::from(direction)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{normalize_request, parse};

    fn limits() -> Limits {
        Limits::default()
    }

    /// The echo of a query comes back as the same query.
    #[test]
    fn an_untouched_query_is_the_query() {
        let now: Timestamp = "2020-06-15T12:00:00Z".parse().unwrap();
        for sent in [
            r#"{"measures":["a.b"]}"#,
            r#"{"measures":["a.b"],"dimensions":["a.c","a.d.month"],"order":{"a.c":"desc","a.d.month":"asc"}}"#,
            r#"{"measures":["a.b"],"order":[],"limit":7,"offset":3,"total":true,"renewQuery":true}"#,
            r#"{"measures":["a.b"],"timeDimensions":[{"dimension":"a.d","granularity":"day","dateRange":"last week"}],"timezone":"Europe/Madrid"}"#,
            r#"{"dimensions":["a.c"],"filters":[{"or":[{"member":"a.c","operator":"equals","values":["x",null,3]},{"dimension":"a.d","operator":"inDateRange","values":["2020-01-01","2020-02-01"]}]}],"segments":["a.s"]}"#,
            r#"{"dimensions":["a.c"],"ungrouped":true,"responseFormat":"compact","joinHints":[["a","b"]]}"#,
        ] {
            let request = parse(sent.as_bytes()).unwrap();
            let normalized = normalize_request(&request, &limits(), now).unwrap().queries.remove(0);
            let echo = serde_json::to_vec(&normalized.echo).unwrap();
            let again = normalize_rewritten(&echo, &limits(), now);
            assert_eq!(again, Ok(normalized.query), "{sent}");
        }
    }

    #[test]
    fn what_was_rewritten_is_checked() {
        let now = Timestamp::UNIX_EPOCH;
        for json in [
            "null",
            "[]",
            "{}",
            r#"{"measures":"a.b"}"#,
            r#"{"measures":["a.b"],"filters":[{"member":"a.b","operator":"nope","values":["1"]}]}"#,
            r#"{"measures":["a.b"],"limit":1000000}"#,
            r#"{"measures":["a.b"],"sql":"select 1"}"#,
        ] {
            assert!(normalize_rewritten(json.as_bytes(), &limits(), now).is_err(), "{json}");
        }
    }
}
