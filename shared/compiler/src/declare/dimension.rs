//! A dimension.

use model::{DimensionType, SortOrder, SubQuery};

use super::format::{currency, format};
use super::granularity::granularities;
use super::mask::mask;
use super::{Dimension, Expression, Label, only_sql, open};
use crate::Error;
use crate::fields::{Fields, Item};
use crate::keys::{CASE, DIMENSION, ELSE, WHEN};
use crate::report::{Report, Sourced};
use crate::window::one_of;
use crate::yaml::{Node, Value};

const TYPES: &[&str] = &["string", "number", "boolean", "time", "geo"];

/// Reads one element of `dimensions`; nothing when it is no mapping.
pub(super) fn declare(
    item: &Item<'_>,
    file: usize,
    cube: &str,
    report: &mut Report<'_>,
) -> Option<Dimension> {
    let (fields, header) = open(item, file, "dimension", Some(cube), DIMENSION, report)?;
    let kind = kind(&fields, report);
    let propagates_filters = fields.flag("propagate_filters_to_sub_query", report).unwrap_or(false);
    let sub_query = fields
        .flag("sub_query", report)
        .unwrap_or(false)
        .then_some(SubQuery { propagates_filters });
    if propagates_filters && sub_query.is_none() {
        misplaced(&fields, "propagate_filters_to_sub_query", "it needs `sub_query: true`", report);
    }
    let expression = expression(&fields, kind, report);
    if sub_query.is_some() && matches!(expression, Some(Expression::Case { .. })) {
        misplaced(&fields, "sub_query", "a `case` is computed row by row; remove it", report);
    }
    Some(Dimension {
        format: format(&fields, kind.into(), report),
        currency: currency(&fields, kind == Some(DimensionType::Number) || kind.is_none(), report),
        kind: kind.unwrap_or(DimensionType::Time),
        expression,
        is_primary_key: fields.flag("primary_key", report).unwrap_or(false),
        granularities: granularities(&fields, kind, report),
        sub_query,
        key: fields.name("key", report),
        order: order(&fields, report),
        suggests_filter_values: fields.flag("suggest_filter_values", report).unwrap_or(true),
        mask: mask(&fields, file, report),
        target: None,
        header,
    })
}

/// The order in which a client should sort its values.
fn order(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<SortOrder> {
    let text = fields.text("order", report)?;
    Some(match one_of("direction", &text, &["asc", "desc"], fields.place("order"), report)? {
        "desc" => SortOrder::Descending,
        _ => SortOrder::Ascending,
    })
}

fn kind(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<DimensionType> {
    if !fields.has("type") {
        fields.missing(
            "type",
            "write `type: string`, `number`, `time`, `boolean` or `geo`",
            report,
        );
    }
    let text = fields.text("type", report)?;
    if text == "switch" {
        report.error(fields.place("type"), Error::Unsupported("`switch` dimensions are"));
        return None;
    }
    Some(match one_of("dimension type", &text, TYPES, fields.place("type"), report)? {
        "number" => DimensionType::Number,
        "boolean" => DimensionType::Boolean,
        "time" => DimensionType::Time,
        "geo" => DimensionType::Geo,
        _ => DimensionType::String,
    })
}

fn expression(
    fields: &Fields<'_>,
    kind: Option<DimensionType>,
    report: &mut Report<'_>,
) -> Option<Expression> {
    let present: Vec<&'static str> = ["sql", "case", "latitude"]
        .into_iter()
        .filter(|key| fields.has(key) || *key == "latitude" && fields.has("longitude"))
        .collect();
    match present.as_slice() {
        ["sql"] => fields.sql("sql", report).map(Expression::Sql),
        ["case"] => case(fields, report),
        ["latitude"] => {
            if kind.is_some_and(|kind| kind != DimensionType::Geo) {
                misplaced(fields, "latitude", "it needs `type: geo`", report);
            }
            geo(fields, report)
        }
        [one, other, ..] => {
            let owner = fields.owner.clone();
            report.error(fields.place(other), Error::Both { owner, one, other });
            None
        }
        [] if kind == Some(DimensionType::Geo) => {
            fields.missing("latitude", "write `latitude: {sql: ...}` and `longitude`", report);
            None
        }
        _ => {
            // An unknown type is one mistake: what else it needs is not known.
            if kind.is_some() || !fields.has("type") {
                let help = "write the column or expression it shows";
                fields.missing("sql", help, report);
            }
            None
        }
    }
}

fn geo(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Expression> {
    let mut half = |key: &'static str| {
        let Some(entry) = fields.entry(key) else {
            fields.missing(key, "a place has both", report);
            return None;
        };
        let owner = format!("the {key} of {}", fields.owner);
        only_sql(&entry.value, fields.place.file, owner, report)
    };
    let (latitude, longitude) = (half("latitude"), half("longitude"));
    Some(Expression::Geo { latitude: latitude?, longitude: longitude? })
}

fn case(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Expression> {
    let file = fields.place.file;
    let entry = fields.entry("case")?;
    let owner = format!("the case of {}", fields.owner);
    let case = Fields::read(&entry.value, file, owner, CASE, report)?;
    let nodes = case.list("when", report);
    if case.entry("when").is_none_or(|entry| is_empty(&entry.value)) {
        case.missing("when", "write a list of `sql` and `label`", report);
    }
    let mut whens: Vec<(Sourced, Label)> = Vec::new();
    for node in nodes {
        let owner = format!("a `when` of {}", fields.owner);
        let Some(when) = Fields::read(node, file, owner, WHEN, report) else { continue };
        if !when.has("sql") {
            when.missing("sql", "write the condition", report);
        }
        let label = label(&when, report);
        whens.extend(when.sql("sql", report).zip(label));
    }
    let otherwise = match case.entry("else") {
        Some(entry) => {
            let owner = format!("the `else` of {}", fields.owner);
            Fields::read(&entry.value, file, owner, ELSE, report)
                .and_then(|fields| label(&fields, report))
        }
        None => None,
    };
    Some(Expression::Case { whens, otherwise })
}

fn is_empty(node: &Node) -> bool {
    node.is_null() || matches!(&node.value, Value::List(items) if items.is_empty())
}

fn label(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Label> {
    let Some(entry) = fields.entry("label") else {
        fields.missing("label", "write the text it shows, or `label: {sql: ...}`", report);
        return None;
    };
    match &entry.value.value {
        Value::Map(_) => {
            let owner = format!("the label of {}", fields.owner);
            only_sql(&entry.value, fields.place.file, owner, report).map(Label::Sql)
        }
        // A label may be the empty text, when it is quoted.
        Value::Scalar { text, is_plain: false, .. } => Some(Label::Text(text.clone())),
        Value::Scalar { .. } | Value::List(_) => fields.text("label", report).map(Label::Text),
    }
}

fn misplaced(fields: &Fields<'_>, key: &'static str, help: &'static str, report: &mut Report<'_>) {
    let owner = fields.owner.clone();
    report.error(fields.place(key), Error::Misplaced { key, owner, help });
}
