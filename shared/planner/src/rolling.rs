//! Rolling windows: one row per step of a series, each looking at the rows its window covers.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`, `overTimeSeriesQuery`.
//! Where Cube writes every step of the series as a literal, the series here is `generate_series`.

use std::borrow::Cow;

use model::{Measure, MeasureType, TimeUnit};
use sql::{Expr, JoinKind, JoinedRelation, Projected, Relation, Select};

use crate::Error;
use crate::expression::{self, Rows};
use crate::fan_out::{measure_alias, plain_part_select};
use crate::frame::{Reach, SERIES, Steps, base_unit, in_step};
use crate::granularity::{Granularity, granularity};
use crate::lower::{Aggregation, GroupColumn, grouped_rows};
use crate::rows::JoinedRows;
use crate::series::series;
use crate::slots::Slots;
use crate::split::{Part, Window, is_calculated};
use crate::template::Env;

/// The column of the base rows that the window looks at, and the alias of the base rows.
const TIME: &str = "window_time";
const BASE: &str = "base";

/// The leaves of a part over its window, grouped like every other part.
///
/// # Errors
/// [`Error::Unsupported`] for granularities that a series cannot be made of.
pub(crate) fn rolling_select<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    part: &Part<'a>,
    window: Window<'a>,
) -> Result<Select<'a>, Error> {
    let Some(stepped) = stepped(env, aggregation)? else {
        let reach = Some(Reach::Range(window.frame));
        let windowed = Aggregation { window: reach, ..without_outputs(aggregation) };
        return plain_part_select(env, slots, &windowed, rows, part);
    };
    let steps = steps(env, aggregation, &stepped, window)?;
    let mut columns = Vec::with_capacity(aggregation.group.len() + part.leaves.len());
    for (index, column) in aggregation.group.iter().enumerate() {
        let expression = if index == stepped.place {
            Expr::column(SERIES, "date_from")
        } else if is_of_steps(column, &steps) {
            // A coarser granularity of the same dimension.
            let name = column.granularity.unwrap_or_default();
            let time = Expr::column(SERIES, "date_from");
            granularity(env, column.id, name)?.bucket(env, slots, column.id, time)?
        } else {
            Expr::column(BASE, column.alias.clone())
        };
        columns.push(Projected { expression, alias: column.alias.clone() });
    }
    let over = Over { aggregation, rows, part, window, steps, place: stepped.place };
    if part.leaves.iter().any(|&leaf| !can_be_put_together(env.model.measure(leaf))) {
        return over.aggregated_per_step(env, slots, columns);
    }
    over.put_together(env, slots, columns)
}

/// The granularity a series is made by.
struct Stepped<'a> {
    /// The group column's place.
    place: usize,
    granularity: Granularity<'a>,
    unit: TimeUnit,
}

/// The finest granularity of the first time dimension that has one.
fn stepped<'a>(env: &Env<'a>, aggregation: &Aggregation<'a>) -> Result<Option<Stepped<'a>>, Error> {
    let mut found: Vec<Stepped<'a>> = Vec::new();
    let mut id = None;
    for (place, column) in aggregation.group.iter().enumerate() {
        let Some(name) = column.granularity else { continue };
        if *id.get_or_insert(column.id) != column.id {
            continue;
        }
        let granularity = granularity(env, column.id, name)?;
        let unsupported =
            |feature| Error::Unsupported { path: env.model.path(column.id).to_owned(), feature };
        let unit = granularity
            .unit()
            .ok_or_else(|| unsupported("a rolling window by a granularity that is SQL"))?;
        found.push(Stepped { place, granularity, unit });
    }
    let length = |stepped: &Stepped<'_>| {
        stepped.granularity.width().map(|width| width.seconds().0).unwrap_or_default()
    };
    let finest = found.iter().map(length).min();
    let Some(index) = found.iter().position(|stepped| Some(length(stepped)) == finest) else {
        return Ok(None);
    };
    let finest = found.swap_remove(index);
    let nests = |other: &Stepped<'_>| matches!(finest.granularity, Granularity::Unit(unit) if unit.common(other.unit) == unit);
    if !found.iter().all(nests) {
        let path = id.map_or("", |id| env.model.path(id)).to_owned();
        let feature = "a rolling window by granularities of which none is made of the other";
        return Err(Error::Unsupported { path, feature });
    }
    Ok(Some(finest))
}

fn steps<'a>(
    env: &Env<'a>,
    aggregation: &Aggregation<'a>,
    stepped: &Stepped<'a>,
    window: Window<'a>,
) -> Result<Steps<'a>, Error> {
    let id = aggregation.group.get(stepped.place).map(|column| column.id);
    let range = aggregation.ranges().find(|time| Some(time.id) == id).copied();
    let id = id.or(range.map(|time| time.id)).ok_or_else(|| Error::Unsupported {
        path: String::new(),
        feature: "a rolling window without a time dimension",
    })?;
    let base_unit = base_unit(env, id, stepped.unit, window.frame)?;
    Ok(Steps {
        frame: window.frame,
        id,
        granularity: stepped.granularity,
        range,
        // Single rows are looked at by the day at most, so that no bound falls inside.
        base_unit: if window.is_additive { base_unit } else { base_unit.min(TimeUnit::Day) },
    })
}

fn is_of_steps(column: &GroupColumn<'_>, steps: &Steps<'_>) -> bool {
    column.granularity.is_some() && column.id == steps.id
}

fn without_outputs<'a>(aggregation: &Aggregation<'a>) -> Aggregation<'a> {
    Aggregation {
        group: aggregation.group.iter().map(GroupColumn::copy).collect(),
        outputs: Vec::new(),
        measure_filters: &[],
        ..*aggregation
    }
}

/// A part over the steps of its window.
struct Over<'p, 'a> {
    aggregation: &'p Aggregation<'a>,
    rows: &'p JoinedRows<'a>,
    part: &'p Part<'a>,
    window: Window<'a>,
    steps: Steps<'a>,
    /// The place of the steps among the group columns.
    place: usize,
}

impl<'a> Over<'_, 'a> {
    /// Results by the base unit, or single rows, aggregated once more for every step.
    fn put_together(
        &self,
        env: &Env<'a>,
        slots: &mut Slots,
        mut columns: Vec<Projected<'a>>,
    ) -> Result<Select<'a>, Error> {
        let inner = self.base_aggregation();
        let base = if self.window.is_additive {
            plain_part_select(env, slots, &inner, self.rows, self.part)?
        } else {
            self.base_rows(env, slots, &inner)?
        };
        let series = series(slots, &self.steps, &base, TIME);
        let condition = in_step(env, slots, &self.steps, &Expr::column(BASE, TIME))?;
        let group_by = columns.len();
        for &leaf in &self.part.leaves {
            let Some(measure) = env.model.measure(leaf) else { continue };
            let alias = measure_alias(env, leaf);
            let value = Expr::column(BASE, alias);
            let expression = combined(measure.kind, value, self.window.is_additive);
            columns.push(Projected { expression, alias: alias.into() });
        }
        let relation = Relation::Select { select: Box::new(base), alias: BASE.into() };
        let condition = Some(Expr::And(condition));
        Ok(Select {
            columns,
            from: Some(series),
            joins: vec![JoinedRelation { kind: JoinKind::Left, relation, condition }],
            group_by,
            ..Select::default()
        })
    }

    /// The author's own aggregates, computed anew over the rows of every step.
    fn aggregated_per_step(
        &self,
        env: &Env<'a>,
        slots: &mut Slots,
        mut columns: Vec<Projected<'a>>,
    ) -> Result<Select<'a>, Error> {
        // Only for the ends of the series, when the query has no range.
        let times = self.base_aggregation();
        let base = grouped_rows(env, slots, &times, self.rows)?;
        let series = series(slots, &self.steps, &base, TIME);
        let mut inner = without_outputs(self.aggregation);
        inner.group.retain(|column| !is_of_steps(column, &self.steps));
        inner.window = Some(Reach::Step(self.steps));
        let select = plain_part_select(env, slots, &inner, self.rows, self.part)?;
        for &leaf in &self.part.leaves {
            let alias = measure_alias(env, leaf);
            columns.push(Projected { expression: Expr::column(BASE, alias), alias: alias.into() });
        }
        let relation = Relation::Select { select: Box::new(select), alias: BASE.into() };
        let condition = Some(Expr::Boolean(true));
        Ok(Select {
            columns,
            from: Some(series),
            joins: vec![JoinedRelation { kind: JoinKind::LeftLateral, relation, condition }],
            ..Select::default()
        })
    }

    /// What the window looks at: grouped like the query, but by the base unit instead of its steps,
    /// and limited to what the window reaches instead of to the query's range.
    fn base_aggregation(&self) -> Aggregation<'a> {
        let mut inner = without_outputs(self.aggregation);
        let unit = (self.window.is_additive || self.counts_values())
            .then_some(self.steps.base_unit.as_str());
        if let Some(step) = inner.group.get_mut(self.place) {
            step.granularity = unit;
            step.alias = Cow::Borrowed(TIME);
        }
        let mut place = 0..;
        inner
            .group
            .retain(|column| place.next() == Some(self.place) || !is_of_steps(column, &self.steps));
        inner.window = Some(Reach::Steps(self.steps));
        inner
    }

    /// Whether nothing but distinct values is counted, so that one row per value and day will do.
    fn counts_values(&self) -> bool {
        self.window.is_distinct_count
    }

    /// Every row with the value that is aggregated; of a multiplied cube every row once.
    fn base_rows(
        &self,
        env: &Env<'a>,
        slots: &mut Slots,
        aggregation: &Aggregation<'a>,
    ) -> Result<Select<'a>, Error> {
        let mut select = grouped_rows(env, slots, aggregation, self.rows)?;
        select.group_by = 0;
        for &leaf in &self.part.leaves {
            let expression = expression::aggregate(env, slots, leaf, Rows::Ungrouped)?;
            select.columns.push(Projected { expression, alias: measure_alias(env, leaf).into() });
        }
        if self.counts_values() {
            select.is_distinct = true;
        } else if let Some(cube) = self.part.keys_of {
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
}

/// Whether an aggregate can be computed over partial results or over single values; the author's
/// own formulas need the rows themselves.
fn can_be_put_together(measure: Option<&Measure>) -> bool {
    !measure.is_some_and(is_calculated)
}

/// Partial results put together, or single values aggregated.
fn combined(kind: MeasureType, value: Expr<'_>, is_additive: bool) -> Expr<'_> {
    let is_sum = matches!(kind, MeasureType::Count | MeasureType::Sum | MeasureType::RunningTotal);
    if is_sum && is_additive {
        return Expr::call("sum", vec![value]);
    }
    expression::aggregate_of(kind, value, Rows::Unique)
}
