//! A model that was compiled before: served as its sources would be, or refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::command::{Folder, tessera};
use harness::postgres::connection;
use harness::root;
use harness::server::Server;
use serde_json::json;

const DEMO: &str = "examples/ecommerce/model";

/// A project that holds the demo's model, compiled, and nothing else.
fn compiled_demo() -> Folder {
    let project = Folder::new();
    std::fs::create_dir(project.path().join("model")).unwrap();
    let sources = root().join(DEMO).to_string_lossy().into_owned();
    let arguments = ["compile", "--schema-path", &sources, "--output", "model/model.tessera"];
    let said = tessera(project.path(), &arguments, &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    project
}

/// A server on a project whose model cannot be used ends and says why.
fn refusal(project: &Folder) -> String {
    // No request is answered, so no database is asked.
    let mut server = Server::launch(project.path(), connection(1));
    let status = server.process().wait_for_end(Duration::from_secs(20));
    assert_eq!(status.code(), Some(1));
    server.log()
}

#[test]
fn it_stands_for_its_sources() {
    let project = compiled_demo();
    let packed = Server::start(project.path(), connection(1));
    let plain = Server::start(&root().join("examples/ecommerce"), connection(1));
    let query = json!({
        "measures": ["orders.count", "line_items.revenue"],
        "dimensions": ["users.city"],
        "timeDimensions": [{ "dimension": "orders.created_at", "granularity": "month" }],
    });
    let authorization = harness::token::good(&json!({}));
    for (route, query) in [("sql", &query), ("meta", &json!({}))] {
        let [a, b] = [&packed, &plain].map(|server| server.get(route, query, &authorization));
        assert_eq!((a.status, a.json()), (b.status, b.json()), "{route}");
        assert_eq!(a.status, 200, "{}", a.body);
    }
    assert!(packed.log().contains(r#""is_packed":true"#), "{}", packed.log());
    assert!(plain.log().contains(r#""is_packed":false"#), "{}", plain.log());
}

#[test]
fn sources_beside_it_must_be_its_own() {
    let project = Folder::new();
    for file in std::fs::read_dir(root().join(DEMO)).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        project.write(&format!("model/{name}"), &std::fs::read_to_string(file.path()).unwrap());
    }
    assert_eq!(tessera(project.path(), &["compile"], &[]).code, 0);
    drop(Server::start(project.path(), connection(1)));
    let users = project.read("model/users.yml");
    project.write("model/users.yml", &format!("{users}\n# changed\n"));
    let said = refusal(&project);
    assert!(
        said.contains("compiled from other files") && said.contains("tessera compile"),
        "{said}"
    );
    project.write("model/users.yml", &users);
    drop(Server::start(project.path(), connection(1)));
}

#[test]
fn a_damaged_one_is_refused() {
    let project = compiled_demo();
    let file = project.path().join("model/model.tessera");
    let good = std::fs::read(&file).unwrap();
    let mut changed = good.clone();
    changed[good.len() / 2] ^= 1;
    let mut older = good.clone();
    older[8] ^= 1;
    for (bytes, reason) in [
        (changed.as_slice(), "it is damaged"),
        (&good[..good.len() - 1], "it is damaged"),
        (older.as_slice(), "another version of tessera"),
        (b"", "not a compiled data model"),
        (b"cubes: []\n", "not a compiled data model"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let said = refusal(&project);
        assert!(said.contains(reason) && said.contains("tessera compile"), "{reason}: {said}");
    }
}
