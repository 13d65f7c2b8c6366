//! Cube's own JavaScript client, unmodified, in two versions: `tests/clients/clients.test.js`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use harness::postgres::Cluster;
use harness::server::Server;
use harness::tools::Tools;
use harness::{root, token};

#[test]
fn cubes_own_client_works_unchanged() {
    let tools = Tools::get();
    let folder = tools.clients.as_ref().unwrap_or_else(|| tools.absent("clients"));
    let cluster = Cluster::start(&root().join("examples/ecommerce/seed.sql"), &[]);
    let mut environment = cluster.environment();
    environment.push(("TESSERA_CONTINUE_WAIT".to_owned(), "1s".to_owned()));
    let server = Server::start(&folder.join("project"), environment);
    let output = Command::new("node")
        .arg("--test")
        .current_dir(folder)
        .env("TESSERA_URL", server.url("/cubejs-api/v1"))
        .env("TESSERA_SECRET", token::SECRET)
        .output()
        .unwrap_or_else(|error| panic!("node was not found: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", server.log());
    let passed = said
        .lines()
        .find_map(|line| line.trim_start_matches(['#', 'ℹ', ' ']).strip_prefix("pass "));
    assert!(
        passed.is_some_and(|count| count.trim().parse::<u32>().unwrap() >= 22),
        "too few tests ran:\n{said}"
    );
}
