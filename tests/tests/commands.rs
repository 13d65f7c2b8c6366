//! `tessera` as somebody types it: what it says, where it says it and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::{Folder, tessera};
use harness::root;

const CUBE: &str = "cubes:\n  - name: orders\n    sql_table: orders\n    measures:\n      - name: count\n        type: count\n";

#[test]
fn a_command_that_does_not_exist_is_a_mistake_with_a_suggestion() {
    let folder = Folder::new();
    let said = tessera(folder.path(), &["validat"], &[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("'validate'"), "{}", said.err);
    let said = tessera(folder.path(), &["validate", "--shema-path", "x"], &[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("'--schema-path'"), "{}", said.err);
}

#[test]
fn without_a_command_the_commands_are_listed() {
    let folder = Folder::new();
    let said = tessera(folder.path(), &[], &[]);
    assert_eq!(said.code, 2);
    let listed = tessera(folder.path(), &["--help"], &[]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    let verbs = listed.out.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs: Vec<&str> = verbs
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.contains(&"validate"), "{verbs:?}");
    for verb in verbs {
        let help = tessera(folder.path(), &["help", verb], &[]);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{verb}");
        assert!(said.err.contains(verb) && help.out.contains("Usage:"), "{verb}: {}", help.out);
    }
}

#[test]
fn the_version_is_the_packages() {
    let said = tessera(root(), &["--version"], &[]);
    assert_eq!((said.code, said.out), (0, format!("tessera {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_token_policy_is_checked_with_the_model() {
    let folder = Folder::new();
    folder.write("model/orders.yml", CUBE);
    let validate =
        |environment: &[(String, String)]| tessera(folder.path(), &["validate"], environment);
    assert!(!validate(&[]).out.contains("policy"), "there is none");
    folder.write("token-policy.yml", "clients:\n- id: shop\n  secret: 0123456789abcdef\n");
    let said = validate(&[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.ends_with("the token policy is valid\n"), "{}", said.out);
    folder.write("other.yml", "clients:\n- id: shop\n  secret: short\n  claim: {}\n");
    let said = validate(&[("TESSERA_TOKEN_POLICY".to_owned(), "other.yml".to_owned())]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("other.yml:3:11: a `secret` is"), "{}", said.err);
    assert!(said.err.contains("other.yml:4:3: `claim` is no key of a client"), "{}", said.err);
    assert!(said.err.ends_with("tessera: the token policy has 2 mistakes\n"), "{}", said.err);
}

#[test]
fn a_valid_model_is_counted() {
    let said = tessera(&root().join("examples/ecommerce"), &["validate"], &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("the data model is valid: 8 cubes, 0 views, "), "{}", said.out);
}

#[test]
fn every_mistake_is_reported_with_its_place() {
    let project = Folder::new();
    project.write("model/a.yml", CUBE);
    project.write(
        "model/b.yml",
        "cubes:\n  - name: users\n    sql_tabel: users\n    sql_table: users\n    measures:\n      - name: count\n        type: cuont\n",
    );
    let said = tessera(project.path(), &["validate"], &[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let lines: Vec<&str> = said.err.lines().collect();
    assert!(lines[0].starts_with("model/b.yml:3:5: unknown key `sql_tabel`"), "{}", said.err);
    assert!(lines[1].starts_with("model/b.yml:7:9: `cuont` is not a"), "{}", said.err);
    assert_eq!(lines[2], "tessera: the data model has 2 mistakes");
}

#[test]
fn warnings_are_reported_and_are_no_mistake() {
    let project = Folder::new();
    project.write("model/a.yml", &format!("{CUBE}    refresh_key:\n      every: 1 hour\n"));
    let said = tessera(project.path(), &["validate"], &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.starts_with("model/a.yml:7:5: `refresh_key` has no effect"), "{}", said.err);
    assert!(said.out.ends_with("; 1 warning\n"), "{}", said.out);
}

#[test]
fn the_model_is_where_the_options_or_the_settings_say() {
    let project = Folder::new();
    project.write("cubes/a.yml", CUBE);
    let said = tessera(project.path(), &["validate"], &[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--schema-path"), "{}", said.err);
    for path in ["-pcubes", "--schema-path=cubes"] {
        let said = tessera(project.path(), &["validate", path], &[]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    project.write(".env", "CUBEJS_SCHEMA_PATH=cubes\n");
    let here = project.path().to_string_lossy().into_owned();
    let said = tessera(root(), &["validate", &here], &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    project.write(".env", "CUBEJS_SCHEMA_PATH\n");
    let said = tessera(project.path(), &["validate"], &[]);
    assert!(said.code == 1 && said.err.contains("line 1 is no assignment"), "{}", said.err);
}

#[test]
fn what_is_no_model_is_said() {
    let project = Folder::new();
    project.write("model/README.md", "nothing\n");
    let said = tessera(project.path(), &["validate"], &[]);
    assert!(said.code == 1 && said.err.contains("no model file"), "{}", said.err);
    let said = tessera(project.path(), &["validate", "nowhere"], &[]);
    assert!(said.code == 1 && said.err.contains("is not a folder"), "{}", said.err);
}

#[test]
fn a_compiled_model_is_written_beside_its_sources_or_where_the_option_says() {
    let project = Folder::new();
    project.write("model/a.yml", CUBE);
    let said = tessera(project.path(), &["compile"], &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(
        said.out.contains("1 cube, 0 views, 1 member\n./model/model.tessera ("),
        "{}",
        said.out
    );
    assert_eq!(project.files(), ["model/a.yml", "model/model.tessera"]);
    let said = tessera(project.path(), &["compile", "-o", "elsewhere"], &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let bytes = |name: &str| std::fs::read(project.path().join(name)).unwrap();
    assert_eq!(bytes("elsewhere"), bytes("model/model.tessera"));
}

#[test]
fn a_model_with_mistakes_is_not_compiled_into_a_file() {
    let project = Folder::new();
    project.write("model/a.yml", &CUBE.replace("count\n", "cuont\n"));
    let said = tessera(project.path(), &["compile"], &[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.starts_with("model/a.yml:6:9: "), "{}", said.err);
    assert_eq!(project.files(), ["model/a.yml"]);
    project.write("model/a.yml", CUBE);
    let said = tessera(project.path(), &["compile", "-o", "no/such/folder/x"], &[]);
    assert!(said.code == 1 && said.err.contains("cannot write no/such/folder/x"), "{}", said.err);
}
