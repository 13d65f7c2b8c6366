//! Whether a query only asks for rows in which a mask is lifted anyway.
//!
//! Cube 1.7.25, `CompilerApi.ts`, `queryFiltersImplyFilter`.

use query::{Filter, FilterOperator, MemberFilter};

/// Whether all rows that `filters` let through are among those of `target`. When in doubt, no.
pub(super) fn implies(filters: &[Filter], target: &Filter) -> bool {
    match target {
        Filter::And(inner) => !inner.is_empty() && inner.iter().all(|one| implies(filters, one)),
        Filter::Or(inner) => inner.iter().any(|one| implies(filters, one)),
        Filter::Member(condition) => {
            certain(filters).into_iter().any(|known| is_stricter(known, condition))
        }
    }
}

/// The conditions that hold for every row: those at the top and inside ANDs.
fn certain(filters: &[Filter]) -> Vec<&MemberFilter> {
    let mut conditions = Vec::new();
    for filter in filters {
        match filter {
            Filter::Member(condition) => conditions.push(condition),
            Filter::And(inner) => conditions.extend(certain(inner)),
            Filter::Or(_) => {}
        }
    }
    conditions
}

fn is_stricter(known: &MemberFilter, target: &MemberFilter) -> bool {
    let is_same = known.member == target.member && known.operator == target.operator;
    let is_subset = !known.values.is_empty()
        && known.operator == FilterOperator::Equals
        && known.values.iter().all(|value| target.values.contains(value));
    is_same && (is_subset || known.values == target.values)
}
