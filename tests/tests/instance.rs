//! A function as AWS Lambda starts it, without what it needs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::instance::Instance;
use harness::{leak, token};
use serde_json::{Value, json};

#[test]
fn without_its_environment_a_function_answers_503_and_logs_which_variable() {
    for (function, path, variable) in [
        ("load", "/cubejs-api/v1/meta", "CUBEJS_API_SECRET"),
        ("token", "/auth/cubejs-token", "TESSERA_TOKEN_POLICY"),
    ] {
        let mut instance = Instance::start(function, &[]);
        let token = token::good(&json!({}));
        let (status, body, _) = instance.get(path, "", &token);
        assert_eq!(status, 503, "{function}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        // The id under which AWS Lambda logs the invocation, too.
        assert_eq!(body["requestId"], "request-1", "{function}");
        assert!(!body.to_string().contains(variable), "{body}");
        let (status, ..) = instance.get("/livez", "", "");
        assert_eq!(status, 200, "{function} lives");
        let log = instance.log();
        assert!(log.contains(variable), "{function}: {log}");
        leak::check_log(&log, &[&token]);
    }
}
