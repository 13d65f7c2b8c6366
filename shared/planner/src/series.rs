//! The steps of a rolling window as rows.

use std::borrow::Cow;

use model::{Bucket, Interval, Origin, TimeUnit};
use sql::{Comparison, Expr, Projected, Relation, Select};

use crate::frame::{SERIES, Steps};
use crate::granularity::{Granularity, interval, nth, origin_time, seconds};
use crate::slots::{Slots, Source};

const STEPS: &str = "steps";

/// One row per step, with its first and last moment: `date_from`, `date_to`. Without a range of the
/// query from the first to the last time in `base`, whose column is `time`.
pub(crate) fn series<'a>(
    slots: &mut Slots,
    steps: &Steps<'a>,
    base: &Select<'a>,
    time: &'static str,
) -> Relation<'a> {
    let (first, last) = match steps.range {
        Some(range) => {
            note_length(slots, steps, range.place);
            (
                slots.parameter(Source::RangeStartLocal(range.place)).cast("timestamp"),
                slots.parameter(Source::RangeEndLocal(range.place)).cast("timestamp"),
            )
        }
        None => (edge_of("min", base, time), edge_of("max", base, time)),
    };
    let select = match steps.granularity {
        Granularity::Own(Bucket::Width { width, origin }) => {
            counted(slots, width, origin, first, last)
        }
        Granularity::Unit(_) | Granularity::Own(Bucket::Calendar { .. } | Bucket::Sql(_)) => {
            stepped(slots, steps, first, last)
        }
    };
    Relation::Select { select: Box::new(select), alias: SERIES.into() }
}

/// Lets the range be refused when it has too many steps.
fn note_length(slots: &mut Slots, steps: &Steps<'_>, place: u32) {
    let shortest = steps.granularity.width().map_or(1, |width| width.seconds().0);
    slots.series(place, u64::try_from(shortest).unwrap_or(1).max(1));
}

/// `generate_series` from the step that the first moment lies in.
fn stepped<'a>(
    slots: &mut Slots,
    steps: &Steps<'a>,
    first: Expr<'a>,
    last: Expr<'a>,
) -> Select<'a> {
    let width =
        steps.granularity.width().unwrap_or_else(|| Cow::Owned(Interval(vec![(1, TimeUnit::Day)])));
    let date_from = || Expr::column(STEPS, "date_from");
    let next = Expr::compare(date_from(), Comparison::Plus, interval(&width));
    Select {
        columns: vec![
            Projected { expression: date_from(), alias: "date_from".into() },
            Projected { expression: last_moment_before(next), alias: "date_to".into() },
        ],
        from: Some(Relation::Series {
            from: steps.granularity.start(slots, first),
            to: last,
            step: interval(&width),
            alias: STEPS.into(),
        }),
        ..Select::default()
    }
}

/// Steps counted from an origin: months are not equally long, so a few too many are numbered at
/// both ends, and those that lie outside are left out.
fn counted<'a>(
    slots: &mut Slots,
    width: &'a Interval,
    origin: &'a Origin,
    first: Expr<'a>,
    last: Expr<'a>,
) -> Select<'a> {
    let (shortest, longest) = width.seconds();
    let mut number = |end: &Expr<'a>, choice: &'static str| {
        let since = Expr::compare(end.clone(), Comparison::Minus, origin_time(slots, origin));
        let widths = |length| {
            let length = Expr::Integer(length);
            Expr::compare(seconds(since.clone()), Comparison::DividedBy, length)
        };
        let widths = if shortest == longest {
            widths(shortest)
        } else {
            Expr::call(choice, vec![widths(shortest), widths(longest)])
        };
        Expr::call("floor", vec![widths]).cast("bigint")
    };
    let (from, to) = (number(&first, "least"), number(&last, "greatest"));
    let index = || Expr::column(STEPS, "date_from");
    let next = Expr::compare(index(), Comparison::Plus, Expr::Integer(1));
    let date_from = nth(slots, width, origin, index());
    let next = nth(slots, width, origin, next);
    Select {
        columns: vec![
            Projected { expression: date_from.clone(), alias: "date_from".into() },
            Projected { expression: last_moment_before(next.clone()), alias: "date_to".into() },
        ],
        from: Some(Relation::Series { from, to, step: Expr::Integer(1), alias: STEPS.into() }),
        filter: Some(Expr::And(vec![
            Expr::compare(next, Comparison::Greater, first),
            Expr::compare(date_from, Comparison::LessOrEqual, last),
        ])),
        ..Select::default()
    }
}

fn last_moment_before(next: Expr<'_>) -> Expr<'_> {
    let moment = Expr::Text(Cow::Borrowed("1 millisecond")).cast("interval");
    Expr::compare(next, Comparison::Minus, moment)
}

fn edge_of<'a>(function: &'static str, base: &Select<'a>, time: &'static str) -> Expr<'a> {
    let value = Expr::call(function, vec![Expr::column("base", time)]);
    Expr::Subselect(Box::new(Select {
        columns: vec![Projected { expression: value, alias: "edge".into() }],
        from: Some(Relation::Select { select: Box::new(base.clone()), alias: "base".into() }),
        ..Select::default()
    }))
}
