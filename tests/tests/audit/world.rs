//! A database, servers on it, and what stands in their logs.

use std::sync::OnceLock;

use harness::command::{Folder, Said, tessera};
use harness::postgres::Cluster;
use harness::server::Server;
use serde_json::{Value, json};

const SEED: &str = "CREATE TABLE orders (id int PRIMARY KEY, status text);\n\n\
    INSERT INTO orders SELECT i, CASE i % 2 WHEN 0 THEN 'open' ELSE 'done' END FROM generate_series(1, 10) i;\n\n";

/// Orders; rows of 1 kB, many of them; a row that takes half a minute.
const MODEL: &str = "\
cubes:
  - name: orders
    sql_table: orders
    measures:
      - name: count
        type: count
    dimensions:
      - name: status
        sql: status
        type: string
  - name: wide
    sql: \"SELECT i AS id, repeat('x', 1000) AS text FROM generate_series(1, 40000) i\"
    dimensions:
      - name: id
        sql: id
        type: number
        primary_key: true
        public: true
      - name: text
        sql: text
        type: string
  - name: slow
    sql: \"SELECT pg_sleep(30)::text AS slept\"
    dimensions:
      - name: slept
        sql: slept
        type: string
";

/// A database that all tests read, and the folder of a project for it.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    project: Folder,
}

impl World {
    pub(crate) fn get() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let project = Folder::new();
            project.write("model/orders.yml", MODEL);
            let seed = project.write("seed.sql", SEED);
            Self { cluster: Cluster::start(&seed, &[]), project }
        })
    }

    /// A server with these variables besides.
    pub(crate) fn server(&self, variables: &[(&str, &str)]) -> Server {
        let mut environment = self.cluster.environment();
        environment.extend(harness::variables(variables));
        Server::start(self.project.path(), environment)
    }
}

/// The audit lines of a log.
pub(crate) fn audited(log: &str) -> Vec<Value> {
    let lines = log.lines().filter(|line| line.starts_with("{\"target\":\"audit\""));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Those of them with this outcome.
pub(crate) fn with_outcome(log: &str, outcome: &str) -> Vec<Value> {
    audited(log).into_iter().filter(|line| line["outcome"] == outcome).collect()
}

/// `tessera audit verify` on this text as a file.
pub(crate) fn verify(log: &str) -> Said {
    let folder = Folder::new();
    folder.write("log", log);
    tessera(folder.path(), &["audit", "verify", "log"], &[])
}

pub(crate) fn count() -> Value {
    json!({ "measures": ["orders.count"], "dimensions": ["orders.status"] })
}
