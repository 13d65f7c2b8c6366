//! Granularities: what a time is truncated to, predefined or of the author's own.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`,
//! `dimensionTimeGroupedColumn`, and `PostgresQuery.ts`, `dateBin`. An `interval` of one unit with
//! an `origin` is truncated with an offset, as the Rust planner of Cube 1.7 does.

use std::borrow::Cow;

use model::{Bucket, Interval, MemberId, Origin, TimeUnit};
use sql::{Comparison, Expr};

use crate::Error;
use crate::slots::{Slots, Source};
use crate::template::{Env, render};

/// A granularity that a time dimension has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Granularity<'a> {
    /// A predefined one.
    Unit(TimeUnit),
    /// One of the author's own.
    Own(&'a Bucket),
}

/// The granularity of that name.
///
/// # Errors
/// [`Error::UnknownGranularity`].
pub(crate) fn granularity<'a>(
    env: &Env<'a>,
    id: MemberId,
    name: &str,
) -> Result<Granularity<'a>, Error> {
    if let Some(bucket) = own_bucket(env.model, id, name) {
        return Ok(Granularity::Own(bucket));
    }
    TimeUnit::parse(name).map(Granularity::Unit).ok_or_else(|| Error::UnknownGranularity {
        granularity: name.to_owned(),
        path: env.model.path(id).to_owned(),
    })
}

/// The author's own granularity of that name. It wins over a predefined one.
pub(crate) fn own_bucket<'a>(
    model: &'a model::DataModel,
    id: MemberId,
    name: &str,
) -> Option<&'a Bucket> {
    let dimension = model.dimension(model.behind(id));
    let granularities = dimension.map(|dimension| dimension.granularities.as_slice());
    let mut found = granularities.unwrap_or_default().iter();
    found.find(|granularity| granularity.name == name).map(|granularity| &granularity.bucket)
}

impl<'a> Granularity<'a> {
    /// The start of the bucket that a wall clock lies in; the author's own SQL where that says so.
    ///
    /// # Errors
    /// Those of the claims the author's SQL reads.
    pub(crate) fn bucket(
        self,
        env: &Env<'a>,
        slots: &mut Slots,
        id: MemberId,
        time: Expr<'a>,
    ) -> Result<Expr<'a>, Error> {
        if let Self::Own(Bucket::Sql(template)) = self {
            return render(env, slots, id.cube, template);
        }
        Ok(self.start(slots, time))
    }

    /// The start of the bucket that a wall clock lies in.
    pub(crate) fn start(self, slots: &mut Slots, time: Expr<'a>) -> Expr<'a> {
        match self {
            Self::Unit(unit) => truncated(unit, time),
            Self::Own(Bucket::Calendar { unit, offset: None }) => truncated(*unit, time),
            Self::Own(Bucket::Calendar { unit, offset: Some(offset) }) => {
                let moved = Expr::compare(time, Comparison::Minus, interval(offset));
                Expr::compare(truncated(*unit, moved), Comparison::Plus, interval(offset))
            }
            Self::Own(Bucket::Width { width, origin }) => {
                let index = Expr::call("floor", vec![widths_since(slots, width, origin, time)]);
                nth(slots, width, origin, index)
            }
            // Rows alone know their bucket, which is refused before a series is made.
            Self::Own(Bucket::Sql(_)) => time,
        }
    }

    /// The coarsest unit that every bucket starts and ends with; `None` when only the author knows.
    pub(crate) fn unit(self) -> Option<TimeUnit> {
        match self {
            Self::Unit(unit) => Some(unit),
            Self::Own(bucket) => bucket.unit(),
        }
    }

    /// How long a bucket is; `None` when only the author knows.
    pub(crate) fn width(self) -> Option<Cow<'a, Interval>> {
        match self {
            Self::Unit(unit) => Some(Cow::Owned(Interval(vec![(1, unit)]))),
            Self::Own(Bucket::Calendar { unit, .. }) => {
                Some(Cow::Owned(Interval(vec![(1, *unit)])))
            }
            Self::Own(Bucket::Width { width, .. }) => Some(Cow::Borrowed(width)),
            Self::Own(Bucket::Sql(_)) => None,
        }
    }
}

fn truncated(unit: TimeUnit, time: Expr<'_>) -> Expr<'_> {
    Expr::call("date_trunc", vec![Expr::Text(Cow::Borrowed(unit.as_str())), time])
}

/// How many widths lie between the origin and a time, with a fraction. PostgreSQL counts a month as
/// 30 days here and a year as 365.25, and so does Cube: far from the origin, buckets of months
/// start some days early.
pub(crate) fn widths_since<'a>(
    slots: &mut Slots,
    width: &'a Interval,
    origin: &'a Origin,
    time: Expr<'a>,
) -> Expr<'a> {
    let since = Expr::compare(time, Comparison::Minus, origin_time(slots, origin));
    Expr::compare(seconds(since), Comparison::DividedBy, seconds(interval(width)))
}

/// The start of the bucket with this number, the one that starts at the origin being 0.
pub(crate) fn nth<'a>(
    slots: &mut Slots,
    width: &'a Interval,
    origin: &'a Origin,
    index: Expr<'a>,
) -> Expr<'a> {
    let distance = Expr::compare(interval(width), Comparison::Times, index);
    Expr::compare(origin_time(slots, origin), Comparison::Plus, distance)
}

pub(crate) fn origin_time<'a>(slots: &mut Slots, origin: &'a Origin) -> Expr<'a> {
    match origin {
        Origin::At { time, .. } => Expr::Text(Cow::Borrowed(time)).cast("timestamp"),
        Origin::ThisYear(offset) => {
            let start = slots.parameter(Source::YearStart).cast("timestamp");
            match offset {
                Some(offset) => Expr::compare(start, Comparison::Plus, interval(offset)),
                None => start,
            }
        }
    }
}

pub(crate) fn seconds(length: Expr<'_>) -> Expr<'_> {
    Expr::call("date_part", vec![Expr::Text("epoch".into()), length])
}

/// `'2 month'::interval`
pub(crate) fn interval<'a>(length: &Interval) -> Expr<'a> {
    Expr::Text(Cow::Owned(length.to_string())).cast("interval")
}
