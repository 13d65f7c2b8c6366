//! Dates and times: PostgreSQL's ISO text to the form Cube answers with.

use crate::json;

/// What follows the date of a value that has no time of day.
const MIDNIGHT: &[u8] = b"T00:00:00.000";

/// Appends `YYYY-MM-DDTHH:mm:ss.SSS` as a JSON string.
///
/// `text` is a `date`, `timestamp` or (in UTC) `timestamptz` in PostgreSQL's ISO date style:
/// `2024-02-29`, `2024-02-29 12:30:00.123456`, `2024-02-29 12:30:00+00`, with ` BC` at the end before
/// the common era. Digits after the millisecond are cut, as Cube does. A year outside 1..=9999 is
/// written with a sign and at least six digits (expanded years of ECMA-262, which `Date` reads; 1 BC
/// is year 0). `infinity` and `-infinity` stay as they are.
///
/// Cube 1.7, packages/cubejs-postgres-driver/src/PostgresDriver.ts, `timestampTypeParser`.
pub(crate) fn write(text: &[u8], out: &mut Vec<u8>) {
    match Parts::of(text) {
        Some(parts) => {
            out.push(b'"');
            parts.write(out);
            out.push(b'"');
        }
        // Infinities, and whatever a later server may print.
        None => json::write_string(text, out),
    }
}

struct Parts<'a> {
    year: &'a [u8],
    is_before_common_era: bool,
    /// `-MM-DD`
    month_and_day: &'a [u8],
    /// `HH:mm:ss`, when there is one.
    time: Option<&'a [u8]>,
    /// Digits after the second's point.
    fraction: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let (text, is_before_common_era) = match text.strip_suffix(b" BC") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let year_length = text.iter().position(|byte| *byte == b'-')?;
        let (year, rest) = text.split_at_checked(year_length)?;
        let (month_and_day, rest) = rest.split_at_checked("-MM-DD".len())?;
        let is_date = year.len() >= 4 && year.iter().all(u8::is_ascii_digit);
        if !is_date {
            return None;
        }
        let (time, fraction) = match rest.strip_prefix(b" ") {
            None if rest.is_empty() => (None, rest),
            None => return None,
            Some(rest) => {
                let (time, rest) = rest.split_at_checked("HH:mm:ss".len())?;
                let rest = rest.strip_suffix(b"+00").unwrap_or(rest);
                let fraction = if rest.is_empty() { rest } else { rest.strip_prefix(b".")? };
                if !fraction.iter().all(u8::is_ascii_digit) {
                    return None;
                }
                (Some(time), fraction)
            }
        };
        Some(Self { year, is_before_common_era, month_and_day, time, fraction })
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.year.len() == 4 && !self.is_before_common_era {
            out.extend_from_slice(self.year);
        } else {
            self.write_expanded_year(out);
        }
        out.extend_from_slice(self.month_and_day);
        let Some(time) = self.time else {
            out.extend_from_slice(MIDNIGHT);
            return;
        };
        out.push(b'T');
        out.extend_from_slice(time);
        let digit = |place: usize| self.fraction.get(place).copied().unwrap_or(b'0');
        out.extend_from_slice(&[b'.', digit(0), digit(1), digit(2)]);
    }

    /// Signed, six digits or more. There is no year 0 in PostgreSQL: 1 BC is the year before 1 AD.
    fn write_expanded_year(&self, out: &mut Vec<u8>) {
        let year = self
            .year
            .iter()
            .fold(0_i64, |year, digit| year.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')));
        let year = if self.is_before_common_era { 1 - year } else { year };
        out.extend_from_slice(format!("{year:+07}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_time_has_three_digits_after_the_second_and_no_zone() {
        for (text, expected) in [
            ("2024-02-29 12:30:05", "2024-02-29T12:30:05.000"),
            ("2024-02-29 12:30:05.1", "2024-02-29T12:30:05.100"),
            ("2024-02-29 23:59:59.999999", "2024-02-29T23:59:59.999"),
            ("2024-02-29 12:30:05+00", "2024-02-29T12:30:05.000"),
            ("2024-02-29 12:30:05.123456+00", "2024-02-29T12:30:05.123"),
            ("2024-02-29", "2024-02-29T00:00:00.000"),
        ] {
            assert_eq!(written(text), format!("\"{expected}\""));
        }
    }

    #[test]
    fn years_of_more_or_less_than_four_digits_are_expanded() {
        for (text, expected) in [
            ("0044-03-15 00:00:00 BC", "-000043-03-15T00:00:00.000"),
            ("0001-12-31 BC", "+000000-12-31T00:00:00.000"),
            ("4714-11-24 00:00:00+00 BC", "-004713-11-24T00:00:00.000"),
            ("0001-01-01", "0001-01-01T00:00:00.000"),
            ("10000-01-01 00:00:00", "+010000-01-01T00:00:00.000"),
            ("294276-12-31 23:59:59.999999", "+294276-12-31T23:59:59.999"),
            ("5874897-12-31", "+5874897-12-31T00:00:00.000"),
        ] {
            assert_eq!(written(text), format!("\"{expected}\""));
        }
    }

    #[test]
    fn what_is_no_date_stays_as_it_is() {
        for text in ["infinity", "-infinity", "", "2024", "02/29/2024", "2024-02-29 12:30:05 PM"] {
            assert_eq!(written(text), format!("\"{text}\""));
        }
    }
}
