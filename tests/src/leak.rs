//! What must never reach a caller.

use crate::http::Answer;
use crate::{postgres, token};

/// Texts that no answer may hold, whatever went wrong: our own canaries, and marks of SQL, hosts, paths and panics.
const FORBIDDEN: [&str; 19] = [
    postgres::DATABASE,
    postgres::USER,
    postgres::PASSWORD,
    token::SECRET,
    "SELECT ",
    "GROUP BY",
    "FROM orders",
    "user_id",
    "127.0.0.1",
    "localhost",
    "/tmp/",
    "/home/",
    "model/",
    ".yml",
    "panicked",
    ".rs:",
    "tokio_postgres",
    "SQLSTATE",
    "arn:aws",
];

/// Fails when an answer holds anything internal, in its body or its headers.
pub fn check(answer: &Answer) {
    let headers = format!("{:?}", answer.headers);
    for canary in FORBIDDEN {
        assert!(
            !answer.body.contains(canary),
            "the body holds {canary:?}: {} {}",
            answer.status,
            answer.body
        );
        assert!(!headers.contains(canary), "a header holds {canary:?}: {headers}");
    }
    for name in ["server", "x-powered-by"] {
        assert!(answer.header(name).is_none(), "the header {name} tells what we run");
    }
}

/// Fails when a log holds a secret or the token of a request.
pub fn check_log(log: &str, tokens: &[&str]) {
    for canary in [postgres::PASSWORD, token::SECRET].iter().chain(tokens) {
        assert!(!log.contains(canary), "the log holds {canary:?}");
    }
}
