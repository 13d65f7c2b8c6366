//! What access policies make of a query.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use auth::SecurityContext;
use compiler::ModelFile;
use model::DataModel;
use planner::{Access, Caller, DefaultMasks, Error, MissingClaims, Plan};
use query::{Limits, Query};
use serde_json::{Value, json};

const MODEL: &str = r#"
cubes:
  - name: orders
    sql_table: orders
    joins:
      - { name: users, relationship: many_to_one, sql: "{CUBE}.user_id = {users.id}" }
    measures:
      - { name: count, type: count }
      - { name: total, type: sum, sql: "{amount}", mask: 12345 }
      - { name: greatest, type: max, sql: "{amount}" }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: tenant, type: number, sql: tenant }
      - { name: status, type: string, sql: status, mask: "***" }
      - { name: amount, type: number, sql: amount, mask: -1 }
      - { name: hint, type: string, sql: hint, mask: { sql: "LEFT({CUBE}.hint, 2)" } }
    access_policy:
      - group: tenants
        member_level: { excludes: [amount] }
        row_level:
          filters: [{ member: tenant, operator: equals, values: ["{ securityContext.tenant }"] }]
      - role: admin
        conditions: [{ if: "{ security_context.may_see }" }]
      - groups: [lists]
        row_level:
          filters: [{ member: tenant, operator: equals, values: "{ securityContext.tenants }" }]
      - group: masked
        member_level: { includes: [count] }
        member_masking: { includes: "*" }
      - group: partly
        row_level:
          filters: [{ member: status, operator: equals, values: [open, "new"] }]
      - group: dated
        row_level:
          filters: [{ member: "{CUBE}.id", operator: gt, values: [100] }]
  - name: users
    sql_table: users
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: city, type: string, sql: city }
      - { name: orders_total, type: number, sql: "{orders.greatest}", sub_query: true }
    joins:
      - { name: orders, relationship: one_to_many, sql: "{CUBE}.id = {orders.user_id_key}" }
    segments:
      - { name: here, sql: "{CUBE}.here" }
  - name: open
    sql_table: open
    measures: [{ name: count, type: count }]
views:
  - name: sales
    cubes:
      - { join_path: orders, includes: [count, total, amount, status] }
    access_policy:
      - group: viewers
        member_level: { excludes: [status] }
  - name: bare
    cubes:
      - { join_path: orders, includes: [count, amount] }
"#;

fn model() -> DataModel {
    let text = MODEL.replace("{orders.user_id_key}", "{orders}.user_id");
    let file = ModelFile { path: "policies.yml".to_owned(), text };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn query(json: &Value) -> Query {
    let sent = query::parse(json.to_string().as_bytes()).unwrap();
    let now = "2026-07-29T12:00:00Z".parse().unwrap();
    query::normalize_request(&sent, &Limits::default(), now).unwrap().queries.remove(0).query
}

fn plan(groups: &[&str], claims: Value, json: &Value) -> Result<Plan, Error> {
    let context = SecurityContext::for_test(claims);
    let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let masks = DefaultMasks::default();
    let caller = Caller {
        context: &context,
        groups: &groups,
        masks: &masks,
        missing_claims: MissingClaims::Refuse,
    };
    let (model, asked) = (model(), query(json));
    let access = planner::access(&model, &caller, &asked, &asked)?;
    let ruled =
        asked.with_filters(access.filters(), "2026-07-29T12:00:00Z".parse().unwrap()).unwrap();
    planner::plan_with(&model, &context, MissingClaims::Refuse, &ruled, &access)
}

fn text(groups: &[&str], claims: Value, json: &Value) -> String {
    plan(groups, claims, json).unwrap_or_else(|error| panic!("{error}")).statement.text
}

fn counted() -> Value {
    json!({ "measures": ["orders.count"], "dimensions": ["orders.tenant"] })
}

#[test]
fn the_rows_of_a_policy_are_those_of_the_claim() {
    let plan = plan(&["tenants"], json!({ "tenant": 7 }), &counted()).unwrap();
    assert!(plan.statement.text.contains(r#""orders".tenant = $1"#), "{}", plan.statement.text);
    assert_eq!(plan.statement.parameters[0], "7");
    assert!(plan.statement.has_context_parameters);
    let other = text(&["tenants"], json!({ "tenant": 8 }), &counted());
    assert_eq!(plan.statement.text, other, "a value is in the text");
}

#[test]
fn a_claim_that_is_not_there_denies() {
    for claims in [json!({}), json!({ "tenant": null }), json!({ "tenant": " " })] {
        let error = plan(&["tenants"], claims, &counted()).unwrap_err();
        assert!(matches!(error, Error::MissingClaim(_)), "{error}");
    }
    for claim in [json!({}), json!("x"), json!([null]), json!([""]), json!([[1]]), json!(true)] {
        let error = plan(&["tenants"], json!({ "tenant": claim }), &counted()).unwrap_err();
        assert!(matches!(error, Error::UnusableClaim(_)), "{error}");
    }
    assert!(plan(&["tenants"], json!({ "tenant": 0 }), &counted()).is_ok());
}

#[test]
fn a_list_is_several_values_and_an_empty_one_no_row() {
    let two = plan(&["lists"], json!({ "tenants": [1, 2] }), &counted()).unwrap().statement;
    assert!(two.text.contains(r#""orders".tenant IN ($1, $2)"#), "{}", two.text);
    let none = text(&["lists"], json!({ "tenants": [] }), &counted());
    assert!(none.contains("WHERE false") || none.contains("(false)"), "{none}");
}

#[test]
fn policies_that_apply_are_joined_by_or_and_one_for_every_row_lifts_them() {
    let both = text(&["tenants", "lists"], json!({ "tenant": 1, "tenants": [2] }), &counted());
    assert!(both.contains(" OR "), "{both}");
    let context = json!({ "tenant": 1, "may_see": true });
    let all = text(&["tenants", "admin"], context, &counted());
    assert!(!all.contains("WHERE"), "{all}");
    for claim in [json!(false), json!("true"), json!(1), json!(null)] {
        let text =
            text(&["tenants", "admin"], json!({ "tenant": 1, "may_see": claim }), &counted());
        assert!(text.contains(r#""orders".tenant = $1"#), "{text}");
    }
}

#[test]
fn who_is_granted_nothing_gets_no_row() {
    for (groups, json) in [
        (&[][..], counted()),
        (&["strangers"], counted()),
        (&["tenants"], json!({ "dimensions": ["orders.amount"] })),
        // Not by filters, not through the SQL of another member.
        (
            &["tenants"],
            json!({ "dimensions": ["orders.tenant"],
            "filters": [{ "member": "orders.amount", "operator": "gt", "values": ["5"] }] }),
        ),
        (&["tenants"], json!({ "measures": ["orders.greatest"], "dimensions": ["orders.tenant"] })),
        (&["viewers"], json!({ "dimensions": ["sales.status"] })),
        (&["viewers"], json!({ "dimensions": ["sales.amount"] })),
    ] {
        let text = text(groups, json!({ "tenant": 1 }), &json);
        assert!(text.contains("1 = 0"), "{json}: {text}");
    }
    let alone = json!({ "measures": ["orders.count"] });
    let error = plan(&[], json!({}), &alone).unwrap_err();
    assert!(matches!(error, Error::HiddenMember { .. }), "{error}");
    let open = json!({ "measures": ["open.count"] });
    assert!(!text(&[], json!({}), &open).contains("WHERE"));
}

#[test]
fn a_joined_cube_gives_its_rows_only() {
    // Nothing of `orders` is asked for, it is only joined by a segment's cube.
    let json = json!({ "measures": ["orders.count"], "dimensions": ["users.city"] });
    let joined = text(&["tenants"], json!({ "tenant": 1 }), &json);
    assert!(joined.contains(r#""orders".tenant = $1"#), "{joined}");
    assert!(text(&[], json!({}), &json).contains("1 = 0"));
}

#[test]
fn rows_inside_a_sub_query_are_ruled_too() {
    let json = json!({ "dimensions": ["users.orders_total"] });
    let ruled = text(&["dated"], json!({}), &json);
    let inner = ruled.find("orders_total_subquery").unwrap();
    let rule = ruled.find(r#""orders".id > $"#).unwrap();
    assert!(ruled.contains("WHERE"), "{ruled}");
    assert!(rule > 0 && inner > 0);
    assert!(text(&[], json!({}), &json).contains("1 = 0"));
}

#[test]
fn a_view_skips_the_members_of_its_cubes_and_keeps_their_rows() {
    let json = json!({ "measures": ["bare.count"], "dimensions": ["bare.amount"] });
    let ruled = text(&["tenants"], json!({ "tenant": 1 }), &json);
    assert!(ruled.contains(r#""orders".tenant = $1"#), "{ruled}");
    assert!(!ruled.contains("1 = 0"), "{ruled}");
    let json = json!({ "dimensions": ["sales.amount"] });
    let ruled = text(&["viewers", "tenants"], json!({ "tenant": 1 }), &json);
    assert!(ruled.contains(r#""orders".tenant = $1"#), "{ruled}");
}

#[test]
fn masked_members_are_their_masks_everywhere() {
    let json = json!({
        "measures": ["orders.total", "orders.greatest", "orders.count"],
        "dimensions": ["orders.status", "orders.hint", "orders.tenant"],
        "filters": [
            { "member": "orders.amount", "operator": "gt", "values": ["5"] },
            { "member": "orders.total", "operator": "gt", "values": ["5"] },
        ],
    });
    let text = text(&["masked"], json!({}), &json);
    assert!(text.contains("(12345)"), "{text}");
    assert!(text.contains("'***'"), "{text}");
    assert!(text.contains(r#"LEFT("orders".hint, 2)"#), "{text}");
    assert!(text.contains("(-1)"), "{text}");
    assert!(text.contains("NULL"), "{text}");
    for secret in [r#""orders".amount"#, r#""orders".status"#, "max(", r#""orders".tenant"#] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("count("), "{text}");
}

#[test]
fn masks_in_the_place_of_aggregates_are_one_row() {
    let masked = |json: Value| text(&["masked"], json!({}), &json);
    let alone = masked(json!({ "measures": ["orders.total", "orders.greatest"] }));
    assert!(alone.contains("GROUP BY ()"), "{alone}");
    let grouped = json!({ "measures": ["orders.total"], "dimensions": ["orders.status"] });
    assert!(masked(grouped).contains("GROUP BY 1"));
    let mut each = json!({ "measures": ["orders.total"] });
    each["ungrouped"] = json!(true);
    assert!(!masked(each).contains("GROUP BY"));
    assert!(!masked(json!({ "measures": ["orders.count"] })).contains("GROUP BY"));
}

#[test]
fn a_mask_is_lifted_in_the_rows_of_a_policy_that_shows_the_member() {
    let json = json!({ "measures": ["orders.total"], "dimensions": ["orders.amount"] });
    let part = text(&["masked", "partly"], json!({}), &json);
    let case = r#"CASE WHEN ("orders".status IN ($1, $2)) THEN "orders".amount ELSE (-1) END"#;
    assert!(part.contains(case), "{part}");
    assert!(part.contains("(12345)") && !part.contains("sum(\"orders\".amount)"), "{part}");
    // The query asks for nothing else than such rows.
    let mut json = json;
    json["filters"] =
        json!([{ "member": "orders.status", "operator": "equals", "values": ["open"] }]);
    let all = text(&["masked", "partly"], json!({}), &json);
    assert!(!all.contains("(-1)") && !all.contains("(12345)"), "{all}");
}

#[test]
fn nothing_is_planned_before_policies_were_asked() {
    let (model, context) = (model(), SecurityContext::for_test(json!({})));
    for json in [counted(), json!({ "dimensions": ["sales.amount"] })] {
        let asked = query(&json);
        let plain = planner::plan(&model, &context, MissingClaims::Refuse, &asked).unwrap_err();
        assert!(matches!(plain, Error::Undecided { .. }), "{plain}");
        let access = Access::default();
        let none = MissingClaims::Refuse;
        assert!(planner::plan_with(&model, &context, none, &asked, &access).is_err());
    }
}
