//! How a case reaches the server.

use harness::http::{self, Answer};
use harness::server::Server;
use serde_json::{Value, json};

/// A URL longer than this is sent as a POST, as Cube's client does.
const LONGEST_URL_BYTES: usize = 2000;
/// A body longer than this is written by hand.
const LONGEST_BODY_BYTES: usize = 64 * 1024;
/// A body longer than this is refused (`CUBEJS_MAX_REQUEST_SIZE`).
const LARGEST_BODY_BYTES: usize = 1 << 20;

/// Asks for rows with the text of a query, valid or not.
pub(crate) fn query(server: &Server, route: &str, text: &str, token: &str) -> Answer {
    let path = format!("/cubejs-api/v1/{route}?query={}", http::encode(text));
    if path.len() <= LONGEST_URL_BYTES {
        return http::send("GET", &server.url(&path), &[("authorization", token)], "");
    }
    body(server, route, &format!(r#"{{"query":{text}}}"#), token)
}

/// Posts a body, valid or not. A long one goes out by hand: the server may answer and close before it has read it all,
/// which a client of libraries takes for a broken connection.
pub(crate) fn body(server: &Server, route: &str, text: &str, token: &str) -> Answer {
    let path = format!("/cubejs-api/v1/{route}");
    if text.len() > LONGEST_BODY_BYTES {
        let length = text.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: tessera.example\r\nconnection: close\r\n\
             authorization: {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        // One that is refused for its length alone stays here: what a server leaves unread when it closes can take
        // its answer along.
        let sent = if length > LARGEST_BODY_BYTES { head } else { head + text };
        return read(&http::raw(server.port, sent.as_bytes()));
    }
    let headers = [("authorization", token), ("content-type", "application/json")];
    http::send("POST", &server.url(&path), &headers, text)
}

/// The path at which the count of all orders is asked for.
pub(crate) fn count_path() -> String {
    let query = json!({ "measures": ["Orders.count"] }).to_string();
    format!("/cubejs-api/v1/load?query={}", http::encode(&query))
}

/// Gets a path with exactly these bytes as the values of headers.
pub(crate) fn headers(server: &Server, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    let mut bytes = format!(
        "GET {path} HTTP/1.1\r\n\
         host: tessera.example\r\nconnection: close\r\n"
    )
    .into_bytes();
    for (name, value) in headers {
        bytes.extend(name.as_bytes());
        bytes.extend(b": ");
        bytes.extend(*value);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    read(&http::raw(server.port, &bytes))
}

/// The first answer in what came back; one without a status is 0.
fn read(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Answer { status: status.parse().unwrap_or(0), headers, body: body.to_owned() }
}

/// The body in which a client asks the function `token` for a token.
pub(crate) fn issue(place: &str, value: &Value) -> String {
    let count = |name: &str| value[name].as_u64().map(|number| usize::try_from(number).unwrap());
    let asked = match place {
        "issue_payload" => json!({ "claims": value }),
        "issue_ttl" => json!({ "ttl": value }),
        "issue_field" => value.clone(),
        "issue_gen" => {
            if let Some(raw) = value["raw"].as_str() {
                return raw.to_owned();
            }
            let claims = if let Some(bytes) = count("bytes") {
                json!({ "user_id": "x".repeat(bytes) })
            } else if let Some(depth) = count("depth") {
                (0..depth).fold(json!(42), |inner, _| json!({ "user_id": inner }))
            } else {
                let number = count("claims").unwrap();
                (0..number).map(|index| (format!("claim_{index}"), json!(1))).collect()
            };
            json!({ "claims": claims })
        }
        other => panic!("nobody knows how to ask for a token by {other}"),
    };
    asked.to_string()
}
