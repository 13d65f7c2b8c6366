//! Dates as ISO 8601 writes them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// A date read from ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IsoDate {
    /// The wall clock as written; midnight if there is no time.
    pub(crate) wall_clock: DateTime,
    /// The offset from UTC, if it is written.
    pub(crate) offset: Option<Offset>,
    /// Whether it is a day and nothing else: `YYYY-MM-DD`.
    pub(crate) is_day: bool,
}

impl IsoDate {
    /// The date that `text` writes out, from year 1 to 9999:
    /// `YYYY[-MM[-DD]]` or `YYYYMMDD`, then `T` or a blank and `HH[:mm[:ss[.fraction]]]` or
    /// `HHmm[ss]`, then `Z`, `±HH`, `±HHmm` or `±HH:mm`.
    ///
    /// These are the forms moment reads, without weeks and days of the year.
    pub(crate) fn parse(text: &str) -> Option<IsoDate> {
        let mut rest = Digits { text };
        let year = rest.number(4)?;
        let (date, is_day) = if rest.skip("-") {
            let month = rest.number(2)?;
            let is_day = rest.skip("-");
            let day = if is_day { rest.number(2)? } else { 1 };
            (date(year, month, day)?, is_day)
        } else if let Some(month) = rest.number(2) {
            (date(year, month, rest.number(2)?)?, false)
        } else {
            (date(year, 1, 1)?, false)
        };
        if rest.text.is_empty() {
            let wall_clock = date.to_datetime(Time::midnight());
            return Some(IsoDate { wall_clock, offset: None, is_day });
        }
        if !rest.skip("T") && !rest.skip(" ") {
            return None;
        }
        let wall_clock = date.to_datetime(time(&mut rest)?);
        let offset = if rest.text.is_empty() { None } else { Some(offset(&mut rest)?) };
        rest.text.is_empty().then_some(IsoDate { wall_clock, offset, is_day: false })
    }

    /// Whether `text` has the form, be it a date or not, of a day or of a day with a time of at
    /// least minutes, which Cube takes as it stands (Cube 1.7, `query.ts`, `AbsoluteDateTimeRegex`).
    pub(crate) fn is_form_of(text: &str) -> bool {
        let mut rest = Digits { text };
        let is_day = rest.number(4).is_some()
            && rest.skip("-")
            && rest.number(2).is_some()
            && rest.skip("-")
            && rest.number(2).is_some();
        if !is_day || rest.text.is_empty() {
            return is_day;
        }
        let is_minute = (rest.skip("T") || rest.skip(" "))
            && rest.number(2).is_some()
            && rest.skip(":")
            && rest.number(2).is_some();
        is_minute
            && rest
                .text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.' | b'+' | b'-' | b'Z'))
    }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|year| *year >= 1)?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time(rest: &mut Digits<'_>) -> Option<Time> {
    let hour = rest.number(2)?;
    let has_colons = rest.skip(":");
    let minute = if has_colons { Some(rest.number(2)?) } else { rest.number(2) };
    let second = match minute {
        Some(_) if has_colons => {
            if rest.skip(":") {
                Some(rest.number(2)?)
            } else {
                None
            }
        }
        Some(_) => rest.number(2),
        None => None,
    };
    let mut nanosecond = 0;
    if second.is_some() && (rest.skip(".") || rest.skip(",")) {
        let digits = rest.take_digits();
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        let milliseconds: String = digits.chars().chain("000".chars()).take(3).collect();
        // What is finer than a millisecond is cut off, as moment does.
        nanosecond = milliseconds.parse::<i32>().ok()? * 1_000_000;
    }
    let small = |number: i32| i8::try_from(number).ok();
    let (minute, second) = (minute.unwrap_or(0), second.unwrap_or(0));
    Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()
}

fn offset(rest: &mut Digits<'_>) -> Option<Offset> {
    if rest.skip("Z") {
        return Some(Offset::UTC);
    }
    let sign = if rest.skip("+") {
        1
    } else if rest.skip("-") {
        -1
    } else {
        return None;
    };
    let hours = rest.number(2).filter(|hours| *hours <= 23)?;
    let minutes = if rest.skip(":") || !rest.text.is_empty() {
        rest.number(2).filter(|minutes| *minutes <= 59)?
    } else {
        0
    };
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()
}

/// What is left of a text, read from the front.
struct Digits<'a> {
    text: &'a str,
}

impl<'a> Digits<'a> {
    /// The number of exactly `width` ASCII digits in front, taken off.
    fn number(&mut self, width: usize) -> Option<i32> {
        let (digits, rest) = self.text.split_at_checked(width)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.text = rest;
        digits.parse().ok()
    }

    /// All digits in front, taken off.
    fn take_digits(&mut self) -> &'a str {
        let rest = self.text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = self.text.get(..self.text.len() - rest.len()).unwrap_or_default();
        self.text = rest;
        digits
    }

    /// Whether `prefix` is in front; it is taken off.
    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.text.strip_prefix(prefix);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::local_text;

    #[test]
    fn the_forms_of_iso_8601() {
        for (text, wall_clock, minutes) in [
            ("2020-02-29", "2020-02-29T00:00:00.000", None),
            ("2020-02", "2020-02-01T00:00:00.000", None),
            ("2020", "2020-01-01T00:00:00.000", None),
            ("20200229", "2020-02-29T00:00:00.000", None),
            ("2020-01-01T10:20:30.456", "2020-01-01T10:20:30.456", None),
            ("2020-01-01T10:20:30.4567899", "2020-01-01T10:20:30.456", None),
            ("2020-01-01T10:20:30.4", "2020-01-01T10:20:30.400", None),
            ("2020-01-01T10:20:30", "2020-01-01T10:20:30.000", None),
            ("2020-01-01 10:20", "2020-01-01T10:20:00.000", None),
            ("2020-01-01T10", "2020-01-01T10:00:00.000", None),
            ("20200101T102030", "2020-01-01T10:20:30.000", None),
            ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000", Some(0)),
            ("2020-01-01T00:00:00.000+05:30", "2020-01-01T00:00:00.000", Some(330)),
            ("2020-01-01T00:00-0800", "2020-01-01T00:00:00.000", Some(-480)),
            ("2020-01-01T00:00+02", "2020-01-01T00:00:00.000", Some(120)),
            ("0001-01-01", "0001-01-01T00:00:00.000", None),
            ("9999-12-31T23:59:59.999", "9999-12-31T23:59:59.999", None),
        ] {
            let date = IsoDate::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(local_text(date.wall_clock), wall_clock);
            assert_eq!(date.offset.map(|offset| offset.seconds() / 60), minutes, "{text}");
            assert_eq!(date.is_day, text.len() == 10, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            " ",
            "2024-13-45",
            "2024-02-30",
            "2023-02-29",
            "0000-01-01",
            "infinity",
            "-infinity",
            "now()",
            "epoch",
            "2024-01-01'",
            "2024-01-01; DROP TABLE x",
            "2024-01-01 ",
            " 2024-01-01",
            "300000-01-01",
            "+002024-01-01",
            "2024-01-01T25:00:00",
            "2024-01-01T24:00:00",
            "2024-01-01T00:60:00",
            "2024-01-01T00:00:60",
            "2024-01-01T",
            "2024-01-01T10:",
            "2024-01-01T10:20:",
            "2024-01-01T10:20:30.",
            "2024-01-01T10:20:30.1234567890",
            "2024-01-01T00:00:00+99:99",
            "2024-01-01T00:00:00+05:",
            "2024-01-01T00:00:00Zx",
            "2024-1-1",
            "202401",
            "٢٠٢٤-01-01",
            "2024-01-01\u{ff10}",
            "1577836800000",
        ] {
            assert_eq!(IsoDate::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_form_alone_says_nothing_about_the_date() {
        for text in ["2024-13-45", "2024-01-01", "2024-01-01T25:00:00", "2024-01-01 10:00:00.5+02"]
        {
            assert!(IsoDate::is_form_of(text), "{text}");
        }
        for text in ["2024-01", "2024-01-01T10", "last week", "2024-01-01; x", "2024-01-01T10:00 x"]
        {
            assert!(!IsoDate::is_form_of(text), "{text}");
        }
    }
}
