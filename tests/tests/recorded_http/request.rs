//! A recorded request, with a fresh token of the kind that its name tells.

use std::collections::BTreeMap;

use harness::http::{self, Answer};
use harness::server::Server;
use harness::token;
use serde::Deserialize;
use serde_json::{Value, json};

/// What stands in the recording in place of a token.
const ELIDED: &str = "…(see name)";

/// A request as it was recorded.
#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    method: String,
    pub(crate) path: String,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// Sends it again.
pub(crate) fn send(server: &Server, name: &str, recorded: &Recorded) -> Answer {
    let headers: Vec<(String, String)> = recorded
        .headers
        .iter()
        .map(|(header, value)| {
            let value = if value.ends_with(ELIDED) { restored(name, value) } else { value.clone() };
            (header.to_ascii_lowercase(), value)
        })
        .collect();
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    http::send(&recorded.method, &server.url(&encoded(&recorded.path)), &headers, &recorded.body)
}

/// The path, its query encoded: it was recorded as it reads.
fn encoded(path: &str) -> String {
    let Some((path, query)) = path.split_once("?query=") else { return path.to_owned() };
    let (query, rest) = query
        .split_once("&queryType=")
        .map_or((query, String::new()), |parts| (parts.0, format!("&queryType={}", parts.1)));
    format!("{path}?query={}{rest}", http::encode(query))
}

/// The header's value with a token in place of the elided one; what stood before it stays.
fn restored(name: &str, recorded: &str) -> String {
    let scheme = recorded.split("eyJ").next().unwrap();
    let end = if name == "token with trailing space" { " " } else { "" };
    format!("{scheme}{}{end}", token_of(name))
}

fn token_of(name: &str) -> String {
    let now = token::now();
    let with_header = |header: Value| {
        token::signed(&header, &json!({ "iat": now, "exp": now + 3600 }).to_string(), token::SECRET)
    };
    let with_payload = |payload: Value| {
        token::signed(&json!({ "alg": "HS256", "typ": "JWT" }), &payload.to_string(), token::SECRET)
    };
    match name {
        "wrong signature" => token::hs256(
            &json!({ "iat": now, "exp": now + 3600 }),
            "another secret of enough bytes, not the one",
        ),
        "expired token" => with_payload(json!({ "iat": now - 7200, "exp": now - 3600 })),
        "nbf in the future" => with_payload(json!({ "nbf": now + 1800, "exp": now + 3600 })),
        "iat in the future" => with_payload(json!({ "iat": now + 1800, "exp": now + 3600 })),
        "token without exp" => with_payload(json!({ "iat": now })),
        "exp not a number" => with_payload(json!({ "exp": "tomorrow" })),
        "alg none" => with_header(json!({ "alg": "none", "typ": "JWT" })),
        "alg HS384" => with_header(json!({ "alg": "HS384", "typ": "JWT" })),
        "alg HS512" => with_header(json!({ "alg": "HS512", "typ": "JWT" })),
        "alg RS256 without JWKS" => {
            with_header(json!({ "alg": "RS256", "typ": "JWT" })) + "c2lnbmF0dXJl"
        }
        "no alg in header" => with_header(json!({ "typ": "JWT" })),
        "payload is a JSON string" => with_payload(json!("text")),
        "payload is a JSON array" => with_payload(json!([1, 2])),
        "payload is null" => with_payload(Value::Null),
        "u is an object" => token::good(&json!({ "u": { "id": 5 } })),
        "u is a string" => token::good(&json!({ "u": "1" })),
        "u is a number" => token::good(&json!({ "u": 1 })),
        "u is null" => token::good(&json!({ "u": null })),
        "u is an array" => token::good(&json!({ "u": [1] })),
        "contextToAppId other tenant" => token::good(&json!({ "tenant": "other" })),
        _ => token::good(&json!({})),
    }
}
