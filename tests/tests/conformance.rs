//! The answers recorded from a real Cube, replayed against `tessera serve` on the same rows and data model.
//!
//! The model stands there twice, in YAML and under `javascript` in JavaScript. The `failing.txt` beside each lists the
//! cases that do not hold, each with its reason. A case that fails and is not listed fails the test; so does one that
//! is listed and holds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use harness::exceptions::Exceptions;
use harness::http::{self, Answer};
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{root, token};
use serde_json::{Map, Value, json};

/// A URL longer than this is sent as a POST, as Cube's client does.
const LONGEST_URL_BYTES: usize = 2000;

#[test]
fn the_recorded_cases_hold() {
    hold(".");
}

#[test]
fn the_recorded_cases_hold_on_the_javascript_model() {
    hold("javascript");
}

/// Replays the cases on the model of a folder, but for those its `failing.txt` lists.
fn hold(project: &str) {
    let folder = root().join("tests/conformance");
    let project = folder.join(project);
    let cluster = Cluster::start(&folder.join("seed.sql"), &[]);
    let server = Server::start(&project, cluster.environment());
    let cases = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let mut exceptions = Exceptions::read(&project.join("failing.txt"));
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let wrong = difference(&case, &ask(&server, &case));
        let (id, name) = (case["id"].as_str().unwrap(), case["name"].as_str().unwrap());
        exceptions.judge(id, name, wrong);
    }
    exceptions.finish();
}

/// The answer to a case, after every `Continue wait`.
fn ask(server: &Server, case: &Value) -> Answer {
    let authorization = token::good(case.get("securityContext").unwrap_or(&json!({})));
    let mut path =
        format!("/cubejs-api/v1/load?query={}", http::encode(&case["query"].to_string()));
    if let Some(kind) = case["queryType"].as_str() {
        path.push_str("&queryType=");
        path.push_str(kind);
    }
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    for _ in 0..60 {
        let answer = if path.len() > LONGEST_URL_BYTES {
            let mut body = json!({ "query": case["query"] });
            if let Some(kind) = case.get("queryType") {
                body["queryType"] = kind.clone();
            }
            http::send("POST", &server.url("/cubejs-api/v1/load"), &headers, &body.to_string())
        } else {
            http::send("GET", &server.url(&path), &headers[..1], "")
        };
        if answer.json()["error"] != "Continue wait" {
            return answer;
        }
    }
    panic!("{} waits for ever", case["id"])
}

/// What differs from the recorded answer, in the order of importance.
fn difference(case: &Value, answer: &Answer) -> Option<String> {
    let expected = &case["expect"];
    if u64::from(answer.status) != expected["status"].as_u64().unwrap() {
        return Some(format!(
            "status {} expected, {} came: {}",
            expected["status"], answer.status, answer.body
        ));
    }
    let body = answer.json();
    if expected.get("error").is_some_and(|error| *error != body["error"]) {
        return Some(format!("error {} expected, {} came", expected["error"], body["error"]));
    }
    if expected.get("data").is_some() {
        let result = body.pointer("/results/0").unwrap_or(&body);
        return single(expected, result);
    }
    expected.get("results").and_then(|_| several(expected, &body))
}

fn single(expected: &Value, result: &Value) -> Option<String> {
    if let Some(wrong) =
        rows_differ(&expected["data"], &result["data"], expected["order"].as_array())
    {
        return Some(wrong);
    }
    if expected.get("total").is_some_and(|total| text_of(total) != text_of(&result["total"])) {
        return Some(format!("total {} expected, {} came", expected["total"], result["total"]));
    }
    [("annotation", "annotation"), ("normalizedQuery", "query")].into_iter().find_map(
        |(recorded, name)| {
            let want = expected.get(recorded)?;
            let mut got = result[name].as_object().cloned().unwrap_or_default();
            got.remove("cacheMode");
            let got = Value::Object(got);
            (*want != got).then(|| format!("{name} {want} expected, {got} came"))
        },
    )
}

fn several(expected: &Value, body: &Value) -> Option<String> {
    if expected["queryType"] != body["queryType"] {
        return Some(format!(
            "queryType {} expected, {} came",
            expected["queryType"], body["queryType"]
        ));
    }
    let (want, got) = (expected["results"].as_array().unwrap(), body["results"].as_array());
    let got = got.filter(|got| got.len() == want.len());
    let Some(got) = got else { return Some("another number of results".to_owned()) };
    want.iter().zip(got).find_map(|(want, got)| {
        rows_differ(&want["data"], &got["data"], None).or_else(|| {
            (want["annotation"] != got["annotation"]).then(|| "another annotation".to_owned())
        })
    })
}

/// Rows are compared as a multiset, then the values of the first ordering member in sequence.
fn rows_differ(expected: &Value, actual: &Value, order: Option<&Vec<Value>>) -> Option<String> {
    if expected.is_object() != actual.is_object() {
        return Some("another response format".to_owned());
    }
    let (Some(expected), Some(actual)) = (rows_of(expected), rows_of(actual)) else {
        return Some(format!("no rows came: {actual}"));
    };
    if expected.len() != actual.len() {
        return Some(format!("{} rows expected, {} came", expected.len(), actual.len()));
    }
    let sorted = |rows: &[Row]| {
        let mut texts: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        texts.sort();
        texts
    };
    if let Some((want, got)) =
        sorted(&expected).into_iter().zip(sorted(&actual)).find(|(want, got)| want != got)
    {
        return Some(format!("row {want} expected, {got} came"));
    }
    let member = order.and_then(|order| order.first()).and_then(Value::as_str)?;
    let column = |rows: &[Row]| rows.iter().map(|row| row.get(member).cloned()).collect::<Vec<_>>();
    (column(&expected) != column(&actual)).then(|| format!("not ordered by {member}"))
}

type Row = BTreeMap<String, Value>;

/// Row objects, whatever the response format.
fn rows_of(data: &Value) -> Option<Vec<Row>> {
    if let Some(dataset) = data.get("dataset") {
        let members: Vec<&str> =
            data["members"].as_array()?.iter().filter_map(Value::as_str).collect();
        let row = |cells: &Value| {
            let cells = cells.as_array()?.iter().cloned();
            Some(members.iter().map(|&member| member.to_owned()).zip(cells).collect())
        };
        return dataset.as_array()?.iter().map(row).collect();
    }
    let row = |row: &Value| {
        row.as_object().map(|row: &Map<String, Value>| row.clone().into_iter().collect())
    };
    data.as_array()?.iter().map(row).collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn the_comparison_sees_what_differs() {
    let rows = json!([{ "a": "1", "b": "x" }, { "a": "2", "b": "y" }]);
    let turned = json!([{ "a": "2", "b": "y" }, { "a": "1", "b": "x" }]);
    let compact = json!({ "members": ["a", "b"], "dataset": [["1", "x"], ["2", "y"]] });
    let order = vec![json!("a")];
    assert_eq!(rows_differ(&rows, &turned, None), None);
    assert!(rows_differ(&rows, &turned, Some(&order)).is_some());
    assert!(rows_differ(&rows, &compact, None).is_some());
    assert!(
        rows_differ(&rows, &json!([{ "a": 1, "b": "x" }, { "a": "2", "b": "y" }]), None).is_some()
    );
    assert!(rows_differ(&rows, &json!([{ "a": "1", "b": "x" }]), None).is_some());
    assert!(rows_differ(&rows, &Value::Null, None).is_some());
}
