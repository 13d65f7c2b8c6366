//! The only clock.

use std::time::{Duration, SystemTime};

/// The time, as the system tells it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time"
)]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970-01-01 UTC; 0 for a system clock that is set before it.
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}
