//! How long the stages of a request took.

use std::fmt::Write as _;
use std::time::Duration;

use metrics::Measure;
use tokio::time::Instant;

/// A part of the walk of a request that is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// From the first line to a verified caller.
    Authorize,
    /// From there to a plan.
    Plan,
    /// From there to the last row.
    Database,
    /// From there to the body.
    Write,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Authorize, Self::Plan, Self::Database, Self::Write];

    /// Its name in `Server-Timing`, and of its span.
    pub(super) fn name(self) -> &'static str {
        self.names().1
    }

    /// Its metric, and its name everywhere else.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Authorize => ("AuthorizeDuration", "authorize"),
            Self::Plan => ("PlanDuration", "plan"),
            Self::Database => ("DatabaseDuration", "database"),
            Self::Write => ("WriteDuration", "write"),
        }
    }
}

/// A stage that is over, or under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) stage: Stage,
    /// From the first line.
    pub(super) after: Duration,
    pub(super) took: Duration,
}

/// What was timed so far.
#[derive(Debug)]
pub(super) struct Timing {
    started: Instant,
    last: Instant,
    took: Vec<(Stage, Duration)>,
}

impl Timing {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self { started: now, last: now, took: Vec::with_capacity(Stage::ALL.len()) }
    }

    /// The stage is over.
    pub(super) fn passed(&mut self, stage: Stage) {
        let now = Instant::now();
        self.took.push((stage, now.duration_since(self.last)));
        self.last = now;
    }

    /// Since the first line.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The stages that are over. Each began when the one before it ended.
    pub(super) fn passed_stages(&self) -> impl Iterator<Item = Passed> {
        self.took.iter().scan(Duration::ZERO, |end, (stage, took)| {
            let after = *end;
            *end += *took;
            Some(Passed { stage: *stage, after, took: *took })
        })
    }

    /// The stage that is under way at `now`, since the first line; nothing before the first is over, because there are
    /// requests without stages.
    pub(super) fn under_way(&self, now: Duration) -> Option<Passed> {
        let last = self.passed_stages().last()?;
        let (stage, after) = (*Stage::ALL.get(self.took.len())?, last.after + last.took);
        Some(Passed { stage, after, took: now.saturating_sub(after) })
    }

    pub(super) fn measures(&self) -> impl Iterator<Item = Measure> {
        self.took.iter().map(|(stage, took)| Measure::milliseconds(stage.names().0, *took))
    }

    /// The value of the header `Server-Timing` (W3C Server Timing, section 3); empty when nothing was timed.
    pub(super) fn header(&self) -> String {
        let mut text = String::new();
        for (stage, took) in &self.took {
            let separator = if text.is_empty() { "" } else { ", " };
            let milliseconds = took.as_secs_f64() * 1e3;
            // Writing to a String does not fail.
            let _ = write!(text, "{separator}{};dur={milliseconds:.3}", stage.name());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn stages_lie_one_after_the_other_and_the_next_is_under_way() {
        let ms = Duration::from_millis;
        let mut timing = Timing::start();
        tokio::time::advance(ms(2)).await;
        assert_eq!(timing.under_way(timing.elapsed()), None);
        timing.passed(Stage::Authorize);
        tokio::time::advance(ms(3)).await;
        timing.passed(Stage::Plan);
        tokio::time::advance(ms(5)).await;
        let passed: Vec<Passed> = timing.passed_stages().collect();
        let authorize = Passed { stage: Stage::Authorize, after: ms(0), took: ms(2) };
        assert_eq!(passed, [authorize, Passed { stage: Stage::Plan, after: ms(2), took: ms(3) }]);
        let database = Passed { stage: Stage::Database, after: ms(5), took: ms(5) };
        assert_eq!(timing.under_way(timing.elapsed()), Some(database));
        timing.passed(Stage::Database);
        timing.passed(Stage::Write);
        assert_eq!(timing.under_way(timing.elapsed()), None);
    }
}
