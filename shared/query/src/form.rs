//! The form of a query: which keys it may have and what they must be.
//!
//! Fields are checked in the order of Cube's own schema, unknown keys last, and the first mistake is
//! the one that is answered (Cube 1.7, `query.ts`, `querySchema`).

use crate::conditions;
use crate::date_range::RangeForm;
use crate::error::{Error, Rule};
use crate::json::Value;
use crate::limits::{
    Limits, MAX_DIMENSIONS, MAX_GRANULARITY_BYTES, MAX_JOIN_HINTS, MAX_MEASURES, MAX_ORDER,
    MAX_SEGMENTS, MAX_TIME_DIMENSIONS,
};
use crate::member::{MemberPath, is_plain_name};
use crate::normal_form::{CacheMode, Order, ResponseFormat};
use crate::place::Place;
use crate::time_zone::canonical_time_zone;
use crate::wire::WireQuery;

/// A query whose fields are what they must be; no default is filled in but the time zone's.
#[derive(Debug)]
pub(crate) struct Form<'q> {
    pub(crate) measures: Vec<MemberPath>,
    pub(crate) dimensions: Vec<MemberPath>,
    /// All conditions have a valid form.
    pub(crate) filters: &'q [Value],
    /// Those asked for as such, then those written `Cube.dimension.granularity`.
    pub(crate) time_dimensions: Vec<TimeDimensionForm<'q>>,
    pub(crate) order: Option<Vec<Order>>,
    pub(crate) segments: Vec<MemberPath>,
    pub(crate) time_zone: &'static str,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u32>,
    pub(crate) wants_total: bool,
    pub(crate) is_ungrouped: bool,
    pub(crate) cache_mode: CacheMode,
    pub(crate) response_format: ResponseFormat,
    pub(crate) join_hints: Vec<Vec<String>>,
}

/// A time dimension whose fields are what they must be.
#[derive(Debug)]
pub(crate) struct TimeDimensionForm<'q> {
    pub(crate) dimension: MemberPath,
    pub(crate) granularity: Option<&'q str>,
    pub(crate) date_range: Option<RangeForm<'q>>,
    /// The object as it was sent; `None` if it was written as a dimension.
    pub(crate) sent: Option<&'q [(String, Value)]>,
}

const KEYS: [&str; 16] = [
    "measures",
    "dimensions",
    "filters",
    "timeDimensions",
    "order",
    "segments",
    "timezone",
    "limit",
    "offset",
    "total",
    "cacheMode",
    "cache",
    "renewQuery",
    "ungrouped",
    "responseFormat",
    "joinHints",
];

const DIRECTIONS: &[&str] = &["asc", "desc"];

impl<'q> Form<'q> {
    /// # Errors
    /// [`Error::Malformed`], [`Error::TooManyValues`]
    pub(crate) fn read(query: &'q WireQuery, limits: &Limits) -> Result<Form<'q>, Error> {
        let measures = members(query, "measures", MAX_MEASURES)?;
        let (dimensions, with_granularity) = dimensions(query)?;
        let filters = field(query, "filters", Place::list)?.unwrap_or_default();
        conditions::check_form(filters)?;
        let mut time_dimensions = time_dimensions(query)?;
        time_dimensions.extend(with_granularity);
        let order = field(query, "order", order)?;
        let segments = members(query, "segments", MAX_SEGMENTS)?;
        let time_zone = field(query, "timezone", time_zone)?.unwrap_or(limits.default_time_zone);
        let limit = field(query, "limit", Place::count)?;
        let offset = field(query, "offset", |place, value| {
            let count = place.count(value)?;
            u32::try_from(count).map_err(|_| place.breaks(Rule::AtMost(u32::MAX)))
        })?;
        let wants_total = field(query, "total", Place::boolean)?.unwrap_or_default();
        let cache_mode = cache_mode(query)?;
        let is_ungrouped = field(query, "ungrouped", Place::boolean)?.unwrap_or_default();
        let response_format = field(query, "responseFormat", |place, value| {
            place.word(value, ResponseFormat::WORDS, ResponseFormat::parse)
        })?;
        let join_hints = field(query, "joinHints", join_hints)?.unwrap_or_default();
        if let Some((key, _)) =
            query.entries().iter().find(|(key, _)| !KEYS.contains(&key.as_str()))
        {
            return Err(Place::Field(key).breaks(Rule::NotAllowed));
        }
        Ok(Form {
            measures,
            dimensions,
            filters,
            time_dimensions,
            order,
            segments,
            time_zone,
            limit,
            offset,
            wants_total,
            is_ungrouped,
            cache_mode,
            response_format: response_format.unwrap_or_default(),
            join_hints,
        })
    }

    /// Whether there would be no column.
    pub(crate) fn asks_for_nothing(&self) -> bool {
        self.measures.is_empty()
            && self.dimensions.is_empty()
            && self.time_dimensions.iter().all(|dimension| dimension.granularity.is_none())
    }
}

/// The value of `key` as `read` understands it, if the query has it.
fn field<'q, 'k, T>(
    query: &'q WireQuery,
    key: &'k str,
    read: impl FnOnce(&Place<'k>, &'q Value) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    query.get(key).map(|value| read(&Place::Field(key), value)).transpose()
}

/// A list of members without repetition.
fn members(query: &WireQuery, key: &str, most: usize) -> Result<Vec<MemberPath>, Error> {
    let paths = field(query, key, |place, value| {
        let items = place.short_list(value, most)?.iter().enumerate();
        let paths = items.map(|(index, item)| {
            let place = Place::Item(place, index);
            check_no_expression(&place, item)?;
            member(&place, item)
        });
        paths.collect()
    })?;
    Ok(without_repetition(paths.unwrap_or_default()))
}

fn member(place: &Place<'_>, value: &Value) -> Result<MemberPath, Error> {
    place.matching(value, MemberPath::PATTERN, MemberPath::parse)
}

/// A member may be an expression of the SQL API in Cube: an object, which is refused here.
fn check_no_expression(place: &Place<'_>, value: &Value) -> Result<(), Error> {
    match value {
        Value::Text(_) => Ok(()),
        Value::Object(_) => Err(place.breaks(Rule::AllowedTypes)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) => {
            Err(place.breaks(Rule::OneOf(&["string", "object"])))
        }
    }
}

fn without_repetition(paths: Vec<MemberPath>) -> Vec<MemberPath> {
    let mut kept: Vec<MemberPath> = Vec::with_capacity(paths.len());
    for path in paths {
        if !kept.contains(&path) {
            kept.push(path);
        }
    }
    kept
}

/// The dimensions without a granularity, and those with one as time dimensions.
fn dimensions(query: &WireQuery) -> Result<(Vec<MemberPath>, Vec<TimeDimensionForm<'_>>), Error> {
    let (mut plain, mut with_granularity) = (Vec::new(), Vec::new());
    let place = Place::Field("dimensions");
    let items = query.get("dimensions").map(|value| place.short_list(value, MAX_DIMENSIONS));
    for (index, item) in items.transpose()?.unwrap_or_default().iter().enumerate() {
        let place = Place::Item(&place, index);
        check_no_expression(&place, item)?;
        let (dimension, granularity) = place.matching(
            item,
            MemberPath::PATTERN_WITH_GRANULARITY,
            MemberPath::parse_with_granularity,
        )?;
        match granularity {
            None => plain.push(dimension),
            Some(_) => with_granularity.push(TimeDimensionForm {
                dimension,
                granularity,
                date_range: None,
                sent: None,
            }),
        }
    }
    if with_granularity.len() > MAX_TIME_DIMENSIONS {
        return Err(Place::Field("timeDimensions").breaks(Rule::AtMostItems(MAX_TIME_DIMENSIONS)));
    }
    Ok((without_repetition(plain), with_granularity))
}

fn time_dimensions(query: &WireQuery) -> Result<Vec<TimeDimensionForm<'_>>, Error> {
    let forms = field(query, "timeDimensions", |place, value| {
        let items = place.short_list(value, MAX_TIME_DIMENSIONS)?.iter().enumerate();
        items.map(|(index, item)| time_dimension(&Place::Item(place, index), item)).collect()
    })?;
    Ok(forms.unwrap_or_default())
}

fn time_dimension<'q>(place: &Place<'_>, value: &'q Value) -> Result<TimeDimensionForm<'q>, Error> {
    let Value::Object(entries) = value else {
        return Err(place.breaks(Rule::Object));
    };
    let key = Place::Key(place, "dimension");
    let dimension = value.get("dimension").ok_or_else(|| key.breaks(Rule::Required))?;
    let dimension = member(&key, dimension)?;
    let key = Place::Key(place, "granularity");
    let granularity = value.get("granularity").map(|value| key.text(value)).transpose()?;
    if granularity.is_some_and(|name| name.len() > MAX_GRANULARITY_BYTES) {
        return Err(key.breaks(Rule::ShortName));
    }
    let key = Place::Key(place, "dateRange");
    let range = value.get("dateRange").map(|value| date_range(&key, value)).transpose()?;
    // A comparison is one range by now, unless it is no list.
    if value.get("compareDateRange").is_some() {
        return Err(Place::Key(place, "compareDateRange").breaks(Rule::Array));
    }
    let known = ["dimension", "granularity", "dateRange"];
    if let Some((key, _)) = entries.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        return Err(Place::Key(place, key).breaks(Rule::NotAllowed));
    }
    Ok(TimeDimensionForm { dimension, granularity, date_range: range, sent: Some(entries) })
}

fn date_range<'q>(place: &Place<'_>, value: &'q Value) -> Result<RangeForm<'q>, Error> {
    match value {
        Value::Text(_) => place.text(value).map(RangeForm::Phrase),
        Value::List(items) => {
            let items = items.iter().enumerate();
            let dates = items.map(|(index, item)| Place::Item(place, index).text(item));
            match dates.collect::<Result<Vec<_>, _>>()?.as_slice() {
                [] => Err(place.breaks(Rule::AtLeastItems(1))),
                [day] => Ok(RangeForm::Dates { from: day, to: day }),
                [from, to] => Ok(RangeForm::Dates { from, to }),
                _ => Err(place.breaks(Rule::AtMostItems(2))),
            }
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Object(_) => {
            Err(place.breaks(Rule::OneOf(&["array", "string"])))
        }
    }
}

/// `{"Orders.count": "desc"}` or `[["Orders.count", "desc"]]`.
fn order(place: &Place<'_>, value: &Value) -> Result<Vec<Order>, Error> {
    match value {
        Value::Object(entries) => {
            if entries.len() > MAX_ORDER {
                return Err(place.breaks(Rule::AtMostItems(MAX_ORDER)));
            }
            let keys = entries.iter().map(|(key, direction)| {
                let key_place = Place::Key(place, key);
                let member = MemberPath::parse_with_granularity(key)
                    .ok_or_else(|| key_place.breaks(Rule::NotAllowed))?;
                sort_key(member, &key_place, direction)
            });
            keys.collect()
        }
        Value::List(items) => {
            if items.len() > MAX_ORDER {
                return Err(place.breaks(Rule::AtMostItems(MAX_ORDER)));
            }
            let items = items.iter().enumerate();
            items.map(|(index, item)| order_item(&Place::Item(place, index), item)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => {
            Err(place.breaks(Rule::OneOf(&["object", "array"])))
        }
    }
}

fn order_item(place: &Place<'_>, value: &Value) -> Result<Order, Error> {
    match place.list(value)? {
        [member, direction] => {
            let key = Place::Item(place, 0);
            if member.as_text().is_some_and(is_plain_name) {
                return Err(key.breaks(Rule::NotAllowed));
            }
            let member = key.matching(
                member,
                MemberPath::PATTERN_OF_SORT_KEYS,
                MemberPath::parse_with_granularity,
            )?;
            sort_key(member, &Place::Item(place, 1), direction)
        }
        [] | [_] => Err(place.breaks(Rule::AtLeastItems(2))),
        _ => Err(place.breaks(Rule::AtMostOrderedItems(2))),
    }
}

fn sort_key(
    (member, granularity): (MemberPath, Option<&str>),
    place: &Place<'_>,
    direction: &Value,
) -> Result<Order, Error> {
    let is_descending = place.word(direction, DIRECTIONS, |word| match word {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    })?;
    Ok(Order { member, granularity: granularity.map(str::to_owned), is_descending })
}

fn time_zone(place: &Place<'_>, value: &Value) -> Result<&'static str, Error> {
    let name = place.text(value)?;
    canonical_time_zone(name).ok_or_else(|| place.breaks(Rule::TimeZone { value: name.to_owned() }))
}

/// `cache` wins over `cacheMode`, whose name Cube calls both by; `renewQuery` is how clients before 1.0 said it.
fn cache_mode(query: &WireQuery) -> Result<CacheMode, Error> {
    let mode =
        |place: &Place<'_>, value: &Value| place.word(value, CacheMode::WORDS, CacheMode::parse);
    let cache_mode = field(query, "cacheMode", mode)?;
    let cache = query.get("cache").filter(|value| **value != Value::Null);
    let cache = cache.map(|value| mode(&Place::Field("cacheMode"), value)).transpose()?;
    let renews = field(query, "renewQuery", Place::boolean)?.unwrap_or_default();
    let default = if renews { CacheMode::MustRevalidate } else { CacheMode::StaleIfSlow };
    Ok(cache.or(cache_mode).unwrap_or(default))
}

fn join_hints(place: &Place<'_>, value: &Value) -> Result<Vec<Vec<String>>, Error> {
    let hints = place.short_list(value, MAX_JOIN_HINTS)?.iter().enumerate();
    hints
        .map(|(index, hint)| {
            let hint_place = Place::Item(place, index);
            let cubes = hint_place.short_list(hint, MAX_JOIN_HINTS)?.iter().enumerate();
            cubes
                .map(|(index, cube)| Place::Item(&hint_place, index).text(cube).map(str::to_owned))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests;
