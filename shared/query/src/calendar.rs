//! Arithmetic with units of the calendar, and the way from wall clock to UTC.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, ToSpan as _, Zoned};
use model::TimeUnit;

use crate::iso_date::IsoDate;

/// The unit whose name `text` begins with: no name begins another.
pub(crate) fn unit_at_start_of(text: &str) -> Option<TimeUnit> {
    TimeUnit::ALL.into_iter().find(|unit| text.starts_with(unit.as_str()))
}

/// `count` of a unit, if it is a length of time that can exist.
fn span(count: i64, unit: TimeUnit) -> Option<Span> {
    let span = Span::new();
    match unit {
        TimeUnit::Second => span.try_seconds(count),
        TimeUnit::Minute => span.try_minutes(count),
        TimeUnit::Hour => span.try_hours(count),
        TimeUnit::Day => span.try_days(count),
        TimeUnit::Week => span.try_weeks(count),
        TimeUnit::Month => span.try_months(count),
        TimeUnit::Quarter => span.try_months(count.checked_mul(3)?),
        TimeUnit::Year => span.try_years(count),
    }
    .ok()
}

/// The time `count` units later, or earlier when negative.
///
/// Seconds to hours are time that passes; days to years are places in the calendar, where the last
/// day of a month stands in for one that it lacks: both as moment adds.
pub(crate) fn shifted(time: &Zoned, count: i64, unit: TimeUnit) -> Option<Zoned> {
    time.checked_add(span(count, unit)?).ok()
}

/// The first millisecond of the unit that `time` lies in.
pub(crate) fn start_of(time: DateTime, unit: TimeUnit) -> Option<DateTime> {
    let midnight = time.date().to_datetime(jiff::civil::Time::midnight());
    let date = time.date();
    match unit {
        TimeUnit::Second => time.with().subsec_nanosecond(0).build().ok(),
        TimeUnit::Minute => time.with().second(0).subsec_nanosecond(0).build().ok(),
        TimeUnit::Hour => time.with().minute(0).second(0).subsec_nanosecond(0).build().ok(),
        TimeUnit::Day => Some(midnight),
        TimeUnit::Week => {
            let days = date.weekday().since(Weekday::Monday);
            midnight.checked_sub(i64::from(days).days()).ok()
        }
        TimeUnit::Month => midnight.with().day(1).build().ok(),
        TimeUnit::Quarter => {
            let month = (date.month() - 1) / 3 * 3 + 1;
            midnight.with().day(1).month(month).build().ok()
        }
        TimeUnit::Year => midnight.with().day(1).month(1).build().ok(),
    }
}

/// The last millisecond of the unit that `time` lies in.
pub(crate) fn end_of(time: DateTime, unit: TimeUnit) -> Option<DateTime> {
    let next = start_of(time, unit)?.checked_add(span(1, unit)?);
    match next {
        Ok(next) => next.checked_sub(1.millisecond()).ok(),
        // Only the last unit of the year 9999 has none behind it.
        Err(_) => DateTime::MAX.with().subsec_nanosecond(999_000_000).build().ok(),
    }
}

/// How many `unit`s the span between two wall clocks touches; 0 if the first lies behind the second.
pub(crate) fn steps_between(from: DateTime, to: DateTime, unit: TimeUnit) -> u64 {
    let months = |time: DateTime| i64::from(time.year()) * 12 + i64::from(time.month()) - 1;
    // Whole seconds as if every day had 86,400: a count, not a duration.
    let seconds = |time: DateTime| {
        Offset::UTC.to_timestamp(time).map_or(i64::MAX, jiff::Timestamp::as_second)
    };
    // 1970-01-01, second 0, was a Thursday.
    let thursday = 3 * 86_400;
    let place = |time: DateTime| match unit {
        TimeUnit::Second => seconds(time),
        TimeUnit::Minute => seconds(time).div_euclid(60),
        TimeUnit::Hour => seconds(time).div_euclid(3_600),
        TimeUnit::Day => seconds(time).div_euclid(86_400),
        TimeUnit::Week => seconds(time).saturating_add(thursday).div_euclid(7 * 86_400),
        TimeUnit::Month => months(time),
        TimeUnit::Quarter => months(time).div_euclid(3),
        TimeUnit::Year => months(time).div_euclid(12),
    };
    let steps = place(to).saturating_sub(place(from)).saturating_add(1);
    if from > to { 0 } else { u64::try_from(steps).unwrap_or_default() }
}

/// `2020-01-01T00:00:00.000`
pub(crate) fn local_text(time: DateTime) -> String {
    let mut text = String::with_capacity("2020-01-01T00:00:00.000Z".len());
    // By hand, for it is most of the work of a normal form otherwise.
    for (mark, number, width) in [
        ("", time.year(), 4),
        ("-", time.month().into(), 2),
        ("-", time.day().into(), 2),
        ("T", time.hour().into(), 2),
        (":", time.minute().into(), 2),
        (":", time.second().into(), 2),
        (".", time.millisecond(), 3),
    ] {
        text.push_str(mark);
        for place in (0..width).rev() {
            let digit = u32::from(number.unsigned_abs()) / 10_u32.pow(place) % 10;
            text.extend(char::from_digit(digit, 10));
        }
    }
    text
}

/// The wall clock that [`local_text`] wrote.
pub(crate) fn local_from_text(text: &str) -> Option<DateTime> {
    IsoDate::parse(text).map(|date| date.wall_clock)
}

/// `2020-01-01T08:00:00.000Z`, the instant at which clocks in `zone` show `time`; `None` before the
/// year 1.
///
/// A time that is skipped when clocks go forward is read with the offset before the gap, so it lies
/// as far behind it; one that comes twice is its first occurrence: as moment.tz reads them.
pub(crate) fn utc_text(time: DateTime, zone: &TimeZone) -> Option<String> {
    // A timestamp ends before the last day of the year 9999, which people write for "no end". The
    // calendar and the rules of every zone repeat after 400 years, so it is computed back there.
    let cycle = if time.year() >= 9_999 { 400 } else { 0 };
    let shifted = time.with().year(time.year() - cycle).build().ok()?;
    let utc = Offset::UTC.to_datetime(zone.to_timestamp(shifted).ok()?);
    let year = utc.year() + cycle;
    if year < 1 {
        return None;
    }
    let mut text = local_text(utc);
    if cycle > 0 {
        text.replace_range(..4, &year.to_string());
    }
    text.push('Z');
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn units_begin_and_end() {
        for (unit, start, end) in [
            (TimeUnit::Second, "2020-05-14T13:45:59.000", "2020-05-14T13:45:59.999"),
            (TimeUnit::Minute, "2020-05-14T13:45:00.000", "2020-05-14T13:45:59.999"),
            (TimeUnit::Hour, "2020-05-14T13:00:00.000", "2020-05-14T13:59:59.999"),
            (TimeUnit::Day, "2020-05-14T00:00:00.000", "2020-05-14T23:59:59.999"),
            (TimeUnit::Week, "2020-05-11T00:00:00.000", "2020-05-17T23:59:59.999"),
            (TimeUnit::Month, "2020-05-01T00:00:00.000", "2020-05-31T23:59:59.999"),
            (TimeUnit::Quarter, "2020-04-01T00:00:00.000", "2020-06-30T23:59:59.999"),
            (TimeUnit::Year, "2020-01-01T00:00:00.000", "2020-12-31T23:59:59.999"),
        ] {
            let time = local("2020-05-14T13:45:59.123456789");
            assert_eq!(local_text(start_of(time, unit).unwrap()), start);
            assert_eq!(local_text(end_of(time, unit).unwrap()), end);
        }
        let last = local("9999-12-31T12:00:00");
        for unit in
            [TimeUnit::Hour, TimeUnit::Day, TimeUnit::Week, TimeUnit::Quarter, TimeUnit::Year]
        {
            assert!(end_of(last, unit).unwrap() >= last);
        }
    }

    #[test]
    fn wall_clocks_become_instants() {
        for (zone, time, instant) in [
            ("UTC", "2020-01-01T00:00:00", "2020-01-01T00:00:00.000Z"),
            ("America/Los_Angeles", "2020-01-01T00:00:00", "2020-01-01T08:00:00.000Z"),
            ("America/Los_Angeles", "2020-03-31T23:59:59.999", "2020-04-01T06:59:59.999Z"),
            ("Asia/Kathmandu", "2020-01-01T00:00:00", "2019-12-31T18:15:00.000Z"),
            // The gap of 2020-03-08 and the fold of 2020-11-01.
            ("America/New_York", "2020-03-08T02:30:00", "2020-03-08T07:30:00.000Z"),
            ("America/New_York", "2020-11-01T01:30:00", "2020-11-01T05:30:00.000Z"),
            // Half an hour, and a whole day that Apia skipped.
            ("Australia/Lord_Howe", "2020-10-04T02:15:00", "2020-10-03T15:45:00.000Z"),
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00.000Z"),
            // Midnight itself is skipped.
            ("America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00.000Z"),
            ("UTC", "9999-12-31T23:59:59.999", "9999-12-31T23:59:59.999Z"),
            ("America/New_York", "9999-12-31T23:59:59.999", "10000-01-01T04:59:59.999Z"),
            ("Asia/Tokyo", "9999-12-31T23:59:59.999", "9999-12-31T14:59:59.999Z"),
            ("UTC", "0001-01-01T00:00:00", "0001-01-01T00:00:00.000Z"),
        ] {
            let rules = crate::time_zone::rules(zone).unwrap();
            assert_eq!(utc_text(local(time), &rules).as_deref(), Some(instant), "{zone} {time}");
        }
        let tokyo = crate::time_zone::rules("Asia/Tokyo").unwrap();
        assert_eq!(utc_text(local("0001-01-01T00:00:00"), &tokyo), None);
    }

    #[test]
    fn steps_are_counted_by_the_units_touched() {
        for (from, to, unit, steps) in [
            ("2020-01-01T00:00:00", "2020-01-01T23:59:59.999", TimeUnit::Hour, 24),
            ("2019-01-01T00:00:00", "2020-12-31T23:59:59.999", TimeUnit::Hour, 17_544),
            ("2020-01-31T23:00:00", "2020-02-01T01:00:00", TimeUnit::Month, 2),
            ("2020-05-17T23:00:00", "2020-05-18T01:00:00", TimeUnit::Week, 2),
            ("2020-05-18T00:00:00", "2020-05-24T23:59:59.999", TimeUnit::Week, 1),
            ("1969-12-31T23:59:59", "1970-01-01T00:00:00", TimeUnit::Day, 2),
            ("2020-01-01T00:00:00", "2021-12-31T00:00:00", TimeUnit::Quarter, 8),
            ("2020-12-31T00:00:00", "2021-01-01T00:00:00", TimeUnit::Year, 2),
            ("1024-01-01T00:00:00", "2024-01-01T23:59:59.999", TimeUnit::Second, 31_557_081_600),
            ("2020-02-01T00:00:00", "2020-01-01T00:00:00", TimeUnit::Day, 0),
        ] {
            assert_eq!(steps_between(local(from), local(to), unit), steps, "{from} {to} {unit:?}");
        }
    }

    #[test]
    fn lengths_that_cannot_exist_are_refused() {
        let now = "2020-01-01T00:00:00[UTC]".parse::<Zoned>().unwrap();
        for unit in TimeUnit::ALL {
            let name = unit.as_str();
            for count in [i64::MAX, i64::MIN, 999_999_999_999] {
                assert!(shifted(&now, count, unit).is_none(), "{count} {name}");
            }
            assert!(shifted(&now, -1, unit).is_some_and(|time| time < now), "{name}");
        }
    }
}
