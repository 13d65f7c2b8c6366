//! Rows as bytes, and the keys they have.

use database::{Column as Cells, Kind};
use serde_json::{Value as Json, json};

use super::*;

fn model() -> DataModel {
    let file = compiler::ModelFile {
        path: "model/shop.yml".to_owned(),
        text: include_str!("../tests/model/shop.yml").to_owned(),
    };
    compiler::compile(&[file]).unwrap()
}

fn column(model: &DataModel, path: &str) -> Column {
    let mut names = path.split('.');
    let cube = model.find_cube(names.next().unwrap()).unwrap();
    let member = model.find_member(cube, names.next().unwrap()).unwrap();
    Column { member, granularity: names.next().map(str::to_owned), alias: String::new() }
}

/// What two rows of these columns become.
fn written(paths: &[&str], format: ResponseFormat, change: impl Fn(Layout) -> Layout) -> String {
    let model = model();
    let columns: Vec<Column> = paths.iter().map(|path| column(&model, path)).collect();
    let layout = change(Layout::new(&model, &columns, format));
    let cells: Vec<Cells> = paths
        .iter()
        .map(|path| match *path {
            "Orders.count" => Cells::new("c", Kind::Plain),
            path if path.contains("createdAt") => Cells::new("c", Kind::Time),
            _ => Cells::new("c", Kind::Text),
        })
        .collect();
    let value = |index: usize, row: usize| match (paths[index], row) {
        ("Orders.count", 0) => Some("1002"),
        ("Orders.status", 0) => Some("it's \"done\""),
        ("Orders.createdAt", _) => Some("2019-01-07 10:11:12"),
        (_, 0) => Some("2019-01-01 00:00:00"),
        _ => None,
    };
    let mut writer = Writer::new(&layout);
    for row in 0..2 {
        writer.row(|index, out| cells[index].write(value(index, row).map(str::as_bytes), out));
    }
    assert_eq!(writer.rows(), 2);
    String::from_utf8(writer.finish().to_vec()).unwrap()
}

fn same(layout: Layout) -> Layout {
    layout
}

#[test]
fn a_time_dimension_has_two_keys_the_bare_one_at_the_end() {
    // Recorded: `load regular`.
    let paths = ["Orders.status", "Orders.createdAt.year", "Orders.count"];
    assert_eq!(
        written(&paths, ResponseFormat::Default, same),
        concat!(
            r#"[{"Orders.status":"it's \"done\"","Orders.createdAt.year":"2019-01-01T00:00:00.000","#,
            r#""Orders.count":"1002","Orders.createdAt":"2019-01-01T00:00:00.000"},"#,
            r#"{"Orders.status":null,"Orders.createdAt.year":null,"#,
            r#""Orders.count":null,"Orders.createdAt":null}]"#
        )
    );
}

#[test]
fn a_dimension_that_is_a_column_keeps_its_own_value() {
    // Recorded: case 168, `time dimension and plain same dimension`.
    let rows =
        written(&["Orders.createdAt", "Orders.createdAt.day"], ResponseFormat::Default, same);
    assert!(rows.starts_with(
        r#"[{"Orders.createdAt":"2019-01-07T10:11:12.000","Orders.createdAt.day":"2019-01-01T00:00:00.000"},"#
    ));
}

#[test]
fn of_several_granularities_the_bare_key_shows_the_finest() {
    let model = model();
    let columns = ["Orders.createdAt.year", "Orders.createdAt.day", "Orders.createdAt.month"]
        .map(|path| column(&model, path));
    let bare = bare_time_columns(&columns);
    assert_eq!(bare, [(1, columns[0].member)]);
}

#[test]
fn compact_and_columnar_say_the_keys_once() {
    let paths = ["Orders.status", "Orders.count"];
    let compact: Json =
        serde_json::from_str(&written(&paths, ResponseFormat::Compact, same)).unwrap();
    let members = json!(["Orders.status", "Orders.count"]);
    let rows = json!([["it's \"done\"", "1002"], [null, null]]);
    assert_eq!(compact, json!({"members": members, "dataset": rows}));
    let columnar: Json =
        serde_json::from_str(&written(&paths, ResponseFormat::Columnar, same)).unwrap();
    let columns = json!([["it's \"done\"", null], ["1002", null]]);
    assert_eq!(columnar, json!({"members": members, "columns": columns}));
}

#[test]
fn compared_and_blended_rows_say_what_they_belong_to() {
    let paths = ["Orders.createdAt.month", "Orders.count"];
    let compared = written(&paths, ResponseFormat::Default, |layout| {
        layout.with_constant("compareDateRange", "a - b")
    });
    let compared: Json = serde_json::from_str(&compared).unwrap();
    assert_eq!(compared[1]["compareDateRange"], "a - b");
    let blended =
        written(&paths, ResponseFormat::Default, |layout| layout.with_alias("time.month", 0));
    let blended: Json = serde_json::from_str(&blended).unwrap();
    assert_eq!(blended[0]["time.month"], blended[0]["Orders.createdAt.month"]);
}

#[test]
fn no_rows_are_an_empty_list_in_every_format() {
    let model = model();
    let columns = [column(&model, "Orders.count")];
    for (format, expected) in [
        (ResponseFormat::Default, json!([])),
        (ResponseFormat::Compact, json!({"members": ["Orders.count"], "dataset": []})),
        (ResponseFormat::Columnar, json!({"members": ["Orders.count"], "columns": [[]]})),
    ] {
        let data = Writer::new(&Layout::new(&model, &columns, format)).finish();
        assert_eq!(serde_json::from_slice::<Json>(&data).unwrap(), expected);
    }
}
