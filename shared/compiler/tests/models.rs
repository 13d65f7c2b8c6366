//! What the compiler makes of small models, each about one thing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod show;

use compiler::{ModelFile, Notice, compile, compile_with_warnings};
use model::{DimensionExpression, Label, MeasureType, Source};
use show::{cube, dimension, file, measure, model, show, sql};

#[test]
fn a_case_keeps_labels_as_text_and_as_sql() {
    let model = model(
        "cubes:\n- name: a\n  sql_table: t\n  dimensions:\n  - name: size\n    type: string\n    \
         case:\n      when:\n      - {sql: \"{CUBE}.n > 1\", label: It's big}\n      \
         - {sql: \"{CUBE}.n > 0\", label: {sql: \"{CUBE}.label\"}}\n      else: {label: ''}\n",
    );
    let DimensionExpression::Case { whens, otherwise } = &dimension(&model, "a.size").expression
    else {
        panic!("not a case")
    };
    assert_eq!(whens[0].label, Label::Text("It's big".to_owned()));
    assert_eq!(show(&model, &whens[0].condition), "<a>.n > 1");
    let Label::Sql(label) = &whens[1].label else { panic!("not SQL") };
    assert_eq!(show(&model, label), "<a>.label");
    assert_eq!(otherwise, &Some(Label::Text(String::new())));
}

/// The same model in Cube's two spellings, lists as mappings by name in the second.
#[test]
fn camel_case_and_mappings_mean_the_same_as_snake_case_and_lists() {
    let snake = model(include_str!("models/snake.yml"));
    let camel = model(include_str!("models/camel.yml"));
    assert_eq!(snake, camel);
    assert_eq!(measure(&snake, "orders.distinct_users").kind, MeasureType::CountDistinct);
}

#[test]
fn references_of_every_form_are_bound() {
    let model = model(include_str!("models/references.yml"));
    let text = |path| sql(&model, dimension(&model, path));
    assert_eq!(text("orders.table_alias"), "<orders>.a || <orders>.b || <orders>.c");
    assert_eq!(text("orders.by_member"), "<orders.status> <orders.status> <orders.status>");
    assert_eq!(text("orders.other"), "<users.city>");
    assert_eq!(
        text("orders.along"),
        "<along users.orders <orders.status>> <along users.orders <orders>>.x \
         <along users.orders <orders.created_at by month>>"
    );
    assert_eq!(text("orders.month"), "<orders.created_at by month> <users.born by year>");
    assert_eq!(text("orders.cube_wins"), "<users>.id");
    assert_eq!(text("orders.json"), r#"'{"a": 1}'::jsonb ->> 'a'"#);
    assert_eq!(text("orders.regex"), r"<orders>.a ~ '^\d+$'");
    assert_eq!(text("orders.local"), "<tz <orders>.created_at>");
    let source = |name| match &cube(&model, name).source {
        Source::Query(template) | Source::Table(template) => show(&model, template),
        Source::View(_) => String::new(),
    };
    assert_eq!(
        source("orders"),
        "SELECT * FROM orders -- all of them\nWHERE <claim user.id on user_id, required false>\n  \
         AND <claim tenant on t.tenant, required true>\n  AND <filter orders.status on o.status>\n  \
         AND <filters orders.status on a, users.city on b>"
    );
    assert_eq!(source("recent"), "SELECT * FROM <sql of orders> AS o");
    assert_eq!(source("tenants"), "<claim tenant>.users");
    assert_eq!(source("users"), "users");
}

#[test]
fn aliases_and_merged_mappings_are_written_out() {
    let model = model(include_str!("models/anchors.yml"));
    assert_eq!(sql(&model, dimension(&model, "b.id")), "id");
    assert!(dimension(&model, "b.id").is_primary_key);
    assert_eq!(dimension(&model, "b.id").title, "B Number");
    assert_eq!(dimension(&model, "a.id").title, "A ID");
}

#[test]
fn sql_alias_replaces_the_cubes_part_of_every_alias() {
    let model = model(
        "cubes:\n- name: VeryLongName\n  sql_table: t\n  sql_alias: vln\n  measures:\n  \
         - {name: itemCount, type: count}\n",
    );
    assert_eq!(cube(&model, "VeryLongName").alias, "vln");
    assert_eq!(measure(&model, "VeryLongName.itemCount").alias, "vln__item_count");
}

#[test]
fn what_has_no_effect_is_warned_of() {
    let text = "cubes:\n- name: a\n  sql_table: t\n  refresh_key: {every: 1 hour}\n  \
                pre_aggregations:\n  - name: main\n  hierarchies: []\n  measures:\n  \
                - {name: a_b, type: count}\n  - {name: aB, type: max, sql: \"x ~ '\\\\d'\"}\n";
    let warnings = compile_with_warnings(&[file(text)]).unwrap().warnings;
    let kinds: Vec<_> = warnings.iter().map(|warning| (warning.line, &warning.kind)).collect();
    assert!(matches!(kinds[0], (4, Notice::NoEffect { .. })), "{kinds:?}");
    assert!(matches!(kinds[1], (5, Notice::NoEffect { .. })), "{kinds:?}");
    assert!(matches!(kinds[2], (10, Notice::SameAlias { .. })), "{kinds:?}");
    assert!(matches!(kinds[3], (10, Notice::DroppedBackslash('d'))), "{kinds:?}");
    assert_eq!(
        warnings[1].to_string(),
        "model/test.yml:5:3: `pre_aggregations` has no effect here: every query reads the tables \
         themselves"
    );
}

#[test]
fn files_without_cubes_are_no_mistake() {
    for text in ["", "   \n", "# nothing\n", "cubes:\n", "cubes: []\nviews:\n", "---\n", "\u{feff}"]
    {
        assert!(model(text).is_empty(), "{text:?}");
    }
    assert!(compile(&[]).unwrap().is_empty());
}

#[test]
fn an_empty_list_of_members_is_no_mistake() {
    let text = "cubes:\n- name: a\n  sql_table: t\n  joins:\n  measures:\n  dimensions: []\n";
    assert_eq!(model(text).len(), 1);
}

/// A file that cannot be read may hold the cubes the others name: they are not called unknown.
#[test]
fn one_broken_file_does_not_make_the_others_wrong() {
    let good = "cubes:\n- name: a\n  sql_table: t\n  joins:\n  - {name: b, relationship: \
                belongsTo, sql: \"{CUBE}.b = {b}.id\"}\n  measures:\n  - {name: n, type: countt}\n";
    let files = [file(good), ModelFile { path: "model/b.yml".to_owned(), text: "a: [".to_owned() }];
    let errors = compile(&files).unwrap_err().0;
    let places: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
    assert_eq!(places, [("model/test.yml", 7), ("model/b.yml", 2)], "{errors:?}");
}
