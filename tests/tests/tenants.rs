//! Tenants of one project: each has its model, its database and its rows, and nobody else's.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::command::Folder;
use harness::http;
use harness::leak;
use harness::postgres::{self, Cluster, connection};
use harness::server::Server;
use harness::token;
use serde_json::{Value, json};

fn cube(name: &str) -> String {
    format!(
        "cubes: [{{ name: {name}, sql_table: {name}, measures: [{{ name: count, type: count }}] }}]"
    )
}

/// The names of the cubes that a caller sees.
fn cubes(server: &Server, claims: &Value) -> Vec<String> {
    let answer = server.get("meta", &json!({}), &token::good(claims));
    assert_eq!(answer.status, 200, "{claims}: {}", answer.body);
    let cubes = answer.json()["cubes"].clone();
    cubes.as_array().unwrap().iter().map(|cube| cube["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_tenant_has_the_files_of_its_folder() {
    let project = Folder::new();
    project.write("tenants/acme/orders.yml", &cube("acme_orders"));
    project.write(
        "tenants/other/deep/orders.js",
        "cube(`other_orders`, { sql_table: `o`, measures: { count: { type: `count` } } });",
    );
    project.write("tenants/broken/orders.yml", "cubes: [{ name: x, tabel: y }]");
    project.write("elsewhere.yml", &cube("elsewhere"));
    project.write(
        "cube.js",
        "const { FileRepository } = require('@cubejs-backend/server-core');
         module.exports = {
           contextToAppId: ({ securityContext }) => `APP_${securityContext.tenant}`,
           repositoryFactory: ({ securityContext }) => {
             if (!securityContext.tenant) throw new Error('You shall not pass');
             return new FileRepository(`tenants/${securityContext.tenant}`);
           },
         };",
    );
    let server = Server::start(project.path(), connection(1));
    for _ in 0..2 {
        assert_eq!(cubes(&server, &json!({ "tenant": "acme" })), ["acme_orders"]);
        assert_eq!(cubes(&server, &json!({ "tenant": "other" })), ["other_orders"]);
    }
    let query = json!({ "measures": ["acme_orders.count"] });
    let foreign = server.load(&query, &json!({ "tenant": "other" }));
    assert_eq!(foreign.status, 400, "{}", foreign.body);

    for tenant in
        ["../tenants/acme", "..", ".", "/etc", "nobody", "acme/../other", "acme\0", "broken"]
    {
        let refused = server.load(&query, &json!({ "tenant": tenant }));
        assert_eq!((refused.status, &*refused.error()), (500, "Internal error"), "{tenant:?}");
        leak::check(&refused);
    }
    let refused = server.load(&query, &json!({}));
    assert_eq!((refused.status, &*refused.error()), (403, "Error: You shall not pass"));
    let log = server.log();
    assert!(log.contains("the folder `tenants/nobody` is not one of the project"), "{log}");
    assert!(log.contains("model/orders.yml:1:"), "{log}");
    assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 200, "it goes on");
}

#[test]
fn files_are_asked_for_again_when_the_version_changes() {
    let project = Folder::new();
    project.write(
        "cube.js",
        "let calls = 0;
         module.exports = {
           contextToAppId: ({ securityContext }) => securityContext.tenant,
           schemaVersion: async ({ securityContext }) => securityContext.version,
           repositoryFactory: async () => ({ dataSchemaFiles: async () => {
             const name = `orders_${++calls}`;
             return [{ fileName: 'orders.js', content: `cube('${name}', { sql_table: 'o', measures: { count: { type: 'count' } } })` }];
           } }),
         };",
    );
    let server = Server::start(project.path(), connection(1));
    for (tenant, version, expected) in [
        ("a", 1, "orders_1"),
        ("a", 1, "orders_1"),
        ("b", 1, "orders_2"),
        ("a", 2, "orders_3"),
        ("a", 2, "orders_3"),
        ("a", 1, "orders_1"),
    ] {
        let claims = json!({ "tenant": tenant, "version": version });
        assert_eq!(cubes(&server, &claims), [expected], "{claims}");
    }
}

#[test]
fn the_models_own_folder_has_versions_too() {
    let project = Folder::new();
    project.write("model/orders.yml", &cube("before"));
    project.write(
        "cube.js",
        "module.exports = { schemaVersion: ({ securityContext }) => securityContext.version };",
    );
    let server = Server::start(project.path(), connection(1));
    assert_eq!(cubes(&server, &json!({ "version": "1" })), ["before"]);
    project.write("model/orders.yml", &cube("after"));
    assert_eq!(cubes(&server, &json!({ "version": "1" })), ["before"]);
    assert_eq!(cubes(&server, &json!({ "version": "2" })), ["after"]);
    assert_eq!(cubes(&server, &json!({ "version": "1" })), ["before"]);
    let without = server.get("meta", &json!({}), &token::good(&json!({})));
    assert_eq!(without.status, 500, "a version that is missing is a mistake: {}", without.body);
}

const TENANTS: usize = 40;
const CLIENTS: usize = 12;
const REQUESTS: usize = 60;

/// Rows of every tenant in both databases; the canary says in which, and whose they are.
fn cluster(folder: &Folder, place: &str) -> Cluster {
    let table = format!(
        "CREATE TABLE orders AS SELECT id, 't' || id % {TENANTS} AS tenant, \
         '{place}-t' || id % {TENANTS} AS canary FROM generate_series(0, 399) id;"
    );
    Cluster::start(&folder.write(&format!("{place}.sql"), &table), &[])
}

/// One query for all tenants, fenced in three ways: by the database alone, by the project's code, and by
/// the model. The statements take long enough for others to join them.
const MODEL: &str = "
cube(`everything`, {
  sql: `SELECT o.* FROM orders o WHERE (SELECT pg_sleep(0.02)) IS NOT NULL`,
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true }, canary: { sql: `canary`, type: `string` },
    tenant: { sql: `tenant`, type: `string` } },
});
cube(`rewritten`, { extends: everything });
cube(`filtered`, { extends: everything,
  sql: `SELECT * FROM ${everything.sql()} AS o WHERE ${SECURITY_CONTEXT.tenant.filter('tenant')}` });
cube(`compiled`, { extends: everything,
  sql: `SELECT * FROM ${everything.sql()} AS o WHERE tenant = '${COMPILE_CONTEXT.securityContext.tenant}'` });
";

fn code(even: &Cluster, odd: &Cluster) -> String {
    format!(
        "const fs = [{{ fileName: 'orders.js', content: require('./model.json') }}];
         const number = (tenant) => Number(tenant.slice(1));
         module.exports = {{
           contextToAppId: ({{ securityContext }}) => `APP_${{securityContext.tenant}}`,
           // A mistake that puts all databases under one id; nothing may come of it.
           contextToOrchestratorId: () => 'everybody',
           repositoryFactory: () => ({{ dataSchemaFiles: async () => fs }}),
           driverFactory: ({{ securityContext }}) => ({{
             type: 'postgres', host: '127.0.0.1', user: '{}', password: '{}', database: '{}',
             port: number(securityContext.tenant) % 2 === 0 ? {} : {} }}),
           queryRewrite: (query, {{ securityContext }}) => {{
             if (query.dimensions[0].startsWith('rewritten.')) {{
               query.filters.push({{ member: 'rewritten.tenant', operator: 'equals', values: [securityContext.tenant] }});
             }}
             return query;
           }},
         }};",
        postgres::USER,
        postgres::PASSWORD,
        postgres::DATABASE,
        even.port,
        odd.port,
    )
}

/// Asks as one tenant and fails unless every row is the tenant's, and from its own database.
fn ask(server: &Server, cube: &str, tenant: usize) -> usize {
    let canary = format!("{cube}.canary");
    let query = json!({ "dimensions": [&canary], "limit": 1_000 });
    let answer = server.load(&query, &json!({ "tenant": format!("t{tenant}") }));
    // Too much at once is an answer too, and no row.
    if answer.status == 429 || answer.body.contains("Continue wait") {
        return 0;
    }
    assert_eq!(answer.status, 200, "{}", answer.body);
    let place = if tenant.is_multiple_of(2) { "even" } else { "odd" };
    let data = answer.json()["data"].clone();
    let rows: Vec<&str> =
        data.as_array().unwrap().iter().map(|row| row[&canary].as_str().unwrap()).collect();
    if cube == "everything" {
        assert_eq!(rows.len(), TENANTS, "t{tenant}: {rows:?}");
        assert!(
            rows.iter().all(|row| row.starts_with(&format!("{place}-"))),
            "t{tenant}: {rows:?}"
        );
    } else {
        assert_eq!(rows, [format!("{place}-t{tenant}")], "{cube} of t{tenant}");
    }
    rows.len()
}

#[test]
fn no_row_crosses_from_tenant_to_tenant() {
    let project = Folder::new();
    let (even, odd) = (cluster(&project, "even"), cluster(&project, "odd"));
    project.write("model.json", &json!(MODEL).to_string());
    project.write("cube.js", &code(&even, &odd));
    let server = Server::start(project.path(), Vec::new());
    let (next, rows) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                for _ in 0..REQUESTS {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Neighbours ask the same at the same time.
                    let cube = ["everything", "rewritten", "filtered", "compiled"][number / 64 % 4];
                    let found = ask(&server, cube, number * 7 % TENANTS);
                    rows.fetch_add(found, Ordering::Relaxed);
                }
            });
        }
    });
    let rows = rows.into_inner();
    assert!(rows > CLIENTS * REQUESTS, "{rows} rows in {} answers", CLIENTS * REQUESTS);
    std::thread::sleep(Duration::from_millis(100));
    leak::check_log(&server.log(), &[]);
}
