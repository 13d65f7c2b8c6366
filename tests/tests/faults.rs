//! The database is down, a secret is missing or bad, a project is refused: what the caller and the operator see.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::http;
use harness::postgres::{Cluster, connection};
use harness::server::Server;
use harness::{free_port, leak, root, token, variable, wait_until};
use serde_json::{Value, json};

fn project() -> PathBuf {
    root().join("tests/conformance")
}

fn count() -> Value {
    json!({ "measures": ["Orders.count"] })
}

#[test]
fn a_database_that_is_down_at_start_is_503_and_comes_back() {
    let mut cluster = Cluster::start(&project().join("seed.sql"), &[]);
    cluster.pause();
    let server = Server::start(&project(), cluster.environment());

    let answer = server.load(&count(), &json!({}));
    assert_eq!((answer.status, answer.error().as_str()), (503, "Database is unavailable"));
    assert!(answer.header("retry-after").is_some());
    assert!(answer.json()["requestId"].is_string(), "{}", answer.body);
    leak::check(&answer);
    let ready = http::send("GET", &server.url("/readyz"), &[], "");
    assert_eq!((ready.status, ready.json()), (500, json!({ "health": "DOWN" })));
    leak::check(&ready);
    assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 200);
    // What needs no rows works.
    let token = token::good(&json!({}));
    assert_eq!(server.get("sql", &count(), &token).status, 200);
    assert_eq!(server.get("dry-run", &count(), &token).status, 200);

    cluster.resume();
    wait_until("rows after the database came up", Duration::from_secs(20), || {
        server.load(&count(), &json!({})).status == 200
    });

    cluster.pause();
    let answer = server.load(&count(), &json!({}));
    assert_eq!(answer.status, 503, "while it runs: {}", answer.body);
    leak::check(&answer);
    cluster.resume();
    wait_until("rows after the database came back", Duration::from_secs(20), || {
        server.load(&count(), &json!({})).status == 200
    });
    leak::check_log(&server.log(), &[&token]);
}

#[test]
fn a_wrong_database_password_is_503_and_stays_secret() {
    let cluster = Cluster::start(&project().join("seed.sql"), &[]);
    let mut environment = cluster.environment();
    environment.retain(|(name, _)| name != "CUBEJS_DB_PASS");
    environment.push(variable("CUBEJS_DB_PASS", "wrong-canary-77"));
    let server = Server::start(&project(), environment);
    let answer = server.load(&count(), &json!({}));
    assert_eq!((answer.status, answer.error().as_str()), (503, "Database is unavailable"));
    leak::check(&answer);
    assert!(!server.log().contains("wrong-canary-77"));
}

/// `tessera serve` must end with status 1 and say these words.
fn refuses_to_start(project: &Path, environment: Vec<(String, String)>, words: &[&str]) {
    let mut server = Server::launch(project, environment);
    let status = server.process().wait_for_end(Duration::from_secs(30));
    let said = server.log();
    assert_eq!(status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_missing_or_short_secret_is_refused_at_start() {
    let with = |secret: &str| {
        let mut environment = connection(free_port());
        environment.push(variable("CUBEJS_API_SECRET", secret));
        environment
    };
    refuses_to_start(&project(), with(""), &["CUBEJS_API_SECRET"]);
    refuses_to_start(&project(), with("too-short-canary"), &["CUBEJS_API_SECRET", "32"]);
    let mut server = Server::launch(&project(), with("too-short-canary"));
    server.process().wait_for_end(Duration::from_secs(30));
    assert!(!server.log().contains("too-short-canary"));
}

#[test]
fn development_mode_takes_no_token_but_no_bad_one() {
    let cluster = Cluster::start(&project().join("seed.sql"), &[]);
    let mut environment = cluster.environment();
    environment
        .extend([variable("CUBEJS_DEV_MODE", "true"), variable("CUBEJS_API_SECRET", "short")]);
    let server = Server::start(&project(), environment);
    let url =
        server.url(&format!("/cubejs-api/v1/load?query={}", http::encode(&count().to_string())));
    assert_eq!(http::send("GET", &url, &[], "").status, 200);
    assert_eq!(http::send("GET", &url, &[("authorization", "x")], "").status, 403);
    assert_eq!(server.load(&count(), &json!({})).status, 403, "signed with another secret");
    let secured = http::encode(&json!({ "measures": ["SecureOrders.count"] }).to_string());
    let url = server.url(&format!("/cubejs-api/v1/load?query={secured}"));
    assert_eq!(http::send("GET", &url, &[], "").status, 403, "nobody has no claims");
}

/// A project folder with these files.
fn project_with(files: &[(&str, &str)]) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("tessera-project-{}-{number}", std::process::id()));
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder
}

const CUBE: &str = "cubes:\n  - name: orders\n    sql_table: orders\n    measures:\n      - name: count\n        type: count\n";

#[test]
fn projects_with_code_that_is_not_run_are_refused() {
    let with_rules = project_with(&[("model/orders.yml", CUBE), ("cube.py", "")]);
    refuses_to_start(&with_rules, connection(free_port()), &["cube.py"]);
    let with_model = project_with(&[("model/orders.yml", CUBE), ("model/globals.py", "")]);
    refuses_to_start(&with_model, connection(free_port()), &["globals.py"]);
    for folder in [with_rules, with_model] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn every_mistake_of_a_model_is_named_with_its_line() {
    let broken = "cubes:\n  - name: orders\n    sql_table: orders\n    measures:\n      - name: count\n        type: cuont\n      - name: total\n        type: sum\n    dimensions:\n      - name: status\n        type: string\n        sql: \"{nope}\"\n";
    let folder = project_with(&[("model/orders.yml", broken)]);
    refuses_to_start(
        &folder,
        connection(free_port()),
        &["orders.yml", "6", "cuont", "total", "nope"],
    );
    std::fs::remove_dir_all(folder).unwrap();
    refuses_to_start(
        Path::new("/nonexistent-project"),
        connection(free_port()),
        &["/nonexistent-project"],
    );
}

#[test]
fn a_project_may_bring_its_settings_in_a_file_and_the_environment_wins() {
    let cluster = Cluster::start(&project().join("seed.sql"), &[]);
    let mut file = String::from("# settings\nCUBEJS_DB_PORT=1\nCUBEJS_DB_QUERY_DEFAULT_LIMIT=3\n");
    for (name, value) in cluster.environment().iter().filter(|(name, _)| name != "CUBEJS_DB_PORT") {
        writeln!(file, "{name}={value}").unwrap();
    }
    let model = std::fs::read_to_string(project().join("model/ecom.yml")).unwrap();
    let folder = project_with(&[("schema/ecom.yml", &model), (".env", &file)]);
    let server =
        Server::start(&folder, vec![variable("CUBEJS_DB_PORT", &cluster.port.to_string())]);
    let answer = server.load(&json!({ "dimensions": ["Users.city"] }), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["data"].as_array().unwrap().len(), 3);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_server_says_when_it_is_ready_and_where() {
    let mut server = Server::start(&project(), connection(free_port()));
    let url = server.url("");
    let said = server.log();
    assert!(said.contains("ready") && said.contains(&url), "{said}");
    server.process().stop();
    assert!(http::try_send("GET", &url, &[], "").is_err());
}
