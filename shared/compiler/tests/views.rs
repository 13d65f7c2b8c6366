//! What the members of views stand for. What `/v1/meta` tells of views is tested in `api`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod show;

use compiler::compile_with_warnings;
use model::{DataModel, Measure, Source};
use show::{cube, dimension, file, measure, model, sql};

const MODEL: &str = include_str!("models/views.yml");

/// `orders.users.city` with its path in front: `orders > users: users.city`.
fn target(model: &DataModel, path: &str) -> String {
    let (cube, name) = path.split_once('.').unwrap();
    let id = model.find_member(model.find_cube(cube).unwrap(), name).unwrap();
    let target = model.target(id).unwrap();
    let path: Vec<_> = target.path.iter().map(|&cube| model.cube(cube).name.as_str()).collect();
    format!("{}: {}", path.join(" > "), model.path(target.member))
}

#[test]
fn a_member_of_a_view_stands_for_one_of_a_cube_along_its_path() {
    let model = model(MODEL);
    assert_eq!(target(&model, "sales.status"), "orders: orders.status");
    assert_eq!(target(&model, "sales.count"), "orders: orders.count");
    assert_eq!(target(&model, "sales.paid"), "orders: orders.paid");
    assert_eq!(target(&model, "sales.users_city"), "orders > users: users.city");
    assert_eq!(target(&model, "sales.city"), "payers: payers.city");
    let count: &Measure = measure(&model, "sales.count");
    assert_eq!((count.alias.as_str(), &count.sql), ("sales__count", &None));
    let drill: Vec<_> = count.drill_members.iter().map(|&id| model.path(id)).collect();
    assert_eq!(drill, ["sales.status", "sales.users_city", "sales.count"]);
}

/// Cube 1.7.25, `JoinGraph.ts`, `buildJoinTreeForRoot`: a step goes the shortest way.
#[test]
fn a_step_of_a_join_path_may_pass_by_cubes() {
    let model = model(MODEL);
    assert_eq!(target(&model, "sales.label"), "orders > users > shops: shops.label");
    let Source::View(view) = &cube(&model, "sales").source else { panic!("not a view") };
    let paths: Vec<Vec<&str>> = view
        .join_paths
        .iter()
        .map(|path| path.iter().map(|&cube| model.cube(cube).name.as_str()).collect())
        .collect();
    assert_eq!(paths, [vec!["orders", "users"], vec!["orders", "users", "shops"]]);
}

#[test]
fn a_view_of_a_view_stands_for_the_cube() {
    let model = model(MODEL);
    assert_eq!(target(&model, "report.s_users_city"), "orders > users: users.city");
    assert_eq!(target(&model, "report.s_orders"), "orders: orders.count");
    assert_eq!(measure(&model, "report.s_orders").short_title, "S Orders");
}

#[test]
fn a_view_may_have_members_that_only_refer() {
    let model = model(MODEL);
    assert_eq!(target(&model, "sales.bought_in"), "orders > payers > shops: shops.label");
    assert_eq!(target(&model, "sales.done"), "orders: orders.paid");
    let both = dimension(&model, "sales.both");
    assert_eq!(both.target, None);
    assert_eq!(sql(&model, both), "<orders.status> || <users.city>");
}

#[test]
fn a_reference_through_a_view_is_one_to_the_cube() {
    let model = model(MODEL);
    assert_eq!(sql(&model, dimension(&model, "orders.town")), "<along orders.users <users.city>>");
    assert_eq!(sql(&model, dimension(&model, "orders.month")), "<orders.created_at by month>");
}

#[test]
fn a_name_that_excludes_nothing_is_warned_of() {
    let warnings = compile_with_warnings(&[file(MODEL)]).unwrap().warnings;
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(
        texts.contains(
            &"model/test.yml:50:20: `ctiy` excludes nothing: `users` has no member of that name"
                .to_owned()
        ),
        "{texts:?}"
    );
}

/// Cube 1.7.25, `CubeSymbols.ts`, `prepareIncludes`: a name must be a member of one of the cubes that
/// list it, not of each.
#[test]
fn a_listed_name_is_looked_for_in_all_cubes_that_list_it() {
    let text = "cubes:\n- name: a\n  sql_table: a\n  dimensions:\n  - {name: x, sql: x, type: \
                number}\n- name: b\n  sql_table: b\n  dimensions:\n  - {name: y, sql: y, type: \
                number}\nviews:\n- name: v\n  cubes:\n  - {join_path: a, includes: [x, y]}\n  \
                - {join_path: b, includes: [x, y]}\n";
    let model = model(text);
    let names: Vec<_> =
        cube(&model, "v").dimensions.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(names, ["v.x", "v.y"]);
}

#[test]
fn a_split_view_is_as_public_as_its_parent() {
    let text = |public: bool| {
        format!(
            "cubes:\n- name: a\n  sql_table: a\n  dimensions:\n  - {{name: x, sql: x, type: number}}\n\
             views:\n- name: v\n  public: {public}\n  cubes:\n  - {{join_path: a, includes: [x], \
             split: true}}\n"
        )
    };
    assert!(cube(&model(&text(true)), "v_a").is_public);
    let hidden = model(&text(false));
    assert!(!cube(&hidden, "v_a").is_public);
    assert!(!dimension(&hidden, "v_a.x").is_public);
}

/// `extends`, views, folders, hierarchies, default filters and groups in Cube's two languages.
#[cfg(feature = "javascript")]
#[test]
fn a_script_means_the_same_as_yaml() {
    let path = "model/views.js".to_owned();
    let text = include_str!("models/views.js").to_owned();
    let script = compiler::compile(&[compiler::ModelFile { path, text }]);
    let script = script.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(script, model(include_str!("models/views-of-script.yml")));
    assert_eq!(script.view_groups().len(), 1);
}
