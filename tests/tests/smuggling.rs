//! Requests that two readers could take for different ones: refused, and the connection ended, so that nothing that
//! follows is taken for another request (attacks.md H-02; RFC 9112 §2.2, §3.2, §5.1, §6.1, §6.3).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use harness::server::Server;
use harness::{leak, root, token};
use serde_json::json;

/// A server whose database is not there.
fn server() -> Server {
    let variables = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
    let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Server::start(&root().join("tests/conformance"), environment.to_vec())
}

/// All that the server says until it ends the connection, or `None` when it keeps it open.
fn exchange(server: &Server, bytes: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => Some(String::from_utf8(said).unwrap()),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
            Some(String::from_utf8(said).unwrap())
        }
        Err(_) => None,
    }
}

/// What each request is, and its bytes.
fn ambiguous(token: &str) -> Vec<(&'static str, String)> {
    let post =
        "POST /cubejs-api/v1/dry-run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    let get = "GET /cubejs-api/v1/meta HTTP/1.1\r\n";
    let hidden = "GET /cubejs-api/v1/meta HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        (
            "length and chunks",
            format!(
                "{post}Authorization: {token}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "two lengths",
            format!(
                "{post}Authorization: {token}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{{}}   {hidden}"
            ),
        ),
        (
            "a length that is a list",
            format!("{post}Authorization: {token}\r\nContent-Length: 5, 6\r\n\r\n{{}}   {hidden}"),
        ),
        (
            "a length with a sign",
            format!("{post}Authorization: {token}\r\nContent-Length: +5\r\n\r\n{{}}   {hidden}"),
        ),
        (
            "an unknown coding",
            format!(
                "{post}Authorization: {token}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "chunks that are not the last coding",
            format!(
                "{post}Authorization: {token}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        ("a blank before the colon", format!("{get}Host: a\r\nAuthorization : {token}\r\n\r\n")),
        ("a NUL in a name", format!("{get}Host: a\r\nAuthoriz\0ation: {token}\r\n\r\n")),
        (
            "a lone CR in a value",
            format!("{get}Host: a\r\nX-A: b\rc\r\nAuthorization: {token}\r\n\r\n"),
        ),
        ("a folded line", format!("{get}Host: a\r\nAuthorization: Bearer\r\n {token}\r\n\r\n")),
        ("two hosts", format!("{get}Host: a\r\nHost: b\r\nAuthorization: {token}\r\n\r\n")),
        ("HTTP/0.9", "GET /cubejs-api/v1/meta\r\n".to_owned()),
        (
            "a version that does not exist",
            format!("GET /livez HTTP/3.7\r\nHost: a\r\nAuthorization: {token}\r\n\r\n"),
        ),
    ]
}

#[test]
fn what_two_readers_could_take_for_different_requests_is_refused() {
    let server = server();
    let token = token::good(&json!({}));
    for (name, request) in ambiguous(&token) {
        let said = exchange(&server, request.as_bytes());
        let said = said.unwrap_or_else(|| panic!("{name}: the connection was kept open"));
        let answers = said.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{name}: {said}");
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 400 "), "{name}: {said}");
    }
    let absolute = format!(
        "GET http://b.example/cubejs-api/v1/meta HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {token}\r\n\r\n"
    );
    let said = exchange(&server, absolute.as_bytes()).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 ") || said.starts_with("HTTP/1.1 400 "), "{said}");
    leak::check_log(&server.log(), &[&token]);
}
