//! Programs: what they export, what calls give back, and what ends them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use javascript::{Error, Host, Limits, LogLevel, Program, Reason, SourceFile};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// Limits a test can wait for.
fn host() -> Host {
    let limits = Limits {
        memory_bytes: 32 * 1024 * 1024,
        load_time: Duration::from_millis(500),
        call_time: Duration::from_millis(500),
        ..Limits::default()
    };
    Host { limits, ..Host::default() }
}

fn load(text: &str) -> Program {
    Program::load(vec![file("cube.js", text)], "cube.js", host()).unwrap().0
}

fn call(program: &Program, name: &str, arguments: &str) -> Option<String> {
    program.call(&[name], arguments).unwrap().json
}

/// The only mistake of a file.
fn mistake(text: &str) -> Error {
    let mut errors = Program::load(vec![file("cube.js", text)], "cube.js", host()).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn shown(text: &str) -> String {
    mistake(text).to_string()
}

#[test]
fn functions_are_called_with_json_and_answer_with_json() {
    let program = load(
        "module.exports = {\n  queryRewrite: (query, { securityContext }) => {\n    \
         query.filters.push(securityContext.id);\n    return query;\n  },\n  \
         http: { cors: { origin: 'https://x' } },\n  schemaPath: 'model',\n  \
         jwt: { key: async () => 'k' },\n};",
    );
    let paths: Vec<_> = program.exports().iter().map(|export| export.path.join(".")).collect();
    assert_eq!(paths, ["queryRewrite", "http.cors.origin", "schemaPath", "jwt.key"]);
    assert_eq!(program.exports()[2].json.as_deref(), Some("\"model\""));
    assert!(program.has_function(&["jwt", "key"]));
    let returned =
        program.call(&["queryRewrite"], r#"[{"filters":[]},{"securityContext":{"id":7}}]"#);
    let returned = returned.unwrap();
    assert_eq!(returned.json.as_deref(), Some(r#"{"filters":[7]}"#));
    assert_eq!(returned.arguments, r#"[{"filters":[7]},{"securityContext":{"id":7}}]"#);
    assert_eq!(program.call(&["jwt", "key"], "[]").unwrap().json.as_deref(), Some("\"k\""));
    assert_eq!(
        program.call(&["nope"], "[]").unwrap_err().reason,
        Reason::NoFunction("nope".into())
    );
}

#[test]
fn promises_are_driven_to_their_end() {
    let program = load(
        "const wait = async (n) => n === 0 ? 'done' : (await null, wait(n - 1));\n\
         exports.checkAuth = async (req) => { req.securityContext = { u: await wait(50) }; };\n\
         exports.refuse = async () => { await null; throw new TypeError('no'); };\n\
         exports.never = () => new Promise(() => {});\n\
         exports.spin = () => { const f = () => { Promise.resolve().then(f); }; f(); };",
    );
    let returned = program.call(&["checkAuth"], "[{}]").unwrap();
    assert_eq!(returned.json, None);
    assert_eq!(returned.arguments, r#"[{"securityContext":{"u":"done"}}]"#);
    let refused = program.call(&["refuse"], "[]").unwrap_err();
    assert_eq!(refused.to_string(), "cube.js:3:54: TypeError: no");
    assert_eq!(program.call(&["never"], "[]").unwrap_err().reason, Reason::NeverSettled);
    assert_eq!(program.call(&["spin"], "[]").unwrap_err().reason, Reason::TooLong(500));
    // A later call sees nothing of those that were left behind.
    assert_eq!(program.call(&["checkAuth"], "[{}]").unwrap().json, None);
}

#[test]
fn promises_that_wait_for_each_other_without_end_use_up_the_memory() {
    let mut host = host();
    host.limits.call_time = Duration::from_mins(1);
    let text = "exports.grow = () => { const f = () => Promise.resolve().then(f); return f(); };\n\
                exports.one = () => 1;";
    let program = Program::load(vec![file("cube.js", text)], "cube.js", host).unwrap().0;
    assert_eq!(program.call(&["grow"], "[]").unwrap_err().reason, Reason::OutOfMemory(32));
    assert_eq!(call(&program, "one", "[]").as_deref(), Some("1"));
}

#[test]
fn files_import_each_other_in_every_way() {
    let files = vec![
        file(
            "app/cube.js",
            "import main, { one as uno, two } from './lib/esm';\nimport * as all from './lib/esm.js';\n\
             import data from './data.json';\nimport cjs, { three } from './cjs';\n\
             export { four } from './lib/esm';\nexport * from './lib/more';\n\
             export const sum = () => [main(), uno, two(), all.one, data.n, cjs.three, three];\n\
             export default { sum, later: async () => (await import('./cjs')).three };",
        ),
        file(
            "app/lib/esm.js",
            "export default function () { return two() - 1; }\nexport const one = 1;\n\
             export function two() { return 2; }\nconst x = 4;\nexport { x as four };",
        ),
        file("app/lib/more.js", "export const five = 5, six = 6;"),
        file("app/cjs.js", "module.exports = { three: require('./lib/esm').two() + 1 };"),
        file("app/data.json", "{\"n\": 9}"),
    ];
    let (program, _) = Program::load(files, "app/cube.js", host()).unwrap();
    assert_eq!(call(&program, "sum", "[]").as_deref(), Some("[1,1,2,1,9,3,3]"));
    assert_eq!(call(&program, "later", "[]").as_deref(), Some("3"));
}

#[test]
fn types_are_taken_off() {
    let files = vec![file(
        "cube.ts",
        "import type { Options } from '@cubejs-backend/server';\n\
         import { Query, type Filter } from '@cubejs-backend/api-gateway';\n\
         interface Context { securityContext?: Record<string, unknown> }\n\
         type Id = string | number;\ndeclare const nowhere: Id;\n\
         abstract class Base<T> { protected abstract kind(): string; constructor(readonly_: T) {} }\n\
         class Named<T> extends Base<T> implements Iface, Other<T> {\n  private name!: string;\n  \
         public static readonly size?: number = 3;\n  override kind(this: Named<T>, a?: T): string { return 'n'; }\n}\n\
         function over(a: string): string;\nfunction over(a: any): any { return a as Id; }\n\
         const config: Options = {\n  queryRewrite: (query: Query, { securityContext }: Context): Query => {\n    \
         const id = securityContext!.id as Id;\n    return <Query>{ ...query, id, s: Named.size } satisfies object;\n  },\n};\n\
         let later!: number;\nexport default config;\nexport type { Id };\n\
         export const generic = <T,>(a: T): T => over(a as any);",
    )];
    let (program, _) = Program::load(files, "cube.ts", host()).unwrap();
    let answer = call(&program, "queryRewrite", r#"[{"a":1},{"securityContext":{"id":2}}]"#);
    assert_eq!(answer.as_deref(), Some(r#"{"a":1,"id":2,"s":3}"#));
    for (text, what) in [
        ("enum A { B }", "cube.ts:1:1: an `enum`"),
        ("\nexport enum A { B }", "cube.ts:2:1: an `enum`"),
        ("namespace A { export const b = 1 }", "cube.ts:1:1: a `namespace`"),
        ("class A { constructor(private b: string) {} }", "cube.ts:1:23: a parameter"),
    ] {
        let errors = Program::load(vec![file("cube.ts", text)], "cube.ts", host()).unwrap_err();
        assert!(errors[0].to_string().starts_with(what), "{}", errors[0]);
    }
}

#[test]
fn a_mistake_has_its_line_and_column() {
    assert!(shown("module.exports = {\n  a: ,\n};").starts_with("cube.js:2:6: this is not valid"));
    assert_eq!(
        shown("let é = 'é';\n\nfoo.bar;"),
        "cube.js:3:1: ReferenceError: foo is not defined"
    );
    assert_eq!(
        shown("import { a } from './cube.js';\nconst b = null;\n/* é */ b.c.d;"),
        "cube.js:3:9: TypeError: cannot read property 'c' of null"
    );
    assert_eq!(shown("\n throw new Error('my words')"), "cube.js:2:12: Error: my words");
    assert_eq!(
        shown("\nrequire('lodash')"),
        "cube.js:2:1: TypeError: module `lodash` is not available: only files (`./name`) are"
    );
    assert_eq!(
        shown("// x\nimport { a } from './b';"),
        "cube.js:2:1: TypeError: there is no file `./b` beside this one"
    );
    assert!(shown("let a = 1;\nlet a = 2;").starts_with("cube.js:1:5: this is not valid"));
}

#[test]
fn what_does_not_end_is_ended() {
    for (text, line) in [
        ("let n = 0;\nwhile (true) n++;", 2),
        ("\nfor (;;);", 2),
        ("\n\nfunction f() {\n  do { f.x = 1 } while (1)\n}\nf();", 4),
        ("const a = [1];\nfor (const b of a) a.push(b, b);", 2),
    ] {
        let error = mistake(text);
        let is_a_limit = matches!(error.reason, Reason::TooLong(500) | Reason::OutOfMemory(32));
        assert!(is_a_limit, "{text}: {error}");
        assert_eq!(error.place.unwrap().line, line, "{text}");
    }
    let error = mistake("\nfunction f(n) { return f(n + 1) + 1 }\nf(0)");
    assert_eq!(error.reason, Reason::TooManyCalls);
    assert_eq!(error.place.unwrap().line, 2);
    for text in
        ["\nnew Array(1e8).fill('x')", "const a = []; \nfor (;;) a.push(new Array(1000).fill(0))"]
    {
        let error = mistake(text);
        let is_a_limit = matches!(error.reason, Reason::TooLong(500) | Reason::OutOfMemory(32));
        assert!(is_a_limit, "{text}: {error}");
        assert_eq!(error.place.unwrap().line, 2, "{text}");
    }
    for text in ["/^(a+)+$/.test('a'.repeat(60) + 'b')", "[].indexOf.call({length: 2 ** 52}, 1)"] {
        assert_eq!(mistake(text).reason, Reason::TooLong(500), "{text}");
    }
}

#[test]
fn what_is_nested_without_end_is_refused_before_it_is_parsed() {
    for text in ["(", "[", "{a:", "!", "a=>", "1?1:", "if(1)", "`${", "f(()=>"] {
        let error = mistake(&text.repeat(100_000));
        assert_eq!(error.reason, Reason::TooDeep, "{text}: {error}");
    }
    assert!(matches!(mistake(&" ".repeat(2_000_000)).reason, Reason::TooLarge(_)));
}

#[test]
fn there_is_nothing_outside_but_what_is_given() {
    for name in ["setTimeout", "fetch", "performance", "Deno", "std", "os", "WebAssembly"] {
        assert_eq!(shown(name), format!("cube.js:1:1: ReferenceError: {name} is not defined"));
    }
    for module in ["fs", "os", "child_process", "net", "std", "/etc/passwd", "../../etc/passwd"] {
        let text = shown(&format!("require('{module}')"));
        assert!(text.starts_with("cube.js:1:1: TypeError: "), "{text}");
    }
    assert!(shown("new Date()").contains("there is no clock here"));
    assert!(shown("Date.now()").contains("there is no clock here"));
    assert!(shown("new (new Date(0).constructor)()").contains("there is no clock here"));
    assert!(shown("Math.random()").contains("there is no chance here"));
    let program = load("exports.year = () => new Date('2020-01-02').toISOString();");
    assert_eq!(call(&program, "year", "[]").as_deref(), Some("\"2020-01-02T00:00:00.000Z\""));
    let program = load("exports.env = () => [typeof process.env.PATH, process.env];");
    assert_eq!(call(&program, "env", "[]").as_deref(), Some("[\"undefined\",{}]"));
}

#[test]
fn the_host_answers_for_modules_by_name() {
    let mut host = host();
    let shim =
        "exports.decode = (token) => call('decode', token); exports.late = () => Date.now();";
    host.modules.insert("jsonwebtoken".to_owned(), shim.to_owned());
    host.functions.insert(
        "decode".to_owned(),
        Arc::new(|arguments| match arguments {
            "[\"good\"]" => Ok(Some("{\"sub\":1}".to_owned())),
            "[\"empty\"]" => Ok(None),
            _ => Err("jwt malformed".to_owned()),
        }),
    );
    host.clock = Some(Arc::new(|| 5.0));
    host.environment.insert("CUBEJS_X".to_owned(), "\"y\"".to_owned());
    let text = "import jwt, { decode } from 'jsonwebtoken';\nconst { late } = require('jsonwebtoken');\n\
                exports.go = (t) => [decode(t), jwt.decode(t), late(), process.env.CUBEJS_X];";
    let (program, _) = Program::load(vec![file("cube.js", text)], "cube.js", host).unwrap();
    let answer = call(&program, "go", "[\"good\"]");
    assert_eq!(answer.as_deref(), Some(r#"[{"sub":1},{"sub":1},5,"\"y\""]"#));
    assert_eq!(call(&program, "go", "[\"empty\"]").as_deref(), Some(r#"[null,null,5,"\"y\""]"#));
    let error = program.call(&["go"], "[\"bad\"]").unwrap_err();
    assert_eq!(error.to_string(), "cube.js:3:29: TypeError: jwt malformed");
}

#[test]
fn a_module_that_is_known_elsewhere_has_its_reason() {
    let mut host = host();
    host.absent.insert("fs".to_owned(), "there are no files here".to_owned());
    for name in ["fs", "node:fs"] {
        let text = format!("\n  require('{name}')");
        let refused = Program::load(vec![file("cube.js", &text)], "cube.js", host.clone());
        assert_eq!(
            refused.unwrap_err()[0].to_string(),
            format!(
                "cube.js:2:3: TypeError: module `{name}` is not available: there are no files here"
            )
        );
    }
}

#[test]
fn a_function_has_its_place() {
    let text = "/* é */ exports.at = ({ a }: { a: string }) => 1;\nexports.where = () =>\n  \
                ['at', 'where'].map((n) => [exports[n].fileName, exports[n].lineNumber, exports[n].columnNumber]);";
    let (program, _) = Program::load(vec![file("cube.ts", text)], "cube.ts", host()).unwrap();
    let answer = call(&program, "where", "[]").unwrap();
    let positions: Vec<(String, usize, usize)> = serde_json::from_str(&answer).unwrap();
    let places: Vec<String> = positions
        .iter()
        .map(|(file, line, column)| program.place(file, *line, *column).unwrap().to_string())
        .collect();
    assert_eq!(places, ["cube.ts:1:22", "cube.ts:2:17"]);
    assert_eq!(program.place("prelude.js", 1, 1), None);
}

#[test]
fn the_console_is_collected() {
    let files = vec![file(
        "cube.js",
        "console.log('a', {b: [1]}, undefined);\n\
        exports.f = () => { console.error(new Error('e')); for (let i = 0; i < 2000; i++) console.warn(i); };",
    )];
    let (program, log) = Program::load(files, "cube.js", host()).unwrap();
    assert_eq!(log[0].text, "a {\"b\":[1]} undefined");
    let log = program.call(&["f"], "[]").unwrap().log;
    assert_eq!((log[0].level, log[0].text.as_str()), (LogLevel::Error, "Error: e"));
    assert_eq!(log.len(), 1001);
}

#[test]
fn hostile_arguments_are_data() {
    let program =
        load("exports.f = (c) => [c.__proto__.x, ({}).x, Object.keys(c), c.constructor];");
    let answer = call(&program, "f", r#"[{"__proto__":{"x":1},"constructor":2}]"#);
    assert_eq!(answer.as_deref(), Some(r#"[1,null,["__proto__","constructor"],2]"#));
}
