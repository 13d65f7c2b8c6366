//! Spawn to first poll: `functions/load` with the demo's model, as YAML and compiled before, beside
//! a hello-world function, in turns, against a stand-in for the Lambda Runtime API that answers
//! nobody.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails must stop"
)]

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use benches::{cpu_time, median, resident_kib, say};
use harness::{binary, root};

/// How often each program is started.
const STARTS: usize = 40;

/// A program, and the folder of its model.
struct Subject {
    name: &'static str,
    program: PathBuf,
    model: PathBuf,
}

fn main() {
    let sources = root().join("examples/ecommerce/model");
    let packed = std::env::temp_dir().join(format!("tessera-cold-start-{}", std::process::id()));
    compile(&sources, &packed);
    let subject = |name, program, model: &Path| Subject {
        name,
        program: binary(program),
        model: model.to_owned(),
    };
    let subjects = [
        subject("hello", "hello", &sources),
        subject("load with YAML", "load", &sources),
        subject("load with model.tessera", "load", &packed),
    ];
    let mut starts: [Vec<Start>; 3] = Default::default();
    for _ in 0..STARTS {
        for (subject, starts) in subjects.iter().zip(&mut starts) {
            starts.push(start(subject));
        }
    }
    std::fs::remove_dir_all(&packed).unwrap();
    say(&format!("spawn to first poll, medians of {STARTS}"));
    let median_of = |starts: &[Start], of: fn(&Start) -> f64| {
        median(&mut starts.iter().map(of).collect::<Vec<f64>>())
    };
    let hello = median_of(&starts[0], |start| start.milliseconds);
    for (subject, starts) in subjects.iter().zip(&starts) {
        let milliseconds = median_of(starts, |start| start.milliseconds);
        say(&format!(
            "{:<24} {milliseconds:.2} ms, {:.2} times hello, CPU {:.2} ms, resident {:.1} MiB",
            subject.name,
            milliseconds / hello,
            median_of(starts, |start| start.cpu_milliseconds),
            median_of(starts, |start| start.resident_mib)
        ));
    }
}

/// `tessera compile`, into a folder of its own as in the function's package.
fn compile(sources: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let status = Command::new(binary("tessera"))
        .arg("compile")
        .arg("--schema-path")
        .arg(sources)
        .arg("--output")
        .arg(folder.join("model.tessera"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

struct Start {
    milliseconds: f64,
    cpu_milliseconds: f64,
    resident_mib: f64,
}

fn start(subject: &Subject) -> Start {
    let runtime = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = runtime.local_addr().unwrap().to_string();
    let began = Instant::now();
    let mut child = Command::new(&subject.program)
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
        .env("CUBEJS_SCHEMA_PATH", &subject.model)
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
