//! Measures of several fact tables that no join connects, but that share what they are grouped by:
//! each fact is aggregated on its own, and the results are joined on the groups.
//!
//! Cube 1.7.43, `rust/cube/cubesqlplanner`, `multi_fact_join_groups.rs`.

use std::borrow::Cow;

use model::MemberId;
use sql::{Expr, JoinKind, JoinedRelation, Projected, Relation, Select};

use crate::Error;
use crate::access::join_ruled;
use crate::fan_out::{measure_alias, same_group};
use crate::join::JoinTree;
use crate::lower::{Aggregation, GroupColumn, Output, OutputValue, lower, outputs};
use crate::rows::having;
use crate::slots::Slots;
use crate::split::collect_leaves;
use crate::template::Env;

/// Measures that are read from one join tree.
pub(crate) struct Fact<'a> {
    pub(crate) tree: JoinTree<'a>,
    /// Measures that are no formulas.
    pub(crate) leaves: Vec<MemberId>,
}

/// The facts of an aggregation whose cubes one tree does not join; `None` when they share no group
/// or a measure does not reach all that the query groups and filters by.
pub(crate) fn facts_of<'a>(env: &Env<'a>, aggregation: &Aggregation<'a>) -> Option<Vec<Fact<'a>>> {
    if aggregation.group.is_empty() || aggregation.is_ungrouped {
        return None;
    }
    let mut leaves = Vec::new();
    for id in aggregation.measures() {
        collect_leaves(env.model, id, &mut leaves);
    }
    let mut facts: Vec<Fact<'a>> = Vec::new();
    for leaf in leaves {
        let mut touched = aggregation.touched_by(env, &[leaf]);
        let tree = join_ruled(env, &mut touched).ok()?;
        match facts.iter_mut().find(|fact| fact.tree == tree) {
            Some(fact) => fact.leaves.push(leaf),
            None => facts.push(Fact { tree, leaves: vec![leaf] }),
        }
    }
    (facts.len() > 1).then_some(facts)
}

/// One SELECT per fact, joined on the group columns. A group that only one of them has is kept, its
/// other measures are null.
///
/// # Errors
/// Those of the facts.
pub(crate) fn joined_facts<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    facts: &[Fact<'a>],
) -> Result<Select<'a>, Error> {
    let mut relations = Vec::with_capacity(facts.len());
    for (index, fact) in facts.iter().enumerate() {
        let select = lower(env, slots, &aggregation_of(env, aggregation, fact))?;
        relations
            .push(Relation::Select { select: Box::new(select), alias: Cow::Owned(alias(index)) });
    }
    let mut relations = relations.into_iter();
    let from = relations.next();
    let joins = (1..).zip(relations).map(|(index, relation)| {
        let conditions = aggregation.group.iter().flat_map(|column| {
            let right = Expr::column(alias(index), column.alias.clone());
            same_group(env, column, &first_of(index, column), &right)
        });
        let condition = Some(Expr::And(conditions.collect()));
        JoinedRelation { kind: JoinKind::Full, relation, condition }
    });
    let joins = joins.collect();
    let leaf = &mut |_: &mut Slots, id: MemberId| {
        let index = facts.iter().position(|fact| fact.leaves.contains(&id)).unwrap_or_default();
        Ok(Expr::column(alias(index), measure_alias(env, id)))
    };
    let mut columns: Vec<Projected<'a>> = aggregation
        .group
        .iter()
        .map(|column| Projected {
            expression: first_of(facts.len(), column),
            alias: column.alias.clone(),
        })
        .collect();
    columns.extend(outputs(env, slots, aggregation, leaf)?);
    let filter = having(env, slots, aggregation, leaf)?;
    Ok(Select { columns, from, joins, filter, ..Select::default() })
}

fn alias(index: usize) -> String {
    format!("fact_{}", index + 1)
}

/// A group column of the first facts, `count` of them, that has it.
fn first_of<'a>(count: usize, column: &GroupColumn<'a>) -> Expr<'a> {
    let value = |index| Expr::column(alias(index), column.alias.clone());
    if count == 1 {
        return value(0);
    }
    Expr::call("coalesce", (0..count).map(value).collect())
}

fn aggregation_of<'a>(
    env: &Env<'a>,
    aggregation: &Aggregation<'a>,
    fact: &Fact<'a>,
) -> Aggregation<'a> {
    let outputs = fact.leaves.iter().map(|&leaf| Output {
        value: OutputValue::Measure(leaf),
        alias: Cow::Borrowed(measure_alias(env, leaf)),
    });
    Aggregation {
        group: aggregation.group.iter().map(GroupColumn::copy).collect(),
        outputs: outputs.collect(),
        measure_filters: &[],
        ..*aggregation
    }
}
