//! JavaScript model files: what they become, and every mistake with its place.
//!
//! `bad-scripts/*.js` and `*.ts` are refused with what their `*.txt` says. A new case needs its `.txt`:
//! run the test, read the file it writes, and copy it when every line says what its author should do.
#![cfg(feature = "javascript")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use compiler::{CompileContext, Extent, ModelFile, compile, compile_for, compile_with_warnings};
use model::{Computation, DataModel, Operator, Part, Source, SqlTemplate};
use serde_json::json;

fn file(path: &str, text: &str) -> ModelFile {
    ModelFile { path: path.to_owned(), text: text.to_owned() }
}

fn model(text: &str) -> DataModel {
    match compile(&[file("model/a.js", text)]) {
        Ok(model) => model,
        Err(errors) => panic!("{errors}"),
    }
}

fn mistakes(files: &[(&str, &str)]) -> String {
    let files: Vec<ModelFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    compile(&files).unwrap_err().to_string()
}

/// The template of a cube's own SQL.
fn source<'m>(model: &'m DataModel, cube: &str) -> &'m SqlTemplate {
    match &model.cube(model.find_cube(cube).unwrap()).source {
        Source::Query(template) | Source::Table(template) => template,
        Source::View(_) => panic!("a view"),
    }
}

const MEMBERS: &str = "dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } }, \
                       measures: { count: { type: `count` } }";

#[test]
fn the_same_model_in_both_languages_is_the_same() {
    let javascript = "
        const statuses = ['paid', 'open'];
        cube(`Orders`, {
          sql: `SELECT * FROM orders`,
          joins: { Users: { relationship: `belongsTo`, sql: `${CUBE}.user_id = ${Users.id}` } },
          measures: {
            count: { type: `count`, drillMembers: [id, Users.name] },
            ...Object.fromEntries(statuses.map((status) => [`${status}Count`, {
              type: `count`, title: status.toUpperCase(),
              filters: [{ sql: (CUBE) => `${CUBE}.status = '${status}'` }],
            }])),
            share: { sql: `1.0 * ${paidCount} / NULLIF(${CUBE.count}, 0)`, type: `number`, format: `percent` },
          },
          dimensions: {
            id: { sql: `id`, type: `number`, primaryKey: true, shown: true },
            createdAt: { sql: () => `created_at`, type: `time` },
            label: { type: `string`, case: {
              when: [{ sql: `${CUBE}.status = 'paid'`, label: `{Done}` }], else: { label: `Other` } } },
            month: { sql: `${createdAt.month}`, type: `time` },
          },
          segments: { paid: { sql: `${CUBE}.status = 'paid' AND ${Users}.city = '{x}'` } },
        });
        cube(`Users`, {
          sqlTable: `public.users`,
          dimensions: { id: { sql: `id`, type: `number`, primaryKey: true }, name: { sql: `name`, type: `string` } },
        });
        view(`Sales`, { cubes: [{ joinPath: Orders.Users, includes: [`name`], prefix: true }] });";
    let yaml = r#"
cubes:
  - name: Orders
    sql: SELECT * FROM orders
    joins:
      - {name: Users, relationship: many_to_one, sql: "{CUBE}.user_id = {Users.id}"}
    measures:
      - {name: count, type: count, drill_members: [id, Users.name]}
      - {name: paidCount, type: count, title: PAID, filters: [{sql: "{CUBE}.status = 'paid'"}]}
      - {name: openCount, type: count, title: OPEN, filters: [{sql: "{CUBE}.status = 'open'"}]}
      - {name: share, sql: "1.0 * {paidCount} / NULLIF({CUBE.count}, 0)", type: number, format: percent}
    dimensions:
      - {name: id, sql: id, type: number, primary_key: true, public: true}
      - {name: createdAt, sql: created_at, type: time}
      - name: label
        type: string
        case: {when: [{sql: "{CUBE}.status = 'paid'", label: "{Done}"}], else: {label: Other}}
      - {name: month, sql: "{createdAt.month}", type: time}
    segments:
      - {name: paid, sql: "{CUBE}.status = 'paid' AND {Users}.city = '\\{x\\}'"}
  - name: Users
    sql_table: public.users
    dimensions:
      - {name: id, sql: id, type: number, primary_key: true}
      - {name: name, sql: name, type: string}
views:
  - name: Sales
    cubes:
      - {join_path: Orders.Users, includes: [name], prefix: true}
"#;
    assert_eq!(model(javascript), compile(&[file("model/a.yml", yaml)]).unwrap());
}

#[test]
fn files_of_both_languages_refer_to_each_other() {
    let files = [
        file(
            "model/a.js",
            &format!(
                "import {{ table }} from './lib/names';\n\
                 cube('Orders', {{ sqlTable: table('orders'), {MEMBERS}, \
                 joins: {{ users: {{ relationship: 'belongsTo', sql: `${{CUBE}}.u = ${{users.id}}` }} }} }});\n\
                 cube('Big', {{ extends: users, segments: {{ big: {{ sql: `${{id}} > 5` }} }} }});"
            ),
        ),
        file(
            "model/b.yml",
            "cubes:\n  - name: users\n    sql_table: users\n    dimensions:\n      \
             - {name: id, sql: id, type: number, primary_key: true}\n    joins:\n      \
             - {name: Orders, relationship: one_to_many, sql: \"{CUBE}.id = {Orders}.u\"}\n",
        ),
        file(
            "model/lib/names.ts",
            "export const table = (name: string): string => `public.${name}`;",
        ),
    ];
    let model = compile(&files).unwrap();
    assert_eq!(model.len(), 3);
    assert_eq!(source(&model, "Orders"), &SqlTemplate::text("public.orders"));
    assert_eq!(source(&model, "Big"), &SqlTemplate::text("users"));
}

#[test]
fn cubes_are_defined_in_loops_and_asynchronously() {
    let model = model(&format!(
        "for (const name of ['A', 'B']) cube(name, {{ sqlTable: name.toLowerCase(), {MEMBERS} }});\n\
         asyncModule(async () => {{\n  const tables = await Promise.resolve(['c']);\n  \
         tables.forEach((table) => cube(table.toUpperCase(), {{ sqlTable: table, {MEMBERS} }}));\n}});"
    ));
    let names: Vec<&str> = model.cubes().map(|(_, cube)| cube.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"]);
}

#[test]
fn a_member_wins_over_a_constant_of_its_name_as_in_cube() {
    let model = model(
        "const status = 'constant'; const other = 'x';\n\
         cube('A', { sqlTable: 'a', dimensions: { status: { sql: 'status', type: 'string' },\n\
         both: { sql: `${status} || '${other}'`, type: 'string' } } });",
    );
    let cube = model.find_cube("A").unwrap();
    let dimension = model.dimension(model.find_member(cube, "both").unwrap()).unwrap();
    let model::DimensionExpression::Sql(template) = &dimension.expression else { panic!() };
    assert_eq!(template.parts[0], Part::Member(model.find_member(cube, "status").unwrap()));
    assert_eq!(template.parts[1], Part::Text(" || 'x'".to_owned()));
}

/// The computation inside a cube's SQL.
fn computation(sql: &str) -> Computation {
    let model = model(&format!("cube('A', {{ sql: `SELECT ${{{sql}}}`, {MEMBERS} }});"));
    let Some(Part::Computed(computation)) = source(&model, "A").parts.get(1).cloned() else {
        panic!("{:?}", source(&model, "A"))
    };
    *computation
}

#[test]
fn what_is_computed_on_claims_is_kept_for_the_request() {
    let role = "SECURITY_CONTEXT.role.unsafeValue()";
    let found = computation(&format!("{role} !== 'admin' ? 'WHERE x' : ''"));
    assert!(!found.lets_claims_out());
    let Computation::Operation { operator: Operator::Conditional, of } = found else { panic!() };
    assert_eq!(of[1..], ["", "WHERE x"].map(|text| Computation::Text(text.to_owned())));
    for (sql, lets_claims_out) in [
        (format!("['a', 'b'].includes({role}) ? 'x' : 'y'"), false),
        (format!("{role} === 'a' && 'x'"), false),
        (format!("{role} && 'x' || 'y'"), false),
        (format!("{role} || 0"), true),
        (format!("({role} || 0) === 'a' ? 'x' : 'y'"), false),
        (format!("'t_' + {role}.toLowerCase()"), true),
        (format!("!{role}.startsWith('a') ? `WHERE ${{{role}}} = 1` : ''"), true),
        (format!("{role}.some((one) => one === 'a') ? '' : 'x'"), false),
        (format!("typeof {role} === 'string' ? '' : 'x'"), false),
        (
            "((claims) => claims.role.unsafeValue() === 'a' ? '' : 'x')(SECURITY_CONTEXT)"
                .to_owned(),
            false,
        ),
        (format!("((role) => role ? '' : 'x')({role})"), false),
        (format!("((role) => {{ if (role) return ''; return 'x'; }})({role})"), false),
        (
            format!("((role) => {{ if (role === 'x') return ''; return `x${{role}}`; }})({role})"),
            true,
        ),
        (
            format!(
                "((role) => {{ switch (role) {{ case 1: return 'a'; }} return 'b'; }})({role})"
            ),
            false,
        ),
        (format!("({{ a: 'b' }})[{role}] || 'c'"), false),
        (format!("({{ a: 'b' }})[{role}] || {role}"), true),
        (format!("{role}.indexOf('a') > 0 ? 'x' : 'y'"), false),
        (format!("{role}.indexOf('a')"), true),
        (format!("Number({role}) + ''"), true),
    ] {
        let model = model(&format!("cube('A', {{ sql: `SELECT ${{{sql}}}`, {MEMBERS} }});"));
        let Some(Part::Computed(found)) = source(&model, "A").parts.get(1) else {
            panic!("{sql}: {:?}", source(&model, "A"))
        };
        let Part::Text(before) = &source(&model, "A").parts[0] else { panic!() };
        assert!(before.starts_with("SELECT "), "{before}");
        let out = found.lets_claims_out();
        assert_eq!(out, lets_claims_out, "{sql}");
    }
}

#[test]
fn what_cannot_be_kept_is_refused_and_never_guessed() {
    let role = "SECURITY_CONTEXT.role.unsafeValue()";
    for sql in [
        "SECURITY_CONTEXT.role === 'admin' ? '' : 'x'".to_owned(),
        "SECURITY_CONTEXT.role ? '' : 'x'".to_owned(),
        "((r) => { if (r) return ''; return 'x'; })(SECURITY_CONTEXT.role)".to_owned(),
        format!("/a/.test({role}) ? '' : 'x'"),
        format!("JSON.stringify({role})"),
        format!("JSON.stringify({{ a: [{role}] }})"),
        format!("new RegExp({role}).test('a')"),
        format!("RegExp(`^${{{role}}}$`).test('a')"),
        format!("new Date({role}).getTime()"),
        format!("Function({role})()"),
        format!("-{role}"),
        format!("{role} * 2"),
        format!("[...{role}]"),
        format!("[].concat({role})"),
        format!("Object.keys({role})"),
        format!("Object.assign({{}}, {role})"),
        format!("{role} in {role} ? '' : 'x'"),
        format!("new Set([{role}]).has('a') ? '' : 'x'"),
        format!("new Map([[{role}, 1]]).get('a') ? '' : 'x'"),
        format!("new Number({role})"),
        format!("({{ [{role}]: 1 }}).a ? '' : 'x'"),
        format!("({{ f: () => 1 }})[{role}]()"),
        format!("[{role}, 'a'].sort()[0]"),
        format!("['b', 'a'].sort(() => {role})[0]"),
        format!("Array.from({role})"),
        format!("encodeURIComponent({role})"),
        format!("`${{{role}}}`.slice(0, 5)"),
        format!("`x${{{role}}}`[0]()"),
        format!("'x'.repeat({role})"),
        format!("(([a]) => a)({role})"),
        format!("(() => {{ const [a] = `x${{{role}}}`; return a; }})()"),
        format!("(() => {{ let n = 1; n += {role}; return n; }})()"),
        format!("(() => {{ const o = {{ n: 1 }}; o.n += {role}; return o.n; }})()"),
        format!("(() => {{ const o = {{}}; o[{role}] = 1; return 'x'; }})()"),
        format!("(() => {{ for (let i = 0; i < {role}; i++); return ''; }})()"),
        format!("((role = 'guest') => role === 'guest' ? '' : 'x')({role}.name)"),
        format!("((role = 'guest') => {{ return role === 'guest' ? '' : 'x'; }})({role}.name)"),
        format!("(({{ name: {{ first = 'x' }} }}) => first === 'x' ? '' : 'x')({role})"),
        format!("(function ({{ name = 'x' }}) {{ 'use strict'; return name; }})({role})"),
        format!("{role}.some()"),
        format!("{role}.some({role}) ? '' : 'x'"),
        format!("{role}.constructor"),
        "CUBE ? '' : 'x'".to_owned(),
    ] {
        let text = format!(
            "cube('A', {{\n  sql: `SELECT ${{{sql}}}`, {MEMBERS} }});\n// SECURITY_CONTEXT"
        );
        let errors = mistakes(&[("model/a.js", &text)]);
        assert!(errors.starts_with("model/a.js:2:"), "{sql}: {errors}");
    }
}

#[test]
fn the_compile_context_is_read_and_what_was_read_is_told() {
    let text = format!(
        "const {{ securityContext: {{ company_id }} }} = COMPILE_CONTEXT;\n\
         cube('A', {{ sql: `SELECT * FROM t_${{company_id}}.a WHERE 1 = 1`, {MEMBERS} }});"
    );
    let values = json!({"securityContext": {"company_id": 7, "other": 1}});
    let context = CompileContext {
        values: values.as_object().unwrap().clone(),
        environment: Arc::new(BTreeMap::new()),
    };
    let attempt = compile_for(&[file("model/a.js", &text)], &context);
    let model = attempt.outcome.unwrap().model;
    assert_eq!(source(&model, "A"), &SqlTemplate::text("SELECT * FROM t_7.a WHERE 1 = 1"));
    let whole: Vec<String> = attempt
        .reads
        .iter()
        .filter(|read| read.extent == Extent::Value)
        .map(|read| read.path.join("."))
        .collect();
    assert_eq!(whole, ["securityContext.company_id"]);
    let attempt = compile_for(
        &[file("model/a.js", &format!("cube('A', {{ sqlTable: 'a', {MEMBERS} }})"))],
        &context,
    );
    assert!(attempt.reads.iter().all(|read| read.extent == Extent::Kind), "{:?}", attempt.reads);
}

#[test]
fn the_console_and_old_contexts_are_told_of() {
    let text = format!(
        "console.log('hello', {{ a: 1 }});\ncontext('c', {{ contextMembers: [A] }});\n\
         cube('A', {{ sqlTable: 'a', {MEMBERS}, refreshKey: {{ sql: `SELECT MAX(${{CUBE}}.x)` }} }});"
    );
    let compiled = compile_with_warnings(&[file("model/a.js", &text)]).unwrap();
    let texts: Vec<String> = compiled.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(texts[0], "model/a.js:1:1: the console: hello {\"a\":1}");
    assert!(texts[1].starts_with("model/a.js:2:9: `context` has no effect here"));
    assert!(texts[2].starts_with("model/a.js:3:"));
}

#[test]
fn a_mistake_in_another_file_is_told_once_and_where_it_stands() {
    let files = [
        ("model/a.js", "import { x } from './b';\ncube('A', { sqlTable: x });"),
        ("model/b.js", "\nexport const x = y.z;"),
        ("model/c.js", "import { x } from './b';"),
    ];
    assert_eq!(mistakes(&files), "model/b.js:2:18: ReferenceError: y is not defined");
}

#[test]
fn every_bad_file_is_refused_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-scripts");
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "js" && extension != "ts") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let found = match compile(&[file(&format!("model/{name}"), &text)]) {
            Ok(_) => "accepted\n".to_owned(),
            Err(errors) => format!("{errors}\n"),
        };
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        if found != expected {
            let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad-scripts");
            fs::create_dir_all(&written).unwrap();
            fs::write(written.join(&name).with_extension("txt"), &found).unwrap();
            let _ = writeln!(wrong, "{name}:\n{found}--- expected\n{expected}");
        }
    }
    assert!(count > 10, "{count}");
    assert!(wrong.is_empty(), "{wrong}");
}
