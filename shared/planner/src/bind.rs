//! The values of one query and one context, put where the statement wants them.

use auth::SecurityContext;
use model::ClaimPath;
use query::Query;
use sql::Statement;

use crate::Error;
use crate::filters::conditions_of;
use crate::prepare::Draft;
use crate::slots::{Source, ValueKind};
use crate::template::scalar_text;

/// The values of one query, by place.
pub(crate) struct Values<'q> {
    context: &'q SecurityContext,
    query: &'q Query,
    /// Of all conditions, with the condition each belongs to.
    by_place: Vec<(&'q query::MemberFilter, Option<&'q str>)>,
    instants: Vec<&'q str>,
}

impl<'q> Values<'q> {
    /// Lays them out in the order in which places are counted.
    pub(crate) fn of(context: &'q SecurityContext, query: &'q Query) -> Self {
        let conditions = conditions_of(&query.filters);
        Self {
            context,
            query,
            by_place: conditions
                .iter()
                .flat_map(|filter| filter.values.iter().map(|value| (*filter, value.as_deref())))
                .collect(),
            instants: conditions
                .iter()
                .flat_map(|filter| filter.instants.iter().map(String::as_str))
                .collect(),
        }
    }

    /// A statement with its parameters.
    ///
    /// # Errors
    /// A value that does not fit its member's type, a claim that cannot be sent.
    pub(crate) fn bind(&self, text: Draft) -> Result<Statement, Error> {
        let mut parameters = Vec::with_capacity(text.sources.len());
        for source in &text.sources {
            parameters.push(self.value(source)?);
        }
        Ok(Statement {
            has_context_parameters: text
                .sources
                .iter()
                .any(|source| matches!(source, Source::Claim { .. })),
            text: text.text,
            parameters,
        })
    }

    /// A series makes a row for every step of a range: it must end.
    ///
    /// # Errors
    /// [`Error::TooManySteps`].
    pub(crate) fn check_steps(&self, text: &Draft) -> Result<(), Error> {
        for series in &text.series {
            let Some(time) = self.query.time_dimensions.get(series.place as usize) else {
                continue;
            };
            let steps = time.range_seconds().map(|seconds| seconds / series.step_seconds);
            if steps.is_some_and(|steps| steps >= query::limits::MAX_SERIES_BUCKETS) {
                return Err(Error::TooManySteps { path: time.dimension.to_string() });
            }
        }
        Ok(())
    }

    fn value(&self, source: &Source) -> Result<String, Error> {
        Ok(match source {
            Source::TimeZone => self.query.time_zone.to_owned(),
            Source::YearStart => self.query.year_start.clone(),
            Source::Limit => self.query.limit.to_string(),
            Source::Offset => self.query.offset.unwrap_or_default().to_string(),
            Source::Value { index, kind } => self.filter_value(*index, *kind)?,
            Source::Pattern(index) => escape_pattern(&self.filter_value(*index, ValueKind::Text)?),
            Source::Instant(index) => {
                self.instants.get(*index as usize).copied().unwrap_or_default().to_owned()
            }
            Source::RangeStart(place) => self.range(*place, |range| &range.from),
            Source::RangeEnd(place) => self.range(*place, |range| &range.to),
            Source::RangeStartLocal(place) => self.range(*place, |range| &range.from_local),
            Source::RangeEndLocal(place) => self.range(*place, |range| &range.to_local),
            Source::Claim { path, element } => self.claim(path, *element)?,
        })
    }

    fn filter_value(&self, index: u32, kind: ValueKind) -> Result<String, Error> {
        let Some(&(filter, Some(value))) = self.by_place.get(index as usize) else {
            return Ok(String::new());
        };
        let expected = match kind {
            ValueKind::Text => None,
            ValueKind::Number => (!is_number(value)).then_some("number"),
            ValueKind::Boolean => (!is_boolean(value)).then_some("boolean"),
        };
        match expected {
            Some(expected) => {
                Err(Error::InvalidValue { path: filter.member.to_string(), expected })
            }
            None => Ok(value.to_owned()),
        }
    }

    fn range(&self, place: u32, end: impl Fn(&query::DateRange) -> &String) -> String {
        let time = self.query.time_dimensions.get(place as usize);
        time.and_then(|time| time.date_range.as_ref()).map(end).cloned().unwrap_or_default()
    }

    fn claim(&self, path: &ClaimPath, element: Option<u32>) -> Result<String, Error> {
        let value = self.context.claim(&path.0);
        let value = match element {
            None => value,
            Some(place) => value
                .and_then(serde_json::Value::as_array)
                .and_then(|elements| elements.get(place as usize)),
        };
        value.and_then(scalar_text).ok_or_else(|| Error::UnusableClaim(path.clone()))
    }
}

/// Makes `%`, `_` and `\` literal in a LIKE pattern, whose escape character is the backslash
/// (PARITY.md row 5).
fn escape_pattern(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 2);
    for character in value.chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A decimal number as PostgreSQL reads it: `-12`, `0.5`, `1e3`. Not `0x10`, `NaN` or blanks.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => (digits(whole) || whole.is_empty()) && digits(fraction),
        None => digits(mantissa),
    };
    is_mantissa
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_value_are_literal() {
        assert_eq!(escape_pattern(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn only_decimal_numbers_are_numbers() {
        for number in ["0", "-1", "+2", "0.5", ".5", "1e3", "1E-3", "12345678901234567890"] {
            assert!(is_number(number), "{number}");
        }
        for other in
            ["", "-", "0x10", "1;", "NaN", "Infinity", " 1", "1.", "1e", "1e+", "--1", "1_000"]
        {
            assert!(!is_number(other), "{other}");
        }
    }
}
