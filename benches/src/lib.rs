//! What the measuring programs share: CPU time of a process, and numbers of a sample.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a measurement that fails must stop"
)]

use std::time::Duration;

/// The CPU time a process and its threads have used, user and system.
///
/// Read from `/proc/PID/task/*/schedstat`, whose first number is nanoseconds on a CPU.
pub fn cpu_time(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process is alive");
    let nanoseconds = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// Resident memory of a process in KiB.
pub fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
        .expect("VmRSS")
}

/// The value in the middle of a sample.
pub fn median(sample: &mut [f64]) -> f64 {
    sample.sort_by(f64::total_cmp);
    sample[sample.len() / 2]
}

/// The value below which 99 of 100 lie.
pub fn percentile_99(sample: &mut [f64]) -> f64 {
    sample.sort_by(f64::total_cmp);
    sample[(sample.len() * 99 / 100).min(sample.len() - 1)]
}

/// Prints a line of results.
pub fn say(line: &str) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").expect("stdout");
}
