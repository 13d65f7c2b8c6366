//! Where in a query a value stands, and what it must be there.

use std::fmt;

use crate::error::{Error, Rule};
use crate::json::Value;

/// 2^53 - 1: the greatest number that JavaScript tells from its neighbours.
pub(crate) const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
/// The same as a float.
pub(crate) const MAX_SAFE_FLOAT: f64 = 9_007_199_254_740_991.0;

/// Where a value stands; written out only when an error names it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// A key of the query.
    Field(&'a str),
    /// A key of an object at a place.
    Key(&'a Place<'a>, &'a str),
    /// An item of a list at a place.
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Field(key) => f.write_str(key),
            Place::Key(parent, key) => write!(f, "{parent}.{key}"),
            Place::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Place<'_> {
    /// The error that the value here breaks `rule`.
    pub(crate) fn breaks(&self, rule: Rule) -> Error {
        Error::Malformed { path: self.to_string(), rule }
    }

    pub(crate) fn list<'q>(&self, value: &'q Value) -> Result<&'q [Value], Error> {
        if let Value::List(items) = value { Ok(items) } else { Err(self.breaks(Rule::Array)) }
    }

    /// A list of at most `most` items.
    pub(crate) fn short_list<'q>(
        &self,
        value: &'q Value,
        most: usize,
    ) -> Result<&'q [Value], Error> {
        let items = self.list(value)?;
        if items.len() > most { Err(self.breaks(Rule::AtMostItems(most))) } else { Ok(items) }
    }

    /// A text with something in it.
    pub(crate) fn text<'q>(&self, value: &'q Value) -> Result<&'q str, Error> {
        match value.as_text() {
            Some("") => Err(self.breaks(Rule::NotEmpty)),
            Some(text) => Ok(text),
            None => Err(self.breaks(Rule::Text)),
        }
    }

    /// A text that `read` understands, all of which match `pattern`.
    pub(crate) fn matching<'q, T>(
        &self,
        value: &'q Value,
        pattern: &'static str,
        read: impl Fn(&'q str) -> Option<T>,
    ) -> Result<T, Error> {
        let text = self.text(value)?;
        read(text).ok_or_else(|| self.breaks(Rule::Pattern { value: text.to_owned(), pattern }))
    }

    /// One of `words`, as `read` understands them.
    pub(crate) fn word<T>(
        &self,
        value: &Value,
        words: &'static [&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        value.as_text().and_then(read).ok_or_else(|| self.breaks(Rule::OneOf(words)))
    }

    pub(crate) fn boolean(&self, value: &Value) -> Result<bool, Error> {
        if let Value::Bool(value) = value { Ok(*value) } else { Err(self.breaks(Rule::Boolean)) }
    }

    /// A whole number from 0 to 2^53 - 1.
    pub(crate) fn count(&self, value: &Value) -> Result<u64, Error> {
        match value {
            Value::Integer(number) if number.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs() => {
                Err(self.breaks(Rule::SafeNumber))
            }
            Value::Integer(number) => {
                u64::try_from(*number).map_err(|_| self.breaks(Rule::NotNegative))
            }
            Value::Float(number) if number.abs() > MAX_SAFE_FLOAT => {
                Err(self.breaks(Rule::SafeNumber))
            }
            Value::Float(_) => Err(self.breaks(Rule::Integer)),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => {
                Err(self.breaks(Rule::Number))
            }
        }
    }
}
