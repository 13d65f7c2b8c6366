//! Load on `tessera serve` beside `pgbench -M prepared` on the same SQL, in turns: requests per
//! second, and CPU per request of our process alone. Every request asks with another value, because
//! identical ones that run at the same time are answered by one statement.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::panic,
    reason = "a measurement that fails must stop"
)]

use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use benches::{cpu_time, median, percentile_99, resident_kib, say};
use harness::postgres::{self, Cluster};
use harness::server::Server;
use harness::tools::Tools;
use harness::{root, token};
use serde_json::{Value, json};

/// Turns of each side; the medians are said.
const TURNS: usize = 3;
/// Connections of each side.
const CONNECTIONS: usize = 8;

/// What the next request asks with.
static NEXT_VALUE: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let folder = root().join("tests/conformance");
    let cluster = Cluster::start(&folder.join("seed.sql"), &[]);
    let server = Server::start(&folder, cluster.environment());
    let small = json!({
        "measures": ["ProductCategories.count"], "dimensions": ["ProductCategories.name"], "limit": 3,
        "filters": [{ "member": "ProductCategories.id", "operator": "gt", "values": ["-VALUE"] }]
    });
    let large = json!({
        "dimensions": ["LineItems.id", "LineItems.quantity", "LineItems.price", "LineItems.createdAt", "LineItems.amount"],
        "filters": [{ "member": "LineItems.id", "operator": "gt", "values": ["VALUE"] }],
        "ungrouped": true, "limit": 10_000
    });
    let mut environment = cluster.environment();
    environment.push(("TESSERA_DB_PREPARED_STATEMENTS".to_owned(), "true".to_owned()));
    let keeping = Server::start(&folder, environment);
    compare("small (3 rows)", &cluster, &server, &small, 2_000);
    compare("small (3 rows), statements kept", &cluster, &keeping, &small, 2_000);
    compare("10,000 rows of 5 columns", &cluster, &server, &large, 40);
    compare("10,000 rows of 5 columns, statements kept", &cluster, &keeping, &large, 40);
    run(&server, &small, 10_000, CONNECTIONS);
    let resident = resident_kib(server.pid()) as f64 / 1024.0;
    say(&format!("resident after 10,000 small requests more: {resident:.1} MiB"));
}

fn compare(name: &str, cluster: &Cluster, server: &Server, query: &Value, requests: usize) {
    run(server, query, requests / 10, CONNECTIONS);
    let (mut ours, mut theirs, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let mut turn = run(server, query, requests, CONNECTIONS);
        ours.push(turn.requests_per_second);
        cpu.push(turn.cpu.as_secs_f64() * 1e6 / requests as f64);
        p50.push(median(&mut turn.latencies_ms));
        p99.push(percentile_99(&mut turn.latencies_ms));
        theirs.push(pgbench(cluster, server, query));
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    say(&format!("{name}, {CONNECTIONS} connections, medians of {TURNS} turns:"));
    say(&format!("  our process: {:.1} us of CPU per request", median(&mut cpu)));
    say(&format!(
        "  {ours:.0} requests/s, pgbench -M prepared {theirs:.0}/s: {:.2} of it",
        ours / theirs
    ));
    say(&format!("  latency: median {:.2} ms, p99 {:.2} ms", median(&mut p50), median(&mut p99)));
}

struct Turn {
    requests_per_second: f64,
    cpu: Duration,
    latencies_ms: Vec<f64>,
}

/// Sends `requests` over kept-alive connections and waits for every answer.
fn run(server: &Server, query: &Value, requests: usize, connections: usize) -> Turn {
    let url = server
        .url(&format!("/cubejs-api/v1/load?query={}", harness::http::encode(&query.to_string())));
    let token = token::good(&json!({ "id": 5 }));
    let before = cpu_time(server.pid());
    let began = Instant::now();
    let latencies_ms = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| client(&url, &token, requests.div_ceil(connections))))
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let elapsed = began.elapsed();
    Turn {
        requests_per_second: requests as f64 / elapsed.as_secs_f64(),
        cpu: cpu_time(server.pid()).saturating_sub(before),
        latencies_ms,
    }
}

fn client(url: &str, token: &str, requests: usize) -> Vec<f64> {
    let agent = ureq::Agent::new_with_defaults();
    (0..requests)
        .map(|_| {
            let began = Instant::now();
            let value = NEXT_VALUE.fetch_add(1, Ordering::Relaxed) % 30_000;
            let url = url.replace("VALUE", &value.to_string());
            let mut answer = agent.get(&url).header("Authorization", token).call().unwrap();
            let body = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
            assert!(body.contains("\"data\":["), "{body}");
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}

/// Transactions per second of `pgbench` with the statement of `query`.
fn pgbench(cluster: &Cluster, server: &Server, query: &Value) -> f64 {
    let query = query.to_string().replace("VALUE", "1");
    let url = server.url(&format!("/cubejs-api/v1/sql?query={}", harness::http::encode(&query)));
    let authorization = token::good(&json!({}));
    let answer = harness::http::send("GET", &url, &[("Authorization", &authorization)], "").json();
    let statement = &answer["sql"]["sql"];
    let mut text = statement[0].as_str().unwrap().to_owned();
    for (index, value) in statement[1].as_array().unwrap().iter().enumerate().rev() {
        text = text.replace(&format!("${}", index + 1), &format!("'{}'", value.as_str().unwrap()));
    }
    let file = std::env::temp_dir().join(format!("bench-{}.sql", std::process::id()));
    std::fs::File::create(&file).unwrap().write_all(text.replace('\n', " ").as_bytes()).unwrap();
    let output = Command::new(Tools::get().postgres.bin.join("pgbench"))
        .args([
            "-n",
            "-M",
            "prepared",
            "-T",
            "3",
            "-j",
            "1",
            "-h",
            "127.0.0.1",
            "-U",
            postgres::USER,
        ])
        .args(["-c", &CONNECTIONS.to_string(), "-p", &cluster.port.to_string(), "-f"])
        .arg(&file)
        .arg(postgres::DATABASE)
        .env("PGPASSWORD", postgres::PASSWORD)
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let errors = String::from_utf8_lossy(&output.stderr);
    line.and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{errors}"))
}
