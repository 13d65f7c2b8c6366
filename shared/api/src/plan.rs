//! From a request in normal form to statements: the one place that asks the planner.

use std::borrow::Cow;

use auth::SecurityContext;
use model::DataModel;
use planner::Plan;
use query::{Filter, Normalized, NormalizedRequest};

use crate::{App, audit::Record, error::Error, incoming::Incoming};

/// The normal form of what is asked; its members are noted for the audit line.
pub(crate) fn normalize(
    app: &App,
    incoming: &Incoming,
    record: &mut Record,
) -> Result<NormalizedRequest, Error> {
    let normalized = query::normalize_request(&incoming.request, &app.options.limits, app.now())?;
    for Normalized { query, .. } in &normalized.queries {
        let time_dimensions = query.time_dimensions.iter().map(|time| &time.dimension);
        query
            .measures
            .iter()
            .chain(&query.dimensions)
            .chain(time_dimensions)
            .chain(&query.segments)
            .for_each(|path| record.member(path));
        note_filters(&query.filters, record);
    }
    Ok(normalized)
}

fn note_filters(filters: &[Filter], record: &mut Record) {
    for filter in filters {
        match filter {
            Filter::Member(condition) => record.member(&condition.member),
            Filter::And(group) | Filter::Or(group) => note_filters(group, record),
        }
    }
}

/// One plan for each query of the request, for this caller.
pub(crate) fn plan(
    app: &App,
    model: &DataModel,
    context: &SecurityContext,
    request: &NormalizedRequest,
) -> Result<Vec<Plan>, Error> {
    request
        .queries
        .iter()
        .map(|Normalized { query, .. }| {
            let filters = planner::default_filters(model, query);
            // The echo stays the caller's own query (`PARITY.md` row 25).
            let query = if filters.is_empty() {
                Cow::Borrowed(query)
            } else {
                Cow::Owned(query.with_filters(filters, request.now)?)
            };
            Ok(planner::plan(model, context, app.options.missing_claims, &query)?)
        })
        .collect()
}
