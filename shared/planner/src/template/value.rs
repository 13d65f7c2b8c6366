//! A value of JavaScript's, and JavaScript's rules for the few things that are done with one.
//!
//! ECMA-262, sections 7.1 (type conversion) and 7.2 (comparison).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JavaScript's rules name a few kinds of values and treat all others alike"
)]

use std::borrow::Cow;
use std::cmp::Ordering;

use model::SqlTemplate;
use serde_json::{Map, Value as Json};

/// A value is of a kind that is not computed with here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherKind;

type Found<T> = Result<T, OtherKind>;

/// What a computation on claims gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Undefined,
    Null,
    Boolean(bool),
    /// With its text: a long number keeps its digits.
    Number(f64, Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(&'a Map<String, Json>),
    /// The author's SQL, which has no value.
    Sql(&'a SqlTemplate),
}

impl<'a> Value<'a> {
    /// A claim.
    pub(super) fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(number) => {
                Self::Number(number.as_f64().unwrap_or(f64::NAN), Cow::Owned(number.to_string()))
            }
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Json::Object(object) => Self::Object(object),
        }
    }

    /// A number by its text.
    pub(super) fn number(text: &str) -> Self {
        Self::Number(text.parse().unwrap_or(f64::NAN), Cow::Owned(text.to_owned()))
    }

    /// A number that was computed.
    ///
    /// # Errors
    /// One that JavaScript writes with an exponent.
    pub(super) fn computed(number: f64) -> Found<Self> {
        let size = number.abs();
        if number.is_nan() {
            return Ok(Self::Number(number, Cow::Borrowed("NaN")));
        }
        let is_plain = size == 0.0 || (1e-6..1e21).contains(&size);
        // `-0` is written `0`.
        let number = is_plain.then_some(number + 0.0).ok_or(OtherKind)?;
        Ok(Self::Number(number, Cow::Owned(number.to_string())))
    }

    /// What `typeof` says.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Boolean(_) => "boolean",
            Self::Number(..) => "number",
            Self::Text(_) | Self::Sql(_) => "string",
            Self::Null | Self::List(_) | Self::Object(_) => "object",
        }
    }

    /// As it is put into a text.
    pub(super) fn text(&self) -> Found<Cow<'a, str>> {
        Ok(match self {
            Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Number(_, text) | Self::Text(text) => text.clone(),
            Self::List(items) => {
                let shown = |item: &Self| match item {
                    Self::Undefined | Self::Null => Ok(Cow::Borrowed("")),
                    item => item.text(),
                };
                let texts: Found<Vec<Cow<'a, str>>> = items.iter().map(shown).collect();
                Cow::Owned(texts?.join(","))
            }
            Self::Object(_) => Cow::Borrowed("[object Object]"),
            Self::Sql(_) => return Err(OtherKind),
        })
    }

    /// Whether it counts as true.
    pub(super) fn is_true(&self) -> Found<bool> {
        Ok(match self {
            Self::Undefined | Self::Null => false,
            Self::Boolean(value) => *value,
            Self::Number(number, _) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Object(_) => true,
            Self::Sql(_) => return Err(OtherKind),
        })
    }

    /// The text that it is.
    pub(super) fn as_text(&self) -> Found<&str> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(OtherKind),
        }
    }

    /// `Number(self)`
    pub(super) fn numeric(&self) -> Found<f64> {
        match self {
            Self::Undefined => Ok(f64::NAN),
            Self::Null => Ok(0.0),
            Self::Boolean(value) => Ok(f64::from(u8::from(*value))),
            Self::Number(number, _) => Ok(*number),
            Self::Text(text) => number_in(trimmed(text)),
            Self::List(_) | Self::Object(_) | Self::Sql(_) => Err(OtherKind),
        }
    }

    /// `===`; objects are never the same, as two of them would not be in JavaScript.
    pub(super) fn is_same(&self, other: &Self) -> Found<bool> {
        Ok(match (self, other) {
            (Self::Sql(_), _) | (_, Self::Sql(_)) => return Err(OtherKind),
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Boolean(left), Self::Boolean(right)) => left == right,
            #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
            (Self::Number(left, _), Self::Number(right, _)) => left == right,
            (Self::Text(left), Self::Text(right)) => left == right,
            _ => false,
        })
    }

    /// `==`
    pub(super) fn is_equal(&self, other: &Self) -> Found<bool> {
        let is_nothing = |value: &Self| matches!(value, Self::Undefined | Self::Null);
        if is_nothing(self) || is_nothing(other) {
            return Ok(is_nothing(self) && is_nothing(other));
        }
        match (self, other) {
            (Self::Text(_), Self::Text(_)) => self.is_same(other),
            #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
            _ => Ok(self.numeric()? == other.numeric()?),
        }
    }

    /// What `<` and `>` compare; nothing for numbers that are none.
    pub(super) fn order(&self, other: &Self) -> Found<Option<Ordering>> {
        if let (Self::Text(left), Self::Text(right)) = (self, other) {
            return Ok(Some(left.encode_utf16().cmp(right.encode_utf16())));
        }
        Ok(self.numeric()?.partial_cmp(&other.numeric()?))
    }

    /// `self.name`, for a name that no function has.
    pub(super) fn member(&self, name: &str) -> Found<Self> {
        let size = |length: usize| Self::number(&length.to_string());
        Ok(match self {
            Self::Undefined | Self::Null | Self::Sql(_) => return Err(OtherKind),
            Self::Text(text) if name == "length" => size(text.encode_utf16().count()),
            Self::List(items) if name == "length" => size(items.len()),
            Self::List(items) => {
                let index = name.parse::<usize>().ok();
                index.and_then(|index| items.get(index)).cloned().unwrap_or(Self::Undefined)
            }
            Self::Object(object) => object.get(name).map_or(Self::Undefined, Value::of),
            Self::Boolean(_) | Self::Number(..) | Self::Text(_) => Self::Undefined,
        })
    }

    /// `self.indexOf(part)`, counted from 0; nothing when it is not there.
    pub(super) fn index_of(&self, part: &Self) -> Found<Option<usize>> {
        match self {
            Self::Text(text) => {
                let before = text.split_once(&*part.text()?).map(|(before, _)| before);
                // As JavaScript counts.
                Ok(before.map(|before| before.encode_utf16().count()))
            }
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.is_same(part)? {
                        return Ok(Some(index));
                    }
                }
                Ok(None)
            }
            _ => Err(OtherKind),
        }
    }
}

/// Without what JavaScript takes for white space at the ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character == '\u{feff}' || character != '\u{85}' && character.is_whitespace()
    })
}

/// The number that a text is as a whole.
///
/// # Errors
/// The forms that only programs write.
fn number_in(text: &str) -> Found<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let prefix = unsigned.get(..2).unwrap_or_default().to_ascii_lowercase();
    if unsigned == "Infinity" || ["0x", "0o", "0b"].contains(&prefix.as_str()) {
        return Err(OtherKind);
    }
    if text.is_empty() {
        return Ok(0.0);
    }
    let is_decimal = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    Ok(if is_decimal { text.parse().unwrap_or(f64::NAN) } else { f64::NAN })
}

/// The decimal digits that a text begins with, as `parseInt(text, 10)` reads them.
///
/// # Errors
/// A hexadecimal number, which it depends on the radix to read.
pub(super) fn leading_integer(text: &str) -> Found<f64> {
    let text = trimmed(text);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x")) {
        return Err(OtherKind);
    }
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let number: f64 = unsigned.get(..digits).unwrap_or_default().parse().unwrap_or(f64::NAN);
    Ok(if text.starts_with('-') { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(text))
    }

    #[test]
    fn texts_are_numbers_as_javascript_reads_them() {
        for (given, number) in [
            ("", 0.0),
            (" 12 ", 12.0),
            ("-1.5e2", -150.0),
            ("+7", 7.0),
            (".5", 0.5),
            ("\u{feff}1", 1.0),
        ] {
            assert_eq!(text(given).numeric(), Ok(number), "{given}");
        }
        for given in ["a", "1a", "inf", "nan", "1_000", "--1", "e", "1 2"] {
            assert!(text(given).numeric().unwrap().is_nan(), "{given}");
        }
        for given in ["0x10", "0B1", "-0o7", "Infinity"] {
            assert_eq!(text(given).numeric(), Err(OtherKind), "{given}");
        }
    }

    #[test]
    fn an_integer_is_read_from_the_front() {
        for (given, number) in [("42", 42.0), (" -7px", -7.0), ("1.9", 1.0), ("007", 7.0)] {
            assert_eq!(leading_integer(given), Ok(number), "{given}");
        }
        assert!(leading_integer("px").unwrap().is_nan());
        assert_eq!(leading_integer("0x1f"), Err(OtherKind));
    }

    #[test]
    fn computed_numbers_are_written_as_javascript_writes_them() {
        for (number, written) in
            [(0.0, "0"), (-0.0, "0"), (42.0, "42"), (-1.5, "-1.5"), (1e20, "100000000000000000000")]
        {
            assert_eq!(Value::computed(number).unwrap().text().unwrap(), written);
        }
        assert_eq!(Value::computed(f64::NAN).unwrap().text().unwrap(), "NaN");
        for number in [1e21, 1e-7, f64::INFINITY] {
            assert_eq!(Value::computed(number), Err(OtherKind), "{number}");
        }
    }

    #[test]
    fn a_part_is_found_where_javascript_counts_it() {
        assert_eq!(text("a🧊b").index_of(&text("b")), Ok(Some(3)));
        assert_eq!(text("abc").index_of(&text("x")), Ok(None));
        assert_eq!(text("a1").index_of(&Value::number("1")), Ok(Some(1)));
        let list = Value::List(vec![text("a"), Value::number("1")]);
        assert_eq!(list.index_of(&Value::number("1.0")), Ok(Some(1)));
        assert_eq!(list.index_of(&text("1")), Ok(None));
        assert_eq!(Value::Null.index_of(&text("a")), Err(OtherKind));
    }
}
