//! Tables of every kind become models that compile, or are left out with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use compiler::ModelFile;
use model::{DataModel, DimensionExpression, Part, Relationship, Source, SqlTemplate};
use scaffold::{Column, Cube, ForeignKey, KnownCube, Language, Table, cube_names, plan};

fn quoted(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn column(name: &str, kind: &str, category: char) -> Column {
    Column {
        name: name.to_owned(),
        sql: quoted(name),
        kind: kind.to_owned(),
        category,
        shown_type: kind.to_owned(),
        is_nullable: name != "id",
        is_readable: true,
        description: None,
    }
}

/// A table of `public` with the primary key `id` and these columns besides.
fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        schema: "public".to_owned(),
        name: name.to_owned(),
        sql: format!("public.{}", quoted(name)),
        is_visible: true,
        is_view: false,
        description: None,
        columns: [vec![column("id", "int4", 'N')], columns].concat(),
        key: vec!["id".to_owned()],
        unique: Vec::new(),
        foreign_keys: Vec::new(),
    }
}

/// The same table with a foreign key from `from` to the `id` of another.
fn with_key(mut table: Table, from: &str, target: &str) -> Table {
    if table.column(from).is_none() {
        table.columns.push(column(from, "int4", 'N'));
    }
    table.foreign_keys.push(ForeignKey {
        name: format!("{from}_fkey"),
        columns: vec![from.to_owned()],
        target_schema: "public".to_owned(),
        target_name: target.to_owned(),
        target_columns: vec!["id".to_owned()],
    });
    table
}

fn cubes(tables: &[Table]) -> Vec<Cube> {
    let all: Vec<usize> = (0..tables.len()).collect();
    plan(tables, &all, &[]).into_iter().map(Result::unwrap).collect()
}

/// The model that the cubes make, without warnings and in both languages the same.
fn compiled(cubes: &[Cube]) -> DataModel {
    let model = compiled_in(Language::Yaml, cubes);
    assert_eq!(compiled_in(Language::JavaScript, cubes), model);
    model
}

fn compiled_in(language: Language, cubes: &[Cube]) -> DataModel {
    let file = |cube: &Cube| ModelFile {
        path: format!("model/{}.{}", cube.name, language.extension()),
        text: language.write(cube),
    };
    let files: Vec<ModelFile> = cubes.iter().map(file).collect();
    match compiler::compile_with_warnings(&files) {
        Ok(compiled) => {
            assert_eq!(compiled.warnings, []);
            compiled.model
        }
        Err(errors) => panic!("{errors}\n{}", files.last().unwrap().text),
    }
}

/// The text of a template, `CUBE` for its own alias.
fn text(template: &SqlTemplate) -> String {
    let part = |part: &Part| {
        if let Part::Text(text) = part {
            return text.clone();
        }
        assert!(matches!(part, Part::Cube(_)), "{part:?}");
        "CUBE".to_owned()
    };
    // The compiler ends the line of what looks like a comment.
    template.parts.iter().map(part).collect::<String>().trim_end_matches('\n').to_owned()
}

fn sql_of(model: &DataModel, cube: &str, dimension: &str) -> String {
    let id = model.find_cube(cube).unwrap();
    let id = model.find_member(id, dimension).unwrap_or_else(|| panic!("no {dimension}"));
    let dimension = model.dimension(id).unwrap();
    let DimensionExpression::Sql(template) = &dimension.expression else { panic!("{dimension:?}") };
    text(template)
}

const HOSTILE: &[&str] = &[
    "\"",
    "a\"b",
    "{CUBE}",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# c #}",
    "}}",
    "${1}",
    "`",
    "\\",
    "\\{",
    "a\\n",
    "'; DROP TABLE orders; --",
    "a: b",
    "# x",
    "- x",
    "line\nend",
    "tab\there",
    "carriage\rreturn",
    "bell\u{7}",
    "\u{85}\u{2028}\u{2029}\u{feff}",
    "größe",
    "数量",
    "🧊",
    " ",
    "yes",
    "null",
    "CUBE",
    "TABLE",
    "SECURITY_CONTEXT",
    "class",
    "count",
    "Count",
    "__proto__",
    "constructor",
    "1",
    "123abc",
    "*/",
    "&a",
    "*a",
    "!tag",
    "%d",
    "@x",
];

#[test]
fn hostile_names_of_columns_arrive_in_the_sql_as_they_are() {
    let columns: Vec<Column> = HOSTILE.iter().map(|name| column(name, "text", 'S')).collect();
    let cubes = cubes(&[table("orders", columns)]);
    let model = compiled(&cubes);
    assert_eq!(cubes[0].dimensions.len(), HOSTILE.len() + 1);
    for (name, dimension) in HOSTILE.iter().zip(&cubes[0].dimensions[1..]) {
        let expected = quoted(name);
        let is_plain = expected == *name;
        let expected = if is_plain { expected } else { format!("CUBE.{expected}") };
        assert_eq!(sql_of(&model, "orders", &dimension.name), expected, "{name:?}");
    }
}

#[test]
fn hostile_names_of_tables_arrive_in_the_sql_as_they_are() {
    let tables: Vec<Table> = HOSTILE
        .iter()
        .map(|name| {
            let mut table = table(name, vec![column("amount", "numeric", 'N')]);
            table.schema = (*name).to_owned();
            table.sql = format!("{}.{}", quoted(name), quoted(name));
            table.description = Some(format!("About {name}"));
            table
        })
        .collect();
    let cubes = cubes(&tables);
    let model = compiled(&cubes);
    for (table, (_, cube)) in tables.iter().zip(model.cubes()) {
        let Source::Table(template) = &cube.source else { panic!("{:?}", cube.source) };
        assert_eq!(text(template), table.sql);
        assert_eq!(cube.description, table.description);
    }
}

#[test]
fn hostile_texts_stay_inside_comments() {
    let mut columns: Vec<Column> = HOSTILE.iter().map(|name| column(name, "json", 'U')).collect();
    columns.push(column("last", "text", 'S'));
    let mut with_keys = table("orders", columns);
    for name in HOSTILE {
        with_keys = with_key(with_keys, "id", name);
    }
    let cubes = cubes(&[with_keys]);
    assert_eq!(cubes[0].notes.len(), 2 * HOSTILE.len());
    let model = compiled(&cubes);
    let (_, cube) = model.cubes().next().unwrap();
    assert_eq!((cube.dimensions.len(), cube.joins.len(), cube.measures.len()), (2, 0, 1));
    for language in [Language::Yaml, Language::JavaScript] {
        let text = language.write(&cubes[0]);
        let comments = text.lines().filter(|line| {
            let line = line.trim_start();
            line.starts_with("# ") || line.starts_with("// ")
        });
        assert_eq!(comments.count(), 2 * HOSTILE.len());
        if language == Language::Yaml {
            assert!(!["{{", "{%", "{#"].iter().any(|tag| text.contains(tag)), "{text}");
        }
    }
}

#[test]
fn a_foreign_key_is_a_join_at_the_table_that_holds_it() {
    let orders = with_key(table("orders", vec![]), "user_id", "users");
    let cubes = cubes(&[orders, table("users", vec![])]);
    let model = compiled(&cubes);
    let (_, orders) = model.cubes().next().unwrap();
    assert_eq!(orders.joins.len(), 1);
    assert_eq!(orders.joins[0].relationship, Relationship::ManyToOne);
    assert_eq!(text(&orders.joins[0].condition), "CUBE.user_id = CUBE.id");
    assert_eq!(cubes[1].joins, []);
}

#[test]
fn a_foreign_key_that_is_unique_is_one_to_one() {
    let mut profile = with_key(table("profiles", vec![]), "user_id", "users");
    profile.unique.push(vec!["user_id".to_owned()]);
    let shared = with_key(table("secrets", vec![]), "id", "users");
    let cubes = cubes(&[profile, shared, table("users", vec![])]);
    assert_eq!(cubes[0].joins[0].relationship, "one_to_one");
    assert_eq!(cubes[1].joins[0].relationship, "one_to_one");
    compiled(&cubes);
}

#[test]
fn a_key_of_several_columns_is_joined_by_all_of_them() {
    let mut prices = table("prices", vec![column("country", "text", 'S')]);
    prices.key = vec!["id".to_owned(), "country".to_owned()];
    let mut lines = table("lines", vec![column("land", "text", 'S'), column("Price", "int4", 'N')]);
    lines.foreign_keys.push(ForeignKey {
        name: "x".to_owned(),
        columns: vec!["Price".to_owned(), "land".to_owned()],
        target_schema: "public".to_owned(),
        target_name: "prices".to_owned(),
        target_columns: prices.key.clone(),
    });
    let cubes = cubes(&[lines, prices]);
    let model = compiled(&cubes);
    let (_, lines) = model.cubes().next().unwrap();
    let condition = "CUBE.\"Price\" = CUBE.id AND CUBE.land = CUBE.country";
    assert_eq!(text(&lines.joins[0].condition), condition);
    let (_, prices) = model.cubes().nth(1).unwrap();
    assert_eq!(prices.primary_keys().count(), 2);
}

#[test]
fn self_references_and_second_keys_to_one_table_are_left_out_with_a_reason() {
    let staff = with_key(table("staff", vec![]), "manager_id", "staff");
    let orders = with_key(table("orders", vec![]), "billed_to", "staff");
    let cubes = cubes(&[staff, with_key(orders, "sent_to", "staff")]);
    assert_eq!(cubes[0].joins, []);
    assert!(cubes[0].notes[0].contains("cannot be joined to itself"), "{:?}", cubes[0].notes);
    assert_eq!(cubes[1].joins[0].columns, [("billed_to".to_owned(), "id".to_owned())]);
    assert!(cubes[1].notes[0].contains("(sent_to)"), "{:?}", cubes[1].notes);
    compiled(&cubes);
}

#[test]
fn keys_in_a_circle_compile() {
    let a = with_key(table("a", vec![]), "b_id", "b");
    let b = with_key(table("b", vec![]), "c_id", "c");
    let c = with_key(with_key(table("c", vec![]), "a_id", "a"), "b_id", "b");
    let cubes = cubes(&[a, b, c]);
    assert_eq!(cubes.iter().map(|cube| cube.joins.len()).sum::<usize>(), 4);
    compiled(&cubes);
}

#[test]
fn a_table_without_a_key_is_counted_and_not_joined() {
    let mut log = with_key(table("log", vec![]), "user_id", "users");
    log.key.clear();
    let cubes = cubes(&[log, table("users", vec![])]);
    assert_eq!(cubes[0].joins, []);
    assert!(cubes[0].notes[0].contains("primary key"), "{:?}", cubes[0].notes);
    compiled(&cubes);
}

#[test]
fn a_table_without_a_column_to_group_by_is_counted() {
    let mut documents = table("documents", vec![column("body", "jsonb", 'U')]);
    documents.key.clear();
    documents.columns.remove(0);
    let cubes = cubes(&[documents]);
    let model = compiled(&cubes);
    let (_, documents) = model.cubes().next().unwrap();
    assert_eq!((documents.dimensions.len(), documents.measures.len()), (0, 1));
}

#[test]
fn a_unique_index_without_nulls_is_a_key() {
    let mut users = table("users", vec![column("email", "text", 'S')]);
    users.key.clear();
    users.unique = vec![vec!["email".to_owned()], vec!["id".to_owned()]];
    let cubes = cubes(&[users]);
    let keys: Vec<&str> = cubes[0]
        .dimensions
        .iter()
        .filter(|dimension| dimension.is_key)
        .map(|dimension| dimension.name.as_str())
        .collect();
    assert_eq!(keys, ["id"]);
}

#[test]
fn every_type_has_its_dimension_or_a_reason() {
    let types = [
        ("flag_", "bool", 'B', "boolean", "flag_"),
        ("n", "numeric", 'N', "number", "n"),
        ("m", "money", 'N', "number", "CUBE.m::numeric"),
        ("r", "regclass", 'N', "string", "CUBE.r::text"),
        ("d", "date", 'D', "time", "d"),
        ("ts", "timestamptz", 'D', "time", "ts"),
        ("tm", "timetz", 'D', "string", "CUBE.tm::text"),
        ("i", "interval", 'T', "number", "EXTRACT(EPOCH FROM CUBE.i)"),
        ("u", "uuid", 'U', "string", "u"),
        ("e", "", 'E', "string", "CUBE.e::text"),
        ("ip", "inet", 'I', "string", "CUBE.ip::text"),
        ("ch", "char", 'Z', "string", "CUBE.ch::text"),
    ];
    let left_out =
        [("j", "jsonb", 'U'), ("a", "_text", 'A'), ("b", "bytea", 'U'), ("p", "point", 'G')];
    let mut columns: Vec<Column> =
        types.iter().map(|(name, kind, category, ..)| column(name, kind, *category)).collect();
    columns.extend(left_out.map(|(name, kind, category)| column(name, kind, category)));
    let mut unreadable = column("secret", "text", 'S');
    unreadable.is_readable = false;
    columns.push(unreadable);
    let cubes = cubes(&[table("t", columns)]);
    let model = compiled(&cubes);
    for ((.., kind, sql), dimension) in types.iter().zip(&cubes[0].dimensions[1..]) {
        assert_eq!(dimension.kind, *kind, "{sql}");
        assert_eq!(sql_of(&model, "t", &dimension.name), *sql);
    }
    assert_eq!(cubes[0].notes.len(), left_out.len() + 1);
    assert_eq!(cubes[0].dimensions.len(), types.len() + 1);
}

#[test]
fn numbers_are_added_up_where_that_means_something() {
    let numbers = ["amount", "age", "zip_code", "userId", "avg_price", "year", "quantity"];
    let columns = numbers.iter().map(|name| column(name, "int4", 'N')).collect();
    let cubes = cubes(&[with_key(table("t", columns), "quantity", "t")]);
    let measures: Vec<&str> =
        cubes[0].measures.iter().map(|measure| measure.name.as_str()).collect();
    assert_eq!(
        measures,
        ["count", "total_amount", "average_amount", "average_age", "average_avg_price"]
    );
    compiled(&cubes);
}

#[test]
fn long_names_get_an_alias_that_fits() {
    let long = |end: &str| format!("{}{end}", "long_name_".repeat(7).get(..61).unwrap());
    let columns =
        |ends: &[&str]| ends.iter().map(|end| column(&long(end), "numeric", 'N')).collect();
    let times = vec![column(&long("t"), "timestamp", 'D')];
    let tables = [
        table(&long("1"), columns(&["a", "b"])),
        table(&long("2"), columns(&["a"])),
        table(&long("3"), times),
    ];
    let cubes = cubes(&tables);
    compiled(&cubes);
    let aliases: std::collections::HashSet<_> =
        cubes.iter().map(|cube| cube.alias.clone()).collect();
    assert_eq!(aliases.len(), 3);
}

#[test]
fn names_do_not_depend_on_what_is_chosen() {
    let in_schema = |schema: &str, name: &str| Table {
        schema: schema.to_owned(),
        sql: format!("{schema}.{name}"),
        is_visible: schema == "public",
        ..table(name, vec![])
    };
    let tables = [
        in_schema("archive", "orders"),
        in_schema("public", "orders"),
        in_schema("shop", "orders"),
        in_schema("shop", "users"),
    ];
    let names = cube_names(&tables);
    assert_eq!(names, ["archive_orders", "orders", "shop_orders", "users"]);
    let one = plan(&tables, &[2], &[]);
    assert_eq!(one[0].as_ref().unwrap().name, "shop_orders");
}

#[test]
fn joins_lead_to_cubes_that_are_known() {
    let tables = [with_key(table("orders", vec![]), "user_id", "users"), table("users", vec![])];
    let known = |table: &str, has_key| KnownCube {
        name: "people".to_owned(),
        table: Some(table.to_owned()),
        has_key,
    };
    let joins = |known: &[KnownCube]| plan(&tables, &[0], known)[0].clone().unwrap().joins;
    assert_eq!(joins(&[]), []);
    assert_eq!(joins(&[known("public.users", true)])[0].name, "people");
    assert_eq!(joins(&[known(" users ", true)])[0].name, "people");
    assert_eq!(joins(&[known("public.users", false)]), []);
    assert_eq!(joins(&[known("other.users", true)]), []);
}

#[test]
fn what_is_there_or_cannot_be_read_is_skipped() {
    let mut closed = table("closed", vec![]);
    closed.columns[0].is_readable = false;
    let mut empty = table("empty", vec![]);
    empty.columns.clear();
    empty.key.clear();
    let tables = [closed, empty, table("users", vec![])];
    let known = KnownCube { name: "users".to_owned(), table: None, has_key: true };
    let skipped: Vec<String> =
        plan(&tables, &[0, 1, 2], &[known]).into_iter().map(Result::unwrap_err).collect();
    assert!(skipped[0].starts_with("public.closed: this user"), "{skipped:?}");
    assert!(skipped[1].starts_with("public.empty: this user"), "{skipped:?}");
    assert!(skipped[2].contains("there is a cube `users`"), "{skipped:?}");
}
