//! Ids of traces and spans: random numbers that are not zero, written as hex digits (W3C Trace Context, section 3.2.2).

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use serde::{Serialize, Serializer};

/// 128 bits: 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(NonZeroU128);

/// 64 bits: 16 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(NonZeroU64);

impl TraceId {
    /// The id of this number; zero is none.
    pub fn new(number: u128) -> Option<Self> {
        NonZeroU128::new(number).map(Self)
    }

    /// Reads hex digits.
    pub(crate) fn read(digits: &str) -> Option<Self> {
        Self::new(u128::from_str_radix(digits, 16).ok()?)
    }

    /// Its lower half, which is random in every form of such ids.
    pub(crate) fn random_half(self) -> u64 {
        lower_half(self.0.get())
    }
}

impl SpanId {
    /// The id of the lower half of this number; zero is none.
    pub fn new(number: u128) -> Option<Self> {
        NonZeroU64::new(lower_half(number)).map(Self)
    }

    /// Reads hex digits.
    pub(crate) fn read(digits: &str) -> Option<Self> {
        Self::new(u128::from_str_radix(digits, 16).ok()?)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the other half is not wanted")]
fn lower_half(number: u128) -> u64 {
    number as u64
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for SpanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
