//! A row filter never switches itself off.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use planner::Error;
use serde_json::{Value, json};
use support::plan;

fn mine(claims: Value) -> Result<planner::Plan, Error> {
    plan(&json!({ "measures": ["mine.count"] }), claims)
}

fn written(claims: Value) -> Result<planner::Plan, Error> {
    plan(&json!({ "measures": ["written.count"] }), claims)
}

#[test]
fn a_claim_is_compared_as_a_parameter() {
    let statement = mine(json!({ "tenant": { "id": "7' OR '1'='1" } })).unwrap().statement;
    assert!(statement.text.contains("WHERE (tenant_id = $1)"), "{}", statement.text);
    assert_eq!(statement.parameters[0], "7' OR '1'='1");
    assert!(statement.has_context_parameters);
}

#[test]
fn a_missing_null_or_empty_claim_is_refused() {
    for claims in [
        json!({}),
        json!({ "tenant": null }),
        json!({ "tenant": 7 }),
        json!({ "tenant": {} }),
        json!({ "tenant": { "id": null } }),
        json!({ "tenant": { "id": "" } }),
        json!({ "tenant": { "id": " \t" } }),
    ] {
        let error = mine(claims.clone()).unwrap_err();
        assert!(matches!(error, Error::MissingClaim(_)), "{claims}: {error}");
        assert!(error.is_context_fault() && error.sentence().is_none());
    }
}

#[test]
fn a_missing_required_claim_has_cubes_sentence() {
    let query = json!({ "measures": ["mine_required.count"] });
    let error = plan(&query, json!({})).unwrap_err();
    assert_eq!(error.sentence().unwrap(), "Filter for tenant.id is required");
    assert!(plan(&query, json!({ "tenant": { "id": 7 } })).is_ok());
}

#[test]
fn zero_and_false_are_values() {
    for (claim, text) in [(json!(0), "0"), (json!(false), "false"), (json!(1.5), "1.5")] {
        let statement = mine(json!({ "tenant": { "id": claim } })).unwrap().statement;
        assert_eq!(statement.parameters[0], text);
    }
}

#[test]
fn a_list_is_any_of_its_values_and_an_empty_one_no_row() {
    let statement = mine(json!({ "tenant": { "id": [7, "8"] } })).unwrap().statement;
    assert!(statement.text.contains("tenant_id IN ($1, $2)"), "{}", statement.text);
    assert_eq!(statement.parameters[..2], ["7", "8"]);
    let statement = mine(json!({ "tenant": { "id": [] } })).unwrap().statement;
    assert!(statement.text.contains("WHERE false"), "{}", statement.text);
}

#[test]
fn a_claim_that_cannot_be_compared_is_refused() {
    for claim in [json!({ "a": 1 }), json!([1, null]), json!([[1]]), json!([""]), json!("a\0b")] {
        let result = mine(json!({ "tenant": { "id": claim.clone() } }));
        assert!(matches!(result, Err(Error::UnusableClaim(_))), "{claim}");
    }
}

#[test]
fn an_unsafe_value_is_a_plain_word_or_refused() {
    let statement = written(json!({ "tenant": { "id": "acme-7_b" } })).unwrap().statement;
    assert!(statement.text.contains("FROM orders_acme-7_b)"), "{}", statement.text);
    for claim in [
        json!("5 OR 1=1"),
        json!("1);DELETE"),
        json!("a--b"),
        json!("a'"),
        json!(""),
        json!("ä"),
        json!(1.5),
        json!("x".repeat(65)),
        json!([1]),
        json!({}),
    ] {
        let result = written(json!({ "tenant": { "id": claim.clone() } }));
        assert!(matches!(result, Err(Error::UnusableClaim(_))), "{claim}");
    }
    for claims in [json!({}), json!({ "tenant": { "id": null } })] {
        assert!(matches!(written(claims), Err(Error::MissingClaim(_))));
    }
}

#[test]
fn a_claim_begins_no_comment_with_what_stands_beside_it() {
    let sql = "SELECT * FROM t WHERE a = b -{SECURITY_CONTEXT.a.unsafeValue()}\
               {SECURITY_CONTEXT.b.unsafeValue()}- 1 AND c";
    let cube = format!(
        "cubes: [{{ name: t, sql: \"{sql}\", measures: [{{ name: count, type: count }}] }}]"
    );
    let file = compiler::ModelFile { path: "model.yml".to_owned(), text: cube };
    let model = compiler::compile(&[file]).unwrap();
    let query = support::query(&json!({ "measures": ["t.count"] }));
    let plan = |a: &str, b: &str| {
        let context = auth::SecurityContext::for_test(json!({ "a": a, "b": b }));
        planner::plan(&model, &context, planner::MissingClaims::Refuse, &query)
    };
    let statement = plan("1-", "2").unwrap().statement;
    assert!(statement.text.contains("a = b -1-2- 1 AND c"), "{}", statement.text);
    for (a, b) in [("-1", "2"), ("1-", "-2"), ("1", "2-")] {
        assert!(matches!(plan(a, b), Err(Error::UnusableClaim(_))), "{a} {b}");
    }
}

#[test]
fn cubes_own_rule_can_be_chosen() {
    let query = support::query(&json!({ "measures": ["mine.count"] }));
    let plan = |claims| {
        let context = auth::SecurityContext::for_test(claims);
        planner::plan(&support::shop(), &context, planner::MissingClaims::PassEveryRow, &query)
    };
    for claim in [json!(null), json!(0), json!(false), json!("")] {
        let statement = plan(json!({ "tenant": { "id": claim } })).unwrap().statement;
        assert!(statement.text.contains("WHERE (1 = 1)"), "{}", statement.text);
    }
    let statement = plan(json!({ "tenant": { "id": 7 } })).unwrap().statement;
    assert!(statement.text.contains("WHERE (tenant_id = $1)"), "{}", statement.text);
}
