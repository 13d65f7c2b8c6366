//! Date ranges and filter dates as instants.

use jiff::civil::{DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, Zoned};

use crate::calendar::{local_text, utc_text};
use crate::date_phrase::{self, LocalRange};
use crate::error::Error;
use crate::filter::FilterValue;
use crate::iso_date::IsoDate;
use crate::json::Value;
use crate::normal_form::DateRange;
use model::FilterOperator;

/// `dateRange` as it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RangeForm<'q> {
    /// A text: words, or one date.
    Phrase(&'q str),
    /// A list of one or two dates.
    Dates {
        /// The first.
        from: &'q str,
        /// The last; the first again if there is one only.
        to: &'q str,
    },
}

/// Which end of a day a bare date stands for.
#[derive(Debug, Clone, Copy)]
enum End {
    First,
    Last,
}

/// The instants that `dateRange` means.
///
/// `now` is the current instant in the zone of the query.
///
/// # Errors
/// [`Error::UnreadableDate`]
pub(crate) fn date_range(form: RangeForm<'_>, now: &Zoned) -> Result<DateRange, Error> {
    match form {
        RangeForm::Phrase(text) => {
            instants(date_phrase::parse(text, now)?, now).ok_or_else(|| unreadable(text))
        }
        RangeForm::Dates { from, to } => {
            let (first, last) = (range_end(from, End::First)?, range_end(to, End::Last)?);
            let (from_utc, to_utc) = (in_utc(first, now, from)?, in_utc(last, now, to)?);
            Ok(DateRange {
                from_local: local_text(first),
                to_local: local_text(last),
                from: from_utc,
                to: to_utc,
            })
        }
    }
}

fn instants(range: LocalRange, now: &Zoned) -> Option<DateRange> {
    Some(DateRange {
        from_local: local_text(range.from),
        to_local: local_text(range.to),
        from: utc_text(range.from, now.time_zone())?,
        to: utc_text(range.to, now.time_zone())?,
    })
}

/// One date of a list as wall clock. One with an offset is turned to UTC, and the wall clock there
/// is read as if it were local: `reference/semantics.md` 3.4.
fn range_end(text: &str, end: End) -> Result<DateTime, Error> {
    let date = IsoDate::parse(text).ok_or_else(|| unreadable(text))?;
    match date.offset {
        Some(offset) => offset
            .to_timestamp(date.wall_clock)
            .map(|instant| Offset::UTC.to_datetime(instant))
            .ok()
            .filter(|time| time.year() >= 1)
            .ok_or_else(|| unreadable(text)),
        None => Ok(on_day(date, end)),
    }
}

fn on_day(date: IsoDate, end: End) -> DateTime {
    match end {
        End::Last if date.is_day => {
            date.wall_clock.date().to_datetime(Time::constant(23, 59, 59, 999_000_000))
        }
        End::First | End::Last => date.wall_clock,
    }
}

fn in_utc(time: DateTime, now: &Zoned, text: &str) -> Result<String, Error> {
    utc_text(time, now.time_zone()).ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    Error::UnreadableDate { text: text.to_owned() }
}

/// What a date operator compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterDates {
    /// The values that stand in for words; `None` if they stay as they are.
    pub(crate) values: Option<Vec<FilterValue>>,
    /// In UTC; two for a range, one otherwise.
    pub(crate) instants: Vec<String>,
}

/// The instants that the values of a filter mean; `None` if `operator` is not about dates.
///
/// Dates are taken as they stand, a bare one as its first millisecond, or its last where it ends a
/// range. Words, and a single value of a range operator, go through the reader of phrases:
/// `beforeDate` and `afterOrOnDate` then take the start of the range, `beforeOrOnDate` and
/// `afterDate` its end (Cube 1.7, `query.ts`, `normalizeDateFilterValues`, and `BaseFilter.ts`,
/// `formatFromDate`).
///
/// # Errors
/// [`Error::UnreadableDate`], [`Error::RelativeDateInRange`]
pub(crate) fn filter_dates(
    operator: FilterOperator,
    values: &[FilterValue],
    now: &Zoned,
) -> Result<Option<FilterDates>, Error> {
    let end = match operator {
        FilterOperator::InDateRange
        | FilterOperator::NotInDateRange
        | FilterOperator::OnTheDate => {
            return range_dates(operator, values, now).map(Some);
        }
        FilterOperator::BeforeDate | FilterOperator::AfterOrOnDate => End::First,
        FilterOperator::BeforeOrOnDate | FilterOperator::AfterDate => End::Last,
        FilterOperator::Equals
        | FilterOperator::NotEquals
        | FilterOperator::Contains
        | FilterOperator::NotContains
        | FilterOperator::StartsWith
        | FilterOperator::NotStartsWith
        | FilterOperator::EndsWith
        | FilterOperator::NotEndsWith
        | FilterOperator::Gt
        | FilterOperator::Gte
        | FilterOperator::Lt
        | FilterOperator::Lte
        | FilterOperator::Set
        | FilterOperator::NotSet
        | FilterOperator::MeasureFilter => return Ok(None),
    };
    let text = date_text(values.first())?;
    if values.len() > 1 || IsoDate::is_form_of(text) {
        let instant = filter_instant(text, End::First, now)?;
        return Ok(Some(FilterDates { values: None, instants: vec![instant] }));
    }
    let range = date_range(RangeForm::Phrase(text), now)?;
    let (local, instant) = match end {
        End::First => (range.from_local, range.from),
        End::Last => (range.to_local, range.to),
    };
    Ok(Some(FilterDates { values: Some(vec![Some(local)]), instants: vec![instant] }))
}

fn range_dates(
    operator: FilterOperator,
    values: &[FilterValue],
    now: &Zoned,
) -> Result<FilterDates, Error> {
    let [first, second, ..] = values else {
        let range = date_range(RangeForm::Phrase(date_text(values.first())?), now)?;
        let values = vec![Some(range.from_local), Some(range.to_local)];
        return Ok(FilterDates { values: Some(values), instants: vec![range.from, range.to] });
    };
    if values.iter().flatten().any(|text| !IsoDate::is_form_of(text)) {
        return Err(Error::RelativeDateInRange { operator, values: json_list(values) });
    }
    let from = filter_instant(date_text(Some(first))?, End::First, now)?;
    let to = filter_instant(date_text(Some(second))?, End::Last, now)?;
    Ok(FilterDates { values: None, instants: vec![from, to] })
}

/// The instant of a date that stands as it is. Here an offset means what it says.
fn filter_instant(text: &str, end: End, now: &Zoned) -> Result<String, Error> {
    let date = IsoDate::parse(text).ok_or_else(|| unreadable(text))?;
    match date.offset {
        Some(offset) => {
            let instant: Timestamp =
                offset.to_timestamp(date.wall_clock).map_err(|_| unreadable(text))?;
            utc_text(Offset::UTC.to_datetime(instant), &jiff::tz::TimeZone::UTC)
                .ok_or_else(|| unreadable(text))
        }
        None => in_utc(on_day(date, end), now, text),
    }
}

fn date_text(value: Option<&FilterValue>) -> Result<&str, Error> {
    value.and_then(Option::as_deref).ok_or_else(|| unreadable("null"))
}

fn json_list(values: &[FilterValue]) -> String {
    let values = values.iter().map(|value| value.as_deref().map_or(Value::Null, Value::from));
    Value::List(values.collect()).to_json()
}

#[cfg(test)]
mod tests;
