//! What of a project `make build` puts into the packages of the functions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use harness::command::Folder;
use harness::{binary, root};

/// Lays out what the packages carry of the project, with the compiler that was built for the tests, and packs one.
const SCRIPT: &str = "
import sys
from pathlib import Path
import build
tessera, project, scratch, name = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
build.PACKAGES = scratch / 'package'
build.say = lambda text: None
try:
    build.stage(project, [tessera])
    (scratch / name).mkdir()
    (scratch / name / 'bootstrap').write_text('program')
    archive = build.pack(scratch / name, build.PACKAGES / name)
    names = build.zipfile.ZipFile(archive).namelist()
    print(*sorted(name.removeprefix('project/') for name in names if name != 'bootstrap'))
except build.Missing as reason:
    print('refused:', str(reason).replace(str(project), 'PROJECT'))
";

const FIXED: &str = "cubes: [{ name: a, sql_table: a, measures: [{ name: count, type: count }] }]";
const BY_CONTEXT: &str =
    "cubes: [{ name: a, sql_table: {{ COMPILE_CONTEXT.securityContext.table }} }]";

/// The names in the package of `load` for a project with these files, or why there is none.
fn packed(files: &[(&str, &str)]) -> String {
    packed_for("load", files)
}

fn packed_for(function: &str, files: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(&format!("project/{name}"), text);
    }
    let output = Command::new("python3")
        .args(["-B", "-c", SCRIPT])
        .arg(binary("tessera"))
        .arg(folder.path().join("project"))
        .arg(folder.path())
        .arg(function)
        .current_dir(root().join("infra/local"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.trim().lines().next_back().unwrap_or_default().to_owned()
}

#[test]
fn a_model_goes_compiled_and_code_with_what_it_imports() {
    assert_eq!(packed(&[("model/a.yml", FIXED), (".env", "A=1")]), "model/model.tessera");
    let files = [
        ("model/a.yml", FIXED),
        ("cube.js", "module.exports = {};"),
        ("lib/names.json", "{}"),
        (".git/hooks/x.js", ""),
        ("node_modules/pg/index.js", ""),
        (".env", "SECRET=1"),
        ("README.md", ""),
    ];
    assert_eq!(packed(&files), "cube.js lib/names.json model/model.tessera");
}

#[test]
fn a_model_for_each_caller_goes_as_its_sources() {
    let files = [("model/a.yml", BY_CONTEXT), ("cube.ts", "export default {};")];
    assert_eq!(packed(&files), "cube.ts model/a.yml");
    let files = [("tenants/acme/a.yml", FIXED), ("cube.js", "module.exports = {};")];
    assert_eq!(packed(&files), "cube.js tenants/acme/a.yml");
}

#[test]
fn what_could_not_be_served_is_refused_with_what_to_do() {
    for (files, reason) in [
        (&[("model/a.yml", "cubes: [{ nam: a }]")][..], "the data model does not compile"),
        (&[("model/a.yml", FIXED), ("cube.py", "")], "write its rules in cube.js"),
        (&[("lib/a.js", "")], "PROJECT has no data model: its files belong into the folder model"),
        (&[("model/README.md", "")], "PROJECT/model is empty: a data model has at least one cube"),
        (
            &[("model/a.yml", FIXED), ("ca.pem", "-----BEGIN PRIVATE KEY-----")],
            "PROJECT/ca.pem holds a private key: keep it in AWS Secrets Manager",
        ),
    ] {
        let said = packed(files);
        assert!(said.starts_with("refused: ") && said.contains(reason), "{said}");
    }
}

#[test]
fn each_function_gets_its_own_files_and_no_others() {
    let files = [("model/a.yml", FIXED), ("token-policy.yml", "{}"), ("ca.pem", "certificate")];
    assert_eq!(packed_for("load", &files), "ca.pem model/model.tessera");
    assert_eq!(packed_for("token", &files), "token-policy.yml");
    assert_eq!(packed_for("rotate-secret", &files), "ca.pem");
}

#[test]
fn a_package_over_the_limits_of_aws_lambda_is_refused() {
    let check = |zipped: u64, unzipped: u64| {
        let script = format!(
            "import build\ntry:\n build.check_size({zipped}, {unzipped}, 'load')\nexcept build.Missing as reason:\n print(reason)"
        );
        let command = Command::new("python3")
            .args(["-B", "-c", &script])
            .current_dir(root().join("infra/local"))
            .output()
            .unwrap();
        assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
        String::from_utf8(command.stdout).unwrap()
    };
    assert_eq!(check(50 << 20, 250 << 20), "");
    assert!(check(51 << 20, 1).contains("has 51 MiB zipped, and AWS Lambda takes 50"));
    assert!(check(1, 251 << 20).contains("has 251 MiB unzipped, and AWS Lambda takes 250"));
}
