//! Models that hang, recurse and allocate without end, each a mistake with its place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, Instant};

use javascript::{Host, Limits, SourceFile, Surroundings, record};

/// For what never ends.
const SHORT: Duration = Duration::from_millis(400);
/// For what ends by itself, or for want of memory, on a slow machine too.
const LONG: Duration = Duration::from_mins(1);

/// The only mistake of a model whose first line is empty.
fn mistake(text: &str, load_time: Duration, mebibytes: usize) -> String {
    let limits = Limits { memory_bytes: mebibytes << 20, load_time, ..Limits::default() };
    let host = Host { limits, ..Host::default() };
    let file = SourceFile { path: "m.js".to_owned(), text: format!("\n{text}") };
    let (result, _) = record(vec![file], Surroundings { host, ..Surroundings::default() });
    let errors = result.unwrap_err();
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    errors[0].to_string()
}

#[test]
fn what_does_not_end_is_stopped_where_it_runs() {
    let stopped = "this does not end: it was stopped after 400 ms";
    for (code, place) in [
        ("for (;;);", "m.js:2:1: "),
        ("while (true) {}", "m.js:2:1: "),
        ("let n = 0;\ndo { n += 1; } while (n > 0);", "m.js:3:1: "),
        ("for (const x of { [Symbol.iterator]: () => ({ next: () => ({}) }) });", "m.js:2:1: "),
        ("try { for (;;); } catch {}", "m.js:2:7: "),
        ("const f = () => { try { return f(); } finally { f(); } };\nf();", "m.js:2:"),
        ("class A { static { for (;;); } }", "m.js:2:20: "),
        ("/(a+)+b$/.test('a'.repeat(40));", "m.js:2:"),
        ("const a = [];\na.length = 2 ** 32 - 1;\na.forEach((x) => x);", "m.js:4:3: "),
        ("const f = () => { Promise.resolve().then(f); };\nf();", ""),
        ("cube('A', { sql: () => { for (;;); } });", "m.js:2:26: "),
        ("cube('A', { get sqlTable() { for (;;); } });", "m.js:2:30: "),
    ] {
        let begun = Instant::now();
        let found = mistake(code, SHORT, 16);
        assert!(found.starts_with(place) && found.ends_with(stopped), "{code}: {found}");
        assert!(begun.elapsed() < 10 * SHORT, "{code}: {:?}", begun.elapsed());
    }
    // Whichever is reached first, on this machine.
    let found = mistake("for (let i = 0; ; i += 1) cube(`A${i}`, {});", SHORT, 16);
    let ends = [stopped, "this needs more than 16 MiB of memory: it was stopped"];
    assert!(
        found.starts_with("m.js:2:1: ") && ends.iter().any(|end| found.ends_with(end)),
        "{found}"
    );
}

#[test]
fn what_calls_itself_without_end_is_stopped() {
    let stopped = "this calls itself without end: it was stopped";
    for (code, place) in [
        ("const f = (n) => f(n + 1) + 1;\nf(0);", "m.js:2:"),
        ("const a = {};\na.toString = () => `${a}`;\ncube('A', { sqlTable: `${a}` });", "m.js:3:"),
        ("const o = { get x() { return this.x; } };\no.x;", "m.js:2:"),
        ("JSON.parse('['.repeat(1000000));", "m.js:2:"),
        ("cube('A', { sql: () => { const f = () => f() + 1; return f(); } });", "m.js:2:"),
    ] {
        let found = mistake(code, LONG, 16);
        assert!(found.starts_with(place) && found.ends_with(stopped), "{code}: {found}");
    }
}

#[test]
fn what_needs_too_much_memory_is_stopped() {
    let stopped = "this needs more than 16 MiB of memory: it was stopped";
    for (code, place) in [
        ("const a = [];\nfor (;;) a.push([]);", "m.js:3:"),
        ("const o = {};\nfor (let i = 0; ; i += 1) o[`k${i}`] = i;", "m.js:3:"),
        ("const m = new Map();\nfor (;;) m.set({}, []);", "m.js:3:"),
        ("let s = `x`;\nfor (let i = 0; i < 25; i += 1) s = [...s, ...s].join(``);", "m.js:3:"),
        ("const b = 'x'.repeat(100000000);", "m.js:2:"),
        ("Array.from({ length: 1e9 });", "m.js:2:"),
        ("[...Array(1e7).keys()];", "m.js:2:"),
        ("JSON.stringify(Array(1e7).fill([]));", "m.js:2:"),
        ("'a'.repeat(5e6).split('');", "m.js:1:1: "),
    ] {
        let found = mistake(code, LONG, 16);
        assert!(found.starts_with(place) && found.ends_with(stopped), "{code}: {found}");
    }
}

/// The length of a list costs nothing, and the engine goes through it without looking at the clock.
#[test]
fn a_list_that_is_only_long_is_refused() {
    for call in [
        "reverse()",
        "join()",
        "sort()",
        "slice(1)",
        "splice(0, 1)",
        "shift()",
        "unshift(1)",
        "flat()",
        "copyWithin(0, 1)",
        "toSorted()",
        "toReversed()",
        "flatMap((x) => x)",
        "concat([1])",
        "toString()",
    ] {
        let found =
            mistake(&format!("const a = [];\na.length = 2 ** 32 - 1;\na.{call};"), LONG, 16);
        assert!(found.starts_with("m.js:4:"), "{call}: {found}");
        assert!(found.ends_with("a list of more than 16777216 elements"), "{call}: {found}");
    }
    for code in ["[].concat(Array(2 ** 31));", "[Array(2 ** 31)].flat();", "`${Array(2 ** 31)}`;"] {
        let found = mistake(code, LONG, 16);
        assert!(found.starts_with("m.js:2:"), "{code}: {found}");
        assert!(found.ends_with("a list of more than 16777216 elements"), "{code}: {found}");
    }
}

#[test]
fn what_is_defined_has_an_end() {
    let endless = "const d = new Proxy({}, { get: () => d, ownKeys: () => ['a'], \
                   getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) });\n";
    let bomb = "const twice = (utilities, sql, n) => n === 0 ? sql \
                : twice(utilities, `${utilities.convertTz(sql + sql)}`, n - 1);\n";
    for (code, expected) in [
        (
            format!("{endless}cube('A', {{ meta: d }});"),
            "an object that holds itself, or is nested deeper than 48 levels",
        ),
        ("cube('A', { meta: new Array(2 ** 32 - 1) });".to_owned(), "more than 500000 values"),
        (
            format!("{bomb}cube('A', {{ sqlTable: twice(SQL_UTILS, `${{CUBE}}`, 24) }});"),
            "the SQL of this model holds more than 500000 references: do not put it together from itself",
        ),
    ] {
        let found = mistake(&code, LONG, 256);
        assert!(found.starts_with("m.js:") && found.ends_with(expected), "{code}: {found}");
    }
}

#[test]
fn what_is_thrown_says_where() {
    for (code, expected) in [
        ("const f = () => {\n  throw 'only a text';\n};\nf();", "m.js:3:3: Error: only a text"),
        ("const f = () => {\n  throw { a: 1 };\n};\nf();", "m.js:3:3: Error: {\"a\":1}"),
        ("const f = () => {\n  throw null;\n};\nf();", "m.js:3:9: Error: null"),
        ("asyncModule(async () => {\n  await null;\n  throw 7;\n});", "m.js:4:3: Error: 7"),
        (
            "Error.prepareStackTrace = () => { throw 1; };\nnull.x;",
            "m.js:3:1: TypeError: cannot read property 'x' of null",
        ),
        (
            "Error.stackTraceLimit = 0;\nnull.x;",
            "m.js:3:1: TypeError: cannot read property 'x' of null",
        ),
        (
            "globalThis.Error = function () {};\nnull.x;",
            "m.js:3:1: TypeError: cannot read property 'x' of null",
        ),
    ] {
        assert_eq!(mistake(code, LONG, 16), expected, "{code}");
    }
}
