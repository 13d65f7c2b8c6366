//! The public face: a query's shape to SQL text, and the values that go with it.

use std::borrow::Cow;
use std::sync::Arc;

use auth::SecurityContext;
use model::{ClaimPath, DataModel, MemberId};
use query::Query;
use sql::{Expr, Projected, Relation, Select, Statement, Written};

use crate::Error;
use crate::lower::{Aggregation, GroupColumn, Output, OutputValue, lower};
use crate::resolve::{Propagated, ResolvedQuery, conditions_of, resolve};
use crate::slots::{Slots, Source, ValueKind};
use crate::template::{Env, MissingClaims, scalar_text};

/// What a query becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Returns the rows.
    pub statement: Statement,
    /// Returns one row with the number of rows without limit and offset, when that is asked for.
    pub total: Option<Statement>,
    /// What the columns of `statement` are.
    pub projection: Arc<Projection>,
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
    rows: Text,
    total: Option<Text>,
    projection: Arc<Projection>,
}

#[derive(Debug, Clone, PartialEq)]
struct Text {
    text: String,
    sources: Vec<Source>,
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
    prepare(model, context, missing_claims, query)?.bind(context, query)
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
) -> Result<Prepared, Error> {
    let resolved = resolve(model, query)?;
    let propagated = Propagated::of(model, &resolved);
    let env = Env {
        model,
        context,
        row_filters: &resolved.row_filters,
        time_dimensions: &resolved.time_dimensions,
        missing_claims,
        propagated: &propagated,
    };
    let mut slots = Slots::default();
    let columns = columns_of(model, &resolved);
    let aggregation = aggregation_of(&resolved, &columns);
    let mut select = lower(&env, &mut slots, &aggregation)?;
    let total = resolved.wants_total.then(|| with_sources(&sql::write(&count_of(&select)), &slots));
    select.order_by.clone_from(&resolved.order);
    select.limit = Some(slots.slot(Source::Limit));
    select.offset = resolved.has_offset.then(|| slots.slot(Source::Offset));
    let rows = with_sources(&sql::write(&select), &slots);
    let data_source = columns
        .first()
        .map_or("default", |column| model.cube(column.member.cube).data_source.as_str())
        .to_owned();
    let projection = Arc::new(Projection {
        columns,
        order: resolved.order_members.clone(),
        segments: resolved.segments.clone(),
        data_source,
    });
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

fn with_sources(written: &Written, slots: &Slots) -> Text {
    Text {
        text: written.text.clone(),
        sources: written.slots.iter().filter_map(|&slot| slots.source(slot)).cloned().collect(),
    }
}

impl Prepared {
    /// Adds the values of a query and a context of the shape this was prepared for.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a value that does not fit its member's type,
    /// [`Error::UnusableClaim`] for a claim that cannot be sent.
    pub(crate) fn bind(&self, context: &SecurityContext, query: &Query) -> Result<Plan, Error> {
        let values = Values::of(context, query);
        values.check_steps(&self.rows)?;
        Ok(Plan {
            statement: values.bind(&self.rows)?,
            total: self.total.as_ref().map(|total| values.bind(total)).transpose()?,
            projection: Arc::clone(&self.projection),
        })
    }
}

/// The values of one query, by place.
struct Values<'q> {
    context: &'q SecurityContext,
    query: &'q Query,
    /// Of all conditions, with the condition each belongs to.
    by_place: Vec<(&'q query::MemberFilter, Option<&'q str>)>,
    instants: Vec<&'q str>,
}

impl<'q> Values<'q> {
    fn of(context: &'q SecurityContext, query: &'q Query) -> Self {
        let conditions = conditions_of(&query.filters);
        Self {
            context,
            query,
            by_place: conditions
                .iter()
                .flat_map(|filter| filter.values.iter().map(|value| (*filter, value.as_deref())))
                .collect(),
            instants: conditions
                .iter()
                .flat_map(|filter| filter.instants.iter().map(String::as_str))
                .collect(),
        }
    }

    fn bind(&self, text: &Text) -> Result<Statement, Error> {
        let mut parameters = Vec::with_capacity(text.sources.len());
        for source in &text.sources {
            parameters.push(self.value(source)?);
        }
        Ok(Statement {
            text: text.text.clone(),
            parameters,
            has_context_parameters: text
                .sources
                .iter()
                .any(|source| matches!(source, Source::Claim { .. })),
        })
    }

    /// A series makes a row for every step of a range: it must end.
    fn check_steps(&self, text: &Text) -> Result<(), Error> {
        for source in &text.sources {
            let Source::RangeStartLocal(place) = source else { continue };
            let Some(time) = self.query.time_dimensions.get(*place as usize) else { continue };
            if time.bucket_count().is_some_and(|steps| steps > query::limits::MAX_SERIES_BUCKETS) {
                return Err(Error::TooManySteps { path: time.dimension.to_string() });
            }
        }
        Ok(())
    }

    fn value(&self, source: &Source) -> Result<String, Error> {
        Ok(match source {
            Source::TimeZone => self.query.time_zone.to_owned(),
            Source::Limit => self.query.limit.to_string(),
            Source::Offset => self.query.offset.unwrap_or_default().to_string(),
            Source::Value { index, kind } => self.filter_value(*index, *kind)?,
            Source::Pattern(index) => escape_pattern(&self.filter_value(*index, ValueKind::Text)?),
            Source::Instant(index) => {
                self.instants.get(*index as usize).copied().unwrap_or_default().to_owned()
            }
            Source::RangeStart(place) => self.range(*place, |range| &range.from),
            Source::RangeEnd(place) => self.range(*place, |range| &range.to),
            Source::RangeStartLocal(place) => self.range(*place, |range| &range.from_local),
            Source::RangeEndLocal(place) => self.range(*place, |range| &range.to_local),
            Source::Claim { path, element } => self.claim(path, *element)?,
        })
    }

    fn filter_value(&self, index: u32, kind: ValueKind) -> Result<String, Error> {
        let Some(&(filter, Some(value))) = self.by_place.get(index as usize) else {
            return Ok(String::new());
        };
        let expected = match kind {
            ValueKind::Text => None,
            ValueKind::Number => (!is_number(value)).then_some("number"),
            ValueKind::Boolean => (!is_boolean(value)).then_some("boolean"),
        };
        match expected {
            Some(expected) => {
                Err(Error::InvalidValue { path: filter.member.to_string(), expected })
            }
            None => Ok(value.to_owned()),
        }
    }

    fn range(&self, place: u32, end: impl Fn(&query::DateRange) -> &String) -> String {
        let time = self.query.time_dimensions.get(place as usize);
        time.and_then(|time| time.date_range.as_ref()).map(end).cloned().unwrap_or_default()
    }

    fn claim(&self, path: &ClaimPath, element: Option<u32>) -> Result<String, Error> {
        let value = self.context.claim(&path.0);
        let value = match element {
            None => value,
            Some(place) => value
                .and_then(serde_json::Value::as_array)
                .and_then(|elements| elements.get(place as usize)),
        };
        value.and_then(scalar_text).ok_or_else(|| Error::UnusableClaim(path.clone()))
    }
}

/// Makes `%`, `_` and `\` literal in a LIKE pattern, whose escape character is the backslash
/// (PARITY.md row 5).
fn escape_pattern(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 2);
    for character in value.chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A decimal number as PostgreSQL reads it: `-12`, `0.5`, `1e3`. Not `0x10`, `NaN` or blanks.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => (digits(whole) || whole.is_empty()) && digits(fraction),
        None => digits(mantissa),
    };
    is_mantissa
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_value_are_literal() {
        assert_eq!(escape_pattern(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn only_decimal_numbers_are_numbers() {
        for number in ["0", "-1", "+2", "0.5", ".5", "1e3", "1E-3", "12345678901234567890"] {
            assert!(is_number(number), "{number}");
        }
        for other in
            ["", "-", "0x10", "1;", "NaN", "Infinity", " 1", "1.", "1e", "1e+", "--1", "1_000"]
        {
            assert!(!is_number(other), "{other}");
        }
    }
}
