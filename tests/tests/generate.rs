//! `tessera generate`: what it writes is compiled, served and asked, and the answers are those of plain SQL.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use database::{Database, Options};
use harness::command::{Folder, Said, tessera};
use harness::postgres::{Cluster, DATABASE, PASSWORD, USER, connection};
use harness::server::Server;
use harness::{block_on, root, token};
use serde_json::{Value, json};

/// The cells of a statement's rows, as text.
fn select(cluster: &Cluster, text: &str) -> Vec<Vec<String>> {
    let options = Options {
        host: "127.0.0.1".to_owned(),
        port: cluster.port,
        name: DATABASE.to_owned(),
        user: USER.to_owned(),
        password: PASSWORD.to_owned().into(),
        ..Options::default()
    };
    let statement = sql::Statement {
        text: text.to_owned(),
        parameters: Vec::new(),
        has_context_parameters: false,
    };
    block_on(async {
        let mut rows = Database::new(&options).unwrap().query(&statement, None).await.unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().await.unwrap() {
            let cell = |index| row.raw(index).map_or("", |raw| std::str::from_utf8(raw).unwrap());
            found.push((0..row.len()).map(|index| cell(index).to_owned()).collect());
        }
        found
    })
}

/// The cells that the API answers, in the order of `members`.
fn load(server: &Server, query: &Value, members: &[&str]) -> Vec<Vec<String>> {
    let answer = server.load(query, &json!({}));
    assert_eq!(answer.status, 200, "{query} {}\n{}", answer.body, server.log());
    let cell = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
    let rows = answer.json()["data"].as_array().unwrap().clone();
    rows.iter().map(|row| members.iter().map(|member| cell(row, member)).collect()).collect()
}

fn generate(project: &Folder, cluster: &Cluster, options: &[&str]) -> Said {
    let arguments: Vec<&str> = ["generate"].iter().chain(options).copied().collect();
    tessera(project.path(), &arguments, &cluster.environment())
}

fn good(said: &Said) {
    assert_eq!(said.code, 0, "{}", said.err);
}

/// What `--format` takes, and what the names of the files end with then.
const FORMATS: [(&str, &str); 2] = [("yaml", "yml"), ("js", "js")];

#[test]
fn a_model_of_the_demo_answers_as_sql_does() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    for (format, extension) in FORMATS {
        let project = Folder::new();
        let said = generate(&project, &cluster, &["--format", format]);
        good(&said);
        assert_eq!(said.err, "");
        let files =
            ["line_items", "orders", "product_categories", "products", "suppliers", "users"]
                .map(|name| format!("model/cubes/{name}.{extension}"));
        assert_eq!(project.files(), files);
        assert_eq!(said.out, files.map(|file| format!("./{file}\n")).concat());
        good(&tessera(project.path(), &["validate"], &[]));
        the_demo_answers_as_sql_does(&project, &cluster);
    }
}

fn the_demo_answers_as_sql_does(project: &Folder, cluster: &Cluster) {
    let server = Server::start(project.path(), cluster.environment());
    let measures = ["orders.count", "users.count", "users.average_age"];
    let found = load(
        &server,
        &json!({ "measures": measures, "dimensions": ["users.city"], "order": { "users.city": "asc" } }),
        &["users.city", "orders.count", "users.count"],
    );
    let expected = select(
        cluster,
        "SELECT u.city, count(o.id), count(DISTINCT u.id) FROM orders o LEFT JOIN users u ON u.id = o.user_id \
         GROUP BY 1 ORDER BY 1",
    );
    assert!(expected.len() > 3);
    assert_eq!(found, expected);

    // Three tables away, and measures of two sides of a join that multiplies.
    let found = load(
        &server,
        &json!({
            "measures": ["line_items.total_quantity", "orders.count"],
            "dimensions": ["product_categories.name"],
            "order": { "product_categories.name": "asc" },
        }),
        &["product_categories.name", "line_items.total_quantity", "orders.count"],
    );
    let expected = select(
        cluster,
        "SELECT c.name, sum(l.quantity), count(DISTINCT l.order_id) FROM line_items l \
         JOIN products p ON p.id = l.product_id JOIN product_categories c ON c.id = p.product_category_id \
         GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_is_there_is_kept_unless_force_is_given() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let project = Folder::new();
    good(&generate(&project, &cluster, &["-t", "users"]));
    let users = project.read("model/cubes/users.yml");
    project.write("model/cubes/users.yml", &format!("# mine\n{users}"));

    let again = generate(&project, &cluster, &["-t", "users"]);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("there is a cube `users`") && again.err.contains("--force"),
        "{}",
        again.err
    );
    // The rest is written, and joins lead to what is there.
    let rest = generate(&project, &cluster, &["--tables", "orders,public.users"]);
    good(&rest);
    assert!(rest.err.starts_with("skipped public.users: "), "{}", rest.err);
    assert!(project.read("model/cubes/orders.yml").contains("- name: users\n"));
    assert!(project.read("model/cubes/users.yml").starts_with("# mine\n"));
    good(&generate(&project, &cluster, &["-t", "users", "--force"]));
    assert_eq!(project.read("model/cubes/users.yml"), users);

    // A cube stands in one file, whatever the language.
    let said = generate(&project, &cluster, &["-t", "users", "--force", "--format", "js"]);
    assert!(said.code == 1 && said.err.contains("there is a cube `users`"), "{}", said.err);
    good(&generate(&project, &cluster, &["-t", "line_items", "--format", "js"]));
    assert!(project.read("model/cubes/line_items.js").contains("${CUBE}.order_id = ${orders}.id"));

    // A file of that name with another cube in it is nobody's to replace.
    project.write("model/cubes/products.yml", &users.replace("name: users", "name: people"));
    let said = generate(&project, &cluster, &["-t", "products"]);
    assert!(said.code == 1 && said.err.contains("products.yml is there already"), "{}", said.err);
}

#[test]
fn nothing_is_written_when_something_is_wrong() {
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let project = Folder::new();
    for (options, reason) in [
        (["-t", "odrers"], "did you mean `orders`?"),
        (["-t", "orders,"], "is no table"),
        (["-t", "pg_catalog.pg_class"], "there is no table"),
        (["-d", "second"], "there is only default"),
    ] {
        let said = generate(&project, &cluster, &options);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{options:?}");
        assert!(said.err.contains(reason), "{}", said.err);
    }
    let said = generate(&project, &cluster, &["--format", "xml"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("[possible values: yaml, js]"), "{}", said.err);
    let nobody = tessera(project.path(), &["generate"], &[]);
    assert!(nobody.code == 1 && nobody.err.contains("CUBEJS_DB_NAME"), "{}", nobody.err);
    let down = tessera(project.path(), &["generate"], &connection(1));
    assert_eq!((down.code, down.out.as_str()), (1, ""));
    assert!(!down.err.contains(PASSWORD), "{}", down.err);
    assert_eq!(project.files(), [""; 0]);

    project.write("model/broken.yml", "cubes:\n  - name: 1\n");
    let said = generate(&project, &cluster, &["-t", "orders"]);
    assert!(said.code == 1 && said.err.contains("nothing was written"), "{}", said.err);
    assert!(said.err.contains("model/broken.yml:2:"), "{}", said.err);
    assert_eq!(project.files(), ["model/broken.yml"]);
}

/// Every table, its columns and its rows have something that a careless writer trips over.
const HOSTILE: &str = r#"
CREATE TYPE mood AS ENUM ('it''s', 'a "b"', '{c}');

CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE >= 0);

CREATE TABLE "Ord""er {{s}} `x` \ #" (
  "select" int PRIMARY KEY, "a{b}" text, "{{ 7 * 7 }}" text, "c`d" numeric, "back\slash" price, "quo""te" mood,
  "über" date, "數" uuid, count int, doc jsonb, tags text[], wait interval, "at" timetz, ip inet, "${x}" boolean,
  paid money, "class" timestamptz
);

COMMENT ON TABLE "Ord""er {{s}} `x` \ #" IS E'{{ evil }} "quoted" \\ back\nsecond line: {CUBE}';

COMMENT ON COLUMN "Ord""er {{s}} `x` \ #"."a{b}" IS '{% raw %} # no';

INSERT INTO "Ord""er {{s}} `x` \ #" SELECT i, 'x', 'y', i, i, 'a "b"', '2024-01-01'::date + i,
  '00000000-0000-0000-0000-000000000001', i, '{}', '{}', '90 minutes', '10:00+02', '10.0.0.1', true, i, now()
FROM generate_series(1, 3) i;

CREATE TABLE "CUBE" (id int PRIMARY KEY, boss int REFERENCES "CUBE",
  one int REFERENCES "Ord""er {{s}} `x` \ #", two int REFERENCES "Ord""er {{s}} `x` \ #");

INSERT INTO "CUBE" VALUES (1, NULL, 1, 2), (2, 1, 1, NULL), (3, 1, 2, 3);

CREATE TABLE a (id int PRIMARY KEY, b_id int);

CREATE TABLE b (x int, y text, a_id int REFERENCES a, PRIMARY KEY (x, y), UNIQUE (a_id));

ALTER TABLE a ADD FOREIGN KEY (b_id, id) REFERENCES b (x, y) NOT VALID;

CREATE TABLE no_columns ();

CREATE TABLE no_key (n int);

INSERT INTO no_key VALUES (1), (1);

CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);

CREATE TABLE parted_2024 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

INSERT INTO parted VALUES (1, '2024-02-03');

CREATE VIEW latest AS SELECT * FROM no_key;

CREATE SCHEMA "we.ird";

CREATE TABLE "we.ird".a (id int PRIMARY KEY, a_long_name_of_a_column_that_fills_all_of_the_sixty_three_bytes int);

INSERT INTO "we.ird".a VALUES (7, 1), (8, 2);

GRANT USAGE ON SCHEMA "we.ird" TO PUBLIC;

GRANT SELECT ON "we.ird".a TO PUBLIC;

CREATE SCHEMA closed;

CREATE TABLE closed.secrets (id int PRIMARY KEY);
"#;

#[test]
fn hostile_tables_become_a_model_that_answers() {
    let folder = Folder::new();
    // The foreign key of several columns and two types cannot be: it leads from numbers to texts.
    let seed = HOSTILE
        .replace("x int, y text, a_id", "x int, y int, a_id")
        .replace("parted_2024", "parted_24");
    let seed = folder.write("seed.sql", &seed);
    let cluster = Cluster::start(&seed, &[]);
    for (format, extension) in FORMATS {
        hostile_tables_answer(&cluster, format, extension);
    }
}

fn hostile_tables_answer(cluster: &Cluster, format: &str, extension: &str) {
    let project = Folder::new();
    let said = generate(&project, cluster, &["--format", format]);
    good(&said);
    let files = ["a", "b", "cube_cube", "no_key", "ord_er_s_x", "parted", "we_ird_a"];
    let files = files.map(|name| format!("model/cubes/{name}.{extension}"));
    assert_eq!(project.files()[..files.len()], files, "{}", said.err);
    for skipped in ["skipped closed.secrets: ", "skipped public.no_columns: "] {
        assert!(said.err.contains(skipped), "{}", said.err);
    }
    let validated = tessera(project.path(), &["validate"], &[]);
    good(&validated);
    assert_eq!(validated.err, "");

    let server = Server::start(project.path(), cluster.environment());
    let meta = server.get("meta", &json!({}), &token::good(&json!({}))).json();
    for (cube, table) in [
        ("a", "a"),
        ("b", "b"),
        ("cube_cube", r#""CUBE""#),
        ("no_key", "no_key"),
        ("ord_er_s_x", r#""Ord""er {{s}} `x` \ #""#),
        ("parted", "parted"),
        ("we_ird_a", r#""we.ird".a"#),
    ] {
        let count = format!("{cube}.count");
        let found = load(&server, &json!({ "measures": [count] }), &[&count]);
        assert_eq!(found, select(cluster, &format!("SELECT count(*) FROM {table}")), "{cube}");
        let shown = meta["cubes"].as_array().unwrap();
        let shown = shown.iter().find(|shown| shown["name"] == cube).unwrap();
        let names = |kind: &str| -> Vec<String> {
            let members = shown[kind].as_array().unwrap().iter();
            members.map(|member| member["name"].as_str().unwrap().to_owned()).collect()
        };
        for measure in names("measures") {
            load(&server, &json!({ "measures": [measure] }), &[]);
        }
        for dimension in names("dimensions") {
            load(&server, &json!({ "measures": [count], "dimensions": [dimension] }), &[]);
            let set = json!({ "member": dimension, "operator": "set" });
            load(&server, &json!({ "measures": [count], "filters": [set] }), &[]);
        }
    }
    let joined = json!({
        "measures": ["cube_cube.count"],
        "dimensions": ["ord_er_s_x.c_d"],
        "order": { "ord_er_s_x.c_d": "asc" },
    });
    let expected = r#"SELECT o."c`d", count(*) FROM "CUBE" c LEFT JOIN "Ord""er {{s}} `x` \ #" o ON o."select" = c.one GROUP BY 1 ORDER BY 1"#;
    assert_eq!(
        load(&server, &joined, &["ord_er_s_x.c_d", "cube_cube.count"]),
        select(cluster, expected)
    );
    let waited = json!({ "measures": ["ord_er_s_x.total_wait"] });
    assert_eq!(load(&server, &waited, &["ord_er_s_x.total_wait"])[0][0], "16200.000000");
    // Those in a circle.
    load(&server, &json!({ "measures": ["a.count", "b.count"] }), &[]);
    load(&server, &json!({ "measures": ["b.count", "a.count"], "dimensions": ["a.b_id"] }), &[]);
}
