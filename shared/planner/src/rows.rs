//! The rows an aggregation reads: FROM, the joins, and the conditions on rows and on aggregates.

use std::borrow::Cow;

use model::{CubeId, DimensionExpression, Member, MemberId};
use query::FilterOperator;
use sql::{Comparison, Expr, JoinKind, JoinedRelation, Relation};

use crate::Error;
use crate::access::{Masks, rules_of};
use crate::condition;
use crate::expression;
use crate::filters::{Condition, ResolvedFilter};
use crate::frame::{Reach, in_any_step, in_step, whole_range};
use crate::join::JoinTree;
use crate::lower::{Aggregation, GroupColumn, Output, OutputValue, lower};
use crate::resolve::NOTHING_PROPAGATED;
use crate::slots::{Slots, Source};
use crate::template::{Env, MeasureOf, render};

/// Cubes joined to a tree, with the sub-queries its dimensions need.
pub(crate) struct JoinedRows<'a> {
    pub(crate) tree: JoinTree<'a>,
    pub(crate) sub_queries: Vec<MemberId>,
}

impl<'a> JoinedRows<'a> {
    /// The rows of a tree with these sub-queries and those that its own conditions read.
    pub(crate) fn new(tree: JoinTree<'a>, mut sub_queries: Vec<MemberId>) -> Self {
        for &id in &tree.sub_queries {
            if !sub_queries.contains(&id) {
                sub_queries.push(id);
            }
        }
        Self { tree, sub_queries }
    }
}

/// FROM and the LEFT JOINs of the tree, each with those of the cube's sub-query dimensions behind
/// it: the conditions of further joins may read them.
pub(crate) fn joined_relations<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    rows: &JoinedRows<'a>,
) -> Result<(Relation<'a>, Vec<JoinedRelation<'a>>), Error> {
    // What joins rows is compared, never shown.
    let masking = env;
    let env = &Env { masks: Masks::Off, ..*env };
    let from = expression::relation(env, slots, rows.tree.root)?;
    let mut joins = Vec::with_capacity(rows.tree.edges.len() + rows.sub_queries.len());
    let join_sub_queries = |slots: &mut Slots, cube: CubeId, joins: &mut Vec<_>| {
        for &id in rows.sub_queries.iter().filter(|id| id.cube == cube) {
            joins.push(sub_query_join(masking, slots, id)?);
        }
        Ok::<(), Error>(())
    };
    join_sub_queries(slots, rows.tree.root, &mut joins)?;
    for edge in &rows.tree.edges {
        joins.push(left_join(
            expression::relation(env, slots, edge.to)?,
            render(env, slots, edge.from, &edge.join.condition)?,
        ));
        join_sub_queries(slots, edge.to, &mut joins)?;
    }
    Ok((from, joins))
}

pub(crate) fn left_join<'a>(relation: Relation<'a>, condition: Expr<'a>) -> JoinedRelation<'a> {
    JoinedRelation { kind: JoinKind::Left, relation, condition: Some(condition) }
}

/// Sub-queries inside sub-queries. More are those of a join whose condition reads a sub-query that
/// takes the same join.
const MAX_DEPTH: u32 = 16;

/// `LEFT JOIN (SELECT key, measure ... GROUP BY key)` for a `sub_query` dimension.
pub(crate) fn sub_query_join<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
) -> Result<JoinedRelation<'a>, Error> {
    if env.depth >= MAX_DEPTH {
        return Err(Error::EntangledJoins { cubes: vec![env.model.cube(id.cube).name.clone()] });
    }
    let alias = expression::sub_query_alias(env, id);
    let dimension = env.model.dimension(id);
    let propagates = dimension
        .and_then(|dimension| dimension.sub_query)
        .is_some_and(|sub_query| sub_query.propagates_filters);
    let Some(DimensionExpression::Sql(template)) = dimension.map(|found| &found.expression) else {
        let path = env.model.path(id).to_owned();
        return Err(Error::Unsupported { path, feature: "a sub-query without sql" });
    };
    let keys = env.model.cube(id.cube).primary_keys();
    let key_of = |index| MemberId { cube: id.cube, member: Member::Dimension(index) };
    let keys: Vec<MemberId> = keys.map(|(index, _)| key_of(index)).collect();
    if keys.is_empty() {
        return Err(Error::NoPrimaryKey { cube: env.model.cube(id.cube).name.clone() });
    }
    let key_alias =
        |key: MemberId| env.model.dimension(key).map_or("", |dimension| dimension.alias.as_str());
    let column = env.model.dimension(id).map_or("", |dimension| dimension.alias.as_str());
    let group = keys
        .iter()
        .map(|&key| GroupColumn {
            id: key,
            granularity: None,
            is_local_time: false,
            alias: Cow::Borrowed(key_alias(key)),
        })
        .collect();
    let value = OutputValue::Formula { owner: id.cube, template };
    let filters = if propagates { env.propagated } else { &NOTHING_PROPAGATED };
    let inner = Aggregation {
        group,
        outputs: vec![Output { value, alias: Cow::Borrowed(column) }],
        row_filters: &filters.row_filters,
        measure_filters: &[],
        time_dimensions: &filters.time_dimensions,
        segments: &filters.segments,
        is_ungrouped: false,
        window: None,
    };
    let inner_env = Env {
        row_filters: &filters.row_filters,
        time_dimensions: &filters.time_dimensions,
        masks: env.masks.min(Masks::Whole),
        join_hints: &[],
        depth: env.depth + 1,
        ..*env
    };
    let select = lower(&inner_env, slots, &inner)?;
    let mut conditions = Vec::with_capacity(keys.len());
    for (key, expression) in expression::primary_keys(env, slots, id.cube)? {
        let other = Expr::column(alias.clone(), key_alias(key));
        conditions.push(Expr::compare(other, Comparison::Equal, expression));
    }
    let relation = Relation::Select { select: Box::new(select), alias: Cow::Owned(alias) };
    Ok(left_join(relation, Expr::and(conditions)))
}

/// WHERE: segments, filters on dimensions, date ranges.
pub(crate) fn row_condition<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    tree: &JoinTree<'a>,
) -> Result<Option<Expr<'a>>, Error> {
    let mut conditions = Vec::new();
    if env.rules.is_denied {
        // Cube's own words for it.
        conditions.push(Expr::compare(Expr::Integer(1), Comparison::Equal, Expr::Integer(0)));
    }
    for filter in rules_of(env, tree) {
        conditions.push(row_filter(env, slots, filter)?);
    }
    for &segment in aggregation.segments {
        conditions.push(expression::segment(env, slots, segment)?);
    }
    for filter in aggregation.row_filters {
        conditions.push(row_filter(env, slots, filter)?);
    }
    for time in aggregation.ranges() {
        let column = expression::dimension(env, slots, time.id)?;
        match aggregation.window {
            Some(Reach::Range(frame)) => {
                conditions.extend(whole_range(env, slots, frame, time, column)?);
                continue;
            }
            Some(reach) if reach.replaces(time) => continue,
            Some(Reach::Steps(_) | Reach::Step(_)) | None => {}
        }
        let from = slots.parameter(Source::RangeStart(time.place)).cast("timestamptz");
        let to = slots.parameter(Source::RangeEnd(time.place)).cast("timestamptz");
        conditions.push(condition::between(column, from, to));
    }
    match &aggregation.window {
        Some(Reach::Steps(steps)) => {
            let column = expression::dimension(env, slots, steps.id)?;
            conditions.extend(in_any_step(env, slots, steps, &column)?);
        }
        Some(Reach::Step(steps)) => {
            let column = expression::dimension(env, slots, steps.id)?;
            let time = expression::in_time_zone(slots, column.clone());
            conditions.extend(in_step(env, slots, steps, &time)?);
            conditions.extend(in_any_step(env, slots, steps, &column)?);
        }
        Some(Reach::Range(_)) | None => {}
    }
    Ok((!conditions.is_empty()).then_some(Expr::And(conditions)))
}

pub(crate) fn row_filter<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    filter: &ResolvedFilter,
) -> Result<Expr<'a>, Error> {
    condition_tree(filter, &mut |condition| {
        if condition.operator == FilterOperator::MeasureFilter {
            return own_filters(env, slots, condition.member);
        }
        let masks = if condition.is_rule { Masks::Off } else { env.masks };
        let column = expression::dimension(&Env { masks, ..*env }, slots, condition.member)?;
        condition::compare(slots, env.model, condition, column)
    })
}

/// `measureFilter`: the measure's own `filters` and `drill_filters` as a row condition.
pub(crate) fn own_filters<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
) -> Result<Expr<'a>, Error> {
    let id = env.model.behind(id);
    let mut conditions = Vec::new();
    if let Some(measure) = env.model.measure(id) {
        for filter in measure.filters.iter().chain(&measure.drill_filters) {
            conditions.push(render(env, slots, id.cube, filter)?);
        }
    }
    Ok(Expr::And(conditions))
}

pub(crate) fn having<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    leaf: MeasureOf<'_, 'a>,
) -> Result<Option<Expr<'a>>, Error> {
    let mut conditions = Vec::with_capacity(aggregation.measure_filters.len());
    for filter in aggregation.measure_filters {
        conditions.push(condition_tree(filter, &mut |condition| {
            let column = expression::measure(env, slots, condition.member, leaf)?;
            condition::compare(slots, env.model, condition, column)
        })?);
    }
    Ok((!conditions.is_empty()).then_some(Expr::And(conditions)))
}

pub(crate) fn condition_tree<'a>(
    filter: &ResolvedFilter,
    render: &mut impl FnMut(&Condition) -> Result<Expr<'a>, Error>,
) -> Result<Expr<'a>, Error> {
    Ok(match filter {
        ResolvedFilter::Condition(condition) => render(condition)?,
        ResolvedFilter::And(filters) => Expr::And(condition_trees(filters, render)?),
        ResolvedFilter::Or(filters) => Expr::Or(condition_trees(filters, render)?),
    })
}

pub(crate) fn condition_trees<'a>(
    filters: &[ResolvedFilter],
    render: &mut impl FnMut(&Condition) -> Result<Expr<'a>, Error>,
) -> Result<Vec<Expr<'a>>, Error> {
    filters.iter().map(|filter| condition_tree(filter, render)).collect()
}
