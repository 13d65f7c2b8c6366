//! Cubes of several data sources: each is read from its own database.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;
use std::time::Duration;

use harness::postgres::Cluster;
use harness::server::Server;
use harness::{http, leak};
use serde_json::json;

const MODEL: &str = r#"
cubes:
  - name: orders
    sql_table: things
    joins:
      - { name: archived, relationship: one_to_one, sql: "{CUBE}.id = {archived.id}" }
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: place, sql: place, type: string }
  - name: archived
    data_source: archive
    sql_table: things
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: place, sql: place, type: string }
views:
  - name: past
    cubes:
      - { join_path: archived, includes: [count, place] }
"#;

/// A project with the model and two databases that hold different rows in the same table.
struct World {
    folder: PathBuf,
    here: Cluster,
    there: Cluster,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tessera-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("model")).unwrap();
        std::fs::write(folder.join("model/things.yml"), MODEL).unwrap();
        let cluster = |place: &str, rows: u32| {
            let seed = folder.join(format!("{place}.sql"));
            let table = format!(
                "CREATE TABLE things AS SELECT id, '{place}' AS place FROM generate_series(1, {rows}) id;"
            );
            std::fs::write(&seed, table).unwrap();
            Cluster::start(&seed, &[])
        };
        let (here, there) = (cluster("here", 3), cluster("there", 5));
        Self { folder, here, there }
    }

    /// The variables of both, with this list of data sources.
    fn environment(&self, list: &str) -> Vec<(String, String)> {
        let archive = self.there.environment().into_iter();
        let archive = archive
            .map(|(name, value)| (name.replace("CUBEJS_DB_", "CUBEJS_DS_ARCHIVE_DB_"), value));
        let mut environment = self.here.environment();
        environment.extend(archive);
        environment.push(("CUBEJS_DATASOURCES".to_owned(), list.to_owned()));
        environment
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn every_cube_is_read_from_its_own_database() {
    let mut world = World::new("sources");
    let server = Server::start(&world.folder, world.environment("default,archive"));
    for (cube, source, place, count) in
        [("orders", "default", "here", "3"), ("archived", "archive", "there", "5")]
    {
        let (measure, dimension) = (format!("{cube}.count"), format!("{cube}.place"));
        let query = json!({ "measures": [&measure], "dimensions": [&dimension] });
        let answer = server.load(&query, &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        assert_eq!(body["data"], json!([{ dimension: place, measure: count }]));
        assert_eq!(body["dataSource"], source);
    }

    let mixed = json!({ "measures": ["orders.count"], "dimensions": ["archived.place"] });
    let answer = server.load(&mixed, &json!({}));
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(
        answer.error().contains("default") && answer.error().contains("archive"),
        "{}",
        answer.body
    );

    // Without the list the cube would be read from a database that it does not live in.
    let mut refused = Server::launch(&world.folder, world.environment("default"));
    assert_eq!(refused.process().wait_for_end(Duration::from_secs(30)).code(), Some(1));
    assert!(refused.log().contains("data source `archive`"), "{}", refused.log());

    let ready = || http::send("GET", &server.url("/readyz"), &[], "").status;
    assert_eq!(ready(), 200);
    world.there.pause();
    std::thread::sleep(Duration::from_millis(1100)); // what /readyz remembers
    assert_eq!(ready(), 500);
    let lost = server.load(&json!({ "measures": ["archived.count"] }), &json!({}));
    assert_eq!(lost.status, 503, "{}", lost.body);
    leak::check(&lost);
    let kept = server.load(&json!({ "measures": ["orders.count"] }), &json!({}));
    assert_eq!(kept.json()["data"], json!([{ "orders.count": "3" }]), "{}", kept.body);
}
