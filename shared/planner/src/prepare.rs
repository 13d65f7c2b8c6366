//! The public face: a query's shape to SQL text, and the values that go with it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use auth::SecurityContext;
use model::{CubeId, DataModel, MemberId};
use query::Query;
use sql::{Expr, Projected, Relation, Select, Statement, Written};

use crate::Error;
use crate::access::{Access, Caller, Masks, Rules, check_decided};
use crate::bind::Values;
use crate::join;
use crate::lower::{Aggregation, GroupColumn, Output, OutputValue, lower};
use crate::resolve::{Propagated, ResolvedQuery, resolve};
use crate::slots::{Series, Slots, Source};
use crate::template::{Env, MissingClaims};

/// What a query becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Returns the rows.
    pub statement: Statement,
    /// Returns one row with the number of rows without limit and offset, when that is asked for.
    pub total: Option<Statement>,
    /// What the columns of `statement` are.
    pub projection: Projection,
}

/// What the columns of a statement are.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// In the statement's order: dimensions, time dimensions with a granularity, measures.
    pub columns: Vec<Column>,
    /// The order in effect: member path and whether it is descending.
    pub order: Vec<(String, bool)>,
    /// The segments that were asked for.
    pub segments: Vec<MemberId>,
    /// The database all cubes live in.
    pub data_source: String,
}

/// One output column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The member it shows.
    pub member: MemberId,
    /// What a time dimension is truncated to.
    pub granularity: Option<String>,
    /// Its name in SQL.
    pub alias: String,
}

/// A query's SQL without its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    rows: Draft,
    total: Option<Draft>,
    projection: Projection,
}

/// SQL with the source of each of its parameters, `$1` first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) series: Vec<Series>,
}

/// Plans a query: first its shape, then its values.
///
/// The text of the statement depends on the shape alone: no value of a filter, a date, a limit, an
/// offset or a time zone is in it.
///
/// # Errors
/// [`Error`]: why this caller has no answer to this query.
pub fn plan(
    model: &DataModel,
    context: &SecurityContext,
    missing_claims: MissingClaims,
    query: &Query,
) -> Result<Plan, Error> {
    plan_with(model, context, missing_claims, query, &Access::default())
}

/// Plans a query that the filters of `access` were added to, last of all.
///
/// # Errors
/// As [`plan`]; [`Error::Undecided`] when the query reads a cube with policies that `access` does not
/// decide on.
pub fn plan_with(
    model: &DataModel,
    context: &SecurityContext,
    missing_claims: MissingClaims,
    query: &Query,
    access: &Access,
) -> Result<Plan, Error> {
    let read = RefCell::default();
    let prepared = prepare(model, context, missing_claims, query, access, &read)?;
    for cube in read.take() {
        check_decided(model, access, cube)?;
    }
    let mut plan = prepared.bind(context, query)?;
    plan.statement.has_context_parameters |= access.has_values();
    Ok(plan)
}

/// The cubes whose rows a query reads.
///
/// # Errors
/// As [`plan`].
pub(crate) fn cubes_read(
    model: &DataModel,
    caller: &Caller<'_>,
    query: &Query,
    access: &Access,
) -> Result<BTreeSet<CubeId>, Error> {
    let read = RefCell::default();
    prepare(model, caller.context, caller.missing_claims, query, access, &read)?;
    Ok(read.take())
}

/// Plans the shape of a query.
///
/// # Errors
/// [`Error`]: names that are unknown or hidden, cubes that cannot be joined, claims that are
/// missing or unusable.
pub(crate) fn prepare(
    model: &DataModel,
    context: &SecurityContext,
    missing_claims: MissingClaims,
    query: &Query,
    access: &Access,
    read: &RefCell<BTreeSet<CubeId>>,
) -> Result<Prepared, Error> {
    let mut resolved = resolve(model, query)?;
    let rules = Rules::take(model, access, &mut resolved)?;
    let propagated = Propagated::of(model, &resolved);
    let env = Env {
        model,
        context,
        row_filters: &resolved.row_filters,
        time_dimensions: &resolved.time_dimensions,
        join_hints: &resolved.join_hints,
        depth: 0,
        missing_claims,
        propagated: &propagated,
        rules: &rules,
        masks: Masks::Rows,
        read,
    };
    let mut slots = Slots::default();
    let columns = columns_of(model, &resolved);
    let aggregation = aggregation_of(&resolved, &columns);
    // Several facts are joined apart: what holds for each tree must hold for all together.
    let touched = aggregation.touched(&env);
    let data_source = join::data_source(model, touched.hints.into_iter().flatten())?.to_owned();
    let mut select = lower(&env, &mut slots, &aggregation)?;
    let total = resolved.wants_total.then(|| with_sources(sql::write(&count_of(&select)), &slots));
    select.order_by.clone_from(&resolved.order);
    select.limit = Some(slots.slot(Source::Limit));
    select.offset = resolved.has_offset.then(|| slots.slot(Source::Offset));
    let rows = with_sources(sql::write(&select), &slots);
    let projection = Projection {
        columns,
        order: resolved.order_members.clone(),
        segments: resolved.segments.clone(),
        data_source,
    };
    Ok(Prepared { rows, total, projection })
}

/// PostgreSQL cuts identifiers at this many bytes (`NAMEDATALEN` - 1).
const MAX_IDENTIFIER_BYTES: usize = 63;

pub(crate) fn columns_of(model: &DataModel, resolved: &ResolvedQuery<'_>) -> Vec<Column> {
    let plain = |&member: &MemberId| {
        let alias = model
            .dimension(member)
            .map(|dimension| &dimension.alias)
            .or_else(|| model.measure(member).map(|measure| &measure.alias));
        Column { member, granularity: None, alias: alias.cloned().unwrap_or_default() }
    };
    let mut columns: Vec<Column> = resolved.dimensions.iter().map(plain).collect();
    for time in &resolved.time_dimensions {
        let Some(granularity) = time.granularity else {
            continue;
        };
        let mut column = plain(&time.id);
        column.alias = format!("{}_{granularity}", column.alias);
        column.granularity = Some(granularity.to_owned());
        columns.push(column);
    }
    columns.extend(resolved.measures.iter().map(plain));
    for (index, column) in columns.iter_mut().enumerate() {
        if column.alias.len() > MAX_IDENTIFIER_BYTES {
            column.alias = format!("column_{}", index + 1);
        }
    }
    columns
}

pub(crate) fn aggregation_of<'a>(
    resolved: &'a ResolvedQuery<'a>,
    columns: &'a [Column],
) -> Aggregation<'a> {
    let group_count = columns.len() - resolved.measures.len();
    let (group, measures) = columns.split_at(group_count);
    Aggregation {
        group: group
            .iter()
            .map(|column| GroupColumn {
                id: column.member,
                granularity: column.granularity.as_deref(),
                is_local_time: true,
                alias: Cow::Borrowed(column.alias.as_str()),
            })
            .collect(),
        outputs: measures
            .iter()
            .map(|column| Output {
                value: OutputValue::Measure(column.member),
                alias: Cow::Borrowed(column.alias.as_str()),
            })
            .collect(),
        row_filters: &resolved.row_filters,
        measure_filters: &resolved.measure_filters,
        time_dimensions: &resolved.time_dimensions,
        segments: &resolved.segments,
        is_ungrouped: resolved.is_ungrouped,
        window: None,
    }
}

/// Cube 1.7.25, `BaseQuery.js`, `countAllQuery`.
fn count_of<'a>(select: &Select<'a>) -> Select<'a> {
    let inner = Relation::Select {
        select: Box::new(select.clone()),
        alias: Cow::Borrowed("original_query"),
    };
    Select {
        columns: vec![Projected { expression: Expr::CountRows, alias: "total_count".into() }],
        from: Some(inner),
        ..Select::default()
    }
}

fn with_sources(written: Written, slots: &Slots) -> Draft {
    Draft {
        text: written.text,
        series: slots.all_series().to_vec(),
        sources: written.slots.iter().filter_map(|&slot| slots.source(slot)).cloned().collect(),
    }
}

impl Prepared {
    /// Adds the values of a query and a context of the shape this was prepared for.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a value that does not fit its member's type,
    /// [`Error::UnusableClaim`] for a claim that cannot be sent.
    pub(crate) fn bind(self, context: &SecurityContext, query: &Query) -> Result<Plan, Error> {
        let values = Values::of(context, query);
        values.check_steps(&self.rows)?;
        Ok(Plan {
            statement: values.bind(self.rows)?,
            total: self.total.map(|total| values.bind(total)).transpose()?,
            projection: self.projection,
        })
    }
}
