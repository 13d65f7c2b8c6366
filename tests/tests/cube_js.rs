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
use harness::leak;
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

/// Code that goes wrong for a request, and where the log says it stands.
const MISTAKES: &[(&str, &str)] = &[
    (
        "module.exports = {\n  queryRewrite: (q, { securityContext }) => securityContext.a.b };",
        "cube.js:2:45: TypeError",
    ),
    (
        "module.exports = {\n\n  queryRewrite: () => {} };",
        "cube.js:3:17: `queryRewrite` must return the query",
    ),
    (
        "const wait = async () => new Promise(() => {});\nmodule.exports = { queryTransformer: wait };",
        "cube.js:1:14: `queryTransformer` failed: the promise this returned never settles",
    ),
    (
        "module.exports = {\n  queryRewrite: (q) => ({ ...q, filters: [{ member: 'orders.internal', operator: 'set' }] }) };",
        "cube.js:2:17: `queryRewrite` gave a query that is wrong",
    ),
    (
        "module.exports = {\n  queryRewrite: (q) => ({ ...q, measures: 'internal' }) };",
        "cube.js:2:17: `queryRewrite` gave a query that is wrong",
    ),
    (
        "module.exports = {\n  queryRewrite: (q) => ({ ...q, dimensions: ['orders.secret'] }) };",
        "cube.js:2:17: `queryRewrite` gave a query that is wrong",
    ),
    (
        "module.exports = { contextToAppId: () => undefined };",
        "cube.js:1:36: `contextToAppId` must return a text that is not empty",
    ),
    (
        "module.exports = { contextToOrchestratorId: () => ({}) };",
        "cube.js:1:45: `contextToOrchestratorId` must return a text that is not empty",
    ),
    (
        "module.exports = { contextToRoles: () => 'admin' };",
        "cube.js:1:36: `contextToRoles` must return a list of texts",
    ),
    (
        "module.exports = { contextToApiScopes: () => 'sql' };",
        "cube.js:1:40: `contextToApiScopes` must return a list of texts",
    ),
    (
        "module.exports = { extendContext: () => 'tenant' };",
        "cube.js:1:35: `extendContext` must return an object",
    ),
    (
        "module.exports = {\n  extendContext: (req) => ({ tenant: require('axios').get(req.url) }) };",
        "cube.js:2:38: TypeError: module `axios` is not available: cube.js has no network",
    ),
    (
        "module.exports = {\n  queryRewrite: (q) => { while (true) q.limit = 1; } };",
        "cube.js:2:26: this does not end",
    ),
];

#[test]
fn mistakes_of_the_code_are_nobodys_to_read() {
    for (code, place) in MISTAKES {
        let project = project(code);
        let server = serve(&project);
        let answer = server.get("sql", &query(), &token::good(&json!({})));
        assert_eq!(answer.status, 500, "{code}: {}", answer.body);
        assert_eq!(answer.json()["error"], "Internal error", "{code}");
        let log = server.log();
        assert!(log.contains(place), "{place}\n{code}\n{log}");
        assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 200, "it goes on");
    }
}

#[test]
fn the_keys_of_a_security_context_are_only_keys() {
    let project = project(
        "module.exports = {
           contextToAppId: ({ securityContext }) => `APP_${securityContext.tenant}`,
           extendContext: (req) => ({ ...req.securityContext.more }),
           queryRewrite: (query, context) => {
             if (context.tenant || ({}).tenant || context.authInfo !== context.securityContext) throw new Error('polluted');
             const { tenant } = context.securityContext;
             if (tenant !== 'acme') throw new Error('You shall not pass');
             query.filters.push({ member: 'orders.city', operator: 'equals', values: [tenant] });
             return query;
           },
         };",
    );
    let server = serve(&project);
    let ask = |claims: &str| {
        let payload = format!(r#"{{"iat":{},"exp":{},{claims}}}"#, token::now(), token::now() + 60);
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        server.get("sql", &query(), &token::signed(&header, &payload, token::SECRET))
    };
    for claims in [
        r#""__proto__":{"tenant":"acme"}"#,
        r#""constructor":{"prototype":{"tenant":"acme"}}"#,
        r#""prototype":{"tenant":"acme"}"#,
        r#""more":{"__proto__":{"tenant":"acme"}}"#,
        r#""toString":"acme","valueOf":null"#,
        r#""tenant":{"toString":"acme"}"#,
        r#""tenant":["acme"]"#,
        r#""tenant":"acme\u0000""#,
        r#""then":{"tenant":"acme"}"#,
        r#""more":{"then":1,"securityContext":{"tenant":"other"}}"#,
    ] {
        let refused = ask(claims);
        let status = refused.status;
        assert!(status == 403 || status == 500, "{claims}: {status} {}", refused.body);
        let good = ask(r#""tenant":"acme""#);
        assert_eq!(good.status, 200, "after {claims}: {}", good.body);
        assert_eq!(good.json()["sql"]["sql"][1][0], "acme");
    }
}

#[test]
fn tokens_are_verified_by_the_code_through_jsonwebtoken() {
    let project = project(
        "const jwt = require('jsonwebtoken');
         module.exports = {
           checkAuth: (req, token) => {
             const claims = jwt.verify(token, process.env.CUBEJS_API_SECRET, { algorithms: ['HS256'] });
             if (claims.banned) throw new Error('Banned');
             req.securityContext = { city: claims.home };
           },
           queryRewrite: (query, { securityContext }) => ({ ...query,
             filters: [{ member: 'orders.city', operator: 'equals', values: [securityContext.city] }] }),
         };",
    );
    let server = serve(&project);
    let good = server.get("sql", &query(), &token::good(&json!({ "home": "Oslo" })));
    assert_eq!(good.json()["sql"]["sql"][1][0], "Oslo", "{}", good.body);
    let late = token::hs256(&json!({ "iat": 1, "exp": 2 }), token::SECRET);
    let forged = token::hs256(&json!({ "exp": token::now() + 60 }), &token::SECRET.to_uppercase());
    for bad in [late.as_str(), &forged, "nonsense"] {
        let refused = server.get("sql", &query(), bad);
        assert_eq!((refused.status, &*refused.error()), (403, "Invalid token"), "{bad}");
    }
    let banned = server.get("sql", &query(), &token::good(&json!({ "banned": true })));
    assert_eq!((banned.status, &*banned.error()), (403, "Error: Banned"));
    leak::check_log(&server.log(), &[&late, &forged]);
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
fn groups_and_contexts_are_the_projects_to_say() {
    for groups in ["contextToGroups", "contextToRoles"] {
        let project = project(&format!(
            "module.exports = {{
               extendContext: (req) => ({{ region: req.authInfo.region, header: req.get('X-Region') }}),
               contextToAppId: ({{ authInfo, region }}) => `${{authInfo.region}}_${{region}}`,
               contextToOrchestratorId: async ({{ securityContext }}) => securityContext.region,
               {groups}: async ({{ securityContext, region }}) => securityContext.groups.concat(region),
             }};"
        ));
        project.write(
            "model/orders.yml",
            "
cubes:
  - name: orders
    sql_table: {{ COMPILE_CONTEXT.region }}
    measures: [{ name: count, type: count }]
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: city, sql: city, type: string }
    access_policy:
      - group: sales
        row_level: { filters: [{ member: city, operator: equals, values: [Oslo] }] }
      - group: north
        member_level: { includes: [count] }
",
        );
        let server = serve(&project);
        let ask = |groups: Value, region: &str| {
            let claims = json!({ "groups": groups, "region": region });
            server.get("sql", &json!({ "measures": ["orders.count"] }), &token::good(&claims))
        };
        let sales = ask(json!(["sales"]), "south").json();
        assert!(sales["sql"]["sql"][0].as_str().unwrap().contains("FROM south"), "{sales}");
        assert_eq!(sales["sql"]["sql"][1][0], "Oslo", "{groups}: {sales}");
        let north = ask(json!([]), "north").json();
        assert!(north["sql"]["sql"][0].as_str().unwrap().contains("FROM north"), "{north}");
        assert!(!north.to_string().contains("Oslo"), "{groups}: {north}");
        let mixed = ask(json!(["other"]), "south");
        assert!(!mixed.body.contains("Oslo"), "{groups}: {}", mixed.body);
        let unsafe_region = ask(json!([]), "north; --");
        assert_eq!(unsafe_region.status, 403, "{}", unsafe_region.body);
        let none = ask(Value::Null, "south");
        assert_eq!((none.status, &*none.error()), (500, "Internal error"));
    }
}

#[test]
fn options_stand_over_variables() {
    let project = project(
        "module.exports = { basePath: '/analytics', schemaPath: 'cubes', jwt: { issuer: ['acme'] },
           http: { cors: { origin: 'https://app.example' } }, telemetry: false, sqlCache: true };",
    );
    std::fs::rename(project.path().join("model"), project.path().join("cubes")).unwrap();
    let server = serve(&project);
    let path = "/analytics/v1/meta";
    let good = token::good(&json!({"iss": "acme"}));
    let meta = http::send("GET", &server.url(path), &[("authorization", &good)], "");
    assert_eq!(meta.status, 200, "{}", meta.body);
    let other = token::good(&json!({"iss": "other"}));
    let refused = http::send("GET", &server.url(path), &[("authorization", &other)], "");
    assert_eq!(refused.status, 403);
    let origin = |origin: &str| {
        let headers = [("authorization", good.as_str()), ("origin", origin)];
        let answer = http::send("GET", &server.url(path), &headers, "");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(origin("https://app.example").as_deref(), Some("https://app.example"));
    assert_eq!(origin("https://evil.example"), None);
    for option in ["telemetry", "sqlCache"] {
        let notice = format!("`{option}` has no effect");
        assert!(server.log().contains(&notice), "{}", server.log());
    }
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
