//! `rolling_window`.

use model::{RollingWindow, WindowBound, WindowOffset};

use crate::Error;
use crate::fields::Fields;
use crate::keys::ROLLING_WINDOW;
use crate::report::{Place, Report};
use crate::spelling::{nearest, snake};

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
        "to_date" => to_date(&fields, report)?,
        _ => return Some(fixed(&fields, report)),
    };
    for key in ["trailing", "leading", "offset"] {
        if fields.has(key) {
            let help = "a window to date starts at the start of its period; remove it";
            let owner = fields.owner.clone();
            report.error(fields.place(key), Error::Misplaced { key, owner, help });
        }
    }
    Some(RollingWindow::ToDate { granularity: period.to_owned() })
}

fn to_date(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<&'static str> {
    if !fields.has("granularity") {
        fields.missing("granularity", "write the period, such as `granularity: month`", report);
    }
    let text = fields.text("granularity", report)?;
    one_of("granularity", &text, GRANULARITIES, fields.place("granularity"), report)
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
    let interval = interval(&text);
    if interval.is_none() {
        report.error(fields.place(key), Error::BadInterval(text));
    }
    interval.map(WindowBound::Interval)
}

/// A PostgreSQL interval of one number and one unit.
///
/// PostgreSQL has no `quarter` in intervals, so quarters become months.
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `regexTimeInterval`.
fn interval(text: &str) -> Option<String> {
    let (number, unit) = text.split_once(' ')?;
    let number: i32 = number.parse().ok()?;
    let unit = unit.trim_start();
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    if !GRANULARITIES.contains(&unit) {
        return None;
    }
    Some(match unit {
        "quarter" => format!("{} month", number.checked_mul(3)?),
        _ => format!("{number} {unit}"),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_whole_number_and_a_unit() {
        assert_eq!(interval("7 day").as_deref(), Some("7 day"));
        assert_eq!(interval("2 weeks").as_deref(), Some("2 week"));
        assert_eq!(interval("-1 month").as_deref(), Some("-1 month"));
        assert_eq!(interval("1 quarter").as_deref(), Some("3 month"));
        for bad in [
            "",
            "day",
            "7",
            "7day",
            "1.5 day",
            "7 days ago",
            "7 fortnight",
            "1 day 2 hour",
            "99999999999 day",
            "7 'day",
        ] {
            assert_eq!(interval(bad), None, "{bad}");
        }
    }
}
