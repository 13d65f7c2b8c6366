//! Why a query is refused, with Cube's sentence for each reason.

use std::fmt;

use crate::limits::{
    MAX_BUCKETS, MAX_ECHO_CHARACTERS, MAX_FILTER_VALUES, MAX_GRANULARITY_BYTES, MAX_QUERIES,
};
use crate::member::MemberPath;
use model::FilterOperator;

/// Why a query is refused. All of them are the caller's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no query, or the literal `undefined`.
    #[error("no query was given")]
    Missing,
    /// The text is not the JSON that the reader accepts.
    #[error("the query is not acceptable JSON: {reason}")]
    Syntax {
        /// The reader's reason and place.
        reason: String,
    },
    /// JSON, but neither an object nor a list of objects.
    #[error("the query is {found}, neither an object nor a list")]
    NotAQuery {
        /// `a number`, `a string`, ...
        found: &'static str,
    },
    /// More than [`MAX_QUERIES`] queries, or ranges to compare.
    #[error("there are more queries in one request than {MAX_QUERIES}")]
    TooManyQueries,
    /// A field is not as it must be.
    #[error("the field {path:?} of the query is malformed")]
    Malformed {
        /// `filters[0]`, `timeDimensions[0].dateRange`, ...
        path: String,
        /// What it must be.
        rule: Rule,
    },
    /// Nothing is asked for.
    #[error("the query asks for nothing")]
    Empty,
    /// More rows than the installation allows.
    #[error("the query's limit is past the maximum")]
    LimitExceeded,
    /// A condition that needs values has none.
    #[error("a filter has no values")]
    ValuesRequired {
        /// The condition as JSON.
        filter: String,
    },
    /// All conditions together have too many values.
    #[error("the filters have more values than {MAX_FILTER_VALUES}")]
    TooManyValues,
    /// A text that is no date.
    #[error("a date of the query cannot be understood")]
    UnreadableDate {
        /// The text.
        text: String,
    },
    /// `last week` and the like stand for both ends, so they stand alone.
    #[error("the operator {} has a relative date among several values", operator.as_str())]
    RelativeDateInRange {
        /// A range operator.
        operator: FilterOperator,
        /// The values as JSON.
        values: String,
    },
    /// A granularity that no model can have: its name is not a name.
    #[error("the time dimension {dimension} has a granularity that is not a name")]
    UnknownGranularity {
        /// The caller's text.
        granularity: String,
        /// The time dimension.
        dimension: MemberPath,
    },
    /// A range of more steps than anything could show ([`MAX_BUCKETS`]).
    #[error("the time dimension {dimension} has too many steps in its range")]
    TooManyBuckets {
        /// The time dimension.
        dimension: MemberPath,
    },
    /// Two time dimensions with `compareDateRange`.
    #[error("more than one time dimension compares date ranges")]
    SeveralComparisons,
    /// `compareDateRange` inside an array of queries.
    #[error("a query of a list compares date ranges")]
    ComparisonInBlending,
    /// An array of queries of which none has a granularity.
    #[error("a list of queries has no granularity")]
    BlendingWithoutGranularity,
    /// An array of queries with several granularities.
    #[error("a list of queries has several granularities")]
    BlendingGranularitiesDiffer,
}

impl Error {
    /// The sentence that Cube 1.7 answers with, or one in its manner where we refuse more.
    ///
    /// The caller's own text in it is cut at 256 characters. It holds nothing else.
    pub fn sentence(&self) -> String {
        match self {
            Error::Missing => "Query param is required".to_owned(),
            Error::Syntax { reason } => undecodable(cut(reason)),
            Error::NotAQuery { found } => {
                undecodable(&format!("expected an object or an array, found {found}"))
            }
            Error::TooManyQueries => {
                let rule = Rule::AtMostItems(MAX_QUERIES);
                format!("Invalid query format: \"query\" {rule}")
            }
            Error::Malformed { path, rule } => {
                format!("Invalid query format: \"{}\" {rule}", cut(path))
            }
            Error::Empty => "Query should contain either measures, dimensions or timeDimensions \
                             with granularities in order to be valid"
                .to_owned(),
            Error::LimitExceeded => "The query limit has been exceeded.".to_owned(),
            Error::ValuesRequired { filter } => {
                format!("Values required for filter: {}", cut(filter))
            }
            Error::TooManyValues => {
                format!("Filters must have at most {MAX_FILTER_VALUES} values altogether")
            }
            Error::UnreadableDate { text } => format!("Can't parse date: '{}'", cut(text)),
            Error::RelativeDateInRange { operator, values } => format!(
                "Relative-date strings are only supported when `values` has a single element for \
                 operator `{}`. Pass an absolute two-element [start, end] pair, or a single \
                 relative string like [\"last 2 weeks\"]. Got: {}",
                operator.as_str(),
                cut(values)
            ),
            Error::UnknownGranularity { granularity, dimension } => format!(
                "Granularity \"{}\" does not exist in dimension {}",
                cut(granularity),
                cut(&dimension.to_string())
            ),
            Error::TooManyBuckets { dimension } => format!(
                "The date range of {} has more than {MAX_BUCKETS} steps of its granularity",
                cut(&dimension.to_string())
            ),
            Error::SeveralComparisons => {
                "compareDateRange can only exist for one timeDimension".to_owned()
            }
            Error::ComparisonInBlending => {
                "compareDateRange is not supported in a data blending query".to_owned()
            }
            Error::BlendingWithoutGranularity => {
                "Data blending query without granularity is not supported".to_owned()
            }
            Error::BlendingGranularitiesDiffer => {
                "Data blending query granularities must match".to_owned()
            }
        }
    }
}

fn undecodable(reason: &str) -> String {
    format!("Unable to decode query param as JSON, error: {reason}")
}

/// What a field must be. `Display` is Joi 17's wording, with which Cube ends its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The key is unknown.
    NotAllowed,
    /// The key must be there.
    Required,
    /// Must be a list.
    Array,
    /// Must be an object.
    Object,
    /// Must be a text.
    Text,
    /// Must be a text with something in it.
    NotEmpty,
    /// Must be a text of at most 128 bytes.
    ShortName,
    /// Must be a boolean.
    Boolean,
    /// Must be a number.
    Number,
    /// Must have no fraction.
    Integer,
    /// Must be below 2^53.
    SafeNumber,
    /// Must not be negative.
    NotNegative,
    /// Must not be above.
    AtMost(u32),
    /// At least one item.
    AtLeastItems(usize),
    /// At most so many items.
    AtMostItems(usize),
    /// A pair with a third item.
    AtMostOrderedItems(usize),
    /// None of the forms it can have: filters.
    AllowedTypes,
    /// Must be one of these words.
    OneOf(&'static [&'static str]),
    /// Must match the pattern.
    Pattern {
        /// The caller's text.
        value: String,
        /// As Cube writes it.
        pattern: &'static str,
    },
    /// Must be in the time zone database.
    TimeZone {
        /// The caller's text.
        value: String,
    },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::NotAllowed => f.write_str("is not allowed"),
            Rule::Required => f.write_str("is required"),
            Rule::Array => f.write_str("must be an array"),
            Rule::Object => f.write_str("must be of type object"),
            Rule::Text => f.write_str("must be a string"),
            Rule::NotEmpty => f.write_str("is not allowed to be empty"),
            Rule::ShortName => write!(
                f,
                "length must be less than or equal to {MAX_GRANULARITY_BYTES} characters long"
            ),
            Rule::Boolean => f.write_str("must be a boolean"),
            Rule::Number => f.write_str("must be a number"),
            Rule::Integer => f.write_str("must be an integer"),
            Rule::SafeNumber => f.write_str("must be a safe number"),
            Rule::NotNegative => f.write_str("must be greater than or equal to 0"),
            Rule::AtMost(most) => write!(f, "must be less than or equal to {most}"),
            Rule::AtLeastItems(least) => write!(f, "must contain at least {least} items"),
            Rule::AtMostItems(most) => {
                write!(f, "must contain less than or equal to {most} items")
            }
            Rule::AtMostOrderedItems(most) => write!(f, "must contain at most {most} items"),
            Rule::AllowedTypes => f.write_str("does not match any of the allowed types"),
            Rule::OneOf(words) => write!(f, "must be one of [{}]", words.join(", ")),
            Rule::Pattern { value, pattern } => write!(
                f,
                "with value \"{}\" fails to match the required pattern: {pattern}",
                cut(value)
            ),
            Rule::TimeZone { value } => {
                write!(f, "must be a valid IANA time zone, got \"{}\"", cut(value))
            }
        }
    }
}

/// The first 256 characters of the caller's own text.
pub(crate) fn cut(text: &str) -> &str {
    match text.char_indices().nth(MAX_ECHO_CHARACTERS) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_text_is_cut() {
        let long = "é".repeat(300);
        assert_eq!(cut(&long).chars().count(), 256);
        assert_eq!(cut("short"), "short");
        let sentence = Error::UnreadableDate { text: long.clone() }.sentence();
        assert_eq!(sentence, format!("Can't parse date: '{}'", "é".repeat(256)));
        let rule = Rule::Pattern { value: long, pattern: MemberPath::PATTERN };
        assert!(rule.to_string().chars().count() < 400);
    }

    #[test]
    fn the_log_text_holds_no_value_of_the_caller() {
        for error in [
            Error::UnreadableDate { text: "secret".to_owned() },
            Error::ValuesRequired { filter: "secret".to_owned() },
            Error::Malformed {
                path: "timezone".to_owned(),
                rule: Rule::TimeZone { value: "secret".to_owned() },
            },
        ] {
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(error.sentence().contains("secret"));
        }
    }
}
