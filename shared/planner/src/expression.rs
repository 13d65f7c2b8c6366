//! Members to expressions: dimensions, segments, aggregates.

use std::borrow::Cow;

use model::{
    CubeId, DimensionExpression, Label, Measure, MeasureType, MemberId, Part, Source as CubeSource,
    SqlTemplate,
};
use sql::{Expr, Fragment, Relation};

use crate::Error;
use crate::access::{Masks, masked};
use crate::granularity::granularity;
use crate::slots::{Slots, Source};
use crate::template::{Env, MeasureOf, render, render_with};

/// The alias of the sub-select that computes a `sub_query` dimension.
pub(crate) fn sub_query_alias(env: &Env<'_>, id: MemberId) -> String {
    let column = env.model.dimension(id).map_or("", |dimension| dimension.alias.as_str());
    format!("{column}_subquery")
}

/// A dimension's value, times as they are stored.
///
/// # Errors
/// Those of the claims its SQL reads.
pub(crate) fn dimension<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
) -> Result<Expr<'a>, Error> {
    behind_masks(env, slots, id, &mut |slots, id| plain_dimension(env, slots, id))
}

/// The value of a member of a cube, behind its mask and that of the view's member it is asked as.
fn behind_masks<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    value: &mut dyn FnMut(&mut Slots, MemberId) -> Result<Expr<'a>, Error>,
) -> Result<Expr<'a>, Error> {
    let behind = env.model.behind(id);
    masked(env, slots, id, &mut |slots| {
        if behind == id {
            return value(slots, id);
        }
        masked(env, slots, behind, &mut |slots| value(slots, behind))
    })
}

fn plain_dimension<'a>(env: &Env<'a>, slots: &mut Slots, id: MemberId) -> Result<Expr<'a>, Error> {
    let Some(dimension) = env.model.dimension(id) else {
        return Ok(Expr::Null);
    };
    if dimension.sub_query.is_some() {
        return Ok(Expr::column(sub_query_alias(env, id), dimension.alias.as_str()));
    }
    match &dimension.expression {
        DimensionExpression::Sql(template) => render(env, slots, id.cube, template),
        DimensionExpression::Case { whens, otherwise } => {
            let mut rendered = Vec::with_capacity(whens.len());
            for when in whens {
                let condition = render(env, slots, id.cube, &when.condition)?;
                rendered.push((condition, label(env, slots, id.cube, &when.label)?));
            }
            let otherwise = match otherwise {
                Some(value) => Some(Box::new(label(env, slots, id.cube, value)?)),
                None => None,
            };
            Ok(Expr::Case { whens: rendered, otherwise })
        }
        DimensionExpression::Geo { latitude, longitude } => Ok(Expr::Concat(vec![
            render(env, slots, id.cube, latitude)?,
            Expr::Text(",".into()),
            render(env, slots, id.cube, longitude)?,
        ])),
    }
}

fn label<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    label: &'a Label,
) -> Result<Expr<'a>, Error> {
    match label {
        Label::Text(text) => Ok(Expr::Text(Cow::Borrowed(text))),
        Label::Sql(template) => render(env, slots, owner, template),
    }
}

/// A segment's condition.
///
/// # Errors
/// Those of the claims its SQL reads.
pub(crate) fn segment<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
) -> Result<Expr<'a>, Error> {
    behind_masks(env, slots, id, &mut |slots, id| match env.model.segment(id) {
        Some(segment) => render(env, slots, id.cube, &segment.sql),
        None => Ok(Expr::Boolean(true)),
    })
}

/// A time in the query's time zone, without zone: `(t::timestamptz AT TIME ZONE $n)`.
pub(crate) fn in_time_zone<'a>(slots: &mut Slots, time: Expr<'a>) -> Expr<'a> {
    Expr::AtTimeZone {
        operand: Box::new(time.cast("timestamptz")),
        zone: Box::new(slots.parameter(Source::TimeZone)),
    }
}

/// A time dimension truncated to a granularity, in the query's time zone. Weeks start on Monday.
///
/// # Errors
/// [`Error::UnknownGranularity`]; those of the claims the author's SQL reads.
pub(crate) fn time_bucket<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    name: &str,
) -> Result<Expr<'a>, Error> {
    let id = env.model.behind(id);
    let granularity = granularity(env, id, name)?;
    let time = dimension(env, slots, id)?;
    let local = in_time_zone(slots, time);
    granularity.bucket(env, slots, id, local)
}

/// How a measure is rendered where rows of its cube may stand more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Each row of the cube once at most.
    Unique,
    /// Rows may repeat: only aggregates that do not mind are asked for.
    Repeated,
    /// No aggregation at all.
    Ungrouped,
}

/// The aggregate of a measure that refers to no other measure.
///
/// # Errors
/// Those of the claims its SQL reads.
pub(crate) fn aggregate<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    rows: Rows,
) -> Result<Expr<'a>, Error> {
    let Some(measure) = env.model.measure(id) else {
        return Ok(Expr::Null);
    };
    let value = aggregated_value(env, slots, id, measure, rows)?;
    Ok(if rows == Rows::Ungrouped { value } else { aggregate_of(measure.kind, value, rows) })
}

/// A measure's aggregate over a value.
pub(crate) fn aggregate_of(kind: MeasureType, value: Expr<'_>, rows: Rows) -> Expr<'_> {
    let unique = |function| Expr::call(function, vec![value.clone()]);
    match kind {
        MeasureType::Count if is_row_count(&value) => Expr::CountRows,
        MeasureType::Count if rows == Rows::Repeated => Expr::call_distinct("count", value),
        MeasureType::Count => unique("count"),
        MeasureType::CountDistinct => Expr::call_distinct("count", value),
        MeasureType::CountDistinctApprox => approximate_count(value),
        MeasureType::Sum | MeasureType::RunningTotal => unique("sum"),
        MeasureType::Avg => unique("avg"),
        MeasureType::Min => unique("min"),
        MeasureType::Max => unique("max"),
        MeasureType::Number | MeasureType::String | MeasureType::Time | MeasureType::Boolean => {
            value
        }
    }
}

/// The `HyperLogLog` estimate of the `hll` extension, rounded (Cube 1.7.25, `PostgresQuery.js`,
/// `countDistinctApprox`).
fn approximate_count(value: Expr<'_>) -> Expr<'_> {
    let hashed = Expr::call("hll_hash_any", vec![value]);
    let sketch = Expr::call("hll_add_agg", vec![hashed]);
    Expr::call("round", vec![Expr::call("hll_cardinality", vec![sketch])])
}

/// `sql: count(*)`, which authors write for "rows of this cube".
pub(crate) fn is_row_count_text(measure: &Measure) -> bool {
    let Some(SqlTemplate { parts }) = &measure.sql else {
        return false;
    };
    matches!(parts.as_slice(), [Part::Text(text)] if text.trim().eq_ignore_ascii_case("count(*)"))
}

/// A count without primary key or condition: every row counts.
fn is_row_count(value: &Expr<'_>) -> bool {
    matches!(value, Expr::Integer(1))
}

/// What is aggregated: the measure's SQL, its cube's row identity for a plain count, inside a CASE
/// when the measure has conditions.
fn aggregated_value<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    measure: &'a Measure,
    rows: Rows,
) -> Result<Expr<'a>, Error> {
    let value = match &measure.sql {
        Some(template) if is_row_count_text(measure) => match rows {
            Rows::Repeated => {
                let key = row_identity(env, slots, id.cube)?;
                return Ok(Expr::call_distinct("count", key));
            }
            Rows::Unique | Rows::Ungrouped => render(env, slots, id.cube, template)?,
        },
        // A formula that also reads columns is aggregated where it stands.
        Some(template) => formula(env, slots, id.cube, template, &mut |slots, id| {
            aggregate(env, slots, id, rows)
        })?,
        None if rows == Rows::Ungrouped => Expr::Integer(1),
        None => row_identity(env, slots, id.cube)?,
    };
    if measure.filters.is_empty() {
        return Ok(value);
    }
    let mut conditions = Vec::with_capacity(measure.filters.len());
    for filter in &measure.filters {
        conditions.push(render(env, slots, id.cube, filter)?);
    }
    let condition = Expr::And(conditions);
    Ok(Expr::Case { whens: vec![(condition, value)], otherwise: None })
}

/// One value per row of a cube, null where a LEFT JOIN found none; `1` when the cube has no key.
fn row_identity<'a>(env: &Env<'a>, slots: &mut Slots, cube: CubeId) -> Result<Expr<'a>, Error> {
    let keys = primary_keys(env, slots, cube)?;
    let mut keys = keys.into_iter().map(|(_, key)| key);
    let Some(first) = keys.next() else {
        return Ok(Expr::Integer(1));
    };
    let mut row = vec![first.clone()];
    row.extend(keys);
    if row.len() == 1 {
        return Ok(first);
    }
    let present = first.is_not_null();
    Ok(Expr::Case { whens: vec![(present, Expr::call("ROW", row))], otherwise: None })
}

/// The primary key dimensions of a cube with their expressions.
pub(crate) fn primary_keys<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    cube: CubeId,
) -> Result<Vec<(MemberId, Expr<'a>)>, Error> {
    // Keys are compared and counted, never shown.
    let env = &Env { masks: Masks::Off, ..*env };
    let mut keys = Vec::new();
    for (index, _) in env.model.cube(cube).primary_keys() {
        let id = MemberId { cube, member: model::Member::Dimension(index) };
        keys.push((id, dimension(env, slots, id)?));
    }
    Ok(keys)
}

/// A measure as a formula over others: `leaf` gives the aggregates it is made of.
///
/// # Errors
/// Those of the claims its SQL reads, and of `leaf`.
pub(crate) fn formula<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    template: &'a SqlTemplate,
    leaf: MeasureOf<'_, 'a>,
) -> Result<Expr<'a>, Error> {
    render_with(env, slots, owner, template, &mut |slots, id| measure(env, slots, id, leaf))
}

/// A measure, whole: a formula is taken apart down to its leaves.
///
/// # Errors
/// Those of the claims its SQL reads, and of `leaf`.
pub(crate) fn measure<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    leaf: MeasureOf<'_, 'a>,
) -> Result<Expr<'a>, Error> {
    behind_masks(env, slots, id, &mut |slots, id| match env
        .model
        .measure(id)
        .and_then(crate::split::formula_of)
    {
        Some(template) => formula(env, slots, id.cube, template, leaf),
        None => leaf(slots, id),
    })
}

/// A cube as something to select from.
///
/// # Errors
/// Those of the claims its SQL reads.
pub(crate) fn relation<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    cube: CubeId,
) -> Result<Relation<'a>, Error> {
    if !env.model.cube(cube).access_policies.is_empty() {
        env.read.borrow_mut().insert(cube);
    }
    let alias = Cow::Borrowed(env.model.cube(cube).alias.as_str());
    let sql = source_text(env, slots, cube)?;
    Ok(match &env.model.cube(cube).source {
        CubeSource::Table(_) => Relation::Table { sql, alias },
        CubeSource::Query(_) | CubeSource::View(_) => Relation::Query { sql, alias },
    })
}

/// `{Other.sql()}`: a cube's rows as text that can stand after FROM.
///
/// # Errors
/// Those of the claims its SQL reads.
pub(crate) fn source_text<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    cube: CubeId,
) -> Result<Expr<'a>, Error> {
    let template = match &env.model.cube(cube).source {
        CubeSource::Table(template) | CubeSource::Query(template) => template,
        // A view's members stand for those of cubes: nothing is ever selected from it.
        CubeSource::View(_) => {
            return Err(Error::NoJoinPath { cubes: vec![env.model.cube(cube).name.clone()] });
        }
    };
    // A query comes into parentheses where the writer puts it into its hole; a table's name is never
    // prefixed with the cube's alias.
    match template.plain_identifier() {
        Some(name) => Ok(Expr::Raw(vec![Fragment::Text(Cow::Borrowed(name))])),
        None => render(env, slots, cube, template),
    }
}
