//! What the rows are ordered by.

use model::{DataModel, MemberId};
use query::Query;
use sql::OrderBy;

use crate::resolve::ResolvedQuery;

/// Binds the order to ordinals: the query's own, else Cube's default. A member that is not
/// selected is dropped.
///
/// Cube 1.7.25, `BaseQuery.js`, `defaultOrder` and `getFieldIndex`.
pub(crate) fn bind_order(model: &DataModel, query: &Query, resolved: &mut ResolvedQuery<'_>) {
    let columns = selected_columns(resolved);
    let position = |id: MemberId, granularity: Option<&str>| {
        columns.iter().position(|(column, unit)| {
            *column == id && (granularity.is_none() || *unit == granularity)
        })
    };
    let mut push = |ordinal: usize, id: MemberId, is_descending: bool| {
        resolved.order.push(OrderBy { ordinal: ordinal + 1, is_descending });
        resolved.order_members.push((model.path(id).to_owned(), is_descending));
    };
    if let Some(order) = &query.order {
        for item in order {
            let id = model
                .find_cube(&item.member.cube)
                .and_then(|cube| model.find_member(cube, &item.member.member));
            if let Some(id) = id
                && let Some(ordinal) = position(id, item.granularity.as_deref())
            {
                push(ordinal, id, item.is_descending);
            }
        }
        return;
    }
    let first_time = resolved.time_dimensions.iter().find(|time| time.granularity.is_some());
    if let Some(time) = first_time {
        let id = time.id;
        let ordinal = resolved.dimensions.len()
            + resolved
                .time_dimensions
                .iter()
                .filter(|time| time.granularity.is_some())
                .position(|time| time.id == id)
                .unwrap_or_default();
        push(ordinal, id, false);
    } else if let (Some(&measure), Some(_)) =
        (resolved.measures.first(), resolved.dimensions.first())
    {
        if let Some(ordinal) = position(measure, None) {
            push(ordinal, measure, true);
        }
    } else if let Some(&dimension) = resolved.dimensions.first() {
        push(0, dimension, false);
    }
}

/// The output columns with what they are truncated to: dimensions, time dimensions with a
/// granularity, measures.
fn selected_columns<'q>(resolved: &ResolvedQuery<'q>) -> Vec<(MemberId, Option<&'q str>)> {
    let times = resolved.time_dimensions.iter().filter(|time| time.granularity.is_some());
    let plain = |&id: &MemberId| (id, None);
    resolved
        .dimensions
        .iter()
        .map(plain)
        .chain(times.map(|time| (time.id, time.granularity)))
        .chain(resolved.measures.iter().map(plain))
        .collect()
}
