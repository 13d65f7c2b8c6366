//! PostgreSQL at the scale of AWS Lambda: many instances of `load`, each with one connection to PgBouncer in transaction
//! mode, and few connections behind it.
//!
//! `pooler [INSTANCES] [CONNECTIONS] [SECONDS] [PAUSE_MS]`, 200, 20, 20 and 500 unless it says so; the pause is between an
//! answer and the instance's next request. Fails when a request is not answered,
//! when a caller gets another's rows, when more connections are opened, and when anything outlives a transaction. The
//! server logs every statement for that, so its times are longer than they would be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails must stop"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use benches::{median, percentile_99, say};
use harness::instance::Instance;
use harness::pgbouncer::{PgBouncer, outlives_a_transaction};
use harness::postgres::Cluster;
use harness::{http, root, token};
use serde_json::{Value, json};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().unwrap());
    let count: usize = numbers.next().unwrap_or(200);
    let connections = numbers.next().unwrap_or(20);
    let time = Duration::from_secs(numbers.next().unwrap_or(20) as u64);
    let pause = Duration::from_millis(numbers.next().unwrap_or(500) as u64);
    let project = root().join("tests/conformance");
    let settings = [("log_statement", "all"), ("log_connections", "on")];
    let cluster = Cluster::start(&project.join("seed.sql"), &settings);
    let pooler = PgBouncer::with_connections(&cluster, connections);
    let mut environment = pooler.environment();
    let model = project.join("model").to_string_lossy().into_owned();
    let variables = [
        ("CUBEJS_API_SECRET", token::SECRET),
        ("CUBEJS_SCHEMA_PATH", model.as_str()),
        ("CUBEJS_DB_MAX_POOL", "1"),
        ("TESSERA_DB_SILENCE", "5s"),
    ];
    environment.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut instances: Vec<Instance> =
        (0..count).map(|_| Instance::start("load", &environment)).collect();
    // As a function scales: one after the other, since they share the processors of this machine.
    let mut cold: Vec<f64> = instances.iter_mut().map(|instance| ask(instance, 0, 1).1).collect();
    say(&format!("{count} instances have a connection, first answers {:.1} ms", median(&mut cold)));
    let started = Instant::now();
    let mut times = measure(&mut instances, time, pause);
    let took = started.elapsed().as_secs_f64();
    let log = cluster.log();
    let opened = log.lines().filter(|line| line.contains("connection authorized")).count();
    assert!(opened <= connections + 1, "{opened} connections were opened");
    let left = outlives_a_transaction(&log);
    assert!(left.is_none(), "{left:?}");
    let number = u32::try_from(times.len()).unwrap();
    say(&format!(
        "{number} requests in {took:.0} s over {opened} connections ({connections} allowed): no error, no foreign row, \
         nothing left behind; {:.0} a second, median {:.1} ms, p99 {:.1} ms",
        f64::from(number) / took,
        median(&mut times),
        percentile_99(&mut times)
    ));
}

/// How long each request took in milliseconds, of instances that ask all at once.
fn measure(instances: &mut [Instance], time: Duration, pause: Duration) -> Vec<f64> {
    let rows = Mutex::new(BTreeMap::<u64, String>::new());
    let started = Instant::now();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..)
            .zip(instances)
            .map(|(number, instance)| {
                let rows = &rows;
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while started.elapsed() < time {
                        let id = (number + times.len() as u64) % 8 + 1;
                        let (data, took) = ask(instance, times.len(), id);
                        let mut rows = rows.lock().unwrap();
                        let known = rows.entry(id).or_insert_with(|| data.clone());
                        assert_eq!(*known, data, "a caller got other rows");
                        times.push(took);
                        drop(rows);
                        std::thread::sleep(pause);
                    }
                    times
                })
            })
            .collect();
        running.into_iter().flat_map(|instance| instance.join().unwrap()).collect()
    })
}

/// The rows of a caller, and how long they took in milliseconds.
fn ask(instance: &mut Instance, round: usize, id: u64) -> (String, f64) {
    let zone = ["UTC", "Asia/Tokyo", "America/Los_Angeles"][round % 3];
    let query = json!({ "measures": ["SecureOrders.count"], "timezone": zone });
    let query = format!("query={}", http::encode(&query.to_string()));
    let token = token::good(&json!({ "id": id }));
    let (status, body, took) = instance.get("/cubejs-api/v1/load", &query, &token);
    assert_eq!(status, 200, "{body} {}", instance.log());
    let body: Value = serde_json::from_str(&body).unwrap();
    (body["data"].to_string(), took.as_secs_f64() * 1000.0)
}
