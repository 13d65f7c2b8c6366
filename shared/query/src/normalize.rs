//! From what was sent to the normal form.

use jiff::{Timestamp, Zoned};
use model::TimeUnit;

use crate::calendar::{local_text, start_of};
use crate::conditions;
use crate::date_range::date_range;
use crate::echo::Echo;
use crate::error::{Error, Rule};
use crate::filter::Filter;
use crate::form::{Form, TimeDimensionForm};
use crate::limits::{Limits, MAX_BUCKETS};
use crate::member::is_plain_name;
use crate::normal_form::{Query, TimeDimension};
use crate::place::Place;
use crate::time_zone;
use crate::wire::{QueryType, Request, WireQuery};

/// A query in normal form, and how the caller is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized {
    /// What the later stages read.
    pub query: Query,
    /// What the caller reads in `query` and `normalizedQueries`.
    pub echo: Echo,
}

/// All queries of a request in normal form.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalizedRequest {
    /// How the queries belong together. Anything but a regular query needs `queryType=multi`.
    pub query_type: QueryType,
    /// One for a regular query, one for each range of a comparison, one for each of a list.
    pub queries: Vec<Normalized>,
    /// The instant that words like `last week` were relative to.
    pub now: Timestamp,
}

impl NormalizedRequest {
    /// `pivotQuery` of the answer: [`Echo::pivot`] of all queries.
    pub fn pivot_query(&self) -> Option<Echo> {
        let echoes: Vec<&Echo> = self.queries.iter().map(|query| &query.echo).collect();
        Echo::pivot(self.query_type, &echoes)
    }

    /// `normalizedQueries` of a dry run, where the first query has the type of the request as well,
    /// and a comparison's first the range as a dimension: in Cube they are one object with
    /// `pivotQuery`, except for blended queries.
    pub fn dry_run_queries(&self) -> Vec<Echo> {
        let mut echoes: Vec<Echo> = self.queries.iter().map(|query| query.echo.clone()).collect();
        let is_shared = self.query_type != QueryType::Blending;
        if is_shared && let (Some(first), Some(pivot)) = (echoes.first_mut(), self.pivot_query()) {
            *first = pivot;
        }
        echoes
    }
}

/// The normal form of every query of a request.
///
/// `now` is the current instant, which words like `last week` are relative to.
///
/// # Errors
/// [`Error::BlendingWithoutGranularity`], [`Error::BlendingGranularitiesDiffer`], those of
/// comparisons ([`Error::SeveralComparisons`], [`Error::ComparisonInBlending`],
/// [`Error::TooManyQueries`]) and those of [`normalize`].
pub fn normalize_request(
    request: &Request,
    limits: &Limits,
    now: Timestamp,
) -> Result<NormalizedRequest, Error> {
    let (query_type, sent) = request.expanded()?;
    let queries: Vec<Normalized> =
        sent.iter().map(|query| normalize(query, limits, now)).collect::<Result<_, _>>()?;
    if query_type == QueryType::Blending {
        check_granularities(&queries)?;
    }
    Ok(NormalizedRequest { query_type, queries, now })
}

impl Query {
    /// The same query with further filters, which are not the caller's and not echoed: words in their
    /// values become dates, relative to `now`.
    ///
    /// # Errors
    /// Those of the filters of a caller: [`Error::UnreadableDate`], [`Error::RelativeDateInRange`].
    pub fn with_filters(&self, filters: Vec<Filter>, now: Timestamp) -> Result<Query, Error> {
        let mut query = self.clone();
        if let Some(rules) = time_zone::rules(self.time_zone) {
            let now = now.to_zoned(rules);
            for mut filter in filters {
                conditions::settle(&mut filter, &now)?;
                query.filters.push(filter);
            }
        }
        Ok(query)
    }
}

/// Blended queries are merged by the steps of their first time dimension.
fn check_granularities(queries: &[Normalized]) -> Result<(), Error> {
    let mut granularities = queries
        .iter()
        .filter_map(|normalized| normalized.query.time_dimensions.first()?.granularity.as_deref());
    let first = granularities.next().ok_or(Error::BlendingWithoutGranularity)?;
    if granularities.any(|other| other != first) {
        return Err(Error::BlendingGranularitiesDiffer);
    }
    Ok(())
}

/// The normal form of one query: every default filled in, every date an instant.
///
/// `now` is the current instant, which words like `last week` are relative to. A query that compares
/// date ranges is several: see [`normalize_request`].
///
/// # Errors
/// In the order of Cube's checks: [`Error::Malformed`] and [`Error::TooManyValues`],
/// [`Error::Empty`], [`Error::LimitExceeded`], [`Error::ValuesRequired`], [`Error::UnreadableDate`],
/// [`Error::RelativeDateInRange`], [`Error::UnknownGranularity`], [`Error::TooManyBuckets`].
pub fn normalize(query: &WireQuery, limits: &Limits, now: Timestamp) -> Result<Normalized, Error> {
    let form = Form::read(query, limits)?;
    if form.asks_for_nothing() {
        return Err(Error::Empty);
    }
    let limit = row_limit(form.limit, limits)?;
    // Only a default that no database knows is not found here.
    let rules = time_zone::rules(form.time_zone).ok_or_else(|| {
        let value = form.time_zone.to_owned();
        Place::Field("timezone").breaks(Rule::TimeZone { value })
    })?;
    let now = now.to_zoned(rules);
    let (filters, echoed_filters) = conditions::normalize(form.filters, &now)?;
    let sent: Vec<_> = form.time_dimensions.iter().map(|dimension| dimension.sent).collect();
    let time_dimensions: Vec<TimeDimension> = form
        .time_dimensions
        .into_iter()
        .map(|dimension| time_dimension(dimension, &now))
        .collect::<Result<_, _>>()?;
    let normal = Query {
        measures: form.measures,
        dimensions: form.dimensions,
        time_dimensions,
        segments: form.segments,
        filters,
        order: form.order,
        limit,
        offset: form.offset,
        time_zone: form.time_zone,
        year_start: year_start(&now),
        wants_total: form.wants_total,
        is_ungrouped: form.is_ungrouped,
        response_format: form.response_format,
        join_hints: form.join_hints,
        cache_mode: form.cache_mode,
    };
    let echoed: Vec<_> = normal.time_dimensions.iter().zip(sent).collect();
    let echo = Echo::new(query, &normal, echoed_filters, &echoed);
    Ok(Normalized { query: normal, echo })
}

fn year_start(now: &Zoned) -> String {
    start_of(now.datetime(), TimeUnit::Year).map(local_text).unwrap_or_default()
}

fn row_limit(asked: Option<u64>, limits: &Limits) -> Result<u32, Error> {
    let Some(asked) = asked else {
        return Ok(limits.default_limit.min(limits.max_limit));
    };
    match u32::try_from(asked) {
        Ok(limit) if limit <= limits.max_limit => Ok(limit),
        Ok(_) | Err(_) => Err(Error::LimitExceeded),
    }
}

fn time_dimension(form: TimeDimensionForm<'_>, now: &Zoned) -> Result<TimeDimension, Error> {
    let TimeDimensionForm { dimension, granularity, date_range: range, sent: _ } = form;
    // Authors' granularities have plain names, so nothing else needs to go further than here.
    if let Some(granularity) = granularity.filter(|name| !is_plain_name(name)) {
        return Err(Error::UnknownGranularity { granularity: granularity.to_owned(), dimension });
    }
    let date_range = range.map(|range| date_range(range, now)).transpose()?;
    let normal =
        TimeDimension { dimension, granularity: granularity.map(str::to_owned), date_range };
    if normal.bucket_count().is_some_and(|count| count > MAX_BUCKETS) {
        return Err(Error::TooManyBuckets { dimension: normal.dimension });
    }
    Ok(normal)
}

#[cfg(test)]
mod tests;
