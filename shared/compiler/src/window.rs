//! `rolling_window`.

use model::{Interval, RollingWindow, WindowBound, WindowOffset};

use crate::Error;
use crate::fields::Fields;
use crate::interval::interval;
use crate::keys::ROLLING_WINDOW;
use crate::report::{Place, Report};
use crate::spelling::{nearest, snake};
use crate::yaml::Value;

/// The granularities every time dimension has.
pub(crate) const GRANULARITIES: &[&str] =
    &["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

const TYPES: &[&str] = &["fixed", "to_date", "year_to_date", "quarter_to_date", "month_to_date"];

/// Reads the `rolling_window` of a measure.
pub(crate) fn rolling_window(
    measure: &Fields<'_>,
    report: &mut Report<'_>,
) -> Option<RollingWindow> {
    let entry = measure.entry("rolling_window")?;
    let owner = format!("the rolling window of {}", measure.owner);
    let fields = Fields::read(&entry.value, measure.place.file, owner, ROLLING_WINDOW, report)?;
    let kind = match fields.text("type", report) {
        Some(text) => one_of("rolling window type", &text, TYPES, fields.place("type"), report)?,
        None => "fixed",
    };
    let period = match kind {
        "year_to_date" => "year",
        "quarter_to_date" => "quarter",
        "month_to_date" => "month",
        "to_date" => return to_date(&fields, report),
        _ => return Some(fixed(&fields, report)),
    };
    without_bounds(&fields, report);
    Some(RollingWindow::ToDate { granularity: period.to_owned() })
}

fn without_bounds(fields: &Fields<'_>, report: &mut Report<'_>) {
    for key in ["trailing", "leading", "offset"] {
        if fields.has(key) {
            let help = "a window to date starts at the start of its period; remove it";
            let owner = fields.owner.clone();
            report.error(fields.place(key), Error::Misplaced { key, owner, help });
        }
    }
}

/// Where the period of a window to date stands.
pub(crate) fn period_place(measure: &Fields<'_>) -> Place {
    let place = measure.place("rolling_window");
    let Some(entry) = measure.entry("rolling_window") else { return place };
    let Value::Map(entries) = &entry.value.value else { return place };
    let period = entries.iter().find(|entry| snake(&entry.key) == "granularity");
    period.map_or(place, |entry| Place { at: entry.key_at, ..place })
}

/// The period may be a granularity of a time dimension's own, whose names are not known here.
fn to_date(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<RollingWindow> {
    if !fields.has("granularity") {
        fields.missing("granularity", "write the period, such as `granularity: month`", report);
    }
    without_bounds(fields, report);
    let granularity = fields.text("granularity", report)?;
    Some(RollingWindow::ToDate { granularity })
}

fn fixed(fields: &Fields<'_>, report: &mut Report<'_>) -> RollingWindow {
    if fields.has("granularity") {
        let error = Error::Misplaced {
            key: "granularity",
            owner: fields.owner.clone(),
            help: "it belongs to `type: to_date`",
        };
        report.error(fields.place("granularity"), error);
    }
    let offset = match fields.text("offset", report).as_deref() {
        None | Some("end") => WindowOffset::End,
        Some("start") => WindowOffset::Start,
        Some(other) => {
            one_of("window offset", other, &["start", "end"], fields.place("offset"), report);
            WindowOffset::End
        }
    };
    RollingWindow::Fixed {
        trailing: bound(fields, "trailing", report),
        leading: bound(fields, "leading", report),
        offset,
    }
}

fn bound(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<WindowBound> {
    let text = fields.text(key, report)?;
    if text == "unbounded" {
        return Some(WindowBound::Unbounded);
    }
    let width = width(&text);
    if width.is_none() {
        report.error(fields.place(key), Error::BadInterval(text));
    }
    width.map(WindowBound::Interval)
}

/// One number and one unit.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `regexTimeInterval`.
fn width(text: &str) -> Option<Interval> {
    interval(text).filter(|interval| interval.single().is_some())
}

/// The value of a fixed list that `text` names in either spelling; reported when there is none.
pub(crate) fn one_of(
    what: &'static str,
    text: &str,
    allowed: &'static [&'static str],
    place: Place,
    report: &mut Report<'_>,
) -> Option<&'static str> {
    let spelling = snake(text.trim());
    let found = allowed.iter().copied().find(|value| *value == spelling);
    if found.is_none() {
        let error = Error::UnknownValue {
            what,
            value: text.to_owned(),
            allowed: allowed.join(", "),
            nearest: nearest(&spelling, allowed.iter().copied()),
        };
        report.error(place, error);
    }
    found
}
