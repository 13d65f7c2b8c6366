//! Date ranges in words: `last 7 days`, `from 2 weeks ago to now`, `January 5, 2020`.
//!
//! The order in which the forms are tried is Cube's, and so is that they may stand anywhere in the
//! text: `from last month to today` is last month (Cube 1.7, `date-parser.ts`). What Cube leaves to
//! `chrono-node` is read here in the forms below; anything else is an error (`PARITY.md` 22).

use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use model::TimeUnit;

use crate::calendar::{end_of, shifted, start_of, unit_at_start_of};
use crate::error::Error;
use crate::iso_date::IsoDate;

/// Wall clocks of both ends of a range, in the zone of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalRange {
    pub(crate) from: DateTime,
    pub(crate) to: DateTime,
}

/// No phrase is longer; keeps hostile text cheap.
const MAX_CHARACTERS: usize = 200;

/// The range that `text` means at `now`, whose zone is the query's.
///
/// # Errors
/// [`Error::UnreadableDate`] with the text, or with the end of `from .. to ..` that is no date.
pub(crate) fn parse(text: &str, now: &Zoned) -> Result<LocalRange, Error> {
    let unreadable = |text: &str| Error::UnreadableDate { text: text.to_owned() };
    let text = text.to_lowercase();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        return Err(unreadable(&text));
    }
    if let Some(stretch) = stretch(&text) {
        return stretch.range(now).ok_or_else(|| unreadable(&text));
    }
    let precision = precision(&text);
    if let Some((from, to)) = ends(&text) {
        let from = point(from, now)
            .and_then(|time| start_of(time, precision))
            .ok_or_else(|| unreadable(from))?;
        let to = point(to, now)
            .and_then(|time| end_of(time, precision))
            .ok_or_else(|| unreadable(to))?;
        return Ok(LocalRange { from, to });
    }
    // `2 weeks ago by hour`: the last two words only say how exact it is.
    let phrase = text.trim();
    let phrase = ["second", "minute", "hour"]
        .iter()
        .find_map(|unit| phrase.strip_suffix(unit)?.strip_suffix(" by "))
        .unwrap_or(phrase);
    point(phrase, now)
        .and_then(|time| around(time, time, precision))
        .ok_or_else(|| unreadable(&text))
}

fn around(from: DateTime, to: DateTime, unit: TimeUnit) -> Option<LocalRange> {
    Some(LocalRange { from: start_of(from, unit)?, to: end_of(to, unit)? })
}

/// Whole units around now: how many units away the first and the last begin.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: i64,
    last: i64,
    unit: TimeUnit,
}

impl Stretch {
    /// `None` if it is past any calendar.
    fn range(self, now: &Zoned) -> Option<LocalRange> {
        let first = shifted(now, self.first, self.unit)?;
        let last = shifted(now, self.last, self.unit)?;
        around(first.datetime(), last.datetime(), self.unit)
    }
}

/// The first of the forms that is in the text, wherever it stands.
fn stretch(text: &str) -> Option<Stretch> {
    if let Some((word, unit)) = find_after(text, &["this", "last", "next"], unit_at_start_of) {
        let count = match word {
            "last" => -1,
            "next" => 1,
            _ => 0,
        };
        return Some(Stretch { first: count, last: count, unit });
    }
    if let Some((word, (count, unit))) = find_after(text, &["last", "next"], counted_unit) {
        // The unit that runs belongs to neither.
        return Some(match word {
            "last" => Stretch { first: -count, last: -1, unit },
            _ => Stretch { first: 1, last: count, unit },
        });
    }
    [("today", 0), ("yesterday", -1), ("tomorrow", 1)].into_iter().find_map(|(word, count)| {
        let stretch = Stretch { first: count, last: count, unit: TimeUnit::Day };
        text.contains(word).then_some(stretch)
    })
}

/// The leftmost of `words` behind which, after blanks, `read` finds something.
fn find_after<'w, T>(
    text: &str,
    words: &[&'w str],
    read: impl Fn(&str) -> Option<T>,
) -> Option<(&'w str, T)> {
    let places = text.char_indices().filter_map(|(place, _)| text.get(place..));
    places.flat_map(|rest| words.iter().map(move |word| (rest, *word))).find_map(|(rest, word)| {
        let behind = rest.strip_prefix(word)?;
        let found = behind.trim_start();
        if found.len() == behind.len() { None } else { Some((word, read(found)?)) }
    })
}

/// `7 days`: the number and the unit. A number too large to count is past any calendar as well.
fn counted_unit(text: &str) -> Option<(i64, TimeUnit)> {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len()).filter(|digits| !digits.is_empty())?;
    let unit = rest.trim_start();
    if unit.len() == rest.len() {
        return None;
    }
    Some((digits.parse().unwrap_or(i64::MAX), unit_at_start_of(unit)?))
}

/// `from A to B`: both ends.
fn ends(text: &str) -> Option<(&str, &str)> {
    let (from, to) = text.strip_prefix("from ")?.rsplit_once(" to ")?;
    Some((from.trim(), to.trim()))
}

/// How exact a text in words is: to the smallest unit below a day that it names.
fn precision(text: &str) -> TimeUnit {
    [("second", TimeUnit::Second), ("minute", TimeUnit::Minute), ("hour", TimeUnit::Hour)]
        .into_iter()
        .find_map(|(word, unit)| text.contains(word).then_some(unit))
        .unwrap_or(TimeUnit::Day)
}

/// The wall clock that a lower-case text without `from` and `to` means.
fn point(text: &str, now: &Zoned) -> Option<DateTime> {
    if text == "now" {
        return Some(now.datetime());
    }
    if let Some((count, unit)) = distance(text) {
        return shifted(now, count, unit).map(|time| time.datetime());
    }
    let iso = text.to_ascii_uppercase();
    // A whole date, with a wall clock that is taken as it is written, whatever its offset.
    if IsoDate::is_form_of(&iso) {
        return IsoDate::parse(&iso).map(|date| date.wall_clock);
    }
    written_date(text).map(|date| date.to_datetime(Time::midnight()))
}

/// `3 days ago`, `an hour ago`, `2 weeks from now`, `in 2 weeks`.
fn distance(text: &str) -> Option<(i64, TimeUnit)> {
    let words: Vec<&str> = text.split_whitespace().take(5).collect();
    let (count, unit, sign) = match words.as_slice() {
        [count, unit, "ago"] => (count, unit, -1),
        [count, unit, "from", "now"] | ["in", count, unit] => (count, unit, 1),
        _ => return None,
    };
    let count: i64 = match *count {
        "a" | "an" | "one" => 1,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    Some((sign * count, TimeUnit::parse(unit.strip_suffix('s').unwrap_or(unit))?))
}

/// `january 5, 2020`, `5th of jan 2020`, `january 2020`.
fn written_date(text: &str) -> Option<Date> {
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || letter == ',')
        .filter(|word| !word.is_empty() && *word != "of")
        .take(4)
        .collect();
    let (day, name, year) = match words.as_slice() {
        [first, second, year] => match month(first) {
            Some(_) => (day(second)?, first, year),
            None => (day(first)?, second, year),
        },
        [name, year] => (1, name, year),
        _ => return None,
    };
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = year.parse::<i16>().ok().filter(|year| *year >= 1)?;
    Date::new(year, month(name)?, day).ok()
}

/// `5`, `05`, `5th`.
fn day(word: &str) -> Option<i8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending));
    let digits = digits.unwrap_or(word);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The month of that name, whole or its first three letters, with or without a full stop.
fn month(word: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.strip_suffix('.').unwrap_or(word);
    (1..).zip(NAMES).find_map(|(number, name)| {
        let is_name =
            word == name || Some(word) == name.get(..3) || (number == 9 && word == "sept");
        is_name.then_some(number)
    })
}

#[cfg(test)]
mod tests;
