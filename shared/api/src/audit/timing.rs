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

    /// Its metric, and its name in `Server-Timing`.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Authorize => ("AuthorizeDuration", "authorize"),
            Self::Plan => ("PlanDuration", "plan"),
            Self::Database => ("DatabaseDuration", "database"),
            Self::Write => ("WriteDuration", "write"),
        }
    }
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
            let _ = write!(text, "{separator}{};dur={milliseconds:.3}", stage.names().1);
        }
        text
    }
}
