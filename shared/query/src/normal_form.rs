//! The normal form: what every later stage reads.

use model::TimeUnit;

use crate::calendar::{local_from_text, steps_between};
use crate::filter::Filter;
use crate::member::MemberPath;

/// A query whose every default is filled in and whose every date is an instant.
///
/// Names are not looked up yet: a [`MemberPath`] may name what no model has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In the order they were asked for, without repetition.
    pub measures: Vec<MemberPath>,
    /// In the order they were asked for, without repetition.
    pub dimensions: Vec<MemberPath>,
    /// In the order they were asked for.
    pub time_dimensions: Vec<TimeDimension>,
    /// In the order they were asked for, without repetition.
    pub segments: Vec<MemberPath>,
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// `None`: the default order applies. An empty list: no order at all.
    pub order: Option<Vec<Order>>,
    /// Rows at most, 0 to 50,000 (the configured maximum).
    pub limit: u32,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// An IANA name, spelt as in the database compiled in.
    pub time_zone: &'static str,
    /// The start of the current year as wall clock, `2020-01-01T00:00:00.000`: where granularities
    /// of the author's own are counted from that name no origin (Cube 1.7.25, `Granularity.ts`).
    pub year_start: String,
    /// Whether the number of rows without limit and offset is asked for as well.
    pub wants_total: bool,
    /// Whether rows are returned as they are, without aggregation.
    pub is_ungrouped: bool,
    /// How rows are laid out in the answer.
    pub response_format: ResponseFormat,
    /// Paths of cube names that joins should take, in the order they were asked for.
    pub join_hints: Vec<Vec<String>>,
    /// How fresh the answer must be.
    pub cache_mode: CacheMode,
}

/// A time dimension with what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeDimension {
    /// The dimension.
    pub dimension: MemberPath,
    /// A predefined granularity or one of the author's; absent when it only filters.
    pub granularity: Option<String>,
    /// Only rows within it.
    pub date_range: Option<DateRange>,
}

impl TimeDimension {
    /// How many steps of its granularity its range touches; `None` without a range, without a
    /// granularity, or with one of the author's. A reversed range has none.
    pub fn bucket_count(&self) -> Option<u64> {
        let unit = TimeUnit::parse(self.granularity.as_deref()?)?;
        let range = self.date_range.as_ref()?;
        let from = local_from_text(&range.from_local)?;
        let to = local_from_text(&range.to_local)?;
        Some(steps_between(from, to, unit))
    }

    /// How many whole seconds its range is long, as if every day had 86,400; `None` without one.
    /// A reversed range is not.
    ///
    /// The planner holds it against [`MAX_SERIES_BUCKETS`](crate::limits::MAX_SERIES_BUCKETS) where
    /// rows are made for every step.
    pub fn range_seconds(&self) -> Option<u64> {
        let range = self.date_range.as_ref()?;
        let from = local_from_text(&range.from_local)?;
        let to = local_from_text(&range.to_local)?;
        Some(steps_between(from, to, TimeUnit::Second).saturating_sub(1))
    }
}

/// Two instants, both included. The first may lie behind the second: no row is between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateRange {
    /// Wall clock in the query's time zone, `2020-01-01T00:00:00.000`.
    pub from_local: String,
    /// Wall clock in the query's time zone, `2020-01-31T23:59:59.999`.
    pub to_local: String,
    /// The same instant in UTC, `2020-01-01T08:00:00.000Z`.
    pub from: String,
    /// The same instant in UTC.
    pub to: String,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A member of the query.
    pub member: MemberPath,
    /// The third name of `Cube.dimension.month`: the column of that granularity.
    pub granularity: Option<String>,
    /// `desc`.
    pub is_descending: bool,
}

/// How rows are laid out in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseFormat {
    /// One object per row.
    #[default]
    Default,
    /// `{members, dataset}`
    Compact,
    /// `{members, columns}`
    Columnar,
}

impl ResponseFormat {
    pub(crate) const WORDS: &[&str] = &["default", "compact", "columnar"];

    pub(crate) fn parse(word: &str) -> Option<ResponseFormat> {
        match word {
            "default" => Some(ResponseFormat::Default),
            "compact" => Some(ResponseFormat::Compact),
            "columnar" => Some(ResponseFormat::Columnar),
            _ => None,
        }
    }
}

/// How fresh the answer must be (Cube 1.7, `query.ts`, `cacheModeSchema`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CacheMode {
    /// A kept answer that is too old will do if a new one takes long.
    #[default]
    StaleIfSlow,
    /// A kept answer will do, and a new one is fetched behind it.
    StaleWhileRevalidate,
    /// A kept answer must still be true.
    MustRevalidate,
    /// No kept answer.
    NoCache,
}

impl CacheMode {
    pub(crate) const WORDS: &[&str] =
        &["stale-if-slow", "stale-while-revalidate", "must-revalidate", "no-cache"];

    /// The mode of that name.
    pub fn parse(word: &str) -> Option<CacheMode> {
        match word {
            "stale-if-slow" => Some(CacheMode::StaleIfSlow),
            "stale-while-revalidate" => Some(CacheMode::StaleWhileRevalidate),
            "must-revalidate" => Some(CacheMode::MustRevalidate),
            "no-cache" => Some(CacheMode::NoCache),
            _ => None,
        }
    }

    /// Its name in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            CacheMode::StaleIfSlow => "stale-if-slow",
            CacheMode::StaleWhileRevalidate => "stale-while-revalidate",
            CacheMode::MustRevalidate => "must-revalidate",
            CacheMode::NoCache => "no-cache",
        }
    }
}
