//! What the compiler makes of the conformance model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod show;

use std::fmt::Write as _;
use std::path::Path;

use compiler::compile_with_warnings;
use model::{
    DataModel, DimensionExpression, Format, Interval, JsonText, Relationship, RollingWindow,
    Source, SqlTemplate, SubQuery, TimeUnit, WindowBound, WindowOffset,
};
use show::{cube, dimension, file, measure, model, show, sql};

fn ecommerce() -> DataModel {
    model(include_str!("models/ecommerce.yml"))
}

/// Every member with its title, alias, kind and SQL: compared with `models/ecommerce.txt`.
fn dump(model: &DataModel) -> String {
    let mut out = String::new();
    for (_, cube) in model.cubes() {
        let source = match &cube.source {
            Source::Table(template) => format!("table {}", show(model, template)),
            Source::Query(template) => format!("query {}", show(model, template)),
            Source::View(_) => "view".to_owned(),
        };
        line(&mut out, format_args!("{} | {} | {} | {source}", cube.name, cube.title, cube.alias));
        for join in &cube.joins {
            let target = &model.cube(join.target).name;
            let condition = show(model, &join.condition);
            line(&mut out, format_args!("  join {target} {:?} ON {condition}", join.relationship));
        }
        for found in &cube.measures {
            let sql = found
                .sql
                .as_ref()
                .map(|sql| format!(" | {}", show(model, sql)))
                .unwrap_or_default();
            let titles = format!("{} | {}", found.title, found.short_title);
            line(
                &mut out,
                format_args!(
                    "  {} | {titles} | {} | {:?} | {}{sql}",
                    found.path, found.alias, found.kind, found.is_public
                ),
            );
            for filter in &found.filters {
                line(&mut out, format_args!("    if {}", show(model, filter)));
            }
        }
        for found in &cube.dimensions {
            let titles = format!("{} | {}", found.title, found.short_title);
            line(
                &mut out,
                format_args!(
                    "  {} | {titles} | {} | {:?} | {}{}",
                    found.path,
                    found.alias,
                    found.kind,
                    found.is_public,
                    if found.is_primary_key { " | key" } else { "" }
                ),
            );
        }
        for found in &cube.segments {
            let titles = format!("{} | {}", found.title, found.short_title);
            line(
                &mut out,
                format_args!("  {} | {titles} | {}", found.path, show(model, &found.sql)),
            );
        }
    }
    out
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes all");
}

#[test]
fn the_conformance_model_compiles_to_the_recorded_names_and_sql() {
    let compiled =
        compile_with_warnings(&[file(include_str!("models/ecommerce.yml"))]).expect("it compiles");
    assert_eq!(compiled.warnings, []);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/ecommerce.txt");
    let actual = dump(&compiled.model);
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    if actual != expected {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ecommerce.txt");
        std::fs::write(&path, &actual).unwrap();
        panic!("{} differs from {}", path.display(), golden.display());
    }
}

#[test]
fn a_plain_select_is_the_table_itself() {
    let model = ecommerce();
    let orders = SqlTemplate::text("orders");
    assert_eq!(cube(&model, "Orders").source, Source::Table(orders));
    let products = SqlTemplate::text("public.products");
    assert_eq!(cube(&model, "Products").source, Source::Table(products));
    assert!(matches!(cube(&model, "SecureOrders").source, Source::Query(_)));
}

#[test]
fn joins_know_their_side() {
    let model = ecommerce();
    let joins: Vec<_> = cube(&model, "Orders")
        .joins
        .iter()
        .map(|join| (model.cube(join.target).name.as_str(), join.relationship))
        .collect();
    assert_eq!(
        joins,
        [
            ("Users", Relationship::ManyToOne),
            ("Products", Relationship::ManyToOne),
            ("LineItems", Relationship::OneToMany),
        ]
    );
}

#[test]
fn windows_formats_and_meta_are_read() {
    let model = ecommerce();
    let window = |path| measure(&model, path).rolling_window.clone();
    let day = |count| Some(WindowBound::Interval(Interval(vec![(count, TimeUnit::Day)])));
    let fixed =
        |trailing, leading, offset| Some(RollingWindow::Fixed { trailing, leading, offset });
    let end = WindowOffset::End;
    assert_eq!(window("Orders.runningCount"), fixed(Some(WindowBound::Unbounded), None, end));
    assert_eq!(window("Orders.rolling7dNumber"), fixed(day(7), None, end));
    assert_eq!(window("Orders.rollingLeading3d"), fixed(None, day(3), end));
    let month = Some(WindowBound::Interval(Interval(vec![(1, TimeUnit::Month)])));
    assert_eq!(window("Orders.rolling1mStart"), fixed(month, None, WindowOffset::Start));
    assert_eq!(window("Orders.count"), None);

    let total = measure(&model, "Orders.totalNumber");
    assert_eq!(total.meta, Some(JsonText(r#"{"tag":"sum","nested":{"a":1}}"#.to_owned())));
    assert_eq!(total.description.as_deref(), Some("Sum of order number"));
    let percent = measure(&model, "Orders.completedPercentage");
    assert_eq!(percent.format, Some(Format::Name("percent".to_owned())));
}

#[test]
fn drill_members_are_members_of_any_cube() {
    let model = ecommerce();
    let paths: Vec<_> =
        measure(&model, "Orders.count").drill_members.iter().map(|id| model.path(*id)).collect();
    assert_eq!(paths, ["Orders.id", "Orders.status", "Users.name", "Orders.createdAt"]);
}

#[test]
fn a_primary_key_is_hidden_unless_it_is_made_public() {
    let model = ecommerce();
    assert!(dimension(&model, "Orders.id").is_public);
    assert!(!dimension(&model, "Products.id").is_public);
    assert!(!dimension(&model, "Orders.hidden").is_public);
    assert!(!measure(&model, "Orders.hiddenMeasure").is_public);
    let model = self::model(
        "cubes:\n- name: a\n  sql_table: t\n  public: false\n  dimensions:\n  \
         - {name: x, sql: x, type: string, public: true}\n",
    );
    assert!(!cube(&model, "a").is_public);
    assert!(!dimension(&model, "a.x").is_public, "a hidden cube hides its members");
}

#[test]
fn sub_queries_and_geo_points_are_read() {
    let model = ecommerce();
    let plain = dimension(&model, "Orders.lineItemsAmount");
    assert_eq!(plain.sub_query, Some(SubQuery { propagates_filters: false }));
    assert_eq!(sql(&model, plain), "<LineItems.totalAmount>");
    let propagated = dimension(&model, "Orders.lineItemsCountPropagated");
    assert_eq!(propagated.sub_query, Some(SubQuery { propagates_filters: true }));
    let DimensionExpression::Geo { latitude, longitude } =
        &dimension(&model, "Users.location").expression
    else {
        panic!("not a place")
    };
    assert_eq!(show(&model, latitude), "(30 + <Users>.id % 20)");
    assert_eq!(show(&model, longitude), "(-120 + <Users>.id % 40)");
}
