//! Where each parameter's value comes from, decided while planning; the values come later.

use std::collections::HashMap;

use model::{ClaimPath, MemberId};
use sql::{Expr, Slot};

/// The source of one parameter. Equal sources are one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The query's time zone.
    TimeZone,
    /// The start of the current year as wall clock in the query's time zone.
    YearStart,
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

impl Source {
    /// Whether every use in a statement is the same number, wherever it stands.
    ///
    /// A value that the author's SQL compares with columns of any type has a number of its own at
    /// each place: PostgreSQL gives one number one type.
    fn is_shared(&self) -> bool {
        matches!(self, Self::TimeZone | Self::YearStart | Self::Limit | Self::Offset)
    }
}

/// The values that the function of a `.filter(...)` is given.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    /// Whose values they are.
    pub(crate) subject: Subject,
    /// Each of them.
    pub(crate) values: Vec<Source>,
}

/// Whose values a function is given.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// Those of the query's filter on a member.
    Member(MemberId),
    /// A claim: its elements are the first argument, all of them.
    Claim(ClaimPath),
}

/// The parameters of one statement, in the order they were first needed.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    sources: Vec<Source>,
    known: HashMap<(u32, Source), Slot>,
    /// Where the author's SQL is being written; 0 outside of it.
    scope: u32,
    scopes: u32,
    /// What the function that is being written was given.
    arguments: Option<Arguments>,
    series: Vec<Series>,
}

/// A series of steps over the date range of a time dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Series {
    /// The time dimension's place.
    pub(crate) place: u32,
    /// The shortest that a step can be, in seconds; at least one.
    pub(crate) step_seconds: u64,
}

impl Slots {
    /// The slot of a source, a new one when it is seen for the first time in this scope.
    pub(crate) fn slot(&mut self, source: Source) -> Slot {
        let scope = if source.is_shared() { 0 } else { self.scope };
        let key = (scope, source);
        if let Some(slot) = self.known.get(&key) {
            return *slot;
        }
        let slot = Slot(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(key.1.clone());
        self.known.insert(key, slot);
        slot
    }

    /// The parameter of a source.
    pub(crate) fn parameter<'a>(&mut self, source: Source) -> Expr<'a> {
        Expr::Parameter(self.slot(source))
    }

    /// Writes something whose parameters have numbers of their own.
    pub(crate) fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.scope;
        self.scopes += 1;
        self.scope = self.scopes;
        let written = write(self);
        self.scope = outer;
        written
    }

    /// Writes the body of a function that is given `arguments`.
    pub(crate) fn with_arguments<T>(
        &mut self,
        arguments: Arguments,
        write: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.arguments.replace(arguments);
        let written = write(self);
        self.arguments = outer;
        written
    }

    /// What the function that is being written was given.
    pub(crate) fn arguments(&self) -> Option<&Arguments> {
        self.arguments.as_ref()
    }

    /// Notes that the statement makes a row for every step of a range.
    pub(crate) fn series(&mut self, place: u32, step_seconds: u64) {
        self.series.push(Series { place, step_seconds });
    }

    /// What was noted with [`Slots::series`].
    pub(crate) fn all_series(&self) -> &[Series] {
        &self.series
    }

    /// The source of a slot this object made.
    pub(crate) fn source(&self, slot: Slot) -> Option<&Source> {
        self.sources.get(slot.0 as usize)
    }
}
