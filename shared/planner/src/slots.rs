//! Where each parameter's value comes from, decided while planning; the values come later.

use std::collections::HashMap;

use model::ClaimPath;
use sql::{Expr, Slot};

/// The source of one parameter. Equal sources are one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The query's time zone.
    TimeZone,
    /// The query's limit.
    Limit,
    /// The query's offset.
    Offset,
    /// A filter value, by its place in [`flatten`](crate::prepare).
    Value {
        /// Its place.
        index: u32,
        /// What it must look like.
        kind: ValueKind,
    },
    /// A filter value inside a LIKE pattern: its wildcards are escaped.
    Pattern(u32),
    /// An instant of a date operator, by its place among the query's.
    Instant(u32),
    /// The start of a time dimension's date range, by the time dimension's place.
    RangeStart(u32),
    /// The end of a time dimension's date range.
    RangeEnd(u32),
    /// The start of a time dimension's date range as wall clock.
    RangeStartLocal(u32),
    /// The end of a time dimension's date range as wall clock.
    RangeEndLocal(u32),
    /// A scalar claim, or one element of a list claim.
    Claim {
        /// Which claim.
        path: ClaimPath,
        /// The element's place when the claim is a list.
        element: Option<u32>,
    },
}

/// What a filter value must look like before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ValueKind {
    /// Any text.
    Text,
    /// A decimal number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// The parameters of one statement, in the order they were first needed.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    sources: Vec<Source>,
    known: HashMap<Source, Slot>,
}

impl Slots {
    /// The slot of a source, a new one when it is seen for the first time.
    pub(crate) fn slot(&mut self, source: Source) -> Slot {
        if let Some(slot) = self.known.get(&source) {
            return *slot;
        }
        let slot = Slot(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(source.clone());
        self.known.insert(source, slot);
        slot
    }

    /// The parameter of a source.
    pub(crate) fn parameter<'a>(&mut self, source: Source) -> Expr<'a> {
        Expr::Parameter(self.slot(source))
    }

    /// The source of a slot this object made.
    pub(crate) fn source(&self, slot: Slot) -> Option<&Source> {
        self.sources.get(slot.0 as usize)
    }
}
