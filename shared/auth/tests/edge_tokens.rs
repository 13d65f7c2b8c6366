//! Walks `vectors/jwt-edge.json`: every token gets the expected verdict.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

#[allow(unreachable_pub, missing_docs, reason = "a module of several tests")]
mod vectors;

use auth::{Algorithms, Error, HmacKey, KeySet, Policy, SecurityContext, Stage, Token, verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use vectors::{cases, configure};

fn verdict(case: &Value) -> Result<SecurityContext, String> {
    let verifiers = configure(&case["config"])?;
    let now = case["now"].as_u64().unwrap();
    let code = |error: Error| error.code().to_owned();
    let max_bytes = case["config"]["max_token_bytes"].as_u64().unwrap();
    let token = case["token"].as_str().unwrap();
    let token = Token::read(token, usize::try_from(max_bytes).unwrap()).map_err(code)?;
    let (keys, policy) = match verifiers.as_slice() {
        [one] => one,
        several => {
            let issuer = token.unverified_issuer().map_err(code)?.ok_or("no issuer")?;
            let of_issuer = several.iter().find(|(_, policy)| policy.issuers.contains(&issuer));
            of_issuer.ok_or("unknown issuer")?
        }
    };
    let claims = token.verify(keys, policy, now).map_err(code)?;
    SecurityContext::from_verified(claims, policy).map_err(code)
}

#[test]
fn every_token_gets_its_verdict() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let found = verdict(case);
        let right = match (case["expect"].as_str().unwrap(), &found) {
            ("accept", Ok(context)) => case
                .get("expect_context")
                .is_none_or(|expected| *expected == Value::Object(context.claims().clone())),
            ("reject", Err(_)) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{}: expected {}, found {found:?}", case["name"], case["expect"]));
        }
    }
    println!("{} of {} verdicts are right", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_configuration_that_is_not_safe_does_not_start() {
    let cases = cases();
    for name in [
        "alg-none-allowlisted-by-mistake",
        "secret-empty-configured",
        "secret-weak-secret",
        "secret-weak-your-256",
        "secret-weak-password",
        "secret-31-bytes",
        "secret-32-bytes-hs384",
        "secret-mode-secret-is-public-pem",
    ] {
        let case = cases.iter().find(|case| case["name"] == name);
        assert!(configure(&case.unwrap()["config"]).is_err(), "{name}");
    }
}

#[test]
fn a_refused_token_of_any_size_or_kind_costs_no_stack() {
    let (keys, policy) = {
        let algorithms = Algorithms::of_shared_secrets();
        let key = HmacKey::new(&[7; 32], Stage::Current);
        (KeySet::new(vec![key], &algorithms).unwrap(), Policy::new(algorithms))
    };
    let deep = URL_SAFE_NO_PAD.encode("[".repeat(5_000));
    for token in [".".repeat(8_000), "a".repeat(262_144), format!("{deep}.e30.AA"), String::new()] {
        assert!(verify(&token, &keys, &policy, 1_800_000_000).is_err());
    }
}
