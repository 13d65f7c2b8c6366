//! A small shop to plan against.
#![allow(dead_code, reason = "each test file uses some of it")]

use auth::SecurityContext;
use compiler::ModelFile;
use model::DataModel;
use planner::{Error, MissingClaims, Plan};
use query::{Limits, Query};
use serde_json::Value;

const SHOP: &str = r#"
cubes:
  - name: orders
    sql_table: orders
    joins:
      - { name: users, relationship: many_to_one, sql: "{CUBE}.user_id = {users.id}" }
      - { name: archived, relationship: one_to_one, sql: "{CUBE.id} = {archived.id}" }
      - { name: items, relationship: one_to_many, sql: "{CUBE.id} = {items}.order_id" }
    measures:
      - { name: count, type: count }
      - { name: total, type: sum, sql: amount }
      - { name: paid, type: count, filters: [{ sql: "{CUBE}.status = 'paid'" }] }
      - name: local
        type: count
        filters: [{ sql: "{CUBE}.amount > 0" }]
        drill_filters: [{ sql: "{users.city} = 'Lyon'" }]
      - { name: paid_share, type: number, sql: "{paid} / NULLIF({count}, 0)" }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: status, type: string, sql: status }
      - { name: amount, type: number, sql: amount }
      - { name: is_paid, type: boolean, sql: "{CUBE}.status = 'paid'" }
      - { name: created_at, type: time, sql: created_at }
      - { name: secret, type: string, sql: secret, public: false }
    segments:
      - { name: is_open, sql: "{CUBE}.status = 'paid'" }
  - name: users
    sql_table: users
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: city, type: string, sql: city }
  - name: items
    sql_table: items
    measures:
      - { name: quantity, type: sum, sql: quantity }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
  - name: archived
    data_source: archive
    sql_table: archived
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: place, type: string, sql: place }
  - name: islands
    sql_table: islands
    measures:
      - { name: count, type: count }
  - name: mine
    sql: "SELECT * FROM orders WHERE {SECURITY_CONTEXT.tenant.id.filter('tenant_id')}"
    measures:
      - { name: count, type: count }
  - name: mine_required
    sql: "SELECT * FROM orders WHERE {SECURITY_CONTEXT.tenant.id.requiredFilter('tenant_id')}"
    measures:
      - { name: count, type: count }
  - name: written
    sql: "SELECT * FROM orders_{SECURITY_CONTEXT.tenant.id.unsafeValue()}"
    measures:
      - { name: count, type: count }
"#;

/// The shop's model.
pub(crate) fn shop() -> DataModel {
    let file = ModelFile { path: "shop.yml".to_owned(), text: SHOP.to_owned() };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A model with one cube `log` over the SQL, and the claims' errors where they are.
pub(crate) fn plan_over(sql: &str, json: &Value, claims: Value) -> Result<Plan, Error> {
    let text = format!(
        r"
cubes:
  - name: log
    sql: >
      {sql}
    measures:
      - {{ name: count, type: count }}
      - {{ name: last, type: max, sql: at }}
    dimensions:
      - {{ name: at, type: time, sql: at }}
      - {{ name: kind, type: string, sql: kind }}
      - {{ name: size, type: number, sql: size }}
      - {{ name: is_open, type: boolean, sql: is_open }}
      - {{ name: other, type: string, sql: other }}
"
    );
    let file = ModelFile { path: "log.yml".to_owned(), text };
    let model = compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"));
    let context = SecurityContext::for_test(claims);
    planner::plan(&model, &context, MissingClaims::Refuse, &query(json))
}

/// A query in normal form.
pub(crate) fn query(json: &Value) -> Query {
    let request = query::parse(json.to_string().as_bytes()).unwrap();
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    query::normalize(&request.queries[0], &Limits::default(), now).unwrap().query
}

/// The plan of a query for a caller with these claims.
pub(crate) fn plan(json: &Value, claims: Value) -> Result<Plan, Error> {
    let context = SecurityContext::for_test(claims);
    planner::plan(&shop(), &context, MissingClaims::Refuse, &query(json))
}
