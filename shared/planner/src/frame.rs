//! How far a window reaches: from a step of a series, from a whole range, and over all steps.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`,
//! `rollingWindowDateJoinCondition` and `rollingWindowToDateJoinCondition`.

use model::{Interval, RollingWindow, TimeUnit, WindowBound, WindowOffset};
use sql::{Comparison, Expr};

use crate::Error;
use crate::expression;
use crate::granularity::{Granularity, granularity, interval};
use crate::resolve::ResolvedTimeDimension;
use crate::slots::{Slots, Source};
use crate::split::Frame;
use crate::template::Env;

/// The relation of the steps.
pub(crate) const SERIES: &str = "series";

/// What the rows of an aggregation are limited to in place of the query's ranges.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach<'a> {
    /// A window without steps: from the ends of each range of the query.
    Range(Frame<'a>),
    /// All that a window reaches from any of its steps.
    Steps(Steps<'a>),
    /// What it reaches from the one step that the series is at.
    Step(Steps<'a>),
}

/// The steps of a window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps<'a> {
    pub(crate) frame: Frame<'a>,
    /// The time dimension that is stepped along.
    pub(crate) id: model::MemberId,
    pub(crate) granularity: Granularity<'a>,
    /// The query's range of it.
    pub(crate) range: Option<ResolvedTimeDimension<'a>>,
    /// What the times of the rows are truncated to, when they are.
    pub(crate) base_unit: TimeUnit,
}

impl Reach<'_> {
    /// Whether it stands for the query's own range of a time dimension.
    pub(crate) fn replaces(&self, time: &ResolvedTimeDimension<'_>) -> bool {
        match self {
            Self::Range(_) => true,
            Self::Steps(steps) | Self::Step(steps) => steps.id == time.id,
        }
    }
}

/// A rolling measure without a granularity: one window over the whole range.
pub(crate) fn whole_range<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    frame: Frame<'a>,
    range: &ResolvedTimeDimension<'a>,
    column: Expr<'a>,
) -> Result<Vec<Expr<'a>>, Error> {
    let time = expression::in_time_zone(slots, column);
    let mut bound = |source| slots.parameter(source).cast("timestamp");
    let from = bound(Source::RangeStartLocal(range.place));
    let to = bound(Source::RangeEndLocal(range.place));
    if frame == Frame::FromRangeStart {
        let from_start = Expr::compare(time.clone(), Comparison::GreaterOrEqual, from);
        return Ok(vec![from_start, Expr::compare(time, Comparison::LessOrEqual, to)]);
    }
    conditions(env, slots, frame, range.id, &time, &from, &to)
}

/// The conditions under which a time lies in the window of the series' step.
pub(crate) fn in_step<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    steps: &Steps<'a>,
    time: &Expr<'a>,
) -> Result<Vec<Expr<'a>>, Error> {
    let from = Expr::column(SERIES, "date_from");
    let to = Expr::column(SERIES, "date_to");
    conditions(env, slots, steps.frame, steps.id, time, &from, &to)
}

fn conditions<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    frame: Frame<'a>,
    id: model::MemberId,
    time: &Expr<'a>,
    from: &Expr<'a>,
    to: &Expr<'a>,
) -> Result<Vec<Expr<'a>>, Error> {
    let is = |operator, bound: Expr<'a>| Expr::compare(time.clone(), operator, bound);
    Ok(match frame {
        // Rows before the start of the range are not among the rows.
        Frame::FromRangeStart => vec![is(Comparison::LessOrEqual, to.clone())],
        Frame::Rolling(RollingWindow::ToDate { granularity: name }) => {
            let start = granularity(env, id, name)?.start(slots, from.clone());
            vec![is(Comparison::GreaterOrEqual, start), is(Comparison::LessOrEqual, to.clone())]
        }
        Frame::Rolling(RollingWindow::Fixed { trailing, leading, offset }) => {
            let (anchor, after, before) = match offset {
                WindowOffset::End => (to, Comparison::Greater, Comparison::LessOrEqual),
                WindowOffset::Start => (from, Comparison::GreaterOrEqual, Comparison::Less),
            };
            let back = moved(anchor, trailing.as_ref(), Comparison::Minus);
            let ahead = moved(anchor, leading.as_ref(), Comparison::Plus);
            let back = back.map(|bound| is(after, bound));
            back.into_iter().chain(ahead.map(|bound| is(before, bound))).collect()
        }
    })
}

/// The anchor moved by a bound; nothing when it is unbounded, the anchor itself when absent.
fn moved<'a>(
    anchor: &Expr<'a>,
    bound: Option<&'a WindowBound>,
    direction: Comparison,
) -> Option<Expr<'a>> {
    match bound {
        None => Some(anchor.clone()),
        Some(WindowBound::Unbounded) => None,
        Some(WindowBound::Interval(length)) => {
            Some(Expr::compare(anchor.clone(), direction, interval(length)))
        }
    }
}

/// All that a window reaches from any step, as conditions on the stored times, so that an index can
/// find the rows. A day more on either side, for clocks that are set back, and a whole base unit.
pub(crate) fn in_any_step<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    steps: &Steps<'a>,
    column: &Expr<'a>,
) -> Result<Vec<Expr<'a>>, Error> {
    let Some(range) = steps.range else { return Ok(Vec::new()) };
    let Some(width) = steps.granularity.width() else { return Ok(Vec::new()) };
    let mut start_of = |source| {
        let end = slots.parameter(source).cast("timestamp");
        steps.granularity.start(slots, end)
    };
    let first = start_of(Source::RangeStartLocal(range.place));
    let last = start_of(Source::RangeEndLocal(range.place));
    let end = Expr::compare(last, Comparison::Plus, interval(&width));
    let (lower, upper) = match steps.frame {
        Frame::FromRangeStart => (None, Some(end)),
        Frame::Rolling(RollingWindow::ToDate { granularity: name }) => {
            (Some(granularity(env, steps.id, name)?.start(slots, first)), Some(end))
        }
        Frame::Rolling(RollingWindow::Fixed { trailing, leading, .. }) => (
            moved(&first, trailing.as_ref(), Comparison::Minus),
            moved(&end, leading.as_ref(), Comparison::Plus),
        ),
    };
    let room = Interval(vec![(1, steps.base_unit.max(TimeUnit::Day))]);
    let mut in_utc = |time: Expr<'a>, direction| Expr::AtTimeZone {
        operand: Box::new(Expr::compare(time, direction, interval(&room))),
        zone: Box::new(slots.parameter(Source::TimeZone)),
    };
    let mut found = Vec::with_capacity(2);
    if let Some(lower) = lower {
        let bound = in_utc(lower, Comparison::Minus);
        found.push(Expr::compare(column.clone(), Comparison::GreaterOrEqual, bound));
    }
    if let Some(upper) = upper {
        let bound = in_utc(upper, Comparison::Plus);
        found.push(Expr::compare(column.clone(), Comparison::Less, bound));
    }
    if steps.frame == Frame::FromRangeStart {
        let start = slots.parameter(Source::RangeStart(range.place)).cast("timestamptz");
        found.push(Expr::compare(column.clone(), Comparison::GreaterOrEqual, start));
    }
    Ok(found)
}

/// The unit that single results are computed by before they are put together: the coarsest that
/// every step and every bound of the window is made of, so that nothing falls between.
///
/// Cube 1.7.25, `BaseQuery.js`, `overTimeSeriesQuery`, and `BaseMeasure.ts`, `windowGranularity`.
/// Cube leaves out the offset or origin of a granularity of the author's own, and the period of a
/// window to date, and loses rows that way.
pub(crate) fn base_unit(
    env: &Env<'_>,
    id: model::MemberId,
    step: TimeUnit,
    frame: Frame<'_>,
) -> Result<TimeUnit, Error> {
    let mut unit = step;
    match frame {
        Frame::FromRangeStart => {}
        Frame::Rolling(RollingWindow::ToDate { granularity: name }) => {
            let period = granularity(env, id, name)?;
            unit = unit.common(period.unit().ok_or_else(|| unknown_period(env, id))?);
        }
        Frame::Rolling(RollingWindow::Fixed { trailing, leading, .. }) => {
            for bound in [trailing, leading].into_iter().flatten() {
                if let WindowBound::Interval(length) = bound {
                    unit = unit.common(length.unit());
                }
            }
        }
    }
    Ok(unit)
}

fn unknown_period(env: &Env<'_>, id: model::MemberId) -> Error {
    let path = env.model.path(id).to_owned();
    Error::Unsupported { path, feature: "a window to date over a granularity that is SQL" }
}
