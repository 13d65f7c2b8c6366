//! Conditions on members.

use model::FilterOperator;
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
}
