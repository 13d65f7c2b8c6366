//! `FILTER_PARAMS` and `SECURITY_CONTEXT` with functions of the author's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use planner::Error;
use serde_json::{Value, json};
use support::plan_over;

/// The SQL of the cube in the statement, with the statement's parameters.
fn inner(sql: &str, filters: &Value) -> (String, Vec<String>) {
    let query = json!({ "measures": ["log.count"], "filters": filters });
    split(plan_over(sql, &query, json!({})).unwrap())
}

fn split(plan: planner::Plan) -> (String, Vec<String>) {
    let statement = plan.statement;
    let (_, after) = statement.text.split_once("FROM (").unwrap();
    let (inner, _) = after.split_once(") AS \"log\"").unwrap();
    (inner.to_owned(), statement.parameters)
}

fn one(operator: &str, values: &Value) -> Value {
    json!([{ "member": "log.kind", "operator": operator, "values": values }])
}

const KIND: &str = "SELECT * FROM l WHERE {FILTER_PARAMS.log.kind.filter(lambda x: f\"k = {x}\")}";
const RANGE: &str = "SELECT * FROM l \
    WHERE {FILTER_PARAMS.log.at.filter(lambda x, y: f\"t >= {x} AND t <= {y}\")}";

#[test]
fn a_function_is_given_the_values_of_the_filter() {
    for operator in ["equals", "notEquals", "gt"] {
        let (sql, parameters) = inner(KIND, &one(operator, &json!(["a"])));
        assert_eq!(sql, "SELECT * FROM l WHERE (k = $1)", "{operator}");
        assert_eq!(parameters[0], "a");
    }
}

#[test]
fn without_its_filter_a_function_is_true_of_every_row() {
    let nothing = "SELECT * FROM l WHERE (1 = 1)";
    let other = json!([{ "member": "log.size", "operator": "equals", "values": ["1"] }]);
    assert_eq!(inner(KIND, &json!([])).0, nothing);
    assert_eq!(inner(KIND, &other).0, nothing);
    for operator in ["set", "notSet"] {
        assert_eq!(inner(KIND, &one(operator, &json!([]))).0, nothing, "{operator}");
    }
    assert_eq!(inner(KIND, &one("equals", &json!([null]))).0, nothing);
}

#[test]
fn a_value_of_contains_has_its_wildcards_escaped() {
    let (_, parameters) = inner(KIND, &one("contains", &json!(["50%"])));
    assert_eq!(parameters[0], "50\\%");
}

#[test]
fn a_range_gives_its_two_instants_however_it_is_asked_for() {
    let expected = "SELECT * FROM l WHERE (t >= $1 AND t <= $2)";
    let range = json!(["2020-01-01", "2020-01-31"]);
    let query = json!({
        "measures": ["log.count"],
        "timeDimensions": [{ "dimension": "log.at", "dateRange": range }],
    });
    for (sql, parameters) in [
        split(plan_over(RANGE, &query, json!({})).unwrap()),
        inner(RANGE, &json!([{ "member": "log.at", "operator": "inDateRange", "values": range }])),
    ] {
        assert_eq!(sql, expected);
        assert_eq!(parameters[..2], ["2020-01-01T00:00:00.000Z", "2020-01-31T23:59:59.999Z"]);
    }
}

#[test]
fn an_operator_of_one_date_gives_one_instant() {
    let one = "SELECT * FROM l WHERE {FILTER_PARAMS.log.at.filter(lambda x: f\"t::date = {x}\")}";
    for operator in ["beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"] {
        let filters =
            json!([{ "member": "log.at", "operator": operator, "values": ["2020-01-31"] }]);
        let (sql, _) = inner(one, &filters);
        assert_eq!(sql, "SELECT * FROM l WHERE (t::date = $1)");
        let query = json!({ "measures": ["log.count"], "filters": filters });
        let error = plan_over(RANGE, &query, json!({})).unwrap_err();
        assert_eq!(error, Error::TooFewValues { path: "log.at".to_owned(), given: 1 });
        assert!(error.sentence().unwrap().contains("the 1 value that the filter on 'log.at'"));
    }
}

#[test]
fn values_that_are_left_over_are_not_sent_and_all_may_be_taken() {
    let (sql, parameters) = inner(KIND, &one("equals", &json!(["a", "b"])));
    assert_eq!(sql, "SELECT * FROM l WHERE (k = $1)");
    assert_eq!(parameters[..3], ["a", "a", "b"], "the second and third are those of WHERE");
    let all = "SELECT * FROM l WHERE {FILTER_PARAMS.log.kind.filter(lambda *x: f\"k IN ({x})\")}";
    let (sql, parameters) = inner(all, &one("equals", &json!(["a", "b"])));
    assert_eq!(sql, "SELECT * FROM l WHERE (k IN ($1,$2))");
    assert_eq!(parameters[..2], ["a", "b"]);
}

#[test]
fn each_place_has_a_number_of_its_own() {
    let sql = "SELECT * FROM l \
        WHERE {FILTER_PARAMS.log.kind.filter(lambda x: f\"a = {x}::int OR b = {x}::date\")}";
    let (sql, _) = inner(sql, &one("equals", &json!(["a"])));
    assert_eq!(sql, "SELECT * FROM l WHERE (a = $1::int OR b = $2::date)");
    let sql = "SELECT * FROM l WHERE {FILTER_PARAMS.log.kind.filter('n')}";
    let query = json!({ "measures": ["log.count"], "filters": one("equals", &json!(["a"])) });
    let text = plan_over(sql, &query, json!({})).unwrap().statement.text;
    assert!(text.contains("(n = $1)") && text.contains(".kind = $2"), "{text}");
}

#[test]
fn an_or_counts_when_the_group_covers_all_of_it() {
    let group = "SELECT * FROM l WHERE {FILTER_GROUP(\
        FILTER_PARAMS.log.kind.filter(lambda x: f\"k = {x}\"), \
        FILTER_PARAMS.log.size.filter('s'))}";
    let kind = json!({ "member": "log.kind", "operator": "equals", "values": ["a"] });
    let size = json!({ "member": "log.size", "operator": "gt", "values": ["1"] });
    let other = json!({ "member": "log.other", "operator": "equals", "values": ["x"] });
    let nothing = "SELECT * FROM l WHERE (1 = 1)";
    let either = json!([{ "or": [kind, size] }]);
    assert_eq!(inner(group, &either).0, "SELECT * FROM l WHERE ((k = $1) OR (s > $2))");
    assert_eq!(inner(KIND, &either).0, nothing);
    assert_eq!(inner(group, &json!([{ "or": [kind, size, other] }])).0, nothing);
    assert_eq!(inner(group, &json!([{ "or": [kind, { "and": [size, other] }] }])).0, nothing);
    let both = json!([{ "and": [kind, other, { "or": [size, size] }] }]);
    assert_eq!(
        inner(group, &both).0,
        "SELECT * FROM l WHERE ((k = $1) AND ((s > $2) OR (s > $3)))"
    );
}

#[test]
fn values_must_fit_the_type_of_their_member() {
    let sql = "SELECT * FROM l WHERE {FILTER_PARAMS.log.size.filter(lambda x: f\"s > {x}\")}";
    let filters = json!([{ "member": "log.size", "operator": "gt", "values": ["1; DROP"] }]);
    let query = json!({ "measures": ["log.count"], "filters": filters });
    assert!(matches!(plan_over(sql, &query, json!({})), Err(Error::InvalidValue { .. })));
}

fn claim(sql: &str, claims: Value) -> Result<(String, Vec<String>), Error> {
    plan_over(sql, &json!({ "measures": ["log.count"] }), claims).map(split)
}

#[test]
fn the_function_of_a_claim_is_given_the_claim() {
    let sql = "SELECT * FROM l \
        WHERE {SECURITY_CONTEXT.ids.filter(lambda ids: f\"u = ANY(ARRAY[{ids}]::int[])\")}";
    for (claims, expected) in [
        (json!({ "ids": [7, 8] }), "(u = ANY(ARRAY[$1,$2]::int[]))"),
        (json!({ "ids": 7 }), "(u = ANY(ARRAY[$1]::int[]))"),
        (json!({ "ids": [] }), "false"),
    ] {
        let (sql, _) = claim(sql, claims).unwrap();
        assert_eq!(sql, format!("SELECT * FROM l WHERE {expected}"));
    }
    for claims in [json!({}), json!({ "ids": null }), json!({ "ids": "" })] {
        assert!(matches!(claim(sql, claims), Err(Error::MissingClaim(_))));
    }
    for claims in [json!({ "ids": {} }), json!({ "ids": [[1]] }), json!({ "ids": [""] })] {
        assert!(matches!(claim(sql, claims), Err(Error::UnusableClaim(_))));
    }
    let joined = "SELECT * FROM l \
        WHERE {SECURITY_CONTEXT.ids.requiredFilter(lambda ids: f\"u IN ({ids.join(', ')})\")}";
    let (sql, _) = claim(joined, json!({ "ids": [7, 8] })).unwrap();
    assert_eq!(sql, "SELECT * FROM l WHERE (u IN ($1, $2))");
    assert!(matches!(claim(joined, json!({})), Err(Error::MissingRequiredClaim(_))));
}

#[test]
fn a_claim_by_its_bare_name_is_a_parameter() {
    let sql = "SELECT * FROM l WHERE u IN ({securityContext.tenant.ids})";
    let (text, parameters) =
        claim(sql, json!({ "tenant": { "ids": ["1); DROP TABLE l; --", "b"] } })).unwrap();
    assert_eq!(text, "SELECT * FROM l WHERE u IN ($1,$2)");
    assert_eq!(parameters[..2], ["1); DROP TABLE l; --", "b"]);
    let (text, _) = claim(sql, json!({ "tenant": { "ids": 7 } })).unwrap();
    assert_eq!(text, "SELECT * FROM l WHERE u IN ($1)");
    for claims in [json!({}), json!({ "tenant": { "ids": null } }), json!({ "tenant": 1 })] {
        assert!(matches!(claim(sql, claims), Err(Error::MissingClaim(_))));
    }
    for claims in [json!({ "tenant": { "ids": [] } }), json!({ "tenant": { "ids": {} } })] {
        assert!(matches!(claim(sql, claims), Err(Error::UnusableClaim(_))));
    }
}

#[test]
fn a_text_is_escaped_for_a_url() {
    let (sql, _) = claim("SELECT {SQL_UTILS.urlEncode('a || b')} AS u FROM l", json!({})).unwrap();
    assert_eq!(
        sql,
        "SELECT replace(replace(replace(replace(replace((a || b)::text, '%', '%25'), '&', \
         '%26'), '=', '%3D'), '+', '%2B'), ' ', '%20') AS u FROM l"
    );
}
