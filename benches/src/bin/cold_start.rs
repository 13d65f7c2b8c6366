//! Spawn to first poll: `functions/load` with the demo's model beside a hello-world function, in
//! turns, against a stand-in for the Lambda Runtime API that answers nobody.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails must stop"
)]

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use benches::{cpu_time, median, resident_kib, say};
use harness::{binary, root};

/// How often each program is started.
const STARTS: usize = 40;

fn main() {
    let (hello, load) = (binary("hello"), binary("load"));
    let mut samples = [Vec::new(), Vec::new()];
    let mut cpu = [Vec::new(), Vec::new()];
    let mut resident = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (index, program) in [&hello, &load].into_iter().enumerate() {
            let start = start(program);
            samples[index].push(start.milliseconds);
            cpu[index].push(start.cpu_milliseconds);
            resident[index].push(start.resident_mib);
        }
    }
    let [mut hello, mut load] = samples;
    let (hello, load) = (median(&mut hello), median(&mut load));
    say(&format!(
        "spawn to first poll, medians of {STARTS}: hello {hello:.2} ms, load {load:.2} ms"
    ));
    say(&format!("ratio {:.2}", load / hello));
    let [mut hello, mut load] = cpu;
    say(&format!("CPU: hello {:.2} ms, load {:.2} ms", median(&mut hello), median(&mut load)));
    let [mut hello, mut load] = resident;
    say(&format!(
        "resident: hello {:.1} MiB, load {:.1} MiB",
        median(&mut hello),
        median(&mut load)
    ));
}

struct Start {
    milliseconds: f64,
    cpu_milliseconds: f64,
    resident_mib: f64,
}

fn start(program: &Path) -> Start {
    let runtime = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = runtime.local_addr().unwrap().to_string();
    let began = Instant::now();
    let mut child = Command::new(program)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("CUBEJS_API_SECRET", harness::token::SECRET),
            ("CUBEJS_DB_HOST", "127.0.0.1"),
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "reader"),
            ("CUBEJS_DB_PASS", "none"),
        ])
        .env("CUBEJS_SCHEMA_PATH", root().join("examples/ecommerce/model"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut poll, _) = runtime.accept().unwrap();
    // The poll is there with its first byte.
    poll.read_exact(&mut [0; 1]).unwrap();
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let started = Start {
        milliseconds,
        cpu_milliseconds: cpu_time(child.id()).as_secs_f64() * 1e3,
        #[expect(clippy::cast_precision_loss, reason = "a few thousand KiB")]
        resident_mib: resident_kib(child.id()) as f64 / 1024.0,
    };
    child.kill().unwrap();
    child.wait().unwrap();
    started
}
