//! The exchanges recorded from a real Cube, replayed over HTTP: status, headers and body.
//!
//! Where `PARITY.md` changes the answer, the table `CHANGED` says what comes instead, with the row that says why; what
//! is not served is in the table `SKIPPED`. SQL texts, HTML pages, the text of V8's JSON errors and what Cube tells of
//! its pre-aggregations are not compared.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "recorded_http/body.rs"]
mod body;
#[path = "recorded_http/changed.rs"]
mod changed;
#[path = "recorded_http/request.rs"]
mod request;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use harness::http::Answer;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{leak, root};
use serde::Deserialize;
use serde_json::Value;

use changed::{CHANGED, Change};

/// What is not replayed: how its name begins, and why.
const SKIPPED: [(&str, &str); 3] = [
    ("jwks: ", "recorded with a key server, which is not asked yet"),
    ("checkAuth custom: ", "recorded with code in cube.js, which is not run"),
    ("queryRewrite ", "recorded with code in cube.js, which is not run"),
];

/// A request and Cube's answer to it.
#[derive(Debug, Deserialize)]
struct Exchange {
    name: String,
    request: request::Recorded,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

#[test]
fn the_recorded_exchanges_hold() {
    let folder = root().join("tests/conformance");
    let text = std::fs::read_to_string(folder.join("http.jsonl")).unwrap();
    let exchanges: Vec<Exchange> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cluster = Cluster::start(&folder.join("seed.sql"), &[]);
    let server = Server::start(&folder, cluster.environment());

    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut problems = Vec::new();
    for exchange in &exchanges {
        let name = exchange.name.as_str();
        if let Some((_, reason)) = SKIPPED.iter().find(|(start, _)| name.starts_with(start)) {
            *counts.entry(format!("skipped, {reason}")).or_default() += 1;
            continue;
        }
        let answer = request::send(&server, name, &exchange.request);
        if !exchange.request.path.contains("/v1/sql") {
            leak::check(&answer);
        }
        let change = CHANGED.iter().find(|change| change.name == name);
        let kind = if change.is_some() { "as PARITY.md says" } else { "as Cube" };
        match difference(exchange, change, &answer) {
            None => *counts.entry(kind.to_owned()).or_default() += 1,
            Some(wrong) => {
                let wrong: String = wrong.chars().take(1500).collect();
                problems.push(format!("{name}: {wrong}"));
            }
        }
    }
    let parity = std::fs::read_to_string(root().join("PARITY.md")).unwrap();
    for change in &CHANGED {
        if exchanges.iter().all(|exchange| exchange.name != change.name) {
            problems.push(format!("{}: nothing of this name was recorded", change.name));
        }
        if !parity.contains(&format!("\n| {} |", change.row)) {
            problems.push(format!("{}: PARITY.md has no row {}", change.name, change.row));
        }
    }
    let report = counts.iter().fold(String::new(), |mut report, (kind, count)| {
        writeln!(report, "recorded exchanges: {count} {kind}").unwrap();
        report
    });
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// What differs from the recorded answer, or from what comes instead of it.
fn difference(exchange: &Exchange, change: Option<&Change>, answer: &Answer) -> Option<String> {
    let status = change.map_or(exchange.status, |change| change.status);
    if answer.status != status {
        return Some(format!("status {status} expected, {} came: {}", answer.status, answer.body));
    }
    let header = exchange.headers.iter().find_map(|(name, recorded)| {
        let expected = changed::header(name, recorded);
        let came = answer.header(name);
        (came != Some(expected)).then(|| format!("{name}: {expected:?} expected, {came:?} came"))
    });
    header.or_else(|| match change {
        Some(change) => change.difference(answer),
        None => body::difference(&exchange.request.path, &exchange.body, &answer.body),
    })
}
