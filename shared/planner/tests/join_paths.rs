//! Which joins a query takes: by views, by `joinHints`, by references, and by itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/view.rs"]
mod view;

use auth::SecurityContext;
use compiler::ModelFile;
use model::DataModel;
use planner::{Error, MissingClaims, explain};
use query::{Limits, Query};
use serde_json::{Value, json};
use view::with_view;

/// From A to X by B and C, by D and E, and by F.
const DIAMOND: &str = r#"
cubes:
  - name: A
    sql_table: a
    joins:
      - { name: B, relationship: many_to_one, sql: "{CUBE}.b = {B}.id" }
      - { name: D, relationship: many_to_one, sql: "{CUBE}.d = {D}.id" }
      - { name: F, relationship: many_to_one, sql: "{CUBE}.f = {F}.id" }
    dimensions: &dimensions
      - { name: id, type: number, sql: id, primary_key: true, public: true }
      - { name: name, type: string, sql: name }
      - { name: loud, type: string, sql: "{name} || '!'" }
    measures: &measures
      - { name: total, type: sum, sql: amount }
      - { name: count, type: count }
  - { name: B, sql_table: b, dimensions: *dimensions, measures: *measures,
      joins: [{ name: C, relationship: many_to_one, sql: "{CUBE}.c = {C}.id" }] }
  - { name: C, sql_table: c, dimensions: *dimensions, measures: *measures,
      joins: [{ name: X, relationship: many_to_one, sql: "{CUBE}.x = {X}.id" }] }
  - { name: D, sql_table: d, dimensions: *dimensions, measures: *measures,
      joins: [{ name: E, relationship: many_to_one, sql: "{CUBE}.e = {E}.id" }] }
  - { name: E, sql_table: e, dimensions: *dimensions, measures: *measures,
      joins: [{ name: X, relationship: many_to_one, sql: "{CUBE}.x = {X}.id" }] }
  - { name: F, sql_table: f, dimensions: *dimensions, measures: *measures,
      joins: [{ name: X, relationship: many_to_one, sql: "{CUBE}.x = {X}.id" }] }
  - { name: X, sql_table: x, dimensions: *dimensions, measures: *measures }
  - name: Y
    sql_table: y
    joins:
      - { name: A, relationship: many_to_one, sql: "{CUBE}.a = {A}.id" }
      - { name: C, relationship: many_to_one, sql: "{CUBE}.c = {C}.id AND {B}.kind = {CUBE}.kind" }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true, public: true }
      - { name: x_by_d, type: string, sql: "{A.D.E.X.name}" }
      - { name: x_by_b, type: string, sql: "{A.B.C.X}.name" }
"#;

fn compiled(text: &str) -> DataModel {
    let file = ModelFile { path: "model.yml".to_owned(), text: text.to_owned() };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn diamond() -> DataModel {
    compiled(DIAMOND)
}

fn query(json: &Value) -> Query {
    let request = query::parse(json.to_string().as_bytes()).unwrap();
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    query::normalize(&request.queries[0], &Limits::default(), now).unwrap().query
}

/// The cubes in the order they are joined: `A D E X`.
fn joined(model: &DataModel, json: &Value) -> Result<String, Error> {
    let query = query(json);
    let words = explain(model, &SecurityContext::nobody(), &query)?;
    // What can be explained can be written.
    planner::plan(model, &SecurityContext::nobody(), MissingClaims::Refuse, &query)?;
    let cubes: Vec<&str> = words
        .lines()
        .filter_map(|line| line.strip_prefix("from ").or(line.strip_prefix("left join ")))
        .map(|rest| rest.split(' ').next().unwrap())
        .collect();
    Ok(cubes.join(" "))
}

fn text(model: &DataModel, json: &Value) -> String {
    let nobody = SecurityContext::nobody();
    planner::plan(model, &nobody, MissingClaims::Refuse, &query(json)).unwrap().statement.text
}

#[test]
fn without_a_hint_the_shortest_path_is_taken() {
    let model = diamond();
    assert_eq!(joined(&model, &json!({"dimensions": ["A.id", "X.id"]})).unwrap(), "A F X");
    // From X nothing leads anywhere, whatever comes first.
    assert_eq!(joined(&model, &json!({"dimensions": ["X.id", "A.id"]})).unwrap(), "A F X");
    assert_eq!(joined(&model, &json!({"dimensions": ["X.id", "B.id"]})).unwrap(), "B C X");
}

#[test]
fn join_hints_of_the_query_pin_a_path() {
    let model = diamond();
    let ask =
        |hints: Value| joined(&model, &json!({"dimensions": ["A.id", "X.id"], "joinHints": hints}));
    assert_eq!(ask(json!([["A", "D", "E", "X"]])).unwrap(), "A D E X");
    assert_eq!(ask(json!([["A", "D"], ["D", "E"], ["E", "X"]])).unwrap(), "A D E X");
    assert_eq!(ask(json!([["A", "B", "X"]])).unwrap(), "A B C X");
    assert_eq!(ask(json!([["D", "X"]])).unwrap(), "A D E X");
    // From X nothing leads to A.
    assert_eq!(ask(json!([["X", "A"]])).unwrap(), "A F X");
    assert_eq!(
        ask(json!([["A", "F", "X"], ["A", "D", "E", "X"]])).unwrap_err().sentence().unwrap(),
        "Several join paths lead to 'X': A.F.X and A.D.E.X. Please choose one with joinHints, or \
         query a view whose join_path says it"
    );
    assert_eq!(
        ask(json!([["A", "Z"]])).unwrap_err().sentence().unwrap(),
        "Cube 'Z' not found for path 'A.Z'"
    );
    assert_eq!(
        ask(json!([["X", "Y"]])).unwrap_err().sentence().unwrap(),
        "Can't find join path to join 'X,Y', 'A', 'X'"
    );
}

#[test]
fn the_path_of_a_view_is_taken_for_all_that_its_members_refer_to() {
    let model = with_view(
        &diamond(),
        "V",
        &[
            ("a", "A", "id"),
            ("d", "A.D", "id"),
            ("x", "A.D.E.X", "id"),
            ("loud", "A.D.E.X", "loud"),
        ],
    );
    assert_eq!(joined(&model, &json!({"dimensions": ["V.a", "V.x"]})).unwrap(), "A D E X");
    assert_eq!(joined(&model, &json!({"dimensions": ["V.a", "V.loud"]})).unwrap(), "A D E X");
    assert_eq!(joined(&model, &json!({"dimensions": ["V.a", "V.d"]})).unwrap(), "A D");
    assert_eq!(joined(&model, &json!({"dimensions": ["V.a"]})).unwrap(), "A");
    // A cube of the view's path beside its members is joined along the path, too.
    assert_eq!(joined(&model, &json!({"dimensions": ["V.a", "X.id"]})).unwrap(), "A D E X");
    assert_eq!(joined(&model, &json!({"dimensions": ["V.x", "B.id"]})).unwrap(), "A D E X B");
}

#[test]
fn a_view_may_reach_one_cube_by_two_paths_but_a_query_may_not() {
    let model = with_view(
        &diamond(),
        "V",
        &[("a", "A", "id"), ("x", "A.D.E.X", "id"), ("y", "A.F.X", "name")],
    );
    assert_eq!(joined(&model, &json!({"dimensions": ["V.x"]})).unwrap(), "A D E X");
    assert_eq!(joined(&model, &json!({"dimensions": ["V.y"]})).unwrap(), "A F X");
    let error = joined(&model, &json!({"dimensions": ["V.x", "V.y"]})).unwrap_err();
    assert!(matches!(error, Error::AmbiguousJoinPath { cube, .. } if cube == "X"));
}

#[test]
fn references_may_name_their_path() {
    let model = diamond();
    assert_eq!(joined(&model, &json!({"dimensions": ["Y.x_by_d"]})).unwrap(), "Y A D E X");
    assert_eq!(joined(&model, &json!({"dimensions": ["Y.x_by_b"]})).unwrap(), "Y A B C X");
}

#[test]
fn a_condition_may_mention_a_third_cube_which_is_joined_before() {
    let model = diamond();
    // The join of Y and C reads B, which only A leads to.
    assert_eq!(joined(&model, &json!({"dimensions": ["Y.id", "C.id"]})).unwrap(), "Y A B C");
}

#[test]
fn conditions_that_mention_each_other_are_refused() {
    let model = compiled(
        r#"
cubes:
  - name: a
    sql_table: a
    joins:
      - { name: b, relationship: many_to_one, sql: "{CUBE}.b = {b}.id AND {c}.x = 1" }
      - { name: c, relationship: many_to_one, sql: "{CUBE}.c = {c}.id AND {b}.x = 1" }
    dimensions: &d [{ name: id, type: number, sql: id, primary_key: true, public: true }]
  - { name: b, sql_table: b, dimensions: *d }
  - { name: c, sql_table: c, dimensions: *d }
"#,
    );
    let error = joined(&model, &json!({"dimensions": ["a.id", "b.id"]})).unwrap_err();
    assert!(error.sentence().unwrap().starts_with("The joins of "), "{error:?}");
}

#[test]
fn a_join_on_a_sub_query_that_takes_the_same_join_is_refused() {
    let model = compiled(
        r#"
cubes:
  - name: a
    sql_table: a
    joins:
      - { name: b, relationship: one_to_many, sql: "{CUBE}.id = {b}.a AND {CUBE.most} > 1" }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true, public: true }
      - { name: most, type: number, sql: "{b.count}", sub_query: true }
  - name: b
    sql_table: b
    dimensions: [{ name: id, type: number, sql: id, primary_key: true }]
    measures: [{ name: count, type: count }]
"#,
    );
    let error = joined(&model, &json!({"dimensions": ["a.id"], "measures": ["b.count"]}));
    assert!(matches!(error.unwrap_err(), Error::EntangledJoins { .. }));
}

#[test]
fn a_view_shows_its_own_names_and_computes_by_those_of_cubes() {
    let model = with_view(
        &diamond(),
        "V",
        &[("n", "A.D", "name"), ("sum", "A", "total"), ("times", "A", "count")],
    );
    let asked = json!({
        "measures": ["V.sum", "V.times"], "dimensions": ["V.n"],
        "filters": [
            {"member": "V.n", "operator": "set"},
            {"member": "V.sum", "operator": "gt", "values": ["1"]},
        ],
        "order": {"V.n": "asc"},
    });
    let text = text(&model, &asked);
    assert_eq!(
        text,
        concat!(
            "SELECT\n  \"d\".name AS \"V__n\",\n  sum(\"a\".amount) AS \"V__sum\",\n  ",
            "count(\"a\".id) AS \"V__times\"\nFROM a AS \"a\"\n",
            "LEFT JOIN d AS \"d\" ON \"a\".d = \"d\".id\nWHERE (\"d\".name IS NOT NULL)\nGROUP BY 1\n",
            "HAVING (sum(\"a\".amount) > $1)\nORDER BY 1 ASC\nLIMIT $2"
        )
    );
}

#[test]
fn a_view_beside_its_cubes_asks_for_the_same_rows() {
    let model = with_view(&diamond(), "V", &[("n", "A.D", "name"), ("sum", "A", "total")]);
    let asked = json!({"measures": ["V.sum", "A.total"], "dimensions": ["V.n", "D.name"]});
    assert_eq!(joined(&model, &asked).unwrap(), "A D");
}
