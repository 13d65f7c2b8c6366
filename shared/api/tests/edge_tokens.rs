//! Every token of `jwt-edge.json` over HTTP: one router per configuration in the file, with the
//! clock set to the moment of the case.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "the helper modules serve several tests"
)]

mod shop;
#[path = "../../auth/tests/vectors/mod.rs"]
mod vectors;

use std::{collections::HashMap, sync::Arc};

use api::Router;
use axum::{
    body::Body,
    http::{HeaderValue, Request},
};
use keys::{Issuer, KeySource};
use serde_json::Value;
use shop::{options, router_trusting, send};
use vectors::{cases, configure};

const META: &str = "/cubejs-api/v1/meta";

fn router(config: &Value, now: u64) -> Router {
    let Ok(verifiers) = configure(config) else { return api::misconfigured_router() };
    let issuers = verifiers.into_iter().map(|(keys, policy)| {
        let keys = KeySource::Environment(Arc::new(keys));
        Issuer { policy, keys }
    });
    router_trusting(issuers.collect(), include_str!("model/shop.yml"), options(), now)
}

#[tokio::test]
async fn every_token_gets_its_answer() {
    let mut routers: HashMap<String, Router> = HashMap::new();
    let (mut wrong, mut unsendable, mut too_long) = (Vec::new(), 0, 0);
    for case in cases() {
        let (config, now) = (&case["config"], case["now"].as_u64().unwrap());
        let router =
            routers.entry(format!("{config} {now}")).or_insert_with(|| router(config, now));
        let header = format!("Bearer {}", case["token"].as_str().unwrap());
        let Ok(header) = HeaderValue::from_bytes(header.as_bytes()) else {
            // Line breaks and the like: no HTTP message has them in a header.
            assert_eq!(case["expect"], "reject", "{}", case["name"]);
            unsendable += 1;
            continue;
        };
        let is_too_long = header.len() + "authorization".len() > 10 * 1024;
        let request =
            Request::get(META).header("authorization", header).body(Body::empty()).unwrap();
        let answer = send(router, request).await;
        let expected = match case["expect"].as_str().unwrap() {
            "accept" => 200,
            _ if is_too_long => 431,
            _ if configure(config).is_err() => 503,
            _ => 403,
        };
        too_long += usize::from(expected == 431);
        // An empty token is no token.
        let sentences =
            [r#"{"error":"Invalid token"}"#, r#"{"error":"Authorization header isn't set"}"#];
        let is_one_text = expected != 403 || sentences.contains(&answer.text.as_str());
        if answer.status.as_u16() != expected || !is_one_text {
            wrong.push(format!("{}: {} {}", case["name"], answer.status, answer.text));
        }
    }
    println!(
        "{} configurations; {unsendable} tokens cannot be sent in a header, {too_long} are 431",
        routers.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
