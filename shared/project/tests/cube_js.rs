//! `cube.js` files as authors write them, and as they should not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use project::{Caller, Given, HookError, Incoming, Project, SourceFile, TokenRules};
use serde_json::{Map, Value, json};

fn load(text: &str) -> Result<Project, String> {
    load_files(&[("cube.js", text)])
}

fn load_files(files: &[(&str, &str)]) -> Result<Project, String> {
    let sources = files
        .iter()
        .map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect();
    let read_folder = |arguments: &str| {
        assert_eq!(arguments, r#"["model/acme"]"#);
        Ok(Some(r#"[{"fileName": "orders.yml", "content": "cubes: []"}]"#.to_owned()))
    };
    let given = Given {
        environment: [("CUBEJS_APP".to_owned(), "shop".to_owned())].into(),
        clock: Some(Arc::new(|| 1_700_000_000_000.0)),
        read_folder: Some(Arc::new(read_folder)),
        token_rules: TokenRules::default(),
    };
    Project::load(sources, files[0].0, given)
        .map(|(project, _)| project)
        .map_err(|error| error.to_string())
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value}") };
    members
}

fn incoming() -> Incoming {
    Incoming {
        method: "GET".to_owned(),
        url: "/cubejs-api/v1/load?a=1".to_owned(),
        path: "/cubejs-api/v1/load".to_owned(),
        query: object(json!({"a": "1"})),
        headers: object(json!({"x-tenant": "acme"})),
        request_id: "r-1".to_owned(),
    }
}

fn rewritten(text: &str, claims: &Value) -> Result<Value, HookError> {
    let context = object(json!({"securityContext": claims, "requestId": "r-1"}));
    let query = json!({"measures": ["Orders.count"]});
    load(text).unwrap().query_rewrite(&query, &context).map(|(query, _)| query)
}

#[test]
fn a_query_is_rewritten_under_both_names_sync_and_async() {
    for text in [
        "module.exports = { queryRewrite: (query, { securityContext }) => {
           query.filters = [{ member: 'Orders.tenant', operator: 'equals', values: [securityContext.id] }];
           return query; } };",
        "module.exports.queryTransformer = async (query, { authInfo }) => ({ ...query,
           filters: [{ member: 'Orders.tenant', operator: 'equals', values: [authInfo.id] }] });",
        "export default { async queryRewrite(query, context) {
           await null;
           query.filters = [{ member: 'Orders.tenant', operator: 'equals', values: [context.securityContext.id] }];
           return query; } };",
    ] {
        let query = rewritten(text, &json!({"id": "7"})).unwrap();
        assert_eq!(query["filters"][0]["values"], json!(["7"]), "{text}");
    }
}

#[test]
fn an_error_of_the_authors_refuses_and_a_mistake_is_one() {
    let refused = rewritten(
        "module.exports = { queryRewrite() { throw new Error('You shall not pass'); } };",
        &json!({}),
    );
    let Err(HookError::Refused { hook, sentence }) = refused else { panic!("{refused:?}") };
    assert_eq!(sentence, "Error: You shall not pass");
    assert_eq!(hook.to_string(), "cube.js:1:20: `queryRewrite`");
    let broken = rewritten(
        "module.exports = {\n  queryRewrite: (query, { securityContext }) =>\n    securityContext.a.b.c };",
        &json!({}),
    );
    let Err(HookError::Broken { error, .. }) = broken else { panic!("{broken:?}") };
    assert_eq!(error.place.map(|place| (place.file, place.line)), Some(("cube.js".to_owned(), 3)));
}

#[test]
fn what_is_no_query_is_refused() {
    for body in ["return", "return null", "return 1", "return []", "return 'x'"] {
        let text = format!("module.exports = {{ queryRewrite() {{ {body}; }} }};");
        let answer = rewritten(&text, &json!({}));
        assert!(matches!(answer, Err(HookError::Form { .. })), "{body}: {answer:?}");
    }
    let never =
        rewritten("module.exports = { queryRewrite: () => new Promise(() => {}) };", &json!({}));
    assert!(matches!(never, Err(HookError::Broken { .. })), "{never:?}");
}

#[test]
fn an_answer_that_is_none_has_the_place_of_its_function() {
    let said = |text: &str| rewritten(text, &json!({})).unwrap_err().to_string();
    assert_eq!(
        said("module.exports = {\n  queryRewrite: () => {} };"),
        "cube.js:2:17: `queryRewrite` must return the query"
    );
    assert_eq!(
        said(
            "/* é */ const wait = () => new Promise(() => {});\nmodule.exports = { queryRewrite: wait };"
        ),
        "cube.js:1:22: `queryRewrite` failed: the promise this returned never settles: nothing is left \
         that could resolve it"
    );
    let project = load(
        "module.exports = { contextToAppId: () => 'a',
           schemaVersion: () => new Promise(() => {}) };",
    )
    .unwrap();
    let never = project.caller(&incoming(), &Map::new(), &[]).unwrap_err().to_string();
    assert!(never.starts_with("cube.js:2:27: `schemaVersion` failed: the promise"), "{never}");
}

#[test]
fn what_the_host_does_not_have_is_a_mistake_and_no_refusal() {
    for text in [
        "module.exports = { queryRewrite() { require('./missing'); } };",
        "module.exports = { queryRewrite() { require('lodash'); } };",
        "module.exports = { queryRewrite() { require('crypto').randomBytes(8); } };",
    ] {
        let answer = rewritten(text, &json!({}));
        assert!(matches!(answer, Err(HookError::Broken { .. })), "{text}: {answer:?}");
    }
}

#[test]
fn check_auth_gives_the_context_either_way() {
    for body in [
        "req.securityContext = { token, tenant: req.headers['x-tenant'] };",
        "req.authInfo = { token, tenant: req.get('X-Tenant') };",
        "return { security_context: { token, tenant: 'acme' } };",
        "return { securityContext: { token, tenant: 'acme' } };",
    ] {
        for form in ["checkAuth: (req, token) =>", "checkAuth: async (req, token) =>"] {
            let text = format!("module.exports = {{ {form} {{ {body} }} }};");
            let project = load(&text).unwrap();
            let (context, _) = project.check_auth(&incoming(), Some("abc")).unwrap();
            assert_eq!(context, json!({"token": "abc", "tenant": "acme"}), "{text}");
        }
    }
    let nothing = load("module.exports = { checkAuth() {} };").unwrap();
    assert_eq!(nothing.check_auth(&incoming(), None).unwrap().0, Value::Null);
}

#[test]
fn a_caller_is_described_in_one_call() {
    let project = load(
        "module.exports = {
           extendContext: (req) => ({ activeOrganization: req.headers['x-tenant'] }),
           contextToAppId: ({ securityContext, activeOrganization }) => `APP_${securityContext.id}_${activeOrganization}`,
           contextToOrchestratorId: ({ authInfo }) => authInfo.id,
           schemaVersion: async () => 3,
           contextToGroups: ({ securityContext }) => securityContext.groups,
           contextToApiScopes: (securityContext, defaults) => defaults.filter((scope) => scope !== 'sql'),
         };",
    )
    .unwrap();
    let claims = object(json!({"id": 7, "groups": ["a", "b"]}));
    let scopes = ["data".to_owned(), "sql".to_owned()];
    let (caller, _) = project.caller(&incoming(), &claims, &scopes).unwrap();
    assert_eq!(
        caller,
        Caller {
            app_id: Some("APP_7_acme".to_owned()),
            orchestrator_id: Some("7".to_owned()),
            schema_version: Some("3".to_owned()),
            groups: Some(vec!["a".to_owned(), "b".to_owned()]),
            scopes: Some(vec!["data".to_owned()]),
            extension: object(json!({"activeOrganization": "acme"})),
        }
    );
}

#[test]
fn an_id_that_is_missing_puts_nobody_together() {
    for answer in ["undefined", "null", "''", "{}", "true"] {
        let text = format!("module.exports = {{ contextToAppId: () => ({answer}) }};");
        let caller = load(&text).unwrap().caller(&incoming(), &Map::new(), &[]);
        assert!(matches!(caller, Err(HookError::Form { .. })), "{answer}: {caller:?}");
    }
    for answer in ["undefined", "'admin'", "[1]", "{}"] {
        let text = format!("module.exports = {{ contextToGroups: () => ({answer}) }};");
        let caller = load(&text).unwrap().caller(&incoming(), &Map::new(), &[]);
        assert!(matches!(caller, Err(HookError::Form { .. })), "{answer}: {caller:?}");
    }
}

#[test]
fn drivers_and_repositories_are_plain_data() {
    let project = load(
        "const PostgresDriver = require('@cubejs-backend/postgres-driver');
         const { FileRepository } = require('@cubejs-backend/server-core');
         module.exports = {
           driverFactory: ({ dataSource }) => dataSource === 'default'
             ? { type: 'postgres', host: 'a.internal', database: 'shop' }
             : new PostgresDriver({ host: 'b.internal' }),
           repositoryFactory: ({ securityContext }) => new FileRepository(`model/${securityContext.tenant}`),
         };",
    )
    .unwrap();
    let context =
        |source: &str| object(json!({"securityContext": {"tenant": "acme"}, "dataSource": source}));
    let (first, _) = project.driver(&context("default")).unwrap();
    assert_eq!(
        (first.host.as_deref(), first.database.as_deref()),
        (Some("a.internal"), Some("shop"))
    );
    assert_eq!(first.data_source, None);
    let (second, _) = project.driver(&context("other")).unwrap();
    assert_eq!(second.host.as_deref(), Some("b.internal"));
    assert_eq!(second.data_source.as_deref(), Some("default"), "as in Cube");
    let (files, _) = project.repository_files(&context("default")).unwrap();
    assert_eq!((files[0].name.as_str(), files[0].text.as_str()), ("orders.yml", "cubes: []"));
}

#[test]
fn a_driver_of_another_database_is_refused() {
    for answer in ["undefined", "null", "'postgres'", "[{ type: 'postgres' }]", "() => 1"] {
        let text = format!("module.exports = {{ driverFactory: async () => ({answer}) }};");
        let driver = load(&text).unwrap().driver(&Map::new());
        assert!(matches!(driver, Err(HookError::Form { .. })), "{answer}: {driver:?}");
    }
    for (answer, sentence) in [
        ("{ host: 'x' }", "it has no `type`"),
        ("{ type: 'mysql' }", "its `type` is `mysql`"),
        ("{ type: 'postgres', pasword: 'hunter2' }", "did you mean `password`?"),
        ("{ type: 'postgres', host: {}.host }", "option `host` is undefined or null"),
        ("{ type: 'postgres', password: () => 'hunter2' }", "option `password` is not supported"),
        (
            "new (require('@cubejs-backend/postgres-driver'))({ databse: 'a' })",
            "did you mean `database`?",
        ),
    ] {
        let text = format!("module.exports = {{\n  driverFactory: () => ({answer}) }};");
        let fault = load(&text).unwrap().driver(&Map::new()).unwrap_err().to_string();
        let head = "cube.js:2:18: `driverFactory` gave a driver that cannot be used: ";
        assert!(fault.starts_with(head) && fault.contains(sentence), "{answer}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}

#[test]
fn what_is_no_repository_is_refused() {
    for answer in [
        "undefined",
        "{}",
        "{ dataSchemaFiles: [] }",
        "{ dataSchemaFiles() {} }",
        "{ dataSchemaFiles: () => ({}) }",
        "{ dataSchemaFiles: () => [{ fileName: 'a.yml' }] }",
        "{ dataSchemaFiles: async () => [{ fileName: 'a.yml', content: 1 }] }",
    ] {
        let text = format!("module.exports = {{ repositoryFactory: () => ({answer}) }};");
        let files = load(&text).unwrap().repository_files(&Map::new());
        assert!(matches!(files, Err(HookError::Form { .. })), "{answer}: {files:?}");
    }
}

#[test]
fn values_are_read_as_the_environment_is() {
    let project = load(
        "module.exports = {
           apiSecret: 's', basePath: '/api', schemaPath: 'cubes',
           allowUngroupedWithoutPrimaryKey: true, telemetry: false,
           jwt: { key: 'k', algorithms: ['HS256', 'HS512'], issuer: ['a', 'b'], audience: 'c',
                  subject: 'd', claimsNamespace: 'ns', jwkUrl: 'https://keys.example', jwkRetry: 3 },
           http: { cors: { origin: ['https://a.example', 'https://b.example'], credentials: true } },
         };",
    )
    .unwrap();
    let variables = project.variables().unwrap();
    let of = |name: &str| {
        variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    assert_eq!(of("CUBEJS_API_SECRET"), Some("s"));
    assert_eq!(of("CUBEJS_BASE_PATH"), Some("/api"));
    assert_eq!(of("CUBEJS_SCHEMA_PATH"), Some("cubes"));
    assert_eq!(of("CUBEJS_ALLOW_UNGROUPED_WITHOUT_PRIMARY_KEY"), Some("true"));
    assert_eq!(of("CUBEJS_JWT_ALGS"), Some("HS256,HS512"));
    assert_eq!(of("CUBEJS_JWT_ISSUER"), Some("a,b"));
    assert_eq!(of("CUBEJS_JWK_URL"), Some("https://keys.example"));
    assert_eq!(of("TESSERA_CORS_ORIGINS"), Some("https://a.example,https://b.example"));
    assert_eq!(project.notices(), ["cube.js: `telemetry` has no effect: nothing is sent anywhere"]);
    assert!(!format!("{project:?}").contains("https://keys.example"), "values may be secrets");
}

#[test]
fn every_mistake_is_said_at_once() {
    let said = load(
        "module.exports = { queryRewrit: (q) => q, checkAuth: true, checkAuthMiddleware() {},
           jwt: { jwkUrl: () => 'x', algoritms: ['HS256'] }, http: { cors: { origin: /x/ } },
           apiSecret: {} };",
    )
    .unwrap_err();
    for sentence in [
        "there is no option `queryRewrit`: did you mean `queryRewrite`?",
        "option `checkAuth` must be a function",
        "option `checkAuthMiddleware` is not supported: Cube removed it: use `checkAuth`",
        "option `jwt.jwkUrl` is not supported",
        "there is no option `jwt.algoritms`: did you mean `algorithms`?",
        "option `http.cors.origin` is not supported",
        "option `apiSecret` must be a text, number or boolean",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
}

#[test]
fn code_that_does_not_run_says_where() {
    assert!(load("module.exports = {\n  a: ,\n};").unwrap_err().starts_with("cube.js:2:"));
    let thrown = load("\nthrow new Error('no');").unwrap_err();
    assert_eq!(thrown, "cube.js:2:11: Error: no");
    let module = load("const x = require('mysql2');\nmodule.exports = {};").unwrap_err();
    assert!(
        module.contains("module `mysql2` is not available: only files (`./name`), "),
        "{module}"
    );
    for (name, sentence) in [
        ("crypto", "module `crypto` is not available: tokens are verified and signed with"),
        ("node:fs", "module `node:fs` is not available: cube.js reads no files"),
        ("jwk-to-pem", "module `jwk-to-pem` is not available: cube.js fetches no keys"),
        ("axios", "module `axios` is not available: cube.js has no network"),
    ] {
        let said = load(&format!("\nconst x = require('{name}');")).unwrap_err();
        assert!(said.starts_with("cube.js:2:11: TypeError: ") && said.contains(sentence), "{said}");
    }
    assert!(load("module.exports = 1;").unwrap_err().contains("exports no object"));
    let both = "module.exports = { queryRewrite() {}, queryTransformer() {} };";
    assert!(load(both).unwrap_err().contains("say the same"));
}

#[test]
fn files_beside_it_and_the_environment_are_there() {
    let project = load_files(&[
        ("cube.js", "const { name } = require('./lib/names'); module.exports = { contextToAppId: () => name() + process.env.CUBEJS_APP + process.env.PATH + Date.now() };"),
        ("lib/names.js", "exports.name = () => 'n-';"),
    ])
    .unwrap();
    let (caller, _) = project.caller(&incoming(), &Map::new(), &[]).unwrap();
    assert_eq!(caller.app_id.as_deref(), Some("n-shopundefined1700000000000"));
}

#[test]
fn a_hostile_context_is_only_data() {
    let text = "module.exports = { contextToAppId: ({ securityContext }) => String(securityContext.tenant) };";
    let project = load(text).unwrap();
    let claims: Map<String, Value> = serde_json::from_str(
        r#"{"__proto__": {"tenant": "evil"}, "constructor": {"prototype": {"tenant": "evil"}}}"#,
    )
    .unwrap();
    let (caller, _) = project.caller(&incoming(), &claims, &[]).unwrap();
    assert_eq!(caller.app_id.as_deref(), Some("undefined"));
    let (clean, _) = project.caller(&incoming(), &Map::new(), &[]).unwrap();
    assert_eq!(clean.app_id.as_deref(), Some("undefined"), "nothing stays behind");
}
