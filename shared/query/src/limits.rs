//! How much a query may ask for.

/// What an installation allows and what it fills in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rows when the query does not say (`CUBEJS_DB_QUERY_DEFAULT_LIMIT`, 10,000); never more than
    /// `max_limit`.
    pub default_limit: u32,
    /// Rows at most (`CUBEJS_DB_QUERY_LIMIT`, 50,000).
    pub max_limit: u32,
    /// The time zone when the query does not say (`CUBEJS_DEFAULT_TIMEZONE`, `UTC`), as
    /// [`canonical_time_zone`](crate::canonical_time_zone) spells it.
    pub default_time_zone: &'static str,
}

impl Default for Limits {
    /// Cube 1.7's own defaults.
    fn default() -> Limits {
        Limits { default_limit: 10_000, max_limit: 50_000, default_time_zone: "UTC" }
    }
}

/// Levels of JSON at most (`reference/attacks.md` D-01). A filter of eight nested groups has 20.
pub const MAX_DEPTH: usize = 32;
/// Values, lists and objects in one JSON text at most: bounds memory before anything is understood.
pub const MAX_JSON_NODES: usize = 50_000;
/// Bytes in one JSON string or key at most.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Queries in one request at most: an array of queries, or the ranges of a comparison.
pub const MAX_QUERIES: usize = 10;
/// Measures at most.
pub const MAX_MEASURES: usize = 100;
/// Dimensions at most.
pub const MAX_DIMENSIONS: usize = 100;
/// Segments at most.
pub const MAX_SEGMENTS: usize = 100;
/// Time dimensions at most, those written as `Cube.dimension.granularity` included.
pub const MAX_TIME_DIMENSIONS: usize = 10;
/// Conditions in all filters together at most.
pub const MAX_FILTERS: usize = 200;
/// Values in all filters together at most: PostgreSQL numbers parameters with 16 bits.
pub const MAX_FILTER_VALUES: usize = 10_000;
/// Sort keys at most: every column a query can have.
pub const MAX_ORDER: usize = MAX_MEASURES + MAX_DIMENSIONS + MAX_TIME_DIMENSIONS;
/// Join hints, and members in one of them, at most.
pub const MAX_JOIN_HINTS: usize = 100;
/// Bytes in the name of a granularity at most (Cube 1.7, `query.ts`, `querySchema`).
pub const MAX_GRANULARITY_BYTES: usize = 128;
/// Steps of a time series at most where rows are produced for every step (`reference/attacks.md`
/// D-10).
///
/// Only a rolling window or a running total does that, so the planner, who knows the measures, holds
/// [`TimeDimension::range_seconds`](crate::TimeDimension::range_seconds) against it. A plain measure
/// groups the rows there are (`reference/semantics.md` 3.11): two years by hour are 17,544 steps and
/// an ordinary question, whose answer the row limit bounds anyway.
pub const MAX_SERIES_BUCKETS: u64 = 10_000;
/// Steps of any time dimension with a range at most.
///
/// What lies beyond (a thousand years by second are 31,557,600,000) is no question about data: the
/// front end would fill the steps in by itself (`ResultSet.timeSeries`) and never return. Thirty-one
/// years by second pass.
pub const MAX_BUCKETS: u64 = 1_000_000_000;
/// Characters of the caller's own text that an error repeats at most.
pub const MAX_ECHO_CHARACTERS: usize = 256;
