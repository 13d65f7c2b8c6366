//! Whatever the bytes of a model file are, the compiler answers and does not panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use compiler::{ModelFile, compile};
use proptest::prelude::{ProptestConfig, any, prop, prop_oneof};
use proptest::strategy::{Just, Strategy};
use proptest::{prop_assert, proptest};

const MODELS: [&str; 3] = [
    include_str!("models/ecommerce.yml"),
    include_str!("models/references.yml"),
    include_str!("models/camel.yml"),
];

/// One change of a file: bytes taken out at a place, and others put there.
#[derive(Debug, Clone)]
struct Edit {
    at: prop::sample::Index,
    taken: usize,
    put: String,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let put = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "\n",
            "\t",
            ": ",
            "- ",
            "&a ",
            "*a",
            "<<: *a",
            "\\",
            "|",
            ">",
            "#",
            "null",
            "{CUBE}",
            "{Orders.sql()}",
            "FILTER_PARAMS",
            "lambda",
            "\u{0}",
            "é",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        Just(String::new()),
    ];
    let edit = (any::<prop::sample::Index>(), 0_usize..40, put).prop_map(|(at, taken, put)| Edit {
        at,
        taken,
        put,
    });
    prop::collection::vec(edit, 1..6)
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for edit in edits {
        let at = edit.at.index(characters.len().max(1)).min(characters.len());
        let end = (at + edit.taken).min(characters.len());
        characters.splice(at..end, edit.put.chars());
    }
    characters.into_iter().collect()
}

/// Compiles; mistakes have a line of the file.
fn has_sound_places(text: &str) -> bool {
    let file = ModelFile { path: "m.yml".to_owned(), text: text.to_owned() };
    // To YAML a carriage return alone ends a line too.
    let breaks = text.matches(['\n', '\r']).count();
    let lines = u32::try_from(breaks + 1).unwrap();
    match compile(&[file]) {
        Ok(_) => true,
        Err(errors) => {
            !errors.0.is_empty()
                && errors.0.iter().all(|error| (1..=lines + 1).contains(&error.line))
                && errors.to_string().lines().count() >= errors.0.len()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_model_is_compiled_or_refused(model in 0_usize..3, edits in edits()) {
        prop_assert!(has_sound_places(&apply(MODELS[model], &edits)));
    }

    #[test]
    fn any_text_is_compiled_or_refused(text in "\\PC{0,200}") {
        prop_assert!(has_sound_places(&text));
    }

    #[test]
    fn any_sql_is_compiled_or_refused(sql in "[{}()'\"a-cA-Z_. ,\\\\$\n-]{0,60}") {
        let quoted = quote(&sql);
        let text = format!("cubes:\n- name: a\n  sql: {quoted}\n  measures:\n  - {{name: b, type: number, sql: {quoted}}}\n");
        prop_assert!(has_sound_places(&text));
    }
}

/// A YAML text in double quotes.
fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
