//! `driverFactory`: whose database a caller is answered from, and what is no database at all.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::Folder;
use harness::http;
use harness::leak;
use harness::postgres::{self, Cluster, connection};
use harness::server::Server;
use harness::token;
use serde_json::{Value, json};

const MODEL: &str = "
cubes:
  - name: things
    sql_table: things
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: place, sql: place, type: string }
  - name: archived
    data_source: archive
    sql_table: things
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: place, sql: place, type: string }
";

fn project(code: &str) -> Folder {
    let folder = Folder::new();
    folder.write("model/things.yml", MODEL);
    folder.write("cube.js", code);
    folder
}

fn things() -> Value {
    json!({ "measures": ["things.count"], "dimensions": ["things.place"] })
}

/// A cluster with so many things at a place.
fn cluster(folder: &Folder, place: &str, rows: u32) -> Cluster {
    let table = format!(
        "CREATE TABLE things AS SELECT id, '{place}' AS place FROM generate_series(1, {rows}) id;"
    );
    Cluster::start(&folder.write(&format!("{place}.sql"), &table), &[])
}

#[test]
fn every_caller_is_answered_from_the_database_that_the_project_names() {
    let folder = project("");
    let (here, there) = (cluster(&folder, "here", 3), cluster(&folder, "there", 5));
    let code = format!(
        "const PostgresDriver = require('@cubejs-backend/postgres-driver');
         const login = {{ user: '{}', password: '{}', database: '{}' }};
         module.exports = {{
           // Everybody in one place, as an author may leave it.
           contextToAppId: () => 'one', contextToOrchestratorId: () => 'one',
           driverFactory: async ({{ securityContext, dataSource, authInfo, requestId }}) => {{
             if (!securityContext.place || authInfo !== securityContext || !requestId) throw new Error('Nobody\\'s');
             const at = dataSource === 'archive' ? 'there' : securityContext.place;
             if (at === 'env') return {{ type: 'postgres' }};
             if (at === 'url') return {{ type: 'postgres',
               connectionString: `postgresql://${{login.user}}:${{login.password}}@127.0.0.1:{}/${{login.database}}` }};
             if (at === 'here') return new PostgresDriver({{ host: '127.0.0.1', port: {}, ...login, readOnly: true }});
             return {{ type: 'postgres', host: '127.0.0.1', port: '{}', ...login, max: 2, ssl: false }};
           }},
         }};",
        postgres::USER,
        postgres::PASSWORD,
        postgres::DATABASE,
        there.port,
        here.port,
        there.port,
    );
    folder.write("cube.js", &code);
    let server = Server::start(folder.path(), here.environment());
    for (place, found, count) in [
        ("here", "here", "3"),
        ("there", "there", "5"),
        ("env", "here", "3"),
        ("url", "there", "5"),
        ("here", "here", "3"),
    ] {
        let answer = server.load(&things(), &json!({ "place": place }));
        assert_eq!(answer.status, 200, "{place}: {}", answer.body);
        let data = &answer.json()["data"];
        assert_eq!(*data, json!([{ "things.place": found, "things.count": count }]), "{place}");
    }
    // A data source that no variable describes is the code's to describe.
    let archived = json!({ "measures": ["archived.count"] });
    let answer = server.load(&archived, &json!({ "place": "here" }));
    assert_eq!(answer.json()["data"], json!([{ "archived.count": "5" }]), "{}", answer.body);

    let refused = server.load(&things(), &json!({}));
    assert_eq!((refused.status, &*refused.error()), (403, "Error: Nobody's"));
    // Nothing but reading rows asks for a database.
    let token = token::good(&json!({}));
    assert_eq!(server.get("sql", &things(), &token).status, 200);
    assert_eq!(http::send("GET", &server.url("/readyz"), &[], "").status, 200);
    leak::check_log(&server.log(), &[&token]);
}

/// Answers of `driverFactory` that are no database, and what the log says of them.
const UNUSABLE: &[(&str, &str)] = &[
    (
        "undefined",
        "must return `{ type: \\\"postgres\\\", host, database, ... }` or a `PostgresDriver`",
    ),
    ("null", "must return `{ type:"),
    ("'postgres://me:hunter2@db/shop'", "must return `{ type:"),
    ("{ host: 'hunter2' }", "it has no `type`"),
    (
        "{ type: 'mysql', password: 'hunter2' }",
        "its `type` is `mysql`, and only `postgres` is served",
    ),
    ("{ type: 'postgres', pasword: 'hunter2' }", "did you mean `password`?"),
    (
        "{ type: 'postgres', database: ({}).name, password: 'hunter2' }",
        "option `database` is undefined",
    ),
    ("{ type: 'postgres', port: 'hunter2' }", "option `port` must be a TCP port"),
    (
        "{ type: 'postgres', connectionString: 'mysql://me:hunter2@db/shop' }",
        "`connectionString` must be",
    ),
    ("{ type: 'postgres', ssl: { ca: '-----BEGIN hunter2' } }", "a certificate is no PEM text"),
    (
        "{ type: 'postgres', ssl: { rejectUnauthorised: false } }",
        "did you mean `rejectUnauthorized`?",
    ),
    ("new Promise(() => {})", "never settles"),
    ("context.securityContext.tenant.host", "TypeError: cannot read property 'host' of undefined"),
    ("require('pg-promise')", "module `pg-promise` is not available"),
];

#[test]
fn what_is_no_database_is_nobodys_rows_and_nobodys_to_read() {
    let cases: Vec<String> =
        UNUSABLE.iter().map(|(answer, _)| format!("(context) => ({answer})")).collect();
    let project = project(&format!(
        "const answers = [{}];\nmodule.exports = {{\n  driverFactory: (context) =>\n    answers[context.securityContext.case](context) }};",
        cases.join(",\n")
    ));
    let server = Server::start(project.path(), connection(1));
    for (case, (answer, said)) in UNUSABLE.iter().enumerate() {
        let before = server.log().len();
        let refused = server.load(&things(), &json!({ "case": case }));
        assert_eq!((refused.status, &*refused.error()), (500, "Internal error"), "{answer}");
        leak::check(&refused);
        let log = server.log().split_off(before);
        assert!(log.contains(said), "{answer}\n{log}");
        // The mistake, or the function that made it.
        assert!(log.contains("cube.js:"), "{answer}\n{log}");
        assert!(!log.contains("hunter2"), "{answer}\n{log}");
    }
    assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 200, "it goes on");
}

#[test]
fn a_certificate_is_verified_whatever_the_code_says() {
    let project = project(
        "module.exports = { driverFactory: () => ({ type: 'postgres', ssl: { rejectUnauthorized: false } }) };",
    );
    let server = Server::start(project.path(), connection(1));
    for _ in 0..2 {
        assert_eq!(server.load(&things(), &json!({})).status, 503, "nothing listens there");
    }
    let notice = "`ssl.rejectUnauthorized: false` has no effect";
    assert_eq!(server.log().matches(notice).count(), 1, "once for a pool: {}", server.log());
}

#[test]
fn the_environment_needs_no_database_where_the_code_names_them() {
    let project = project(
        "module.exports = { driverFactory: ({ securityContext }) =>
           ({ type: 'postgres', host: '127.0.0.1', port: 1, ...securityContext.db }) };",
    );
    let server = Server::start(project.path(), Vec::new());
    let whole = json!({ "db": { "database": "shop", "user": "me" } });
    assert_eq!(server.load(&things(), &whole).status, 503, "nothing listens there");
    let half = server.load(&things(), &json!({ "db": { "user": "me" } }));
    assert_eq!((half.status, &*half.error()), (500, "Internal error"));
    assert!(server.log().contains("neither `database` nor the environment names the database"));
}
