//! What comes instead of Cube's answer, and the row of `PARITY.md` that says why.

use harness::http::Answer;
use serde_json::Value;

/// An exchange that is answered differently.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) status: u16,
    body: Body,
    /// The row of `PARITY.md`.
    pub(crate) row: u8,
}

#[derive(Debug)]
enum Body {
    /// This sentence.
    Error(&'static str),
    /// A sentence that begins like this.
    ErrorLike(&'static str),
    /// These rows, as JSON.
    Rows(&'static str),
}

const fn error(name: &'static str, status: u16, text: &'static str, row: u8) -> Change {
    Change { name, status, body: Body::Error(text), row }
}

const fn error_like(name: &'static str, status: u16, start: &'static str, row: u8) -> Change {
    Change { name, status, body: Body::ErrorLike(start), row }
}

const fn rows(name: &'static str, rows: &'static str, row: u8) -> Change {
    Change { name, status: 200, body: Body::Rows(rows), row }
}

const NO_JSON: &str = "Unable to decode query param as JSON, error: ";

const NO_GRAPHQL: &str = "GraphQL is not served";

/// Every exchange that is answered differently, by row.
pub(crate) const CHANGED: [Change; 32] = [
    error("u is null", 403, "Invalid security context", 2),
    error("requiredFilter missing", 403, "Filter for id is required", 2),
    error("token without exp", 403, "Invalid token", 12),
    error("u is a string", 403, "Invalid token", 20),
    error("u is a number", 403, "Invalid token", 20),
    error("u is an array", 403, "Invalid token", 20),
    rows(
        "database error",
        r#"[{"Orders.statusLabelQuoted":"It's on the way"},{"Orders.statusLabelQuoted":"Pending"}]"#,
        21,
    ),
    error("invalid date range dates", 400, "Can't parse date: 'foo'", 22),
    error("limit over maximum 50001", 400, "The query limit has been exceeded.", 23),
    error("iat in the future", 403, "Invalid token", 26),
    error("payload is a JSON string", 403, "Invalid token", 27),
    error("payload is a JSON array", 403, "Invalid token", 27),
    rows("renewQuery true", r#"[{"Orders.count":"10000"}]"#, 28),
    error("PUT load", 405, "Method not allowed", 29),
    error("POST load no content-type", 415, "Content-Type must be application/json in UTF-8", 29),
    error("unknown path", 404, "Not found", 29),
    error("unknown API path", 404, "Not found", 29),
    error("root path", 404, "Not found", 29),
    error("run-scheduled-refresh", 404, "Not found", 29),
    error("pre-aggregations jobs no system token", 404, "Not found", 29),
    error("system context", 404, "Not found", 29),
    error("Bearer twice spaces", 403, "Invalid token", 30),
    error_like("malformed JSON query", 400, NO_JSON, 31),
    error_like("query is a JSON string", 400, NO_JSON, 31),
    error_like("query is a JSON number", 400, NO_JSON, 31),
    error_like("query is null", 400, NO_JSON, 31),
    error_like("POST load malformed body", 400, NO_JSON, 31),
    error_like("graphql", 501, NO_GRAPHQL, 61),
    error_like("graphql time dimension", 501, NO_GRAPHQL, 61),
    error_like("graphql syntax error", 501, NO_GRAPHQL, 61),
    error_like("graphql unknown field", 501, NO_GRAPHQL, 61),
    error_like("cubesql", 501, "Queries in SQL are not served", 61),
];

impl Change {
    /// What is wrong with an answer of the right status.
    pub(crate) fn difference(&self, answer: &Answer) -> Option<String> {
        let holds = match self.body {
            Body::Error(text) => answer.error() == text,
            Body::ErrorLike(start) => answer.error().starts_with(start),
            Body::Rows(rows) => {
                let rows: Value = serde_json::from_str(rows).unwrap();
                answer.json()["data"] == rows
            }
        };
        (!holds).then(|| format!("{:?} expected, {} came", self.body, answer.body))
    }
}

/// The value of a header that was recorded with another.
pub(crate) fn header<'a>(name: &str, recorded: &'a str) -> &'a str {
    match (name, recorded) {
        // Row 29: every answer is JSON.
        ("content-type", "text/html; charset=utf-8") => "application/json; charset=utf-8",
        // Row 32: newer clients send the token in a header of its own.
        ("access-control-allow-headers", "authorization,content-type,x-request-id") => {
            "authorization,content-type,x-request-id,x-cube-authorization"
        }
        _ => recorded,
    }
}
