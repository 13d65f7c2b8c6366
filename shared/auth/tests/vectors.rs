//! Walks `vectors/jwt-edge.json`: every token gets the expected verdict.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

use auth::{
    Algorithms, Cognito, Error, HmacKey, JwkSet, KeySet, Policy, SecurityContext, Stage, Token,
    TokenUse, verify,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

const VECTORS: &str = include_str!("vectors/jwt-edge.json");

fn texts(value: &Value) -> Vec<String> {
    if let Some(text) = value.as_str() {
        return vec![text.to_owned()];
    }
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn stage(name: &str) -> Stage {
    match name {
        "AWSCURRENT" => Stage::Current,
        "AWSPREVIOUS" => Stage::Previous,
        "AWSPENDING" => Stage::Pending,
        other => panic!("unknown stage {other}"),
    }
}

/// The rules of a configuration, for tokens of one issuer where it trusts several.
fn policy(config: &Value, algorithms: Algorithms) -> Policy {
    Policy {
        subject: config["subject"].as_str().map(str::to_owned),
        claims_namespace: config["claims_namespace"].as_str().map(str::to_owned),
        leeway_s: config["leeway_s"].as_u64().unwrap(),
        require_exp: config["require_exp"].as_bool().unwrap(),
        max_token_life_s: config["max_ttl_s"].as_u64(),
        max_token_bytes: usize::try_from(config["max_token_bytes"].as_u64().unwrap()).unwrap(),
        cognito: config["cognito"].as_object().map(|cognito| Cognito {
            token_use: match cognito["token_use"].as_str().unwrap() {
                "access" => TokenUse::Access,
                "id" => TokenUse::Id,
                other => panic!("unknown use {other}"),
            },
            client_ids: texts(&cognito["client_ids"]),
        }),
        ..Policy::new(algorithms)
    }
}

fn algorithms(names: &Value) -> Result<Algorithms, String> {
    let names = texts(names);
    let read = Algorithms::from_names(names.iter().map(String::as_str));
    read.map_err(|error| error.to_string())
}

/// The verifiers that a configuration describes, or why it refuses to start.
fn configure(config: &Value) -> Result<Vec<(KeySet, Policy)>, String> {
    if config["mode"] == "jwks" {
        let trusted = config["trusted"].as_array().unwrap().iter();
        return trusted.map(|trusted| of_key_set(config, trusted)).collect();
    }
    let algorithms = algorithms(&config["algorithms"])?;
    let keys = config["secrets"].as_array().unwrap().iter().map(|secret| {
        let jwk = &secret["jwk"];
        let bytes = URL_SAFE_NO_PAD.decode(jwk["k"].as_str().unwrap()).unwrap();
        let mut key = HmacKey::new(&bytes, stage(secret["stage"].as_str().unwrap()));
        if let Some(kid) = jwk["kid"].as_str() {
            key = key.with_kid(kid.to_owned());
        }
        if let Some(not_after) = secret["not_after"].as_u64() {
            key = key.with_not_after(not_after);
        }
        key
    });
    let keys = KeySet::new(keys.collect(), &algorithms).map_err(|error| error.to_string())?;
    let policy = Policy {
        issuers: texts(&config["issuer"]),
        audiences: texts(&config["audience"]),
        ..policy(config, algorithms)
    };
    Ok(vec![(keys, policy)])
}

fn of_key_set(config: &Value, trusted: &Value) -> Result<(KeySet, Policy), String> {
    let set = JwkSet::read(trusted["jwks"].to_string().as_bytes());
    let set = set.map_err(|error| error.to_string())?;
    let policy = Policy {
        issuers: texts(&trusted["issuer"]),
        audiences: texts(&trusted["audience"]),
        ..policy(config, algorithms(&trusted["algorithms"])?)
    };
    Ok((KeySet::of_public_keys(set.keys), policy))
}

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
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
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
    assert_eq!(cases.len(), 349);
}

#[test]
fn a_configuration_that_is_not_safe_does_not_start() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
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
        let case = vectors["cases"].as_array().unwrap().iter().find(|case| case["name"] == name);
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
