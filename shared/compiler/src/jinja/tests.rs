use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::{Attempt, Extent, Read, compile_for};

fn file(path: &str, text: &str) -> ModelFile {
    ModelFile { path: path.to_owned(), text: text.to_owned() }
}

fn context(values: Value) -> CompileContext {
    let Value::Object(values) = values else { panic!("no object") };
    let environment = BTreeMap::from([("CUBEJS_APP".to_owned(), "shop".to_owned())]);
    CompileContext { values, environment: Arc::new(environment) }
}

fn rendered(text: &str, values: Value) -> (String, Vec<Read>) {
    let reads = Reads::default();
    let mut all = render(&[file("model/a.jinja", text)], &context(values), &reads);
    assert_eq!(all.mistakes, [], "{text}");
    (all.files.remove(0).text, reads.list())
}

fn mistake(text: &str) -> (Position, String) {
    let mut all = render(&[file("model/a.jinja", text)], &context(json!({})), &Reads::default());
    assert_eq!(all.files[0].text, "");
    let (place, error) = all.mistakes.remove(0);
    (place.at, error.to_string())
}

fn read(path: &[&str], extent: Extent) -> Read {
    Read { path: path.iter().map(|&step| step.to_owned()).collect(), extent }
}

#[test]
fn values_are_written_as_json_unless_they_are_safe() {
    let values = json!({});
    for (template, expected) in [
        ("{{ 'a' }}", r#""a""#),
        ("{{ 'a: \"b\"' }}", r#""a: \"b\"""#),
        ("{{ 'a' | safe }}", "a"),
        ("{{ 1 }} {{ true }} {{ ['a'] }}", r#"1 true ["a"]"#),
        ("{{ nothing }}", "null"),
        ("{% macro m(x) %}{{ x }} / 100{% endmacro %}{{ m('c') }}", r#""c" / 100"#),
        ("{{ env_var('CUBEJS_APP') }}", r#""shop""#),
        ("{{ env_var('OTHER', 'no') }}", r#""no""#),
        ("{CUBE}.a \\{ {% raw %}{{ a }}{% endraw %}", "{CUBE}.a \\{ {{ a }}"),
    ] {
        assert_eq!(rendered(template, values.clone()).0, expected, "{template}");
    }
}

#[test]
fn what_is_read_of_the_compile_context_is_noted() {
    let values = json!({
        "securityContext": { "tenant": { "id": 7, "tags": ["x"] }, "role": null, "exp": 1 },
    });
    let kind = |path: &[&str]| read(path, Extent::Kind);
    let value = |path: &[&str]| read(path, Extent::Value);
    let of_tenant = ["securityContext", "tenant"];
    for (template, expected) in [
        ("a", vec![]),
        ("{{ COMPILE_CONTEXT.other }}", vec![value(&["other"])]),
        (
            "{{ COMPILE_CONTEXT.securityContext.tenant.id }}",
            vec![
                kind(&["securityContext"]),
                kind(&of_tenant),
                value(&["securityContext", "tenant", "id"]),
            ],
        ),
        (
            "{{ COMPILE_CONTEXT['security_context']['role'] }}",
            vec![kind(&["securityContext"]), value(&["securityContext", "role"])],
        ),
        (
            "{% if COMPILE_CONTEXT.securityContext.tenant is defined %}a{% endif %}",
            vec![kind(&["securityContext"]), kind(&of_tenant)],
        ),
        (
            "{% if COMPILE_CONTEXT.securityContext.tenant %}a{% endif %}",
            vec![kind(&["securityContext"]), kind(&of_tenant), value(&of_tenant)],
        ),
        (
            "{% for key in COMPILE_CONTEXT.securityContext.tenant %}a{% endfor %}",
            vec![kind(&["securityContext"]), kind(&of_tenant), value(&of_tenant)],
        ),
        ("{{ COMPILE_CONTEXT | length }}", vec![value(&[])]),
        ("{{ COMPILE_CONTEXT.securityContext.tenant | tojson }}", {
            vec![kind(&["securityContext"]), kind(&of_tenant), value(&of_tenant)]
        }),
    ] {
        let mut reads = rendered(template, values.clone()).1;
        // Those below what was read as a whole say nothing more.
        reads.truncate(expected.len());
        assert_eq!(reads, expected, "{template}");
    }
}

#[test]
fn what_is_read_is_known_when_no_model_comes_of_it() {
    let text = "cubes:\n  - name: {{ COMPILE_CONTEXT.name }}\n    sql_table: {{ 1 + {} }}";
    let files = [file("model/a.yml", text)];
    let Attempt { reads, outcome } = compile_for(&files, &context(json!({ "name": "a" })));
    assert!(outcome.is_err());
    assert_eq!(reads, [read(&["name"], Extent::Value)]);
}

#[test]
fn templates_import_and_include_each_other_by_their_path_in_the_folder() {
    let macros = "{% macro named(x) %}name: {{ x }}{% endmacro %}\n";
    for user in [
        "{% import 'shared/macros.jinja' as m %}\n{{ m.named('a') }}",
        "{% from './shared/macros.jinja' import named %}\n{{ named('a') }}",
        "{% include 'shared/macros.jinja' %}name: {{ 'a' }}",
    ] {
        let files = [file("model/shared/macros.jinja", macros), file("model/a.yml.jinja", user)];
        let all = render(&files, &CompileContext::default(), &Reads::default());
        assert_eq!(all.mistakes, []);
        assert_eq!(all.files[0].text.trim(), "");
        assert_eq!(all.files[1].text.trim(), r#"name: "a""#, "{user}");
    }
}

#[test]
fn a_file_without_marks_stays_as_it_is() {
    let text = "a: \"{CUBE}.a\"\n\n";
    let all = render(&[file("model/a.yml", text)], &CompileContext::default(), &Reads::default());
    assert_eq!(all.files[0].text, text);
    assert!(all.origins[0].is_none());
}

#[test]
fn a_mistake_stands_at_its_line() {
    let cases = [
        ("a\n{% for x in %}", 2, "syntax error"),
        ("a\nb {{ nothing.more }}", 2, "undefined value"),
        ("\n\n{{ load_cubes() }}", 3, "Python files are not served"),
        ("{{ 'a' | shout }}", 1, "Python files are not served"),
        ("\n{% include 'none.jinja' %}", 2, "their path in the model folder"),
        ("\n{{ env_var('CUBEJS_API_SECRET') }}", 2, "secrets are never visible"),
        ("a\n{% if true %}", 2, "unexpected end of input"),
        ("\n{{ COMPILE_CONTEXT.securityContext.id }}", 2, "undefined value"),
    ];
    for (template, line, words) in cases {
        let (at, text) = mistake(template);
        assert_eq!(at.line, line, "{template}: {text}");
        assert!(text.contains(words), "{template}: {text}");
    }
    let (at, _) = mistake("a\n  - {{ nothing.more }}");
    assert_eq!(at, Position { line: 2, column: 8 });
}

#[test]
fn a_mistake_in_an_imported_macro_stands_in_its_file() {
    let files = [
        file("model/a.yml", "{% from 'm.jinja' import f %}\n{{ f() }}"),
        file("model/m.jinja", "\n\n{% macro f() %}{{ nothing.more }}{% endmacro %}"),
    ];
    let mut all = render(&files, &CompileContext::default(), &Reads::default());
    let (place, _) = all.mistakes.remove(0);
    assert_eq!((place.file, place.at.line), (1, 3));
}

#[test]
fn work_and_text_without_end_are_mistakes() {
    for endless in [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99) %}xxxxxxxxxxxxxxxxxxxxxx{% endfor %}\
         {% endfor %}",
        "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}\
         {% endfor %}",
        "{{ 'a' * 999999999 }}",
        "{{ 'x' | indent(999999999) }}",
        "{{ range(999999999999) | list }}",
    ] {
        let (_, text) = mistake(endless);
        assert!(text.contains("too"), "{endless}: {text}");
    }
    for recursion in [
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% include 'a.jinja' %}",
        "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    ] {
        let (_, text) = mistake(recursion);
        assert!(text.contains("recursion"), "{recursion}: {text}");
    }
    let nested = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(mistake(&format!("{{{{ {nested} }}}}")).1.contains("recursion"));
}

#[test]
fn later_mistakes_stand_where_the_template_says_them() {
    let files = [
        file("model/macros.jinja", "{% macro column(name) %}{{ name | safe }} ||{% endmacro %}"),
        file(
            "model/a.yml",
            "{% from 'macros.jinja' import column %}
cubes:
  - name: orders
    sql_table: orders
    dimensions:
{%- for name in ['a', 'b'] %}
      - name: {{ name }}
        typ: string
        sql: \"{{ column('{' ~ name ~ 'x}') }}\"
{%- endfor %}
",
        ),
    ];
    let errors = compile_for(&files, &CompileContext::default()).outcome.unwrap_err();
    let lines: Vec<String> = errors.0.iter().take(3).map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "model/a.yml:7:9: dimension `orders.a` has no `type`: write `type: string`, `number`, \
             `time`, `boolean` or `geo`",
            "model/a.yml:8:9: unknown key `typ` in dimension `orders.a`; did you mean `type`?",
            "model/a.yml:9:18: `ax` is neither a member of cube `orders` nor a cube (a column of its \
             table is written `{CUBE}.ax`); did you mean `a`? (in the line that Jinja rendered here: \
             `sql: \"{ax} ||\"`)",
        ]
    );
    assert_eq!(errors.0.len(), 6, "once for each round of the loop");
}
