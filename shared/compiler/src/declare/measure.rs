//! A measure.

use model::MeasureType;

use super::format::{Shown, currency, format, is_number};
use super::mask::mask;
use super::{Measure, only_sql, open, references};
use crate::Error;
use crate::fields::{Fields, Item};
use crate::keys::MEASURE;
use crate::report::{Report, Sourced};
use crate::window::{one_of, period_place, rolling_window};

const TYPES: &[&str] = &[
    "count",
    "count_distinct",
    "count_distinct_approx",
    "sum",
    "avg",
    "min",
    "max",
    "number",
    "string",
    "time",
    "boolean",
    "running_total",
];

/// Reads one element of `measures`; nothing when it is no mapping.
pub(super) fn declare(
    item: &Item<'_>,
    file: usize,
    cube: &str,
    report: &mut Report<'_>,
) -> Option<Measure> {
    let (fields, header) = open(item, file, "measure", Some(cube), MEASURE, report)?;
    let kind = kind(&fields, report);
    if kind.is_some_and(|kind| kind != MeasureType::Count) && !fields.has("sql") {
        fields.missing("sql", "only `type: count` does without; write what to aggregate", report);
    }
    let mut drill_members = drill_members(&fields, "drill_members", report);
    if fields.has("drill_member_references") && !fields.has("drill_members") {
        drill_members = self::drill_members(&fields, "drill_member_references", report);
    }
    let mut conditions = |key: &str| {
        let mut conditions = Vec::new();
        for node in fields.list(key, report) {
            let owner = format!("a filter of {}", fields.owner);
            conditions.extend(only_sql(node, file, owner, report));
        }
        conditions
    };
    let (filters, drill_filters) = (conditions("filters"), conditions("drill_filters"));
    Some(Measure {
        format: format(&fields, Shown::Measure, report),
        currency: currency(&fields, is_number(kind), report),
        // Takes every reference and needs no key: an unknown type is one mistake, not several.
        kind: kind.unwrap_or(MeasureType::String),
        sql: fields.sql("sql", report),
        filters,
        drill_members,
        drill_filters,
        is_cumulative: fields.flag("cumulative", report).unwrap_or(false),
        rolling_window: rolling_window(&fields, report),
        mask: mask(&fields, file, report),
        target: None,
        period_place: period_place(&fields),
        header,
    })
}

fn kind(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<MeasureType> {
    if !fields.has("type") {
        fields.missing("type", "write `type: count`, `sum`, `avg`, `number` or another", report);
    }
    let text = fields.text("type", report)?;
    if matches!(text.as_str(), "rank" | "number_agg" | "numberAgg") {
        report.error(fields.place("type"), Error::Unsupported("multi-stage members are"));
        return None;
    }
    Some(match one_of("measure type", &text, TYPES, fields.place("type"), report)? {
        "count" => MeasureType::Count,
        "count_distinct" => MeasureType::CountDistinct,
        "count_distinct_approx" => MeasureType::CountDistinctApprox,
        "sum" => MeasureType::Sum,
        "avg" => MeasureType::Avg,
        "min" => MeasureType::Min,
        "max" => MeasureType::Max,
        "string" => MeasureType::String,
        "time" => MeasureType::Time,
        "boolean" => MeasureType::Boolean,
        "running_total" => MeasureType::RunningTotal,
        _ => MeasureType::Number,
    })
}

fn drill_members(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Vec<Sourced> {
    references(fields, key, "a list of members, such as `[id, users.name]`", report)
}
