//! The only clock.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use keys::{Clock, Moment};

/// The time, as the system tells it.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970-01-01 UTC; 0 for a system clock that is set before it.
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// A clock that tells wall time and, beside it, the time since this call.
pub fn clock() -> Clock {
    let started = Instant::now();
    Arc::new(move || Moment {
        wall: now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO),
        monotonic: started.elapsed(),
    })
}
