//! A project with a `cube.js`: who is let in, and what is asked for them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::command::Folder;
use harness::http;
use harness::postgres::connection;
use harness::server::Server;
use harness::token;
use serde_json::{Value, json};

const MODEL: &str = "
cubes:
  - name: orders
    sql_table: orders
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: city, sql: city, type: string }
      - { name: secret, sql: secret, type: string, public: false }
";

fn project(code: &str) -> Folder {
    let folder = Folder::new();
    folder.write("model/orders.yml", MODEL);
    folder.write("cube.js", code);
    folder
}

/// Serves it. Nothing here asks the database, which is not there.
fn serve(project: &Folder) -> Server {
    Server::start(project.path(), connection(1))
}

fn refusal(code: &str) -> String {
    let project = project(code);
    let mut server = Server::launch(project.path(), connection(1));
    let status = server.process().wait_for_end(Duration::from_secs(20));
    assert_eq!(status.code(), Some(1));
    server.log()
}

fn query() -> Value {
    json!({"measures": ["orders.count"], "dimensions": ["orders.city"]})
}

const TENANTS: &str = "
module.exports = {
  queryRewrite: (query, { securityContext }) => {
    if (!securityContext.city) throw new Error('You shall not pass');
    if (securityContext.role === 'admin') {
      console.log(`admin ${securityContext.city} asks for ${JSON.stringify(query.measures)}`);
      return query;
    }
    query.filters.push({ member: 'orders.city', operator: 'equals', values: [securityContext.city] });
    return query;
  },
};";

#[test]
fn a_query_is_rewritten_for_its_caller_and_the_caller_is_not_told() {
    let project = project(TENANTS);
    let server = serve(&project);
    let boston = server.get("sql", &query(), &token::good(&json!({"city": "Boston"})));
    let sql = boston.json();
    assert_eq!(sql["sql"]["sql"][1][0], "Boston", "{sql}");
    let paris = server.get("sql", &query(), &token::good(&json!({"city": "Paris"}))).json();
    assert_eq!(paris["sql"]["sql"][1][0], "Paris");
    assert_eq!(paris["sql"]["sql"][0], sql["sql"]["sql"][0], "the text is the same for all");
    let told = server.get("dry-run", &query(), &token::good(&json!({"city": "Boston"})));
    assert!(!told.body.contains("Boston") && told.body.contains("normalizedQueries"), "{told:?}");

    let admin = token::good(&json!({"city": "Rome", "role": "admin"}));
    let all = server.get("sql", &query(), &admin).json();
    assert!(!all["sql"]["sql"][1].to_string().contains("Rome"), "{all}");
    assert!(server.log().contains(r#"admin Rome asks for [\"orders.count\"]"#), "{}", server.log());
}

#[test]
fn an_error_that_the_author_throws_is_a_refusal() {
    let project = project(TENANTS);
    let server = serve(&project);
    for route in ["load", "sql", "dry-run"] {
        let answer = server.get(route, &query(), &token::good(&json!({})));
        assert_eq!(answer.status, 403, "{route}: {}", answer.body);
        assert_eq!(answer.json()["error"], "Error: You shall not pass");
    }
    // Whoever has no good token is not asked about at all.
    assert_eq!(server.get("sql", &query(), "nonsense").json()["error"], "Invalid token");
}

#[test]
fn mistakes_of_the_code_are_nobodys_to_read() {
    for code in [
        "module.exports = { queryRewrite: (q, { securityContext }) => securityContext.a.b };",
        "module.exports = { queryRewrite: () => {} };",
        "module.exports = { queryRewrite: () => new Promise(() => {}) };",
        "module.exports = { queryRewrite: (q) => ({ ...q, filters: [{ member: 'orders.internal', operator: 'set' }] }) };",
        "module.exports = { queryRewrite: (q) => ({ ...q, measures: 'internal' }) };",
        "module.exports = { queryRewrite: (q) => ({ ...q, dimensions: ['orders.secret'] }) };",
        "module.exports = { contextToAppId: () => undefined };",
    ] {
        let project = project(code);
        let server = serve(&project);
        let answer = server.get("sql", &query(), &token::good(&json!({})));
        assert_eq!(answer.status, 500, "{code}: {}", answer.body);
        assert_eq!(answer.json()["error"], "Internal error", "{code}");
        let log = server.log();
        assert!(log.contains("cube.js") || log.contains("rewritten"), "{code}\n{log}");
        assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 200, "it goes on");
    }
}

#[test]
fn check_auth_decides_in_the_place_of_verification() {
    let project = project(
        "module.exports = {
           checkAuth: async (req, token) => {
             if (token === 'letmein') return { security_context: { city: 'Oslo' } };
             if (token === 'header') { req.securityContext = { city: req.headers['x-city'] }; return; }
             if (token === 'nothing') return;
             throw new Error('Custom forbidden');
           },
           queryRewrite: (query, { authInfo }) => ({ ...query,
             filters: [{ member: 'orders.city', operator: 'equals', values: [authInfo.city] }] }),
         };",
    );
    let server = serve(&project);
    for authorization in ["letmein", "Bearer letmein"] {
        let answer = server.get("sql", &query(), authorization);
        assert_eq!(answer.json()["sql"]["sql"][1][0], "Oslo", "{authorization}: {}", answer.body);
    }
    let path = format!("/cubejs-api/v1/sql?query={}", http::encode(&query().to_string()));
    let url = server.url(&path);
    let from_header =
        http::send("GET", &url, &[("authorization", "header"), ("x-city", "Bergen")], "");
    assert_eq!(from_header.json()["sql"]["sql"][1][0], "Bergen", "{}", from_header.body);

    // A good token is nothing to this project, and no context is no context.
    for authorization in [token::good(&json!({"city": "Rome"})), "wrong".to_owned()] {
        let refused = server.get("sql", &query(), &authorization);
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (403, &json!("Error: Custom forbidden"))
        );
    }
    let without = http::send("GET", &url, &[], "");
    assert_eq!(
        (without.status, &without.json()["error"]),
        (403, &json!("Error: Custom forbidden"))
    );
    let nothing = server.get("meta", &json!({}), "nothing");
    assert_eq!((nothing.status, &nothing.json()["error"]), (403, &json!("Invalid token")));
}

#[test]
fn the_project_says_which_parts_a_caller_may_use() {
    let project = project(
        "module.exports = { contextToApiScopes: (securityContext, scopes) =>
           securityContext.analyst ? [...scopes, 'sql'] : ['meta'] };",
    );
    let server = serve(&project);
    let analyst = token::good(&json!({"analyst": true}));
    assert_eq!(server.get("sql", &query(), &analyst).status, 200);
    let other = token::good(&json!({}));
    let refused = server.get("sql", &query(), &other);
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("API scope is missing: sql"))
    );
    assert_eq!(server.get("meta", &json!({}), &other).status, 200);
}

#[test]
fn options_stand_over_variables() {
    let project = project(
        "module.exports = { basePath: '/analytics', jwt: { issuer: ['acme'] }, telemetry: false };",
    );
    let server = serve(&project);
    let path = "/analytics/v1/meta";
    let good = token::good(&json!({"iss": "acme"}));
    let meta = http::send("GET", &server.url(path), &[("authorization", &good)], "");
    assert_eq!(meta.status, 200, "{}", meta.body);
    let other = token::good(&json!({"iss": "other"}));
    let refused = http::send("GET", &server.url(path), &[("authorization", &other)], "");
    assert_eq!(refused.status, 403);
    assert!(server.log().contains("`telemetry` has no effect"), "{}", server.log());
}

#[test]
fn what_cannot_be_honoured_is_not_served() {
    let said = refusal("module.exports = { queryRewrit: (query) => query };");
    assert!(said.contains("did you mean `queryRewrite`?"), "{said}");
    let said = refusal("module.exports = {\n  queryRewrite: (query => \n};");
    assert!(said.contains("cube.js:"), "{said}");
    let said = refusal("while (true) {}");
    assert!(said.contains("does not end"), "{said}");
}
