//! A moment on two clocks.

use std::sync::Arc;
use std::time::Duration;

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// A moment on the wall clock and on a monotonic one.
///
/// Neither is enough: the monotonic one stands still while AWS Lambda freezes the process, the wall
/// clock may be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970-01-01 UTC.
    pub wall: Duration,
    /// Since any fixed moment in the life of the process.
    pub monotonic: Duration,
}

impl Moment {
    /// How long ago `earlier` was, by the clock that says longer.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let by_wall = self.wall.saturating_sub(earlier.wall);
        by_wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_s: u64, monotonic_s: u64) -> Moment {
        Moment { wall: Duration::from_secs(wall_s), monotonic: Duration::from_secs(monotonic_s) }
    }

    #[test]
    fn the_clock_that_says_longer_counts() {
        let frozen_for_ten_minutes = at(1_600, 11).since(at(1_000, 10));
        assert_eq!(frozen_for_ten_minutes, Duration::from_mins(10));
        let set_back_by_an_hour = at(1_000, 70).since(at(4_600, 10));
        assert_eq!(set_back_by_an_hour, Duration::from_mins(1));
    }
}
