//! From a request in normal form to statements: the one place that asks the planner.

use std::borrow::Cow;

use model::DataModel;
use planner::Plan;
use query::{Filter, Normalized, NormalizedRequest};

use crate::{
    App, audit::Record, authorize::Caller, error::Error, hooks::rewritten, incoming::Incoming,
};

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
    caller: &Caller,
    request: &NormalizedRequest,
) -> Result<Vec<Plan>, Error> {
    request
        .queries
        .iter()
        .map(|normalized| {
            let query = &normalized.query;
            let filters = planner::default_filters(model, query);
            // The echo stays the caller's own query (`PARITY.md` row 25).
            let query = if filters.is_empty() {
                Cow::Borrowed(query)
            } else {
                Cow::Owned(query.with_filters(filters, request.now)?)
            };
            let plan = || -> Result<Plan, planner::Error> {
                let access =
                    planner::access(model, &asker(app, caller), &normalized.query, &query)?;
                let rules = access.filters();
                let query = if rules.is_empty() {
                    Cow::Borrowed(query.as_ref())
                } else {
                    // Dates in rules are the author's, or come from the security context.
                    let ruled = query.with_filters(rules, request.now);
                    Cow::Owned(ruled.map_err(|_| planner::Error::UnusableRule)?)
                };
                let missing = app.options.missing_claims;
                planner::plan_with(model, &caller.context, missing, &query, &access)
            };
            plan().map_err(|error| blamed(app, normalized, error))
        })
        .collect()
}

/// The caller, as access policies see it.
pub(crate) fn asker<'a>(app: &'a App, caller: &'a Caller) -> planner::Caller<'a> {
    planner::Caller {
        context: &caller.context,
        groups: caller.known.groups.as_deref().unwrap_or_default(),
        masks: &app.options.masks,
        missing_claims: app.options.missing_claims,
    }
}

/// Whose mistake it is that there is no plan: the caller's, or that of the project's code when it
/// speaks of a name which the caller does not know.
fn blamed(app: &App, normalized: &Normalized, error: planner::Error) -> Error {
    use planner::Error as Plan;
    let (Plan::UnknownCube { path: name, .. }
    | Plan::UnknownMember { path: name, .. }
    | Plan::HiddenMember { path: name }
    | Plan::NotATimeDimension { path: name }) = &error
    else {
        return Error::Plan(error);
    };
    let is_asked = || serde_json::to_string(&normalized.echo).is_ok_and(|echo| echo.contains(name));
    match app.project.as_ref().filter(|project| project.rewrites()) {
        Some(project) if !is_asked() => rewritten(project, error.to_string()),
        Some(_) | None => Error::Plan(error),
    }
}
