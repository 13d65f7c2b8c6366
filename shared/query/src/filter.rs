//! Conditions on members.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::error::cut;
use crate::member::MemberPath;

/// A condition on members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// One condition.
    Member(MemberFilter),
    /// All must hold. Never empty.
    And(Vec<Filter>),
    /// One must hold. Never empty.
    Or(Vec<Filter>),
}

/// One condition on one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFilter {
    /// A dimension or a measure.
    pub member: MemberPath,
    /// How it is compared.
    pub operator: FilterOperator,
    /// The values as the caller sent them, numbers and booleans spelt out; `None` is null. Words like
    /// `last week` are already dates, wall clock in the query's time zone.
    ///
    /// Empty for `Set`, `NotSet` and `MeasureFilter`, never empty otherwise.
    pub values: Vec<FilterValue>,
    /// What a date operator compares with, in UTC (`2020-01-01T08:00:00.000Z`): two instants for
    /// `InDateRange`, `NotInDateRange` and `OnTheDate`, one for the other date operators, none for
    /// the rest.
    pub instants: Vec<String>,
}

/// A value of a filter; `None` is JSON's null.
pub type FilterValue = Option<String>;

/// JSON text of a condition as Cube repeats it in its sentences, cut at 256 characters:
/// `{"or":[{"member":"Orders.count","operator":"gt","values":["1260"]}]}`.
pub fn filter_json(filter: &Filter) -> String {
    // Strings and lists of strings: there is nothing the writer could refuse.
    cut(&serde_json::to_string(filter).unwrap_or_default()).to_owned()
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, filters) = match self {
            Filter::Member(filter) => return filter.serialize(serializer),
            Filter::And(filters) => ("and", filters),
            Filter::Or(filters) => ("or", filters),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(key, filters)?;
        map.end()
    }
}

impl Serialize for MemberFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("member", &self.member.to_string())?;
        map.serialize_entry("operator", self.operator.as_str())?;
        if !self.operator.ignores_values() {
            map.serialize_entry("values", &self.values)?;
        }
        map.end()
    }
}

/// Cube's filter operators (`reference/features.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

    fn condition(operator: FilterOperator, values: &[Option<&str>]) -> Filter {
        Filter::Member(MemberFilter {
            member: MemberPath::parse("Orders.count").unwrap(),
            operator,
            values: values.iter().map(|value| value.map(str::to_owned)).collect(),
            instants: Vec::new(),
        })
    }

    #[test]
    fn a_filter_is_written_as_cube_repeats_it() {
        let filter = Filter::Or(vec![
            condition(FilterOperator::Gt, &[Some("1260"), None]),
            Filter::And(vec![condition(FilterOperator::Set, &[])]),
        ]);
        assert_eq!(
            filter_json(&filter),
            r#"{"or":[{"member":"Orders.count","operator":"gt","values":["1260",null]},{"and":[{"member":"Orders.count","operator":"set"}]}]}"#
        );
        let long = condition(FilterOperator::Equals, &[Some("x".repeat(9000).as_str())]);
        assert_eq!(filter_json(&long).len(), 256);
    }

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
