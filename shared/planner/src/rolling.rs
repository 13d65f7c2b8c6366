//! Rolling windows: one row per step of a series, each looking at the rows its window covers.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`, `overTimeSeriesQuery`
//! and `rollingWindowToDateJoinCondition`. Where Cube writes every step of the series as a literal,
//! the series here is `generate_series`.

use std::borrow::Cow;

use model::{MeasureType, RollingWindow, WindowBound, WindowOffset};
use sql::{Comparison, Expr, JoinKind, JoinedRelation, Projected, Relation, Select};

use crate::Error;
use crate::expression::{self, Rows};
use crate::fan_out::{measure_alias, plain_part_select};
use crate::lower::{Aggregation, GroupColumn, grouped_rows};
use crate::resolve::{GRANULARITIES, ResolvedTimeDimension};
use crate::rows::JoinedRows;
use crate::slots::{Slots, Source};
use crate::split::{Frame, Part, Window};
use crate::template::Env;

/// The column of the base rows that the window looks at, and the aliases of the two relations.
const TIME: &str = "window_time";
const SERIES: &str = "series";
const BASE: &str = "base";

/// The leaves of a part over its window, grouped like every other part.
///
/// # Errors
/// [`Error::Unsupported`] for windows next to several granularities, and for formulas of the
/// author's own over a window.
pub(crate) fn rolling_select<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    part: &Part<'a>,
    window: Window<'a>,
) -> Result<Select<'a>, Error> {
    let mut steps = aggregation.group.iter().filter(|column| column.granularity.is_some());
    let Some(step) = steps.next() else {
        let windowed = Aggregation { window: Some(window.frame), ..without_outputs(aggregation) };
        return plain_part_select(env, slots, &windowed, rows, part);
    };
    let unsupported = |feature| {
        let path = part.leaves.first().map_or("", |&leaf| env.model.path(leaf)).to_owned();
        Error::Unsupported { path, feature }
    };
    if steps.next().is_some() {
        return Err(unsupported("a rolling window next to several granularities"));
    }
    let base_unit = base_unit(step.granularity.unwrap_or("day"), window.frame);
    let inner = base_aggregation(aggregation, step, window.is_additive.then_some(base_unit));
    let base = if window.is_additive {
        plain_part_select(env, slots, &inner, rows, part)?
    } else {
        base_rows(env, slots, &inner, rows, part)?
    };
    let range = aggregation.ranges().find(|time| time.id == step.id).copied();
    let series = series(slots, step, range, &base);
    let condition = frame_condition(slots, window.frame, range, &Side::Series);
    let mut columns = Vec::with_capacity(aggregation.group.len() + part.leaves.len());
    for column in &aggregation.group {
        let expression = if std::ptr::eq(column, step) {
            Expr::column(SERIES, "date_from")
        } else {
            Expr::column(BASE, column.alias.clone())
        };
        columns.push(Projected { expression, alias: column.alias.clone() });
    }
    let group_by = columns.len();
    for &leaf in &part.leaves {
        let alias = measure_alias(env, leaf);
        let kind = env.model.measure(leaf).map(|measure| measure.kind);
        let value = Expr::column(BASE, alias);
        let expression = combined(kind, value, window.is_additive)
            .ok_or_else(|| unsupported("a formula over a rolling window"))?;
        columns.push(Projected { expression, alias: alias.into() });
    }
    let base = Relation::Select { select: Box::new(base), alias: BASE.into() };
    Ok(Select {
        columns,
        from: Some(series),
        joins: vec![JoinedRelation {
            kind: JoinKind::Left,
            relation: base,
            condition: Some(Expr::And(condition)),
        }],
        group_by,
        ..Select::default()
    })
}

fn without_outputs<'a>(aggregation: &Aggregation<'a>) -> Aggregation<'a> {
    Aggregation {
        group: aggregation.group.iter().map(GroupColumn::copy).collect(),
        outputs: Vec::new(),
        measure_filters: &[],
        ..*aggregation
    }
}

/// What the window looks at: grouped like the query, but by the base unit instead of its steps,
/// and not limited to the query's range, which the window reaches out of.
fn base_aggregation<'a>(
    aggregation: &Aggregation<'a>,
    step: &GroupColumn<'a>,
    unit: Option<&'static str>,
) -> Aggregation<'a> {
    let group = aggregation
        .group
        .iter()
        .map(|column| {
            if std::ptr::eq(column, step) {
                GroupColumn { granularity: unit, alias: Cow::Borrowed(TIME), ..column.copy() }
            } else {
                column.copy()
            }
        })
        .collect();
    Aggregation { group, time_dimensions: &[], ..without_outputs(aggregation) }
}

/// Every row with the value that is aggregated; of a multiplied cube every row once.
fn base_rows<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    part: &Part<'a>,
) -> Result<Select<'a>, Error> {
    let mut select = grouped_rows(env, slots, aggregation, rows)?;
    select.group_by = 0;
    for &leaf in &part.leaves {
        let expression = expression::aggregate(env, slots, leaf, Rows::Ungrouped)?;
        select.columns.push(Projected { expression, alias: measure_alias(env, leaf).into() });
    }
    if let Some(cube) = part.keys_of {
        select.is_distinct = true;
        for (index, (_, expression)) in
            expression::primary_keys(env, slots, cube)?.into_iter().enumerate()
        {
            let alias = Cow::Owned(format!("row_key_{}", index + 1));
            select.columns.push(Projected { expression, alias });
        }
    }
    Ok(select)
}

/// How partial results are put together, or rows aggregated; `None` for the author's own formulas.
fn combined(kind: Option<MeasureType>, value: Expr<'_>, is_additive: bool) -> Option<Expr<'_>> {
    let kind = kind?;
    match kind {
        MeasureType::Count | MeasureType::Sum | MeasureType::RunningTotal if is_additive => {
            Some(Expr::call("sum", vec![value]))
        }
        MeasureType::Number | MeasureType::String | MeasureType::Time | MeasureType::Boolean => {
            None
        }
        MeasureType::Count
        | MeasureType::CountDistinct
        | MeasureType::CountDistinctApprox
        | MeasureType::Sum
        | MeasureType::Avg
        | MeasureType::Min
        | MeasureType::Max
        | MeasureType::RunningTotal => Some(expression::aggregate_of(kind, value, Rows::Unique)),
    }
}

/// `SELECT date_from, date_from + step - 1 ms AS date_to FROM generate_series(...)`; without a
/// range from the first to the last of the base rows.
fn series<'a>(
    slots: &mut Slots,
    step: &GroupColumn<'a>,
    range: Option<ResolvedTimeDimension<'a>>,
    base: &Select<'a>,
) -> Relation<'a> {
    let unit = GRANULARITIES
        .iter()
        .find(|unit| Some(**unit) == step.granularity)
        .copied()
        .unwrap_or("day");
    let (first, last) = match range {
        Some(time) => (
            slots.parameter(Source::RangeStartLocal(time.place)).cast("timestamp"),
            slots.parameter(Source::RangeEndLocal(time.place)).cast("timestamp"),
        ),
        None => (edge_of("min", base), edge_of("max", base)),
    };
    let width = interval(if unit == "quarter" { "3 month" } else { unit_interval(unit) });
    let date_from = || Expr::column("steps", "date_from");
    let next = Expr::compare(date_from(), Comparison::Plus, width.clone());
    let date_to = Expr::compare(next, Comparison::Minus, interval("1 millisecond"));
    let select = Select {
        columns: vec![
            Projected { expression: date_from(), alias: "date_from".into() },
            Projected { expression: date_to, alias: "date_to".into() },
        ],
        from: Some(Relation::Series {
            from: Expr::call("date_trunc", vec![Expr::Text(unit.into()), first]),
            to: last,
            step: width,
            alias: "steps".into(),
        }),
        ..Select::default()
    };
    Relation::Select { select: Box::new(select), alias: SERIES.into() }
}

fn edge_of<'a>(function: &'static str, base: &Select<'a>) -> Expr<'a> {
    let value = Expr::call(function, vec![Expr::column(BASE, TIME)]);
    Expr::Subselect(Box::new(Select {
        columns: vec![Projected { expression: value, alias: "edge".into() }],
        from: Some(Relation::Select { select: Box::new(base.clone()), alias: BASE.into() }),
        ..Select::default()
    }))
}

fn unit_interval(unit: &str) -> &'static str {
    match unit {
        "second" => "1 second",
        "minute" => "1 minute",
        "hour" => "1 hour",
        "week" => "1 week",
        "month" => "1 month",
        "year" => "1 year",
        _ => "1 day",
    }
}

fn interval(text: &str) -> Expr<'_> {
    Expr::Text(Cow::Borrowed(text)).cast("interval")
}

/// The bounds that a window is measured from.
enum Side<'a> {
    /// The step's, in the series.
    Series,
    /// The whole range of the query, over a time of its own.
    Range(Expr<'a>, ResolvedTimeDimension<'a>),
}

impl<'a> Side<'a> {
    fn time(&self) -> Expr<'a> {
        match self {
            Self::Series => Expr::column(BASE, TIME),
            Self::Range(time, _) => time.clone(),
        }
    }

    fn from(&self, slots: &mut Slots) -> Expr<'a> {
        match self {
            Self::Series => Expr::column(SERIES, "date_from"),
            Self::Range(_, time) => {
                slots.parameter(Source::RangeStartLocal(time.place)).cast("timestamp")
            }
        }
    }

    fn to(&self, slots: &mut Slots) -> Expr<'a> {
        match self {
            Self::Series => Expr::column(SERIES, "date_to"),
            Self::Range(_, time) => {
                slots.parameter(Source::RangeEndLocal(time.place)).cast("timestamp")
            }
        }
    }
}

/// A rolling measure without a granularity: one window over the whole range.
pub(crate) fn whole_range<'a>(
    slots: &mut Slots,
    frame: Frame<'a>,
    time: &ResolvedTimeDimension<'a>,
    column: Expr<'a>,
) -> Vec<Expr<'a>> {
    let local = expression::in_time_zone(slots, column);
    frame_condition(slots, frame, Some(*time), &Side::Range(local, *time))
}

/// The conditions under which a row lies in the window.
fn frame_condition<'a>(
    slots: &mut Slots,
    frame: Frame<'a>,
    range: Option<ResolvedTimeDimension<'a>>,
    side: &Side<'a>,
) -> Vec<Expr<'a>> {
    let time = || side.time();
    let until_step =
        |slots: &mut Slots| Expr::compare(time(), Comparison::LessOrEqual, side.to(slots));
    match frame {
        Frame::FromRangeStart => {
            let mut conditions = vec![until_step(slots)];
            if let Some(range) = range {
                let start = slots.parameter(Source::RangeStartLocal(range.place)).cast("timestamp");
                conditions.push(Expr::compare(time(), Comparison::GreaterOrEqual, start));
            }
            conditions
        }
        Frame::Rolling(RollingWindow::ToDate { granularity }) => {
            let unit = Expr::Text(Cow::Borrowed(granularity));
            let start = Expr::call("date_trunc", vec![unit, side.from(slots)]);
            vec![Expr::compare(time(), Comparison::GreaterOrEqual, start), until_step(slots)]
        }
        Frame::Rolling(RollingWindow::Fixed { trailing, leading, offset }) => {
            let (anchor, after, before) = match offset {
                WindowOffset::End => (side.to(slots), Comparison::Greater, Comparison::LessOrEqual),
                WindowOffset::Start => {
                    (side.from(slots), Comparison::GreaterOrEqual, Comparison::Less)
                }
            };
            let back = bound(&anchor, trailing.as_ref(), Comparison::Minus);
            let ahead = bound(&anchor, leading.as_ref(), Comparison::Plus);
            let back = back.map(|bound| Expr::compare(time(), after, bound));
            let ahead = ahead.map(|bound| Expr::compare(time(), before, bound));
            back.into_iter().chain(ahead).collect()
        }
    }
}

/// The anchor moved by a bound; nothing when it is unbounded, the anchor itself when absent.
fn bound<'a>(
    anchor: &Expr<'a>,
    bound: Option<&'a WindowBound>,
    direction: Comparison,
) -> Option<Expr<'a>> {
    match bound {
        None => Some(anchor.clone()),
        Some(WindowBound::Unbounded) => None,
        Some(WindowBound::Interval(text)) => {
            Some(Expr::compare(anchor.clone(), direction, interval(text)))
        }
    }
}

/// The unit that single results are computed by before they are put together: a day, or less where
/// the steps or the window's bounds are finer. Weeks and months begin with a day, so nothing falls
/// between.
fn base_unit(granularity: &str, frame: Frame<'_>) -> &'static str {
    const FINE: [&str; 3] = ["second", "minute", "hour"];
    let bounds = match frame {
        Frame::Rolling(RollingWindow::Fixed { trailing, leading, .. }) => {
            [trailing.as_ref(), leading.as_ref()]
        }
        Frame::Rolling(RollingWindow::ToDate { .. }) | Frame::FromRangeStart => [None, None],
    };
    let is_in = |unit: &str| {
        granularity == unit
            || bounds.iter().flatten().any(|bound| match bound {
                WindowBound::Interval(text) => text.contains(unit),
                WindowBound::Unbounded => false,
            })
    };
    FINE.into_iter().find(|unit| is_in(unit)).unwrap_or("day")
}
