//! Conditions on members: their operators, and those that the model itself puts on a query.

use serde::{Deserialize, Serialize};

use crate::MemberId;

/// A condition on members that the model puts on a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowFilter {
    /// One condition.
    Member(RowCondition),
    /// All must hold.
    And(Vec<RowFilter>),
    /// One must hold.
    Or(Vec<RowFilter>),
}

/// One condition on one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCondition {
    /// A dimension or a measure.
    pub member: MemberId,
    /// How it is compared.
    pub operator: FilterOperator,
    /// As the author wrote them, words like `last week` included; `None` is null.
    pub values: Vec<Option<String>>,
}

/// A condition that a view puts on every query that asks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultFilter {
    /// The condition, on members of the view.
    pub filter: RowFilter,
    /// Members of the view: a query that has a filter on one of them goes without the condition.
    pub unless: Vec<MemberId>,
}

/// Cube's filter operators (`reference/features.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FilterOperator {
    /// `equals`, `in`
    Equals,
    /// `notEquals`, `notIn`
    NotEquals,
    /// `contains`
    Contains,
    /// `notContains`
    NotContains,
    /// `startsWith`
    StartsWith,
    /// `notStartsWith`
    NotStartsWith,
    /// `endsWith`
    EndsWith,
    /// `notEndsWith`
    NotEndsWith,
    /// `gt`
    Gt,
    /// `gte`
    Gte,
    /// `lt`
    Lt,
    /// `lte`
    Lte,
    /// `set`
    Set,
    /// `notSet`
    NotSet,
    /// `inDateRange`
    InDateRange,
    /// `notInDateRange`
    NotInDateRange,
    /// `onTheDate`
    OnTheDate,
    /// `beforeDate`
    BeforeDate,
    /// `beforeOrOnDate`
    BeforeOrOnDate,
    /// `afterDate`
    AfterDate,
    /// `afterOrOnDate`
    AfterOrOnDate,
    /// `measureFilter`: the measure's own `filters`
    MeasureFilter,
}

impl FilterOperator {
    /// Every operator under the name it goes by; `in` and `notIn` are synonyms.
    const NAMES: [(&str, FilterOperator); 24] = [
        ("equals", FilterOperator::Equals),
        ("notEquals", FilterOperator::NotEquals),
        ("in", FilterOperator::Equals),
        ("notIn", FilterOperator::NotEquals),
        ("contains", FilterOperator::Contains),
        ("notContains", FilterOperator::NotContains),
        ("startsWith", FilterOperator::StartsWith),
        ("notStartsWith", FilterOperator::NotStartsWith),
        ("endsWith", FilterOperator::EndsWith),
        ("notEndsWith", FilterOperator::NotEndsWith),
        ("gt", FilterOperator::Gt),
        ("gte", FilterOperator::Gte),
        ("lt", FilterOperator::Lt),
        ("lte", FilterOperator::Lte),
        ("set", FilterOperator::Set),
        ("notSet", FilterOperator::NotSet),
        ("inDateRange", FilterOperator::InDateRange),
        ("notInDateRange", FilterOperator::NotInDateRange),
        ("onTheDate", FilterOperator::OnTheDate),
        ("beforeDate", FilterOperator::BeforeDate),
        ("beforeOrOnDate", FilterOperator::BeforeOrOnDate),
        ("afterDate", FilterOperator::AfterDate),
        ("afterOrOnDate", FilterOperator::AfterOrOnDate),
        ("measureFilter", FilterOperator::MeasureFilter),
    ];

    /// Every name, synonyms included.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// The operator of that name, exactly as written.
    pub fn parse(name: &str) -> Option<FilterOperator> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// Its name in a query.
    pub fn as_str(self) -> &'static str {
        // The table holds every variant: a test walks it.
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Whether it says all by itself: `set`, `notSet` and `measureFilter`.
    pub fn ignores_values(self) -> bool {
        matches!(self, Self::Set | Self::NotSet | Self::MeasureFilter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_a_name_that_leads_back_to_it() {
        for (name, operator) in FilterOperator::NAMES {
            assert_eq!(FilterOperator::parse(name), Some(operator));
            assert_eq!(FilterOperator::parse(operator.as_str()), Some(operator));
        }
        let known: std::collections::HashSet<_> =
            FilterOperator::NAMES.iter().map(|(_, operator)| *operator).collect();
        assert_eq!(known.len(), 22);
        for name in ["", "Equals", "EQUALS", "like", "= 1 OR", "expressionEquals", "toString"] {
            assert_eq!(FilterOperator::parse(name), None);
        }
    }
}
