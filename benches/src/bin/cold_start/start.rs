//! One start of one program.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use benches::{cpu_time, resident_kib};
use harness::instance::RuntimeApi;
use serde_json::Value;

/// What a process leaves behind is gone after that.
const SETTLES: Duration = Duration::from_millis(30);

/// A program with its surroundings.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    /// What it is asked once it polls, and what its answer holds.
    pub(crate) question: Option<(Value, &'static str)>,
}

/// What a start took.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) poll_ms: f64,
    /// Until then.
    pub(crate) cpu_ms: f64,
    /// Then.
    pub(crate) resident_mib: f64,
    /// Until the answer was there, when it was asked for something.
    pub(crate) answer_ms: Option<f64>,
}

pub(crate) fn start(subject: &Subject) -> Start {
    let mut runtime = RuntimeApi::default();
    let began = Instant::now();
    let mut child = Command::new(&subject.program)
        .env_clear()
        .envs(runtime.variables("measured"))
        .envs(subject.environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    runtime.wait_for_poll().unwrap_or_else(|| panic!("{} has ended", subject.name));
    let milliseconds = || began.elapsed().as_secs_f64() * 1e3;
    let poll_ms = milliseconds();
    let cpu_ms = cpu_time(child.id()).as_secs_f64() * 1e3;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand KiB")]
    let resident_mib = resident_kib(child.id()) as f64 / 1024.0;
    // Looking at the process took time that is not its own.
    let looked_ms = milliseconds() - poll_ms;
    let answer_ms = subject.question.as_ref().map(|(event, holds)| {
        let (_, answer) = runtime.send(event).unwrap();
        let answer_ms = milliseconds() - looked_ms;
        assert!(answer.contains(holds), "{}: {answer}", subject.name);
        answer_ms
    });
    child.kill().unwrap();
    child.wait().unwrap();
    // PostgreSQL ends the session, the system frees the memory: not in the next one's time.
    std::thread::sleep(SETTLES);
    Start { poll_ms, cpu_ms, resident_mib, answer_ms }
}
