//! What of a project `make build` puts into the package of `load`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use harness::command::Folder;
use harness::{binary, root};

/// Adds the project to an empty archive with the compiler that was built for the tests.
const SCRIPT: &str = "
import subprocess, sys, zipfile
from pathlib import Path
import build
tessera, project, archive = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
build.compile_model = lambda project, model: subprocess.run(
    [tessera, 'compile', project, '--output', model], stdout=subprocess.DEVNULL).returncode
build.say = lambda text: None
zipfile.ZipFile(archive, 'w').close()
status = build.add_project(archive, project)
print(*(sorted(zipfile.ZipFile(archive).namelist()) if status == 0 else ['refused']))
";

const FIXED: &str = "cubes: [{ name: a, sql_table: a, measures: [{ name: count, type: count }] }]";
const BY_CONTEXT: &str =
    "cubes: [{ name: a, sql_table: {{ COMPILE_CONTEXT.securityContext.table }} }]";

/// The names in the package of a project with these files.
fn packed(files: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(&format!("project/{name}"), text);
    }
    let output = Command::new("python3")
        .args(["-B", "-c", SCRIPT])
        .arg(binary("tessera"))
        .arg(folder.path().join("project"))
        .arg(folder.path().join("load.zip"))
        .current_dir(root().join("infra/local"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.trim().to_owned()
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
fn what_could_not_be_served_is_not_packed() {
    assert_eq!(packed(&[("model/a.yml", "cubes: [{ nam: a }]")]), "refused");
    assert_eq!(packed(&[("model/a.yml", FIXED), ("cube.py", "")]), "refused");
    assert_eq!(packed(&[("lib/a.js", "")]), "refused");
}
