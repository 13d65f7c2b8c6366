//! `jwt-edge.json`: tokens, the configuration each is judged under, and the verdict. Used by the
//! tests of `auth` and, over HTTP, by those of `api`.

use auth::{Algorithms, Cognito, HmacKey, JwkSet, KeySet, Policy, Stage, TokenUse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The 349 cases.
pub fn cases() -> Vec<Value> {
    let mut vectors: Value = serde_json::from_str(include_str!("jwt-edge.json")).unwrap();
    let Value::Array(cases) = vectors["cases"].take() else { panic!("no cases") };
    assert_eq!(cases.len(), 349);
    cases
}

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

/// Keys and rules of every issuer that a configuration trusts, or why it refuses to start.
pub fn configure(config: &Value) -> Result<Vec<(KeySet, Policy)>, String> {
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
