//! Filters: their form, their values and their dates.

use jiff::Zoned;

use crate::date_range::filter_dates;
use crate::error::{Error, Rule};
use crate::filter::{Filter, FilterValue, MemberFilter};
use crate::json::Value;
use crate::limits::{MAX_FILTER_VALUES, MAX_FILTERS};
use crate::member::MemberPath;
use crate::place::{MAX_SAFE_FLOAT, MAX_SAFE_INTEGER, Place};
use model::FilterOperator;

/// Checks that every filter is a condition or a group of them.
///
/// # Errors
/// [`Error::Malformed`] naming the top-level filter, or all of them when there are too many;
/// [`Error::TooManyValues`]
pub(crate) fn check_form(filters: &[Value]) -> Result<(), Error> {
    let mut found = Found::default();
    let place = Place::Field("filters");
    for (index, filter) in filters.iter().enumerate() {
        if !found.is_filter(filter) {
            return Err(Place::Item(&place, index).breaks(Rule::AllowedTypes));
        }
        if found.conditions > MAX_FILTERS {
            return Err(place.breaks(Rule::AtMostItems(MAX_FILTERS)));
        }
        if found.values > MAX_FILTER_VALUES {
            return Err(Error::TooManyValues);
        }
    }
    Ok(())
}

/// What was found so far.
#[derive(Default)]
struct Found {
    /// Conditions and groups.
    conditions: usize,
    values: usize,
}

impl Found {
    /// Recurses no deeper than the JSON reader let it ([`MAX_DEPTH`](crate::limits::MAX_DEPTH)).
    fn is_filter(&mut self, value: &Value) -> bool {
        let Value::Object(entries) = value else { return false };
        self.conditions += 1;
        match entries.as_slice() {
            [(key, Value::List(filters))] if key == "or" || key == "and" => {
                filters.iter().all(|filter| self.is_filter(filter))
            }
            entries => self.is_condition(entries),
        }
    }

    fn is_condition(&mut self, entries: &[(String, Value)]) -> bool {
        let (mut members, mut has_operator) = (0, false);
        for (key, value) in entries {
            let is_valid = match key.as_str() {
                "member" | "dimension" => {
                    members += 1;
                    value.as_text().is_some_and(|path| MemberPath::parse(path).is_some())
                }
                "operator" => {
                    has_operator = true;
                    value.as_text().is_some_and(|name| FilterOperator::parse(name).is_some())
                }
                "values" => self.are_values(value),
                _ => false,
            };
            if !is_valid {
                return false;
            }
        }
        members == 1 && has_operator
    }

    fn are_values(&mut self, value: &Value) -> bool {
        let Value::List(values) = value else { return false };
        self.values += values.len();
        values.iter().all(is_value)
    }
}

/// A text, a boolean, null, or a number that JavaScript does not round.
fn is_value(value: &Value) -> bool {
    match value {
        Value::Text(_) | Value::Bool(_) | Value::Null => true,
        Value::Integer(number) => number.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs(),
        Value::Float(number) => number.abs() <= MAX_SAFE_FLOAT,
        Value::List(_) | Value::Object(_) => false,
    }
}

/// The normal form of filters, and how they are echoed.
///
/// `now` is the current instant in the zone of the query. A group without conditions says nothing:
/// it is echoed and left out.
///
/// # Errors
/// [`Error::ValuesRequired`], [`Error::UnreadableDate`], [`Error::RelativeDateInRange`]
pub(crate) fn normalize(filters: &[Value], now: &Zoned) -> Result<(Vec<Filter>, Value), Error> {
    let (mut normal, mut echoed) = (Vec::new(), Vec::with_capacity(filters.len()));
    for filter in filters {
        let (condition, echo) = normalize_one(filter, now)?;
        normal.extend(condition);
        echoed.push(echo);
    }
    Ok((normal, Value::List(echoed)))
}

fn normalize_one(filter: &Value, now: &Zoned) -> Result<(Option<Filter>, Value), Error> {
    for (key, group) in [("or", Filter::Or as fn(Vec<Filter>) -> Filter), ("and", Filter::And)] {
        if let Some(Value::List(filters)) = filter.get(key) {
            let (normal, echoed) = normalize(filters, now)?;
            let condition = if normal.is_empty() { None } else { Some(group(normal)) };
            return Ok((condition, Value::Object(vec![(key.to_owned(), echoed)])));
        }
    }
    normalize_condition(filter, now)
}

fn normalize_condition(filter: &Value, now: &Zoned) -> Result<(Option<Filter>, Value), Error> {
    let text = |key: &str| filter.get(key).and_then(Value::as_text);
    let (Some(path), Some(operator)) =
        (text("member").or(text("dimension")), text("operator").and_then(FilterOperator::parse))
    else {
        return Err(Place::Field("filters").breaks(Rule::AllowedTypes));
    };
    let member = MemberPath::parse(path)
        .ok_or_else(|| Place::Field("filters").breaks(Rule::AllowedTypes))?;
    let sent = match filter.get("values") {
        Some(Value::List(values)) => Some(values.as_slice()),
        _ => None,
    };
    if sent.is_none_or(<[Value]>::is_empty) && !operator.ignores_values() {
        return Err(Error::ValuesRequired { filter: filter.to_json() });
    }
    let mut values: Vec<FilterValue> = sent.unwrap_or_default().iter().map(spelt_out).collect();
    let mut instants = Vec::new();
    if let Some(dates) = filter_dates(operator, &values, now)? {
        instants = dates.instants;
        values = dates.values.unwrap_or(values);
    }
    let echo = echoed(filter, path, sent.is_some().then_some(values.as_slice()));
    if operator.ignores_values() {
        values.clear();
    }
    Ok((Some(Filter::Member(MemberFilter { member, operator, values, instants })), echo))
}

/// Finds the dates in the values of a condition that was not read from JSON.
///
/// # Errors
/// [`Error::UnreadableDate`], [`Error::RelativeDateInRange`]
pub(crate) fn settle(filter: &mut Filter, now: &Zoned) -> Result<(), Error> {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter_mut().try_for_each(|filter| settle(filter, now))
        }
        Filter::Member(condition) => {
            if let Some(dates) = filter_dates(condition.operator, &condition.values, now)? {
                condition.instants = dates.instants;
                condition.values = dates.values.unwrap_or_else(|| condition.values.clone());
            }
            Ok(())
        }
    }
}

/// A value as text: what JavaScript's `toString` makes of numbers and booleans, without exponents.
fn spelt_out(value: &Value) -> FilterValue {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// The condition with its values spelt out and `member` for the legacy `dimension`, which goes last
/// as in Cube.
fn echoed(filter: &Value, path: &str, values: Option<&[FilterValue]>) -> Value {
    let mut entries = Vec::new();
    if let Value::Object(sent) = filter {
        for (key, value) in sent.iter().filter(|(key, _)| key != "dimension") {
            let value = match (key.as_str(), values) {
                ("values", Some(values)) => Value::List(
                    values.iter().map(|v| v.as_deref().map_or(Value::Null, Value::from)).collect(),
                ),
                _ => value.clone(),
            };
            entries.push((key.clone(), value));
        }
    }
    if filter.get("member").is_none() {
        entries.push(("member".to_owned(), Value::from(path)));
    }
    Value::Object(entries)
}
