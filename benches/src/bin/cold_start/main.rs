//! Cold starts: each function beside a hello-world, in turns, from the start of its process to its first poll of the Lambda
//! Runtime API; and on to its first answer: rows of a database with TLS, a token.
//!
//! `cold_start [STARTS]`, 30 unless it says so. Secrets Manager is a TLS server here that answers at once, and PostgreSQL
//! runs beside: the network of AWS is not in the times.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement that fails must stop"
)]

mod start;
mod world;

use benches::{median, percentile_99, say};

use start::Start;
use world::World;

fn main() {
    let starts = std::env::args().nth(1).map_or(30, |number| number.parse().unwrap());
    let world = World::new();
    let subjects = world.subjects();
    let mut measured: Vec<Vec<Start>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..starts {
        for (subject, measured) in subjects.iter().zip(&mut measured) {
            measured.push(start::start(subject));
        }
    }
    say(&format!("start to first poll, medians of {starts}"));
    let hello = of(&measured[0], |start| start.poll_ms);
    for (subject, measured) in subjects.iter().zip(&measured) {
        let poll = of(measured, |start| start.poll_ms);
        say(&format!(
            "{:<44} {poll:6.2} ms, {:.2} times hello, CPU {:5.2} ms, resident {:4.1} MiB",
            subject.name,
            poll / hello,
            of(measured, |start| start.cpu_ms),
            of(measured, |start| start.resident_mib)
        ));
    }
    for (subject, measured) in subjects.iter().zip(&measured) {
        let mut answers: Vec<f64> = measured.iter().filter_map(|start| start.answer_ms).collect();
        if !answers.is_empty() {
            say(&format!(
                "start to first answer, {:<40} {:6.2} ms, p99 {:.2} ms",
                subject.name,
                median(&mut answers),
                percentile_99(&mut answers)
            ));
        }
    }
}

fn of(starts: &[Start], what: fn(&Start) -> f64) -> f64 {
    median(&mut starts.iter().map(what).collect::<Vec<f64>>())
}
