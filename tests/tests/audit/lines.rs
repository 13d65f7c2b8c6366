//! What the lines of requests say.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use harness::server::Server;
use harness::{http, token, wait_until};
use serde_json::{Value, json};

use crate::world::{World, audited, count, verify, with_outcome};

/// The request of a query, as bytes.
fn request(query: &Value, claims: &Value) -> Vec<u8> {
    let query = http::encode(&query.to_string());
    let token = token::good(claims);
    format!(
        "GET /cubejs-api/v1/load?query={query} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\r\n"
    )
    .into_bytes()
}

/// Waits until a line with this outcome is in the log, and returns it.
fn line(server: &Server, outcome: &str) -> Value {
    wait_until(outcome, Duration::from_secs(20), || {
        !with_outcome(&server.log(), outcome).is_empty()
    });
    with_outcome(&server.log(), outcome).remove(0)
}

#[test]
fn the_log_says_which_user_with_which_role_ran_which_query() {
    let server = World::get().server(&[("TESSERA_AUDIT_CLAIMS", "email,role,tenant.name")]);
    let alice = json!({ "sub": "1", "email": "alice@a.example", "role": "admin", "tenant_id": 7 });
    let bob = json!({ "sub": "2", "email": "bob@b.example", "tenant": { "name": "B" } });
    assert_eq!(server.load(&count(), &alice).status, 200);
    assert_eq!(server.load(&json!({ "measures": ["orders.secret"] }), &bob).status, 400);
    wait_until("three lines", Duration::from_secs(10), || audited(&server.log()).len() == 3);
    let lines = audited(&server.log());
    let who = |line: &Value| {
        ["outcome", "tenant", "members", "reason", "rows"].map(|name| line[name].clone())
    };
    let (members, none) = (json!("orders.count orders.status"), Value::Null);
    let expected = [
        [json!("allowed"), json!("7"), members.clone(), none.clone(), none.clone()],
        [json!("finished"), json!("7"), members, none.clone(), json!(2)],
        [json!("refused"), none.clone(), json!("orders.secret"), json!("unknown_member"), none],
    ];
    assert_eq!(lines.iter().map(who).collect::<Vec<_>>(), expected);
    let claims = [
        json!({ "email": "alice@a.example", "role": "admin" }),
        json!({ "email": "alice@a.example", "role": "admin" }),
        json!({ "email": "bob@b.example", "tenant.name": "B" }),
    ];
    assert_eq!(lines.iter().map(|line| line["claims"].clone()).collect::<Vec<_>>(), claims);
    assert_ne!(lines[0]["subject"], lines[2]["subject"]);
    assert_eq!(lines[0]["request.id"], lines[1]["request.id"]);
}

/// Texts that would break a line, a terminal or a reader's trust.
const HOSTILE: [&str; 9] = [
    "a\nb",
    "a\r\n\r\n{\"target\":\"audit\"}",
    "a\0b",
    "\u{1b}[2J\u{1b}[31m",
    "a\u{2028}b\u{2029}c\u{85}d",
    "\u{202e}nimda\u{2066}",
    "\"},{\"outcome\":\"allowed\",\"x\":\"",
    "\\u000a\\",
    "${jndi:ldap://x}",
];

/// Sends a text in every place where a caller can write one, and returns how many requests that were.
fn write_everywhere(server: &Server, text: &str) -> usize {
    let claims = json!({ "sub": text, "tenant_id": text, "email": text });
    let member = json!({ "dimensions": [format!("orders.{text}")] });
    assert_eq!(server.load(&count(), &claims).status, 200, "{text}");
    assert_eq!(server.load(&member, &claims).status, 400, "{text}");
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": text });
    let other_key = token::signed(&header, "{\"exp\":99999999999}", token::SECRET);
    assert_eq!(server.get("load", &count(), &other_key).status, 403, "{text}");
    // What no client would send: the text itself in headers, as far as HTTP has it.
    let in_header: String = text.chars().filter(|character| !character.is_control()).collect();
    let head = format!(
        "GET /cubejs-api/v1/load?query={} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         user-agent: {in_header}\r\nx-request-id: {in_header}\r\ntraceparent: {in_header}\r\n\
         authorization: {}\r\n\r\n",
        http::encode(text),
        token::good(&json!({})),
    );
    assert!(http::raw(server.port, head.as_bytes()).starts_with("HTTP/1.1 400 "), "{text}");
    4
}

///
#[test]
fn every_event_is_one_short_line_whatever_the_caller_writes() {
    let server = World::get().server(&[
        ("TESSERA_AUDIT_CLAIMS", "email"),
        ("CUBEJS_LOG_LEVEL", "trace"),
        ("CUBEJS_MAX_REQUEST_SIZE", "4mb"),
    ]);
    let long = "x".repeat(1_500);
    let texts = HOSTILE.iter().copied().chain([long.as_str()]);
    let mut sent: usize = texts.map(|text| write_everywhere(&server, text)).sum();
    let huge = json!({ "query": { "measures": [format!("orders.{}", "y".repeat(1 << 20))] } });
    assert_eq!(server.post("load", &huge.to_string()).status, 400);
    sent += 1;

    let is_done = || with_outcome(&server.log(), "finished").len() == HOSTILE.len() + 1;
    wait_until("the last line", Duration::from_secs(10), is_done);
    let log = server.log();
    let printable = |character: char| {
        matches!(character, ' '..='~' | '…' | '\n') || character.is_alphanumeric()
    };
    let unprintable: String = log.chars().filter(|&character| !printable(character)).collect();
    assert_eq!(unprintable, "");
    for line in log.lines().filter(|line| !line.starts_with("ready ")) {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()), "{line}");
        assert!(line.len() < 8 << 10, "{} bytes: {line}", line.len());
    }
    let decided = [with_outcome(&log, "allowed"), with_outcome(&log, "refused")].concat();
    assert_eq!(decided.len(), sent);
    let cut = format!("{}…({})", &long[..1024], long.len() - 1024);
    assert!(decided.iter().any(|line| line["claims"]["email"] == cut), "a long claim is cut");
    assert_eq!(verify(&log).code, 0);
}

#[test]
fn a_client_that_leaves_in_the_middle_is_in_the_log() {
    let server = World::get().server(&[]);
    let mut leaves = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let slow = json!({ "dimensions": ["slow.slept"] });
    leaves.write_all(&request(&slow, &json!({ "sub": "1" }))).unwrap();
    let allowed = line(&server, "allowed");
    assert!(audited(&server.log()).len() == 1, "it is allowed before its statement has run");
    drop(leaves);
    let aborted = line(&server, "aborted");
    assert_eq!(aborted["reason"], "client_left");
    assert_eq!(aborted["request.id"], allowed["request.id"]);
    assert_eq!((&aborted["status"], &aborted["members"]), (&Value::Null, &json!("slow.slept")));
}

#[test]
fn a_client_that_leaves_within_its_answer_is_in_the_log() {
    // However busy the machine is, it is answered with rows.
    let server = World::get().server(&[("TESSERA_CONTINUE_WAIT", "1m")]);
    let wide = json!({ "dimensions": ["wide.id", "wide.text"], "limit": 40_000 });
    let mut leaves = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    leaves.write_all(&request(&wide, &json!({}))).unwrap();
    let mut some = [0; 1000];
    leaves.read_exact(&mut some).unwrap();
    assert!(some.starts_with(b"HTTP/1.1 200 OK"));
    drop(leaves);
    let aborted = line(&server, "aborted");
    assert_eq!((&aborted["status"], &aborted["rows"]), (&json!(200), &json!(40_000)));
    let bytes = aborted["bytes"].as_u64().unwrap();
    assert!((1..40_000_000).contains(&bytes), "{bytes}");

    let answer = server.load(&wide, &json!({}));
    let finished = line(&server, "finished");
    assert_eq!(finished["bytes"], answer.body.len());
}

#[test]
fn a_client_that_is_told_to_come_back_is_in_the_log_each_time() {
    let server = World::get().server(&[("TESSERA_CONTINUE_WAIT", "1s")]);
    let answer = server.load(&json!({ "dimensions": ["slow.slept"] }), &json!({}));
    assert_eq!((answer.status, answer.error().as_str()), (200, "Continue wait"));
    let finished = line(&server, "finished");
    assert_eq!((&finished["reason"], &finished["status"]), (&json!("still_running"), &json!(200)));
    assert_eq!(finished["rows"], Value::Null);
    assert_eq!(with_outcome(&server.log(), "allowed").len(), 1);
}
