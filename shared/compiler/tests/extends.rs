//! What a cube takes from the cube it extends, and what it keeps of its own.
//!
//! Every expectation about titles, visibility, order and joins is what Cube 1.7.43 answers for the
//! same model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod show;

use compiler::{ModelFile, compile};
use model::{DataModel, Member, Relationship, Source};
use show::{cube, dimension, measure, model, show, sql};

fn extended() -> DataModel {
    model(include_str!("models/extends.yml"))
}

#[test]
fn what_a_cube_does_not_say_is_its_parents() {
    let model = extended();
    let returns = cube(&model, "returns");
    assert_eq!(returns.title, "Base Title");
    assert_eq!(returns.description.as_deref(), Some("What base is"));
    assert_eq!(returns.meta.as_ref().unwrap().0, r#"{"team":"a"}"#);
    assert_eq!(returns.alias, "bsa");
    assert!(!returns.is_public);
    let grandchild = cube(&model, "grandchild");
    assert_eq!(grandchild.title, "Grandchild");
    assert!(grandchild.is_public);
    assert_eq!(grandchild.alias, "bsa");
}

#[test]
fn a_source_of_its_own_replaces_a_source_of_another_kind() {
    let model = extended();
    let source = |name| match &cube(&model, name).source {
        Source::Query(template) => format!("query {}", show(&model, template)),
        Source::Table(template) => format!("table {}", show(&model, template)),
        Source::View(_) => "view".to_owned(),
    };
    assert_eq!(source("returns"), "query select * from returns where not broken");
    assert_eq!(source("base"), "table public.base");
    assert_eq!(source("grandchild"), "table grandchildren");
}

#[test]
fn members_are_merged_by_name_in_the_parents_order() {
    let model = extended();
    let names = |name: &str| {
        let cube = cube(&model, name);
        let measures = cube.measures.iter().map(|found| found.path.clone());
        let dimensions = cube.dimensions.iter().map(|found| found.path.clone());
        let segments = cube.segments.iter().map(|found| found.path.clone());
        measures.chain(dimensions).chain(segments).collect::<Vec<_>>()
    };
    let expected = ["count", "total", "id", "status", "amount", "reason", "paid"];
    assert_eq!(names("returns"), expected.map(|name| format!("returns.{name}")));
    assert_eq!(names("grandchild"), expected.map(|name| format!("grandchild.{name}")));
    // A member is replaced as a whole: the title it had is gone.
    let status = dimension(&model, "returns.status");
    assert_eq!(
        (status.short_title.as_str(), status.title.as_str()),
        ("Status", "Base Title Status")
    );
    assert_eq!(dimension(&model, "base.status").short_title, "The Status");
    assert_eq!(measure(&model, "grandchild.total").kind, model::MeasureType::Max);
    assert!(measure(&model, "grandchild.total").filters.is_empty());
    assert_eq!(measure(&model, "grandchild.count").alias, "bsa__count");
}

#[test]
fn inherited_sql_is_about_the_child() {
    let model = extended();
    assert_eq!(sql(&model, dimension(&model, "returns.id")), "<returns>.id");
    assert_eq!(sql(&model, dimension(&model, "grandchild.status")), "<grandchild>.return_status");
    let total = measure(&model, "returns.total");
    assert_eq!(show(&model, total.sql.as_ref().unwrap()), "<returns.amount>");
    assert_eq!(show(&model, &total.filters[0]), "<returns>.paid");
    let drill: Vec<_> = measure(&model, "grandchild.count")
        .drill_members
        .iter()
        .map(|&id| model.path(id))
        .collect();
    assert_eq!(drill, ["grandchild.id", "grandchild.status"]);
}

#[test]
fn a_join_of_its_own_replaces_the_parents_to_the_same_cube() {
    let model = extended();
    let joins: Vec<_> = cube(&model, "returns")
        .joins
        .iter()
        .map(|join| {
            let condition = show(&model, &join.condition);
            (model.cube(join.target).name.as_str(), join.relationship, condition)
        })
        .collect();
    assert_eq!(
        joins,
        [
            ("users", Relationship::OneToMany, "<returns>.id = <users.return_id>".to_owned()),
            ("shops", Relationship::ManyToOne, "<returns>.shop_id = <shops.id>".to_owned()),
        ]
    );
    assert_eq!(cube(&model, "base").joins[0].relationship, Relationship::ManyToOne);
    assert_eq!(cube(&model, "grandchild").joins.len(), 2);
}

#[test]
fn hierarchies_are_merged_by_name() {
    let model = extended();
    let shown = |name| {
        let hierarchies = cube(&model, name).hierarchies.iter().map(|hierarchy| {
            let levels: Vec<_> = hierarchy.levels.iter().map(|&id| model.path(id)).collect();
            let title = hierarchy.title.as_deref().unwrap_or("-");
            format!("{} ({title}, {}): {}", hierarchy.name, hierarchy.is_public, levels.join(" > "))
        });
        hierarchies.collect::<Vec<_>>()
    };
    assert_eq!(
        shown("base"),
        [
            "by_status (By Status, true): base.status",
            "by_amount (-, false): base.amount > users.city"
        ]
    );
    assert_eq!(
        shown("grandchild"),
        [
            "by_status (-, true): grandchild.status > grandchild.reason",
            "by_amount (-, false): grandchild.amount > users.city"
        ]
    );
    let levels = &cube(&model, "base").hierarchies[0].levels;
    assert!(matches!(levels[0].member, Member::Dimension(_)));
}

#[test]
fn parent_and_child_may_stand_in_different_files() {
    let file = |path: &str, text: &str| ModelFile { path: path.to_owned(), text: text.to_owned() };
    let child = file("a.yml", "cubes:\n- {name: child, extends: base}\n");
    let base = file(
        "b.yml",
        "cubes:\n- name: base\n  sql_table: t\n  dimensions:\n  - {name: a, sql: \"{x}\", type: number}\n",
    );
    // What is wrong in the parent is said once, where it stands.
    let errors = compile(&[child.clone(), base.clone()]).unwrap_err().0;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!((errors[0].file.as_str(), errors[0].line), ("b.yml", 5));
    let fixed = ModelFile { text: base.text.replace("\"{x}\"", "a"), ..base };
    let model = compile(&[child, fixed]).unwrap();
    assert_eq!(sql(&model, dimension(&model, "child.a")), "a");
}

/// What is right in the parent can be wrong in the child alone.
#[test]
fn a_mistake_of_the_child_in_inherited_sql_is_told() {
    let text = "cubes:\n- name: base\n  sql_table: t\n  measures:\n  - {name: n, type: sum, sql: \
                \"{a}\"}\n  dimensions:\n  - {name: a, sql: a, type: number}\n- name: child\n  \
                extends: base\n  dimensions:\n  - {name: a, sql: \"{b}\", type: number}\n  \
                - {name: b, sql: \"{a}\", type: number}\n";
    let errors = compile(&[show::file(text)]).unwrap_err().0;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].to_string().contains("circle: `child.a` -> `child.b` -> `child.a`"));
}
