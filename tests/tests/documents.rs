//! What the documents say is there, is there.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harness::root;

/// Every Rust file of the project's own.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The pieces of a text between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_token_policy_of_the_readme_is_one() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let policy = text.split("```yaml\n").find(|block| block.starts_with("clients:")).unwrap();
    let policy = policy.split("```").next().unwrap();
    issuance::Policy::read(policy).unwrap_or_else(|mistakes| panic!("{mistakes}"));
}

#[test]
fn every_test_that_parity_and_the_list_of_attacks_name_exists() {
    for document in ["PARITY.md", "docs/attacks.md"] {
        check_tests_of(document);
    }
}

/// The last cell of every row names tests, or golden cases.
fn check_tests_of(document: &str) {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let mut files = Vec::new();
    sources(root(), &mut files);
    let code: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit(" | ").next().unwrap();
        for name in quoted(cell).filter(|name| name.contains('_') && !name.contains(['.', ' '])) {
            if name.chars().any(|character| character.is_ascii_uppercase()) {
                continue; // a variable, not a test
            }
            let is_golden = root().join("tests/golden").join(name).is_dir();
            assert!(
                is_golden || code.contains(&format!("fn {name}(")),
                "{document}: no test is called {name}"
            );
        }
    }
}

#[test]
fn every_path_that_architecture_names_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for path in
        quoted(&text).filter(|piece| piece.contains('/') && !piece.contains([' ', '<', '*', '{']))
    {
        let starts = ["shared/", "functions/", "tests/", "docs/", "cli/", "events/"];
        if starts.iter().any(|start| path.starts_with(start)) {
            assert!(root().join(path).exists(), "there is no {path}");
        }
    }
}

/// `GOLDEN=rewrite` writes it anew.
#[test]
fn the_page_of_settings_is_the_table_of_variables() {
    let file = root().join("docs/settings.md");
    let expected = settings_page();
    if harness::is_rewriting() {
        std::fs::write(&file, &expected).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(found == expected, "docs/settings.md is old: `make golden` writes it anew");
}

fn settings_page() -> String {
    let mut page = "# Settings\n\nEnvironment variables; the command `tessera` reads those in a project's `.env` as well.\n\
        This page is made of the table in `shared/settings/src/variables` by `make golden`.\n"
        .to_owned();
    for section in settings::SECTIONS {
        let has_effect = section.variables.iter().any(|variable| variable.has_effect);
        let head = if has_effect {
            "| variable | default | unit or form | what it does |\n|---|---|---|---|"
        } else {
            "| variable | why it changes nothing |\n|---|---|"
        };
        writeln!(page, "\n## {}\n\n{head}", section.title).unwrap();
        for settings::Variable { name, default, unit, meaning, .. } in section.variables {
            let middle = if has_effect { format!("{default} | {unit} | ") } else { String::new() };
            writeln!(page, "| `{name}` | {middle}{meaning} |").unwrap();
        }
    }
    page
}
