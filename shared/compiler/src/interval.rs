//! Intervals and wall clocks as authors write them.

use model::{Interval, TimeUnit};

/// No interval is longer: PostgreSQL's timestamps would end.
const MAX_SECONDS: i64 = 10_000 * 366 * 86_400;

/// A list of whole numbers and units, each unit once: `1 year 2 months`; not empty and not nothing.
///
/// Cube 1.7.43, `CubeValidator.ts`, `GranularityInterval` and `GranularityOffset`.
pub(crate) fn interval(text: &str) -> Option<Interval> {
    let mut words = text.split_whitespace();
    let mut parts: Vec<(i32, TimeUnit)> = Vec::new();
    while let Some(number) = words.next() {
        let unit = words.next()?;
        let unit = TimeUnit::parse(unit.strip_suffix('s').unwrap_or(unit))?;
        if parts.iter().any(|(_, known)| *known == unit) {
            return None;
        }
        parts.push((number.parse().ok()?, unit));
    }
    let interval = Interval(parts);
    let (least, most) = interval.seconds();
    let is_something = !interval.0.is_empty() && interval.0.iter().all(|(count, _)| *count != 0);
    (is_something && least.abs() <= MAX_SECONDS && most.abs() <= MAX_SECONDS).then_some(interval)
}

/// A moment of the calendar without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WallClock {
    year: i32,
    month: i32,
    day: i32,
    hour: i32,
    minute: i32,
    second: i32,
    millisecond: i32,
}

impl WallClock {
    /// `2024`, `2024-03`, `2024-03-15`, and the last followed by a blank or `T` and `10:15`,
    /// `10:15:30` or `10:15:30.250`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut numbers = date.split('-');
        let year = number(numbers.next()?, 4)?;
        let month = numbers.next().map_or(Some(1), |text| number(text, 2))?;
        let day = numbers.next().map_or(Some(1), |text| number(text, 2))?;
        let is_whole_date = date.len() == "2024-03-15".len();
        if numbers.next().is_some() || time.is_some() && !is_whole_date {
            return None;
        }
        let mut clock = Self { year, month, day, hour: 0, minute: 0, second: 0, millisecond: 0 };
        if let Some(time) = time {
            let (time, fraction) = match time.split_once('.') {
                Some((time, fraction)) => (time, Some(fraction)),
                None => (time, None),
            };
            let mut numbers = time.split(':');
            clock.hour = number(numbers.next()?, 2)?;
            clock.minute = number(numbers.next()?, 2)?;
            let second = numbers.next();
            clock.second = second.map_or(Some(0), |text| number(text, 2))?;
            clock.millisecond = fraction.map_or(Some(0), |text| number(text, 3))?;
            if numbers.next().is_some() || second.is_none() && fraction.is_some() {
                return None;
            }
        }
        clock.is_real().then_some(clock)
    }

    fn is_real(self) -> bool {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        self.year > 0
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }

    /// `2024-03-15T10:15:30.250`
    pub(crate) fn text(self) -> String {
        let Self { year, month, day, hour, minute, second, millisecond } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}")
    }

    /// The coarsest unit that this is the start of; never a week.
    pub(crate) fn unit(self) -> TimeUnit {
        if self.second != 0 || self.millisecond != 0 {
            TimeUnit::Second
        } else if self.minute != 0 {
            TimeUnit::Minute
        } else if self.hour != 0 {
            TimeUnit::Hour
        } else if self.day != 1 {
            TimeUnit::Day
        } else if (self.month - 1) % 3 != 0 {
            TimeUnit::Month
        } else if self.month != 1 {
            TimeUnit::Quarter
        } else {
            TimeUnit::Year
        }
    }

    /// How far this lies behind the start of its own `unit`; `None` when no constant says it for
    /// every such unit: months have different last days, and intervals no fractions of a second.
    ///
    /// Cube 1.7, `rust/cube/cubesqlplanner`, `granularity.rs`, `origin_as_offset`.
    pub(crate) fn offset_from(self, unit: TimeUnit) -> Option<Vec<(i32, TimeUnit)>> {
        let (months, days) = match unit {
            TimeUnit::Year => (self.month - 1, self.day - 1),
            TimeUnit::Quarter => ((self.month - 1) % 3, self.day - 1),
            TimeUnit::Month => (0, self.day - 1),
            TimeUnit::Week => (0, self.days_since_monday()),
            TimeUnit::Day | TimeUnit::Hour | TimeUnit::Minute | TimeUnit::Second => (0, 0),
        };
        let is_of_months = unit > TimeUnit::Week;
        if self.millisecond != 0 || is_of_months && self.day > 28 {
            return None;
        }
        let parts = [
            (months, TimeUnit::Month),
            (days, TimeUnit::Day),
            (self.hour, TimeUnit::Hour),
            (self.minute, TimeUnit::Minute),
            (self.second, TimeUnit::Second),
        ];
        let is_finer = |part: &&(i32, TimeUnit)| part.1 < unit && part.0 != 0;
        Some(parts.iter().filter(is_finer).copied().collect())
    }

    fn days_since_monday(self) -> i32 {
        // The year counted from March, so that the leap day is its last.
        let year = self.year - i32::from(self.month < 3);
        let month = (self.month + 9) % 12;
        let days =
            year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + self.day;
        // 0000-03-01, day 1, was a Wednesday.
        (days + 1).rem_euclid(7)
    }
}

fn number(text: &str, digits: usize) -> Option<i32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_whole_numbers_and_units() {
        for (text, sql) in [
            ("7 day", "7 day"),
            ("2 weeks", "2 week"),
            ("-1 month", "-1 month"),
            ("1 quarter", "3 month"),
            ("15 days 3 hours 25 minutes 40 seconds", "15 day 3 hour 25 minute 40 second"),
            ("1 year -2 months", "1 year -2 month"),
        ] {
            assert_eq!(interval(text).unwrap().to_string(), sql);
        }
        for bad in [
            "",
            "day",
            "7",
            "7day",
            "0 days",
            "1.5 day",
            "7 days ago",
            "7 fortnight",
            "1 day 2 day",
            "99999999999 day",
            "2000000000 year",
            "7 'day",
        ] {
            assert_eq!(interval(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_wall_clock_has_no_zone_and_exists() {
        for (text, full, unit) in [
            ("2024", "2024-01-01T00:00:00.000", TimeUnit::Year),
            ("2024-07", "2024-07-01T00:00:00.000", TimeUnit::Quarter),
            ("2024-02-01", "2024-02-01T00:00:00.000", TimeUnit::Month),
            ("2024-02-29", "2024-02-29T00:00:00.000", TimeUnit::Day),
            ("2024-01-01 10:15", "2024-01-01T10:15:00.000", TimeUnit::Minute),
            ("2024-01-01T10:00:00", "2024-01-01T10:00:00.000", TimeUnit::Hour),
            ("2024-01-01T00:00:00.250", "2024-01-01T00:00:00.250", TimeUnit::Second),
        ] {
            let clock = WallClock::parse(text).unwrap();
            assert_eq!((clock.text().as_str(), clock.unit()), (full, unit));
        }
        for bad in [
            "",
            "24",
            "2024-13",
            "2023-02-29",
            "2024-1-1",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T10",
            "2024-01-01T10:00Z",
            "2024-01-01T10:00:00+02:00",
            "2024-07T10:00",
            "now",
            "0000-01-01",
            "2024-01-01T10:00.5",
            "2024-01-01'",
        ] {
            assert_eq!(WallClock::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_origin_is_an_offset_of_its_unit() {
        let offset = |text: &str, unit| {
            let parts = WallClock::parse(text).unwrap().offset_from(unit)?;
            Some(Interval(parts).to_string())
        };
        for (origin, unit, expected) in [
            ("2024-04-01", TimeUnit::Year, Some("3 month")),
            ("2024-02-01", TimeUnit::Quarter, Some("1 month")),
            ("2024-01-15", TimeUnit::Month, Some("14 day")),
            // A Wednesday.
            ("2024-01-03", TimeUnit::Week, Some("2 day")),
            ("2024-02-29", TimeUnit::Week, Some("3 day")),
            ("2023-12-31", TimeUnit::Week, Some("6 day")),
            ("2024-04-01T06:30:15", TimeUnit::Hour, Some("30 minute 15 second")),
            (
                "2024-04-15T06:30:15",
                TimeUnit::Year,
                Some("3 month 14 day 6 hour 30 minute 15 second"),
            ),
            ("2024-01-01", TimeUnit::Week, Some("")),
            ("2024-01-30", TimeUnit::Month, None),
            ("2024-01-01T00:00:00.500", TimeUnit::Day, None),
        ] {
            assert_eq!(offset(origin, unit).as_deref(), expected, "{origin} {unit}");
        }
    }
}
