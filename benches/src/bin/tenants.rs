//! What a tenant costs in memory: `tessera serve` on a project with `contextToAppId`,
//! `schemaVersion`, `repositoryFactory`, `driverFactory` and `queryRewrite` answers `/v1/load` for
//! 100,000 application ids. Their files are equal, so they share a model, and so is their
//! warehouse, so they share a pool.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "a measurement that fails must stop"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use benches::{cpu_time, resident_kib, say};
use harness::command::Folder;
use harness::postgres::{self, Cluster};
use harness::server::Server;
use harness::{http, token};
use serde_json::json;

/// Application ids that are asked for before memory is looked at first: pools, threads and the
/// allocator's arenas are there by then.
const WARM: usize = 2_000;
/// Application ids that come after them.
const TENANTS: usize = 100_000;
/// Clients at a time.
const CLIENTS: usize = 8;

const MODEL: &str = "
cubes:
  - name: orders
    sql_table: orders
    measures: [{ name: count, type: count }]
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true }
      - { name: tenant, sql: tenant, type: number }
";

fn main() {
    let project = Folder::new();
    let seed = project.write(
        "seed.sql",
        "CREATE TABLE orders AS SELECT id, id % 1000 AS tenant FROM generate_series(1, 1000) id;",
    );
    let cluster = Cluster::start(&seed, &[]);
    project.write("tenant/orders.yml", MODEL);
    project.write("cube.js", &code(&cluster));
    let quiet = vec![("CUBEJS_LOG_LEVEL".to_owned(), "error".to_owned())];
    let server = Server::start(project.path(), quiet);
    let pid = server.pid();
    say(&format!("resident before the first request: {:.1} MiB", mib(pid)));
    ask(&server, 0, WARM);
    let (before_kib, before_cpu, began) = (resident_kib(pid), cpu_time(pid), Instant::now());
    say(&format!("resident after {WARM} application ids: {:.1} MiB", mib(pid)));
    ask(&server, WARM, TENANTS);
    let cpu = cpu_time(pid).saturating_sub(before_cpu);
    let grown_kib = resident_kib(pid) as i64 - before_kib as i64;
    say(&format!("resident after {TENANTS} more: {:.1} MiB", mib(pid)));
    say(&format!("a tenant: {:.0} bytes", grown_kib as f64 * 1024.0 / TENANTS as f64));
    say(&format!(
        "a request of a new tenant: {:.0} us of CPU in our process, {:.0}/s",
        cpu.as_secs_f64() * 1e6 / TENANTS as f64,
        TENANTS as f64 / began.elapsed().as_secs_f64()
    ));
    let (before_cpu, again) = (cpu_time(pid), TENANTS / 10);
    ask(&server, WARM, again);
    let cpu = cpu_time(pid).saturating_sub(before_cpu);
    say(&format!(
        "a request of a known one: {:.0} us of CPU in our process",
        cpu.as_secs_f64() * 1e6 / again as f64
    ));
}

fn mib(pid: u32) -> f64 {
    resident_kib(pid) as f64 / 1024.0
}

fn code(cluster: &Cluster) -> String {
    format!(
        "const {{ FileRepository }} = require('@cubejs-backend/server-core');
         module.exports = {{
           contextToAppId: ({{ securityContext }}) => `APP_${{securityContext.tenant}}`,
           schemaVersion: () => '1',
           repositoryFactory: () => new FileRepository('tenant'),
           driverFactory: () => ({{ type: 'postgres', host: '127.0.0.1', port: {}, database: '{}',
             user: '{}', password: '{}' }}),
           queryRewrite: (query, {{ securityContext }}) => {{
             query.filters.push({{ member: 'orders.tenant', operator: 'equals',
               values: [String(securityContext.tenant % 1000)] }});
             return query;
           }},
         }};",
        cluster.port,
        postgres::DATABASE,
        postgres::USER,
        postgres::PASSWORD
    )
}

/// Asks once as every tenant from `first` on; every answer holds that tenant's row and no other.
fn ask(server: &Server, first: usize, count: usize) {
    let query = json!({ "measures": ["orders.count"], "dimensions": ["orders.tenant"] });
    let url =
        server.url(&format!("/cubejs-api/v1/load?query={}", http::encode(&query.to_string())));
    let next = AtomicUsize::new(first);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let tenant = next.fetch_add(1, Ordering::Relaxed);
                    if tenant >= first + count {
                        return;
                    }
                    let token = token::good(&json!({ "tenant": tenant }));
                    let answer = http::send("GET", &url, &[("Authorization", &token)], "");
                    let row = json!([{
                        "orders.tenant": (tenant % 1000).to_string(), "orders.count": "1"
                    }]);
                    assert_eq!(answer.json()["data"], row, "{tenant}: {}", answer.body);
                }
            });
        }
    });
}
