//! `tessera create`: what it writes is valid, is served, and its verbs do what they say.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use harness::command::{Folder, Said, tessera};
use harness::postgres::Cluster;
use harness::server::Server;
use harness::tools::binary;
use harness::{http, root, token};
use serde_json::{Value, json};

fn good(said: &Said) {
    assert_eq!(said.code, 0, "{}", said.err);
}

/// A folder with the new project `my-shop`.
fn created() -> Folder {
    let folder = Folder::new();
    let said = tessera(folder.path(), &["create", "my-shop", "-d", "postgres"], &[]);
    good(&said);
    assert_eq!(said.err, "");
    folder
}

/// A database without a table.
fn empty_cluster() -> Cluster {
    let seed = Folder::new();
    Cluster::start(&seed.write("seed.sql", "SELECT 1;\n"), &[])
}

/// Runs a program in a folder.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Said {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How many of the example's orders a caller sees.
fn count(server: &Server, claims: &Value) -> Value {
    let answer = server.load(&json!({ "measures": ["example_orders.count"] }), claims);
    assert_eq!(answer.status, 200, "{}\n{}", answer.body, server.log());
    answer.json()["data"][0]["example_orders.count"].clone()
}

#[test]
fn a_new_project_is_valid_and_answers() {
    let cluster = empty_cluster();
    let folder = created();
    let files = [
        ".env",
        ".gitignore",
        "Makefile",
        "README.md",
        "cube.js",
        "model/cubes/example_orders.yml",
    ];
    assert_eq!(folder.files(), files.map(|file| format!("my-shop/{file}")));
    let project = folder.path().join("my-shop");
    let mode = std::fs::metadata(project.join(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(folder.read("my-shop/.gitignore").lines().any(|line| line == ".env"));
    good(&tessera(&project, &["validate"], &[]));

    // Its own secret signs what its own server verifies.
    let settings = folder.read("my-shop/.env");
    let secret = settings.lines().find_map(|line| line.strip_prefix("CUBEJS_API_SECRET=")).unwrap();
    assert!(secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()), "{secret}");
    let printed = tessera(&project, &["token"], &[]);
    good(&printed);
    let token = printed.out.lines().find_map(|line| line.strip_prefix("Token: ")).unwrap();
    let mut environment = cluster.environment();
    environment.push(("CUBEJS_API_SECRET".to_owned(), secret.to_owned()));
    let server = Server::start(&project, environment);
    let query = json!({
        "measures": ["example_orders.count", "example_orders.total_amount", "example_orders.shipped_share"],
        "dimensions": ["example_orders.status"],
        "order": { "example_orders.status": "asc" },
    });
    let url =
        server.url(&format!("/cubejs-api/v1/load?query={}", http::encode(&query.to_string())));
    let answer = http::send("GET", &url, &[("authorization", token)], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let totals: Vec<Value> = answer.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["example_orders.total_amount"].clone())
        .collect();
    assert_eq!(totals, ["300.00", "800.00", "800.00"]);
    let other = http::send("GET", &url, &[("authorization", &token::good(&json!({})))], "");
    assert_eq!(other.status, 403);
}

/// `cube.js` with its examples as code: what follows an empty comment.
fn with_examples(code: &str) -> String {
    let mut is_example = false;
    let line = |line: &str| {
        is_example = line == "  //" || is_example && line.starts_with("  // ");
        if is_example { line.replacen("//", "", 1) } else { line.to_owned() }
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn its_code_changes_nothing_until_it_is_edited() {
    let cluster = empty_cluster();
    let folder = created();
    let project = folder.path().join("my-shop");
    let code = folder.read("my-shop/cube.js");
    assert!(code.starts_with("// Code of my-shop: "), "{code}");
    let [admin, other] = [json!({ "role": "admin" }), json!({ "groups": ["sales"] })];
    let server = Server::start(&project, cluster.environment());
    assert_eq!((count(&server, &admin), count(&server, &other)), (json!("5"), json!("5")));

    folder.write("my-shop/cube.js", &with_examples(&code));
    let model = folder.read("my-shop/model/cubes/example_orders.yml");
    let policies = "    access_policy:\n      - group: sales\n        member_level: { includes: '*' }\n      \
                    - group: '*'\n        member_level: { includes: [count] }\n";
    folder.write("my-shop/model/cubes/example_orders.yml", &format!("{model}\n{policies}"));
    let server = Server::start(&project, cluster.environment());
    assert_eq!((count(&server, &admin), count(&server, &other)), (json!("5"), json!("1")));
    let by_status = json!({ "dimensions": ["example_orders.status"] });
    let rows = |claims| server.load(&by_status, claims).json()["data"].as_array().unwrap().len();
    assert_eq!((rows(&admin), rows(&other)), (0, 1));
}

#[test]
fn its_verbs_do_what_they_say() {
    let folder = created();
    let project = folder.path().join("my-shop");
    let command = format!("TESSERA={}", binary("tessera").display());
    let make = |arguments: &[&str]| run(&project, "make", &[&[&*command], arguments].concat());
    let said = make(&["validate"]);
    good(&said);
    assert!(said.out.contains("the data model is valid: 1 cube"), "{}", said.out);
    let said = make(&["token", "PAYLOAD=role=admin"]);
    assert!(said.code == 0 && said.out.contains("Token: "), "{}", said.err);
    good(&make(&["compile"]));
    assert!(project.join("model/model.tessera").is_file());
    let said = make(&["generate", "TABLES=orders", "FORMAT=js"]);
    assert!(said.code != 0 && said.err.contains("CUBEJS_DB_"), "{}", said.err);
    let said = make(&["build"]);
    assert!(said.code != 0 && said.out.contains("SOURCE=folder-of-tessera"), "{}", said.out);
    // What it would run; a release build takes minutes.
    let said = make(&["--dry-run", "build", &format!("SOURCE={}", root().display())]);
    good(&said);
    let build = format!("infra/local/build.py '' '{}'", project.display());
    assert!(said.out.contains(&build), "{}", said.out);
}

#[test]
fn two_projects_have_two_secrets() {
    let folder = Folder::new();
    for name in ["one", "two"] {
        good(&tessera(folder.path(), &["create", name], &[]));
    }
    assert_ne!(
        folder.read("one/.env").replace("one", ""),
        folder.read("two/.env").replace("two", "")
    );
}

#[test]
fn a_project_is_not_created_over_something_or_with_a_bad_name() {
    let folder = Folder::new();
    folder.write("taken/keep.txt", "mine");
    folder.write("file", "mine");
    for (arguments, reason) in [
        (vec!["taken"], "there is a `taken` here already"),
        (vec!["file"], "there is a `file` here already"),
        (vec!["../outside"], "cannot be the name"),
        (vec!["a/b"], "cannot be the name"),
        (vec!["."], "cannot be the name"),
        (vec![""], "cannot be the name"),
        (vec!["shop", "-d", "mysql"], "the database is postgres"),
        (vec!["shop", "--template", "docker"], "there is no template `docker`"),
    ] {
        let arguments: Vec<&str> = ["create"].into_iter().chain(arguments).collect();
        let said = tessera(folder.path(), &arguments, &[]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{arguments:?}");
        assert!(said.err.contains(reason), "{}", said.err);
    }
    assert_eq!(folder.files(), ["file", "taken/keep.txt"]);
}
