//! From a variable's text to a value of its kind.

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use crate::{Environment, Error};

/// The text of `variable`; a blank value counts as not set.
pub fn text(environment: &dyn Environment, variable: &str) -> Option<String> {
    let value = environment.get(variable)?;
    let trimmed = value.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// The items of a comma-separated `variable`, trimmed, blank ones left out; `None` when it is not
/// set or blank.
pub fn list(environment: &dyn Environment, variable: &str) -> Option<Vec<String>> {
    text(environment, variable).map(|value| items(&value))
}

/// The items of comma-separated text, trimmed, blank ones left out.
pub(crate) fn items(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// `true` or `false` in any case; `default` when not set.
///
/// # Errors
/// [`Error::Invalid`] for anything else, so that a misspelt safety switch is not read as off.
pub fn flag(
    environment: &dyn Environment,
    variable: &'static str,
    default: bool,
) -> Result<bool, Error> {
    match text(environment, variable) {
        None => Ok(default),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
        Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(Error::Invalid { variable, expected: "true or false" }),
    }
}

/// A word of a few; `default` when not set.
///
/// # Errors
/// [`Error::Invalid`] with `expected` for any other.
pub(crate) fn word<T: FromStr>(
    environment: &dyn Environment,
    variable: &'static str,
    default: T,
    expected: &'static str,
) -> Result<T, Error> {
    let Some(value) = text(environment, variable) else { return Ok(default) };
    value.parse().map_err(|_| Error::Invalid { variable, expected })
}

/// A whole number within `range`; `default` when not set.
///
/// # Errors
/// [`Error::Invalid`] with `expected` for anything else.
pub fn number(
    environment: &dyn Environment,
    variable: &'static str,
    default: u32,
    range: RangeInclusive<u32>,
    expected: &'static str,
) -> Result<u32, Error> {
    let Some(value) = text(environment, variable) else {
        return Ok(default);
    };
    value
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or(Error::Invalid { variable, expected })
}

/// A duration within `range`; `default` when not set. Seconds as a number, or a number with `s`, `m`, `h` or `d`.
///
/// # Errors
/// [`Error::Invalid`] with `expected` for anything else.
pub fn duration(
    environment: &dyn Environment,
    variable: &'static str,
    default: Duration,
    range: RangeInclusive<Duration>,
    expected: &'static str,
) -> Result<Duration, Error> {
    let Some(value) = text(environment, variable) else {
        return Ok(default);
    };
    parse_duration(&value)
        .filter(|duration| range.contains(duration))
        .ok_or(Error::Invalid { variable, expected })
}

/// Cube's spelling of durations, seconds as a number, or a number with `s`, `m`, `h` or `d`; and
/// `ms`, which is ours. `None` for anything else.
///
/// Cube 1.7.25, `packages/cubejs-backend-shared/src/env.ts`, `convertTimeStrToSeconds`.
pub fn parse_duration(value: &str) -> Option<Duration> {
    if let Some(digits) = value.strip_suffix("ms") {
        return digits.parse().ok().map(Duration::from_millis);
    }
    let (digits, seconds_per_unit) = match value.as_bytes().last()? {
        b's' => (value.get(..value.len() - 1)?, 1),
        b'm' => (value.get(..value.len() - 1)?, 60),
        b'h' => (value.get(..value.len() - 1)?, 3_600),
        b'd' => (value.get(..value.len() - 1)?, 86_400),
        _ => (value, 1),
    };
    let count: u64 = digits.parse().ok()?;
    count.checked_mul(seconds_per_unit).map(Duration::from_secs)
}

/// Bytes, as a number or a number with `kb` or `mb` (1024 and 1024 x 1024), within `range`.
///
/// # Errors
/// [`Error::Invalid`] with `expected` for anything else.
pub fn bytes(
    environment: &dyn Environment,
    variable: &'static str,
    default: usize,
    range: RangeInclusive<usize>,
    expected: &'static str,
) -> Result<usize, Error> {
    let Some(value) = text(environment, variable) else {
        return Ok(default);
    };
    let value = value.to_ascii_lowercase();
    let (digits, bytes_per_unit) = if let Some(digits) = value.strip_suffix("kb") {
        (digits, 1 << 10)
    } else if let Some(digits) = value.strip_suffix("mb") {
        (digits, 1 << 20)
    } else {
        (value.strip_suffix('b').unwrap_or(&value), 1)
    };
    digits
        .trim()
        .parse::<usize>()
        .ok()
        .and_then(|count| count.checked_mul(bytes_per_unit))
        .filter(|bytes| range.contains(bytes))
        .ok_or(Error::Invalid { variable, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    #[test]
    fn a_blank_value_is_not_set() {
        let map = Map::from([("A", "  "), ("B", " b ")]);
        assert_eq!(text(&map, "A"), None);
        assert_eq!(text(&map, "B").as_deref(), Some("b"));
        assert_eq!(list(&map, "A"), None);
    }

    #[test]
    fn a_list_loses_its_blanks() {
        let map = Map::from([("A", " a, ,b,")]);
        assert_eq!(list(&map, "A").unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_else() {
        for (value, expected) in [("true", true), ("TRUE", true), ("false", false)] {
            assert_eq!(flag(&Map::from([("F", value)]), "F", !expected), Ok(expected));
        }
        for value in ["1", "yes", "tru", "on"] {
            assert!(flag(&Map::from([("F", value)]), "F", false).is_err(), "{value}");
        }
        assert_eq!(flag(&Map::default(), "F", true), Ok(true));
    }

    #[test]
    fn a_number_outside_its_range_is_refused() {
        let read = |value| number(&Map::from([("N", value)]), "N", 8, 1..=100, "1 to 100");
        assert_eq!(read("100"), Ok(100));
        for value in ["0", "101", "-1", "1.5", "x", "4294967296"] {
            let error = read(value).unwrap_err();
            assert_eq!(error.to_string(), "N must be 1 to 100", "{value}");
        }
    }

    #[test]
    fn a_duration_has_cubes_units() {
        for (value, seconds) in
            [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7_200), ("1d", 86_400)]
        {
            assert_eq!(parse_duration(value), Some(Duration::from_secs(seconds)), "{value}");
        }
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        for value in
            ["", "m", "ms", "1w", "-1s", "1.5h", "99999999999999999999", "99999999999999999d"]
        {
            assert_eq!(parse_duration(value), None, "{value}");
        }
    }

    #[test]
    fn a_size_has_units_of_1024() {
        let read = |value| bytes(&Map::from([("S", value)]), "S", 1, 1..=(1 << 26), "a size");
        assert_eq!(read("1mb"), Ok(1 << 20));
        assert_eq!(read("100KB"), Ok(100 << 10));
        assert_eq!(read("2048"), Ok(2048));
        for value in ["65mb", "mb", "1gb", "0", "-1kb", "18446744073709551615mb"] {
            assert!(read(value).is_err(), "{value}");
        }
    }
}
