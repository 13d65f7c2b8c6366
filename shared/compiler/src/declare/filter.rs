//! What a filter of a view and one of an access policy have in common.

use model::FilterOperator;

use crate::Error;
use crate::fields::Fields;
use crate::report::Report;
use crate::spelling::nearest;
use crate::yaml::Value;

/// The operator: one of those that a query's filters have.
pub(super) fn operator(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<FilterOperator> {
    let text = fields.text("operator", report)?;
    let names = || FilterOperator::names().filter(|name| *name != "measureFilter");
    let found = FilterOperator::parse(&text).filter(|_| names().any(|name| name == text));
    if found.is_none() {
        let nearest = nearest(&text, names());
        let allowed = names().collect::<Vec<_>>().join(", ");
        let error = Error::UnknownValue { what: "filter operator", value: text, allowed, nearest };
        report.error(fields.place("operator"), error);
    }
    found
}

/// Whether something stands in `values`, be it a mistake that was reported.
pub(super) fn has_values(fields: &Fields<'_>) -> bool {
    fields.entry("values").is_some_and(|entry| match &entry.value.value {
        Value::List(nodes) => !nodes.is_empty(),
        Value::Scalar { .. } | Value::Map(_) => !entry.value.is_null(),
    })
}
