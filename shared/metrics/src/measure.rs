//! One number with its unit.

use std::time::Duration;

/// A unit of CloudWatch (API reference, `MetricDatum`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// A duration.
    Milliseconds,
    /// A size.
    Bytes,
    /// Anything else: days.
    None,
}

impl Unit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Bytes => "Bytes",
            Self::None => "None",
        }
    }
}

/// A metric's name and value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// In CloudWatch.
    pub name: &'static str,
    /// Of the value.
    pub unit: Unit,
    /// A finite number.
    pub value: f64,
}

impl Measure {
    /// How many.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn count(name: &'static str, value: u64) -> Self {
        Self { name, unit: Unit::Count, value: value as f64 }
    }

    /// How large.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    pub fn bytes(name: &'static str, value: u64) -> Self {
        Self { name, unit: Unit::Bytes, value: value as f64 }
    }

    /// How long, to the microsecond.
    pub fn milliseconds(name: &'static str, value: Duration) -> Self {
        let value = (value.as_secs_f64() * 1e6).round() / 1e3;
        Self { name, unit: Unit::Milliseconds, value }
    }
}
