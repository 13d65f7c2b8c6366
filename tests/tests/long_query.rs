//! A token that ends while its query runs: the answer comes, and the next request with it is refused.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::Folder;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::token;
use serde_json::json;

/// Longer than the token is good for.
const MODEL: &str = "
cubes:
  - name: naps
    sql: \"SELECT pg_sleep(6)::text AS slept\"
    measures:
      - { name: count, type: count }
";

/// Seconds for which clocks may differ.
const LEEWAY_S: i64 = 30;

#[test]
fn a_query_outlives_its_token_and_nothing_else_does() {
    let project = Folder::new();
    project.write("model/naps.yml", MODEL);
    let cluster = Cluster::start(&project.write("nothing.sql", "SELECT 1;\n\n"), &[]);
    let mut environment = cluster.environment();
    environment.push(("TESSERA_CONTINUE_WAIT".to_owned(), "30s".to_owned()));
    let server = Server::start(project.path(), environment);
    // Good for three seconds more.
    let ends = token::now() - LEEWAY_S + 3;
    let short = token::hs256(&json!({ "iat": ends - 600, "exp": ends }), token::SECRET);
    let query = json!({ "measures": ["naps.count"] });
    let answer = server.get("load", &query, &short);
    assert_eq!((answer.status, &answer.json()["data"][0]["naps.count"]), (200, &json!("1")));
    assert!(token::now() >= ends + LEEWAY_S, "the token has ended meanwhile");
    let refused = server.get("load", &query, &short);
    assert_eq!((refused.status, refused.error().as_str()), (403, "Invalid token"));
}
