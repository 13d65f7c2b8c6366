//! Units of time, intervals, and the granularities of the author's own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SqlTemplate;

/// A unit of the calendar; as a granularity, one of the eight every time dimension has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimeUnit {
    /// The finest.
    Second,
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// Of the calendar.
    Month,
    /// Three months, the first of which is January, April, July or October.
    Quarter,
    /// From January to December.
    Year,
}

impl TimeUnit {
    /// All of them, from fine to coarse.
    pub const ALL: [Self; 8] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// Its name, which is also what `date_trunc` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The unit of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == name)
    }

    /// The coarsest unit that both are made of: weeks and months have only days in common.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        let finer = self.min(other);
        if finer == Self::Week && self != other { Self::Day } else { finer }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A length of time such as `1 year 2 months`, each unit once; never empty.
///
/// Displays as PostgreSQL reads it, which knows no quarters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval(pub Vec<(i32, TimeUnit)>);

impl Interval {
    /// The one unit and its count, when there is only one.
    pub fn single(&self) -> Option<(i32, TimeUnit)> {
        match self.0.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The coarsest unit that it is a whole number of.
    pub fn unit(&self) -> TimeUnit {
        let units = self.0.iter().map(|(_, unit)| *unit);
        units.reduce(TimeUnit::common).unwrap_or(TimeUnit::Second)
    }

    /// The bounds of its length in seconds: a month has 28 to 31 days, a year 365 or 366.
    pub fn seconds(&self) -> (i64, i64) {
        self.0.iter().fold((0, 0), |(least, most), &(count, unit)| {
            let (short, long) = match unit {
                TimeUnit::Second => (1, 1),
                TimeUnit::Minute => (60, 60),
                TimeUnit::Hour => (3_600, 3_600),
                TimeUnit::Day => (86_400, 86_400),
                TimeUnit::Week => (604_800, 604_800),
                TimeUnit::Month => (28 * 86_400, 31 * 86_400),
                TimeUnit::Quarter => (90 * 86_400, 92 * 86_400),
                TimeUnit::Year => (365 * 86_400, 366 * 86_400),
            };
            (least + i64::from(count) * short, most + i64::from(count) * long)
        })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, &(count, unit)) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match unit {
                TimeUnit::Quarter => write!(f, "{} month", i64::from(count) * 3)?,
                TimeUnit::Second
                | TimeUnit::Minute
                | TimeUnit::Hour
                | TimeUnit::Day
                | TimeUnit::Week
                | TimeUnit::Month
                | TimeUnit::Year => write!(f, "{count} {unit}")?,
            }
        }
        Ok(())
    }
}

/// A granularity of the author's own on a time dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Granularity {
    /// As it is asked for.
    pub name: String,
    /// As it is shown.
    pub title: String,
    /// The author's `interval`, for the client.
    pub interval: Option<String>,
    /// The author's `offset`, for the client.
    pub offset: Option<String>,
    /// The author's `origin`, for the client.
    pub origin: Option<String>,
    /// How times are sorted into it.
    pub bucket: Bucket,
}

/// How times are sorted into the buckets of a granularity of the author's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Bucket {
    /// One unit of the calendar, its start moved by a constant.
    Calendar {
        /// The unit.
        unit: TimeUnit,
        /// How far behind the unit's own start a bucket starts; negative: before it.
        offset: Option<Interval>,
    },
    /// Buckets of one width, counted from an origin.
    Width {
        /// The width of one bucket, more than nothing.
        width: Interval,
        /// Where one of them starts.
        origin: Origin,
    },
    /// The author's own expression for the start of the bucket.
    Sql(SqlTemplate),
}

/// Where one of the buckets of one width starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// At this wall clock, in whatever time zone the query has: `2024-01-31T10:15:00.000`.
    At {
        /// The wall clock.
        time: String,
        /// The coarsest unit that it is the start of; never a week.
        unit: TimeUnit,
    },
    /// At the start of the year in which the query is asked, moved by a constant.
    ThisYear(Option<Interval>),
}

impl Bucket {
    /// The coarsest unit that every bucket starts and ends with; `None` when only the author knows.
    pub fn unit(&self) -> Option<TimeUnit> {
        let of = |offset: &Option<Interval>, unit: TimeUnit| {
            offset.as_ref().map_or(unit, |offset| unit.common(offset.unit()))
        };
        match self {
            Self::Calendar { unit, offset } => Some(of(offset, *unit)),
            Self::Width { width, origin: Origin::At { unit, .. } } => {
                Some(width.unit().common(*unit))
            }
            Self::Width { width, origin: Origin::ThisYear(offset) } => {
                Some(of(offset, width.unit().common(TimeUnit::Year)))
            }
            Self::Sql(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_and_months_have_days_in_common() {
        assert_eq!(TimeUnit::Week.common(TimeUnit::Month), TimeUnit::Day);
        assert_eq!(TimeUnit::Week.common(TimeUnit::Week), TimeUnit::Week);
        assert_eq!(TimeUnit::Week.common(TimeUnit::Hour), TimeUnit::Hour);
        assert_eq!(TimeUnit::Year.common(TimeUnit::Quarter), TimeUnit::Quarter);
    }

    #[test]
    fn postgres_knows_no_quarters() {
        let interval = Interval(vec![(1, TimeUnit::Year), (-2, TimeUnit::Quarter)]);
        assert_eq!(interval.to_string(), "1 year -6 month");
        assert_eq!(interval.unit(), TimeUnit::Quarter);
    }

    #[test]
    fn a_bucket_is_as_fine_as_its_start() {
        let origin = |unit| Origin::At { time: String::new(), unit };
        let width = Interval(vec![(2, TimeUnit::Week)]);
        for (unit, expected) in [(TimeUnit::Day, TimeUnit::Day), (TimeUnit::Hour, TimeUnit::Hour)] {
            let bucket = Bucket::Width { width: width.clone(), origin: origin(unit) };
            assert_eq!(bucket.unit(), Some(expected));
        }
        let year = Bucket::Calendar {
            unit: TimeUnit::Year,
            offset: Some(Interval(vec![(-30, TimeUnit::Minute)])),
        };
        assert_eq!(year.unit(), Some(TimeUnit::Minute));
    }
}
