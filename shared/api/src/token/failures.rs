//! How often a source has shown a wrong credential.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Wrong credentials a source may show within a window.
const MAX_FAILURES: u32 = 10;
const WINDOW_S: u64 = 60;

/// Sources that are remembered. More of them push out the one seen first.
const MAX_SOURCES: usize = 4096;

/// Longest name of a source: an IPv6 address with room to spare.
const MAX_SOURCE_BYTES: usize = 64;

/// Failures by source, each in a window that opens with the first of them.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<String, Window>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    opened: u64,
    failures: u32,
}

impl Window {
    fn ends_in_s(self, now: u64) -> u64 {
        (self.opened + WINDOW_S).saturating_sub(now)
    }
}

impl Failures {
    /// Seconds until `source` is listened to again; `None` while it is. `now` is unix seconds.
    pub(super) fn blocked_for_s(&self, source: &str, now: u64) -> Option<u32> {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(name(source)).filter(|window| window.failures >= MAX_FAILURES)?;
        let left_s = window.ends_in_s(now).min(WINDOW_S);
        (left_s > 0).then(|| u32::try_from(left_s).unwrap_or(u32::MAX))
    }

    /// Counts a wrong credential of `source`.
    pub(super) fn count(&self, source: &str, now: u64) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(name(source))
            && window.ends_in_s(now) > 0
        {
            window.failures = window.failures.saturating_add(1);
            return;
        }
        if windows.len() >= MAX_SOURCES {
            windows.retain(|_, window| window.ends_in_s(now) > 0);
        }
        if windows.len() >= MAX_SOURCES {
            let first = windows.iter().min_by_key(|(_, window)| window.opened);
            if let Some(first) = first.map(|(source, _)| source.clone()) {
                windows.remove(&first);
            }
        }
        windows.insert(name(source).to_owned(), Window { opened: now, failures: 1 });
    }
}

fn name(source: &str) -> &str {
    source.get(..source.floor_char_boundary(MAX_SOURCE_BYTES)).unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn ten_failures_block_a_source_for_the_rest_of_its_minute() {
        let failures = Failures::default();
        for second in 0..10 {
            assert_eq!(failures.blocked_for_s("a", NOW + second), None);
            failures.count("a", NOW + second);
        }
        assert_eq!(failures.blocked_for_s("a", NOW + 10), Some(50));
        assert_eq!(failures.blocked_for_s("b", NOW + 10), None);
        assert_eq!(failures.blocked_for_s("a", NOW + 60), None);
        failures.count("a", NOW + 60);
        assert_eq!(failures.blocked_for_s("a", NOW + 60), None);
    }

    #[test]
    fn a_clock_set_back_blocks_no_longer_than_a_window() {
        let failures = Failures::default();
        for _ in 0..10 {
            failures.count("a", NOW);
        }
        assert_eq!(failures.blocked_for_s("a", NOW - 100_000), Some(60));
    }

    #[test]
    fn memory_is_bounded_whoever_asks() {
        let failures = Failures::default();
        for source in 0..5_000_u64 {
            failures.count(&format!("{source}-{}", "é".repeat(1_000)), NOW + source / 4_500);
        }
        let windows = failures.0.lock().unwrap();
        assert_eq!(windows.len(), MAX_SOURCES);
        assert!(windows.keys().all(|source| source.len() <= MAX_SOURCE_BYTES));
    }
}
