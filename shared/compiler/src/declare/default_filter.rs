//! A filter that a view puts on the queries that ask it.

use super::filter::{has_values, operator};
use super::{DefaultFilter, references};
use crate::Error;
use crate::fields::Fields;
use crate::keys::DEFAULT_FILTER;
use crate::report::{Place, Report};
use crate::yaml::{Node, Value};

/// Reads one element of `default_filters`.
///
/// Cube 1.7.43, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`,
/// `ViewDefaultFilterSchema`.
pub(super) fn declare(
    node: &Node,
    file: usize,
    view: &str,
    report: &mut Report<'_>,
) -> Option<DefaultFilter> {
    let owner = format!("a default filter of view `{view}`");
    let fields = Fields::read(node, file, owner, DEFAULT_FILTER, report)?;
    for (key, help) in [
        ("member", "write the member of the view that it is about"),
        ("operator", "write `equals`, `inDateRange` or another operator of a query's filters"),
    ] {
        if !fields.has(key) {
            fields.missing(key, help, report);
        }
    }
    let operator = operator(&fields, report);
    let values = values(&fields, report);
    if operator.is_some_and(|operator| !operator.ignores_values()) && !has_values(&fields) {
        fields.missing("values", "list one value at least", report);
    }
    let unless = references(&fields, "unless", "a list of members of the view", report);
    let member = fields.name("member", report)?;
    Some(DefaultFilter { member, operator: operator?, values, unless, is_inherited: false })
}

fn values(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<Option<String>> {
    let mut values = Vec::new();
    for node in fields.list("values", report) {
        match &node.value {
            Value::Scalar { .. } if node.is_null() => values.push(None),
            // A reference means nothing where there is no row and no caller yet.
            Value::Scalar { text, .. } if !text.contains(['{', '}']) => {
                let is_word = node.describe() == "true or false";
                values.push(Some(if is_word { text.to_lowercase() } else { text.clone() }));
            }
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => {
                let found = match &node.value {
                    Value::Scalar { .. } => "a reference",
                    Value::List(_) | Value::Map(_) => node.describe(),
                };
                let place = Place { at: node.at, ..fields.place };
                let expected = "a list of texts, numbers, booleans and nulls";
                let what = "`values`".to_owned();
                report.error(place, Error::Expected { what, expected, found });
            }
        }
    }
    values
}
