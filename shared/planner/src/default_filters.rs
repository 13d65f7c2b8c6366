//! Filters that the model puts on a query by itself.

use std::collections::HashSet;

use model::{CubeId, DataModel, MemberId, RowFilter, Source};
use query::{Filter, MemberFilter, MemberPath, Query};

use crate::filters::conditions_of;

/// What the views that a query asks filter it by, words for dates not read yet: see
/// [`Query::with_filters`].
///
/// A view is asked by what is returned and by filters, not by segments alone. Only a filter, or a
/// range of a time dimension, on one of the members named in `unless` lifts a default filter: asking
/// for a column never changes which rows there are.
/// Cube 1.7, `cubesqlplanner/src/planner/query_properties_compiler.rs`, `apply_view_default_filters`.
pub fn default_filters(model: &DataModel, query: &Query) -> Vec<Filter> {
    let find = |path: &MemberPath| model.find_member(model.find_cube(&path.cube)?, &path.member);
    let ranges = query.time_dimensions.iter().filter(|time| time.date_range.is_some());
    let filtered: HashSet<MemberId> = conditions_of(&query.filters)
        .into_iter()
        .map(|condition| &condition.member)
        .chain(ranges.map(|time| &time.dimension))
        .filter_map(find)
        .collect();
    let mut views: Vec<CubeId> = Vec::new();
    let mut filters = Vec::new();
    for id in asked(query).filter_map(|path| model.find_cube(&path.cube)) {
        let Source::View(view) = &model.cube(id).source else { continue };
        if views.contains(&id) {
            continue;
        }
        views.push(id);
        for default in &view.default_filters {
            if !default.unless.iter().any(|member| filtered.contains(member)) {
                filters.extend(filter(model, &default.filter));
            }
        }
    }
    filters
}

/// The members that say which views are asked.
fn asked(query: &Query) -> impl Iterator<Item = &MemberPath> {
    let time_dimensions = query.time_dimensions.iter().map(|time| &time.dimension);
    let filters = conditions_of(&query.filters).into_iter().map(|condition| &condition.member);
    query.dimensions.iter().chain(time_dimensions).chain(&query.measures).chain(filters)
}

/// The filter of a query that a condition of the model is.
fn filter(model: &DataModel, filter: &RowFilter) -> Option<Filter> {
    let all = |filters: &[RowFilter]| -> Vec<Filter> {
        filters.iter().filter_map(|inner| self::filter(model, inner)).collect()
    };
    Some(match filter {
        RowFilter::Member(condition) => Filter::Member(MemberFilter {
            member: MemberPath::parse(model.path(condition.member))?,
            operator: condition.operator,
            values: condition.values.clone(),
            instants: Vec::new(),
        }),
        RowFilter::And(filters) => Filter::And(all(filters)),
        RowFilter::Or(filters) => Filter::Or(all(filters)),
    })
}
