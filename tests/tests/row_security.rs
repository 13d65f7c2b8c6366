//! The database's own row security as a second lock: a data model without any row filter, and policies of the table that
//! decide by the caller's claims and role.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::thread;

use harness::command::Folder;
use harness::pgbouncer::PgBouncer;
use harness::postgres::{Cluster, USER};
use harness::server::Server;
use harness::variables;
use serde_json::{Value, json};

/// What `initdb` and single-user mode make has the numbers of built-in relations, which have no row security: they are used
/// up first.
const USE_UP_BUILT_IN_NUMBERS: &str =
    "SELECT lo_unlink(lo_create(0)) FROM generate_series(1, 5000);\n\n";

/// Rows of three tenants. `reader` sees those of the caller's tenant, `analyst` all; `landlord` owns a table whose policies
/// do not hold for its owner.
const SEED: &str = "
CREATE TABLE orders AS SELECT id, id % 3 AS tenant, 'canary-' || id % 3 AS canary FROM generate_series(1, 300) id;

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;

CREATE ROLE reader;

CREATE ROLE analyst;

CREATE ROLE landlord;

CREATE ROLE passer BYPASSRLS;

CREATE TABLE house (id int);

ALTER TABLE house ENABLE ROW LEVEL SECURITY;

ALTER TABLE house OWNER TO landlord;

CREATE POLICY own ON orders TO reader USING (tenant = (current_setting('request.jwt.claims', true)::jsonb->>'tenant_id')::int);

CREATE POLICY everything ON orders TO analyst USING (true);
";

const MODEL: &str = "
cubes:
  - name: orders
    sql_table: orders
    measures:
      - { name: count, type: count }
      - { name: broken, type: number, sql: 'max(1 / (id - id))' }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: canary, sql: canary, type: string }
";

struct World {
    cluster: Cluster,
    project: Folder,
}

impl World {
    fn start() -> Self {
        let project = Folder::new();
        let seed = project.write("seed.sql", &format!("{USE_UP_BUILT_IN_NUMBERS}{SEED}"));
        project.write("model/orders.yml", MODEL);
        let grants = ["reader", "analyst", "landlord", "passer"].map(|role| {
            format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};\n\nGRANT {role} TO \"{USER}\";\n\n")
        });
        Self { cluster: Cluster::start_then(&seed, &[], &grants.concat()), project }
    }

    fn serve(&self, connection: Vec<(String, String)>, more: &[(&str, &str)]) -> Server {
        let mut environment = connection;
        environment.extend(variables(more));
        Server::start(self.project.path(), environment)
    }

    fn serve_directly(&self, more: &[(&str, &str)]) -> Server {
        self.serve(self.cluster.environment(), more)
    }
}

const BY_TENANT: [(&str, &str); 2] = [("TESSERA_DB_ROLE", "reader"), ("TESSERA_DB_CLAIMS", "true")];

fn canaries(server: &Server, claims: &Value) -> Vec<Value> {
    let query = json!({ "measures": ["orders.count"], "dimensions": ["orders.canary"] });
    let answer = server.load(&query, claims);
    assert_eq!(answer.status, 200, "{} {}", answer.body, server.log());
    answer.json()["data"].as_array().unwrap().clone()
}

fn own(tenant: u64) -> Vec<Value> {
    vec![json!({ "orders.canary": format!("canary-{tenant}"), "orders.count": "100" })]
}

/// eight callers at a time, among them those whose statements fail.
fn nobody_sees_rows_of_others(server: &Server) {
    thread::scope(|scope| {
        for caller in 0..8_u64 {
            scope.spawn(move || {
                let claims = json!({ "tenant_id": caller % 3 });
                for round in 0..20 {
                    assert_eq!(canaries(server, &claims), own(caller % 3));
                    if (round + caller) % 3 == 0 {
                        let broken = json!({ "measures": ["orders.broken"], "limit": round + 1 });
                        assert_eq!(server.load(&broken, &claims).status, 500);
                    }
                }
            });
        }
    });
    // No claim, no rows: `NULL` equals nothing.
    assert_eq!(canaries(server, &json!({})), Vec::<Value>::new());
}

#[test]
fn policies_of_the_table_hold_without_a_filter_in_the_model() {
    let world = World::start();
    let two = [&BY_TENANT[..], &[("CUBEJS_DB_MAX_POOL", "2")]].concat();
    nobody_sees_rows_of_others(&world.serve_directly(&two));
}

///
#[test]
fn they_hold_behind_a_pooler_in_transaction_mode() {
    let world = World::start();
    let pooler = PgBouncer::start(&world.cluster);
    nobody_sees_rows_of_others(&world.serve(pooler.environment(), &BY_TENANT));
}

///
#[test]
fn a_token_may_name_a_role_of_the_list() {
    let world = World::start();
    let server = world.serve_directly(&[
        ("TESSERA_DB_ROLE", "reader"),
        ("TESSERA_DB_ROLE_CLAIM", "app.role"),
        ("TESSERA_DB_ROLES", "analyst"),
        ("TESSERA_DB_CLAIMS", "true"),
    ]);
    let with = |role: Value| json!({ "tenant_id": 1, "app": { "role": role } });
    assert_eq!(canaries(&server, &with(json!("analyst"))).len(), 3);
    assert_eq!(canaries(&server, &with(Value::Null)), own(1));
    let query = json!({ "measures": ["orders.count"] });
    for role in ["postgres", "passer", "reader", "none", "\"analyst\"; RESET ROLE", "ANALYST", ""] {
        let answer = server.load(&query, &with(json!(role)));
        assert_eq!(answer.status, 403, "{role}: {}", answer.body);
        assert_eq!(answer.error(), "Invalid security context");
    }
}

///
#[test]
fn a_role_that_policies_do_not_hold_for_is_no_role() {
    let world = World::start();
    let query = json!({ "measures": ["orders.count"] });
    for (role, reason) in [
        ("passer", "bypasses row security"),
        ("landlord", "owns a table"),
        ("nobody-like-this", "there is no such role"),
        ("pg_read_server_files", "may not act as the role"),
    ] {
        let server = world.serve_directly(&[("TESSERA_DB_ROLE", role)]);
        for _ in 0..2 {
            let answer = server.load(&query, &json!({ "tenant_id": 1 }));
            assert_eq!(answer.status, 503, "{role}: {}", answer.body);
            assert!(!answer.body.contains(role), "{}", answer.body);
        }
        assert!(server.log().contains(reason), "{role}: {}", server.log());
    }
}
