//! What a model tells a client about how to show its members.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "the helper module serves several tests")]

mod show;

use model::{DataModel, Format, JsonText, SortOrder};
use show::{dimension, measure, model};

/// A model whose only dimension and measure have these lines.
fn with(dimension: &str, measure: &str) -> DataModel {
    model(&format!(
        "cubes:\n- name: a\n  sql_table: t\n  dimensions:\n  - name: id\n    sql: id\n    type: \
         number\n  - name: d\n    sql: d\n{}  measures:\n  - name: m\n    sql: m\n{}",
        lines(dimension),
        lines(measure)
    ))
}

fn lines(text: &str) -> String {
    format!("    {}\n", text.replace("; ", "\n    "))
}

fn numeric(specifier: &str, alias: Option<&str>) -> Format {
    Format::Numeric { specifier: specifier.to_owned(), alias: alias.map(str::to_owned) }
}

#[test]
fn a_format_is_standard_named_or_written_out() {
    let name = |name: &str| Format::Name(name.to_owned());
    for (format, expected) in [
        ("percent", name("percent")),
        ("percent_1", numeric(".1~%", Some("percent_1"))),
        ("abbr", numeric(".2~s", Some("abbr"))),
        ("id", numeric(".0f", Some("id"))),
        ("\"$,.3f\"", numeric("$,.3f", None)),
    ] {
        let model = with(
            &format!("type: number; format: {format}"),
            &format!("type: sum; format: {format}"),
        );
        assert_eq!(measure(&model, "a.m").format, Some(expected.clone()), "{format}");
        assert_eq!(dimension(&model, "a.d").format, Some(expected), "{format}");
    }
    let time = with("type: time; format: \"%Y-%m\"", "type: max");
    assert_eq!(dimension(&time, "a.d").format, Some(Format::Time("%Y-%m".to_owned())));
    let text = with("type: string; format: imageUrl", "type: max");
    assert_eq!(dimension(&text, "a.d").format, Some(name("imageUrl")));
    let id = with("type: string; format: id", "type: max");
    assert_eq!(dimension(&id, "a.d").format, Some(numeric(".0f", Some("id"))));
    let link = with("type: string; format: {type: link, label: Open}", "type: max");
    let json = r#"{"type":"link","label":"Open"}"#;
    assert_eq!(dimension(&link, "a.d").format, Some(Format::Json(JsonText(json.to_owned()))));
}

#[test]
fn a_dimension_has_a_key_and_an_order() {
    let model = with("type: string; key: id; order: desc", "type: max");
    let shown = dimension(&model, "a.d");
    assert_eq!(shown.key.map(|key| model.path(key)), Some("a.id"));
    assert_eq!(shown.order, Some(SortOrder::Descending));
    let own = with("type: string; key: CUBE.id; order: asc", "type: max");
    assert_eq!(dimension(&own, "a.d").key.map(|key| own.path(key)), Some("a.id"));
    assert_eq!(dimension(&model, "a.id").key, None);
}

#[test]
fn a_measure_may_say_that_it_accumulates() {
    for (lines, expected) in [("cumulative: true", true), ("cumulative: false", false)] {
        let model = with("type: string", &format!("type: sum; {lines}"));
        assert_eq!(measure(&model, "a.m").is_cumulative, expected);
    }
}

#[test]
fn drill_filters_are_conditions_of_their_own() {
    let model = with(
        "type: string",
        "type: sum; filters: [{sql: \"{CUBE}.x\"}]; drillFilters: [{sql: \"{d} = 'y'\"}]",
    );
    let found = measure(&model, "a.m");
    let show = |templates: &[model::SqlTemplate]| -> Vec<String> {
        templates.iter().map(|template| show::show(&model, template)).collect()
    };
    assert_eq!(show(&found.filters), ["<a>.x"]);
    assert_eq!(show(&found.drill_filters), ["<a.d> = 'y'"]);
}

#[test]
fn what_cube_never_looks_at_is_accepted() {
    let model = with(
        "type: string; fieldType: string; valuesAsSegments: true; enableSuggestions: true; \
         aliases: [x]",
        "type: sum; aliases: [y]",
    );
    assert!(dimension(&model, "a.d").suggests_filter_values);
}

const VIEW: &str = "cubes:\n- name: a\n  sql_table: t\n  dimensions:\n  - {name: id, sql: id, type: \
                    number}\n  - {name: d, sql: d, type: string, key: id, order: asc}\n  \
                    measures:\n  - {name: m, type: count, cumulative: true}\nviews:\n- name: v\n  \
                    cubes:\n  - join_path: a\n    prefix: true\n    includes: ";

#[test]
fn a_view_shows_keys_and_orders_by_its_own_names() {
    let model = model(&format!("{VIEW}'*'\n"));
    let shown = dimension(&model, "v.a_d");
    assert_eq!(shown.key.map(|key| model.path(key)), Some("v.a_id"));
    assert_eq!(shown.order, Some(SortOrder::Ascending));
    assert!(measure(&model, "v.a_m").is_cumulative);
}

#[test]
fn a_view_without_the_key_of_a_dimension_is_refused() {
    let text = format!("{VIEW}[d]\n");
    let file = compiler::ModelFile { path: "model/test.yml".to_owned(), text };
    let errors = compiler::compile(&[file]).unwrap_err().to_string();
    assert!(
        errors.contains(
            "Dimension 'a_d' has key 'a.id' but the key dimension is not included in view 'v'"
        ),
        "{errors}"
    );
}
