//! Parts to SELECTs: one pass where it will do, otherwise one SELECT per part, joined on what they
//! are grouped by.

use model::{CubeId, DimensionType, MemberId, SqlTemplate};
use sql::{Expr, Name, Projected, Select};

use crate::Error;
use crate::access::{Masks, join_ruled, touch_masks};
use crate::expression::{self, Rows};
use crate::facts::{facts_of, joined_facts};
use crate::fan_out::{joined_parts, keys_select};
use crate::filters::ResolvedFilter;
use crate::frame::Reach;
use crate::references::Touched;
use crate::resolve::ResolvedTimeDimension;
use crate::rows::{JoinedRows, having, joined_relations, row_condition};
use crate::slots::Slots;
use crate::split::{self, Part};
use crate::template::{Env, MeasureOf};

/// What one aggregation groups, computes and filters by.
pub(crate) struct Aggregation<'a> {
    pub(crate) group: Vec<GroupColumn<'a>>,
    pub(crate) outputs: Vec<Output<'a>>,
    pub(crate) row_filters: &'a [ResolvedFilter],
    pub(crate) measure_filters: &'a [ResolvedFilter],
    pub(crate) time_dimensions: &'a [ResolvedTimeDimension<'a>],
    pub(crate) segments: &'a [MemberId],
    pub(crate) is_ungrouped: bool,
    /// Stands for the date ranges of the time dimensions where a rolling measure is asked for.
    pub(crate) window: Option<Reach<'a>>,
}

/// A column that is grouped by.
pub(crate) struct GroupColumn<'a> {
    pub(crate) id: MemberId,
    /// Truncated to it when given.
    pub(crate) granularity: Option<&'a str>,
    /// Whether times are shown in the query's time zone (a key in a sub-query is not).
    pub(crate) is_local_time: bool,
    pub(crate) alias: Name<'a>,
}

/// A column that is computed.
pub(crate) struct Output<'a> {
    pub(crate) value: OutputValue<'a>,
    pub(crate) alias: Name<'a>,
}

/// What an output computes.
#[derive(Clone, Copy)]
pub(crate) enum OutputValue<'a> {
    Measure(MemberId),
    /// A formula of a sub-query dimension over measures.
    Formula {
        owner: CubeId,
        template: &'a SqlTemplate,
    },
}

/// Lowers an aggregation to a SELECT without order and limit.
///
/// # Errors
/// No join path, measures that cannot be kept apart, faults of the claims the model reads.
pub(crate) fn lower<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
) -> Result<Select<'a>, Error> {
    let mut touched = aggregation.touched(env);
    let tree = match join_ruled(env, &mut touched) {
        Err(error @ Error::NoJoinPath { .. }) => {
            let facts = facts_of(env, aggregation).ok_or(error)?;
            return joined_facts(env, slots, aggregation, &facts);
        }
        other => other?,
    };
    let rows = JoinedRows::new(tree, touched.sub_queries);
    if aggregation.is_ungrouped {
        return single(env, slots, aggregation, &rows, Rows::Ungrouped);
    }
    let parts = split::split(env.model, &rows.tree, aggregation.measures())?;
    match parts.as_slice() {
        [Part { keys_of: None, window: None, .. }] => {
            single(env, slots, aggregation, &rows, Rows::Repeated)
        }
        [Part { keys_of: Some(cube), window: None, leaves }] => {
            let mut select = keys_select(env, slots, aggregation, &rows, *cube, leaves)?;
            let leaf =
                &mut |slots: &mut Slots, id| expression::aggregate(env, slots, id, Rows::Unique);
            select.columns.extend(outputs(env, slots, aggregation, leaf)?);
            select.having = having(env, slots, aggregation, leaf)?;
            select.is_one_group = select.group_by == 0 && env.masks_measures();
            Ok(select)
        }
        _ => joined_parts(env, slots, aggregation, &rows, &parts),
    }
}

impl<'a> Aggregation<'a> {
    /// Measures that are shown or filtered by.
    pub(crate) fn measures(&self) -> Vec<MemberId> {
        let mut measures = Vec::new();
        for output in &self.outputs {
            match output.value {
                OutputValue::Measure(id) => measures.push(id),
                OutputValue::Formula { template, .. } => {
                    measures.extend(crate::references::measures_of(template));
                }
            }
        }
        for filter in self.measure_filters {
            filter.for_each(&mut |condition| measures.push(condition.member));
        }
        measures
    }

    /// In Cube's order, on which the choice of the root depends: measures, dimensions, segments,
    /// filters, time dimensions.
    pub(crate) fn touched(&self, env: &Env<'a>) -> Touched {
        let model = env.model;
        let mut touched = Touched::default();
        for output in &self.outputs {
            match output.value {
                OutputValue::Measure(id) => touched.add_member(model, id),
                OutputValue::Formula { template, .. } => touched.add_template(model, template),
            }
        }
        self.add_others(env, &mut touched, self.measure_filters);
        touched
    }

    /// The same with these measures in place of all that are shown or filtered by.
    pub(crate) fn touched_by(&self, env: &Env<'a>, measures: &[MemberId]) -> Touched {
        let mut touched = Touched::default();
        for &id in measures {
            touched.add_member(env.model, id);
        }
        self.add_others(env, &mut touched, &[]);
        touched
    }

    fn add_others(&self, env: &Env<'a>, touched: &mut Touched, measure_filters: &[ResolvedFilter]) {
        let model = env.model;
        let (times, plain): (Vec<_>, Vec<_>) =
            self.group.iter().partition(|column| column.granularity.is_some());
        for column in plain {
            touched.add_member(model, column.id);
        }
        for &segment in self.segments {
            touched.add_member(model, segment);
        }
        touch_masks(env, touched);
        for filter in self.row_filters.iter().chain(measure_filters) {
            filter.for_each(&mut |condition| touched.add_condition(model, condition));
        }
        for id in times.iter().map(|column| column.id).chain(self.ranges().map(|time| time.id)) {
            touched.add_member(model, id);
        }
        for column in &times {
            let name = column.granularity.unwrap_or_default();
            touched.add_granularity(model, column.id, name);
        }
    }

    pub(crate) fn ranges(&self) -> impl Iterator<Item = &ResolvedTimeDimension<'a>> {
        self.time_dimensions.iter().filter(|time| time.has_range)
    }
}

impl GroupColumn<'_> {
    /// The same column once more.
    pub(crate) fn copy(&self) -> Self {
        Self { alias: self.alias.clone(), ..*self }
    }
}

/// One SELECT over the joined rows.
pub(crate) fn single<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    mode: Rows,
) -> Result<Select<'a>, Error> {
    // Beside the groups themselves a mask of a measure can look at them.
    let env =
        &Env { masks: if env.masks == Masks::Rows { Masks::Groups } else { env.masks }, ..*env };
    // A measure of a cube whose rows cannot repeat is aggregated plainly: cheaper than DISTINCT.
    let leaf = &mut |slots: &mut Slots, id: MemberId| {
        let is_unique = mode == Rows::Repeated && !rows.tree.multiplies(id.cube);
        expression::aggregate(env, slots, id, if is_unique { Rows::Unique } else { mode })
    };
    let mut select = grouped_rows(env, slots, aggregation, rows)?;
    select.columns.extend(outputs(env, slots, aggregation, leaf)?);
    if mode == Rows::Ungrouped {
        select.group_by = 0;
    } else {
        select.having = having(env, slots, aggregation, leaf)?;
        // Masks aggregate nothing.
        select.is_one_group = select.group_by == 0 && env.masks_measures();
    }
    Ok(select)
}

/// The joined and filtered rows with the columns they are grouped by, and nothing computed.
pub(crate) fn grouped_rows<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
) -> Result<Select<'a>, Error> {
    let mut columns = Vec::with_capacity(aggregation.group.len() + aggregation.outputs.len());
    for column in &aggregation.group {
        let expression = group_expression(env, slots, column)?;
        columns.push(Projected { expression, alias: column.alias.clone() });
    }
    let (from, joins) = joined_relations(env, slots, rows)?;
    Ok(Select {
        group_by: columns.len(),
        columns,
        from: Some(from),
        joins,
        filter: row_condition(env, slots, aggregation, &rows.tree)?,
        ..Select::default()
    })
}

fn group_expression<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    column: &GroupColumn<'a>,
) -> Result<Expr<'a>, Error> {
    // The keys of a sub-query are compared, never shown.
    let masks = if column.is_local_time { env.masks } else { Masks::Off };
    let env = &Env { masks, ..*env };
    if let Some(granularity) = column.granularity {
        return expression::time_bucket(env, slots, column.id, granularity);
    }
    let value = expression::dimension(env, slots, column.id)?;
    let is_time =
        env.model.dimension(column.id).is_some_and(|found| found.kind == DimensionType::Time);
    Ok(if is_time && column.is_local_time { expression::in_time_zone(slots, value) } else { value })
}

pub(crate) fn outputs<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    leaf: MeasureOf<'_, 'a>,
) -> Result<Vec<Projected<'a>>, Error> {
    let mut columns = Vec::with_capacity(aggregation.outputs.len());
    for output in &aggregation.outputs {
        let expression = match output.value {
            OutputValue::Measure(id) => expression::measure(env, slots, id, leaf)?,
            OutputValue::Formula { owner, template } => {
                expression::formula(env, slots, owner, template, leaf)?
            }
        };
        columns.push(Projected { expression, alias: output.alias.clone() });
    }
    Ok(columns)
}
