//! Aggregates of cubes whose rows a join repeats: each is computed over its own distinct keys, and
//! the results are put side by side.

use std::borrow::Cow;

use model::{CubeId, DimensionType, MemberId};
use sql::{Comparison, Expr, JoinKind, JoinedRelation, Projected, Relation, Select};

use crate::Error;
use crate::expression::{self, Rows};
use crate::join;
use crate::lower::{Aggregation, GroupColumn, grouped_rows, outputs};
use crate::references::Touched;
use crate::rolling::rolling_select;
use crate::rows::{JoinedRows, having, joined_relations};
use crate::slots::Slots;
use crate::split::Part;
use crate::template::Env;

/// A SELECT over the distinct keys of `cube` per group, the cube joined back by them:
///
/// ```sql
/// SELECT "keys"."users__city", <nothing computed yet>
/// FROM (SELECT DISTINCT ..., "orders".id AS "orders__id" FROM ... WHERE ...) AS "keys"
/// LEFT JOIN orders AS "orders" ON "keys"."orders__id" = "orders".id
/// GROUP BY 1
/// ```
///
/// Cube 1.7.25, `BaseQuery.js`, `aggregateSubQuery`.
///
/// # Errors
/// [`Error::MultipliedMeasure`] when what `leaves` read multiplies the cube's rows again.
pub(crate) fn keys_select<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    cube: CubeId,
    leaves: &[MemberId],
) -> Result<Select<'a>, Error> {
    let own = rows_of_leaves(env, cube, leaves)?;
    let alias = keys_alias(env, &own);
    let mut keys = grouped_rows(env, slots, aggregation, rows)?;
    keys.is_distinct = true;
    keys.group_by = 0;
    let mut conditions = Vec::new();
    for (key, expression) in expression::primary_keys(env, slots, cube)? {
        let name = env.model.dimension(key).map_or("", |dimension| dimension.alias.as_str());
        let column = format!("{name}__key");
        keys.columns
            .push(Projected { expression: expression.clone(), alias: Cow::Owned(column.clone()) });
        conditions.push(Expr::compare(
            Expr::column(alias.clone(), column),
            Comparison::Equal,
            expression,
        ));
    }
    let columns: Vec<Projected<'a>> = aggregation
        .group
        .iter()
        .map(|column| Projected {
            expression: Expr::column(alias.clone(), column.alias.clone()),
            alias: column.alias.clone(),
        })
        .collect();
    let (cube_rows, more) = joined_relations(env, slots, &own)?;
    let mut joins = vec![JoinedRelation {
        kind: JoinKind::Left,
        relation: cube_rows,
        condition: Some(Expr::and(conditions)),
    }];
    joins.extend(more);
    Ok(Select {
        group_by: columns.len(),
        columns,
        from: Some(Relation::Select { select: Box::new(keys), alias: Cow::Owned(alias) }),
        joins,
        ..Select::default()
    })
}

/// The multiplied cube with what its own measures read beside it.
fn rows_of_leaves<'a>(
    env: &Env<'a>,
    cube: CubeId,
    leaves: &[MemberId],
) -> Result<JoinedRows<'a>, Error> {
    let mut touched = Touched::default();
    for &leaf in leaves {
        touched.add_member(env.model, leaf);
    }
    let tree = join::join(env.model, &touched, &[])?;
    if tree.multiplies(cube) {
        let measure = leaves.first().map_or("", |&leaf| env.model.path(leaf)).to_owned();
        return Err(Error::MultipliedMeasure { measure });
    }
    Ok(JoinedRows::new(tree.rooted_at(env.model, cube)?, touched.sub_queries))
}

/// `keys`, or a longer name where a cube has taken that one.
fn keys_alias(env: &Env<'_>, rows: &JoinedRows<'_>) -> String {
    let mut alias = String::from("keys");
    while rows.tree.cubes().any(|cube| env.model.cube(cube).alias == alias) {
        alias.push('_');
    }
    alias
}

/// One SELECT per part, joined on the group columns; formulas and conditions on aggregates are
/// computed over the results. Every part has the same rows before it, so the groups are the same.
///
/// # Errors
/// Those of the parts.
pub(crate) fn joined_parts<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    parts: &[Part<'a>],
) -> Result<Select<'a>, Error> {
    let mut relations = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let select = part_select(env, slots, aggregation, rows, part)?;
        relations.push(Relation::Select {
            select: Box::new(select),
            alias: Cow::Owned(part_alias(index)),
        });
    }
    let mut relations = relations.into_iter();
    let from = relations.next();
    let joins = relations
        .enumerate()
        .map(|(index, relation)| join_part(env, aggregation, index + 1, relation))
        .collect();
    let leaf = &mut |_: &mut Slots, id: MemberId| {
        let index = parts.iter().position(|part| part.leaves.contains(&id)).unwrap_or_default();
        Ok(Expr::column(part_alias(index), measure_alias(env, id)))
    };
    let mut columns: Vec<Projected<'a>> = aggregation
        .group
        .iter()
        .map(|column| Projected {
            expression: Expr::column(part_alias(0), column.alias.clone()),
            alias: column.alias.clone(),
        })
        .collect();
    columns.extend(outputs(env, slots, aggregation, leaf)?);
    let filter = having(env, slots, aggregation, leaf)?;
    Ok(Select { columns, from, joins, filter, ..Select::default() })
}

/// The leaves of one part, grouped.
fn part_select<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    part: &Part<'a>,
) -> Result<Select<'a>, Error> {
    if let Some(window) = part.window {
        return rolling_select(env, slots, aggregation, rows, part, window);
    }
    plain_part_select(env, slots, aggregation, rows, part)
}

/// The leaves of one part, grouped, without regard to their windows.
///
/// # Errors
/// Those of [`keys_select`].
pub(crate) fn plain_part_select<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    aggregation: &Aggregation<'a>,
    rows: &JoinedRows<'a>,
    part: &Part<'a>,
) -> Result<Select<'a>, Error> {
    let mut select = match part.keys_of {
        Some(cube) => keys_select(env, slots, aggregation, rows, cube, &part.leaves)?,
        None => grouped_rows(env, slots, aggregation, rows)?,
    };
    for &leaf in &part.leaves {
        let mode = match part.keys_of {
            None if rows.tree.multiplies(leaf.cube) => Rows::Repeated,
            None | Some(_) => Rows::Unique,
        };
        let expression = expression::aggregate(env, slots, leaf, mode)?;
        select.columns.push(Projected { expression, alias: measure_alias(env, leaf).into() });
    }
    Ok(select)
}

fn part_alias(index: usize) -> String {
    format!("part_{}", index + 1)
}

pub(crate) fn measure_alias<'a>(env: &Env<'a>, id: MemberId) -> &'a str {
    env.model.measure(id).map_or("", |measure| measure.alias.as_str())
}

fn join_part<'a>(
    env: &Env<'a>,
    aggregation: &Aggregation<'a>,
    index: usize,
    relation: Relation<'a>,
) -> JoinedRelation<'a> {
    let conditions: Vec<Expr<'a>> = aggregation
        .group
        .iter()
        .flat_map(|column| {
            let side = |part| Expr::column(part_alias(part), column.alias.clone());
            same_group(env, column, &side(0), &side(index))
        })
        .collect();
    if conditions.is_empty() {
        return JoinedRelation { kind: JoinKind::Cross, relation, condition: None };
    }
    JoinedRelation { kind: JoinKind::Inner, relation, condition: Some(Expr::And(conditions)) }
}

/// Equality that takes NULL for a value, written so that PostgreSQL can hash it: neither
/// `IS NOT DISTINCT FROM` nor Cube's `a = b OR (a IS NULL AND b IS NULL)` can be, and a nested loop
/// over two large groupings takes the product of their sizes.
pub(crate) fn same_group<'a>(
    env: &Env<'a>,
    column: &GroupColumn<'a>,
    left: &Expr<'a>,
    right: &Expr<'a>,
) -> [Expr<'a>; 2] {
    let kind = env.model.dimension(column.id).map(|dimension| dimension.kind);
    let filled = |side: &Expr<'a>| {
        let (value, filler) = match kind {
            Some(DimensionType::Time) => (side.clone(), "epoch"),
            Some(DimensionType::Number) => (side.clone().cast("numeric"), "0"),
            Some(DimensionType::String | DimensionType::Boolean | DimensionType::Geo) | None => {
                (side.clone().cast("text"), "")
            }
        };
        Expr::call("coalesce", vec![value, Expr::Text(filler.into())])
    };
    [
        Expr::compare(filled(left), Comparison::Equal, filled(right)),
        Expr::compare(left.clone().is_null(), Comparison::Equal, right.clone().is_null()),
    ]
}
