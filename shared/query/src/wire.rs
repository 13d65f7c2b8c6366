//! Queries as they were sent.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Rule};
use crate::json::{self, Value};
use crate::limits::MAX_QUERIES;
use crate::normal_form::CacheMode;

/// What one request asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// In the order they were sent.
    pub queries: Vec<WireQuery>,
    /// Whether they were sent as a list, be it of one: a data blending request.
    pub is_array: bool,
}

/// One query as it was sent: an object whose keys are in the order they were sent, not checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct WireQuery {
    entries: Vec<(String, Value)>,
}

/// How the queries of a request belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryType {
    /// One query.
    Regular,
    /// One query for several date ranges: one query for each of them.
    CompareDateRange,
    /// Several queries whose rows are merged by time.
    Blending,
}

impl QueryType {
    /// `regularQuery`, `compareDateRangeQuery` or `blendingQuery`.
    pub fn as_str(self) -> &'static str {
        match self {
            QueryType::Regular => "regularQuery",
            QueryType::CompareDateRange => "compareDateRangeQuery",
            QueryType::Blending => "blendingQuery",
        }
    }
}

impl Serialize for QueryType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads the `query` parameter: one query, or several as a list.
///
/// # Errors
/// [`Error::Missing`] for nothing and for `undefined`, [`Error::Syntax`], [`Error::NotAQuery`],
/// [`Error::TooManyQueries`], [`Error::Malformed`] if an item of a list is no object.
pub fn parse(json: &[u8]) -> Result<Request, Error> {
    if json.is_empty() || json == b"undefined" {
        return Err(Error::Missing);
    }
    Request::from_value(json::read(json)?)
}

impl Request {
    /// The request that JSON already read stands for: what [`parse`] does behind the reader.
    ///
    /// # Errors
    /// As [`parse`], but for [`Error::Missing`] and [`Error::Syntax`].
    pub fn from_value(value: Value) -> Result<Request, Error> {
        let found = match value {
            Value::Object(entries) => {
                return Ok(Request { queries: vec![WireQuery { entries }], is_array: false });
            }
            Value::List(items) => {
                if items.len() > MAX_QUERIES {
                    return Err(Error::TooManyQueries);
                }
                let queries = items.into_iter().map(WireQuery::from_value);
                return Ok(Request { queries: queries.collect::<Result<_, _>>()?, is_array: true });
            }
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "a string",
        };
        Err(Error::NotAQuery { found })
    }

    /// The queries to run, and how they belong together: a query that compares date ranges becomes
    /// one for each range (Cube 1.7, `gateway.ts`, `compareDateRangeTransformer`).
    ///
    /// # Errors
    /// [`Error::SeveralComparisons`], [`Error::TooManyQueries`], [`Error::ComparisonInBlending`],
    /// [`Error::Malformed`] if there is nothing to compare.
    pub(crate) fn expanded(&self) -> Result<(QueryType, Vec<Cow<'_, WireQuery>>), Error> {
        if self.is_array {
            if self.queries.iter().any(|query| query.comparisons().next().is_some()) {
                return Err(Error::ComparisonInBlending);
            }
            return Ok((QueryType::Blending, self.queries.iter().map(Cow::Borrowed).collect()));
        }
        let mut queries = Vec::new();
        let mut query_type = QueryType::Regular;
        for query in &self.queries {
            let mut comparisons = query.comparisons();
            let Some((index, ranges)) = comparisons.next() else {
                queries.push(Cow::Borrowed(query));
                continue;
            };
            if comparisons.next().is_some() {
                return Err(Error::SeveralComparisons);
            }
            if ranges.len() > MAX_QUERIES {
                return Err(Error::TooManyQueries);
            }
            if ranges.is_empty() {
                let path = format!("timeDimensions[{index}].compareDateRange");
                return Err(Error::Malformed { path, rule: Rule::AtLeastItems(1) });
            }
            query_type = QueryType::CompareDateRange;
            let ranges = ranges.iter().map(|range| query.with_date_range(index, range));
            queries.extend(ranges.map(Cow::Owned));
        }
        Ok((query_type, queries))
    }
}

impl WireQuery {
    /// The query that a JSON object stands for.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is no object.
    pub fn from_value(value: Value) -> Result<WireQuery, Error> {
        if let Value::Object(entries) = value {
            return Ok(WireQuery { entries });
        }
        Err(Error::Malformed { path: "value".to_owned(), rule: Rule::Object })
    }

    /// The same query with a cache mode, which the request names beside its query (`cache`).
    #[must_use]
    pub fn with_cache_mode(mut self, mode: CacheMode) -> WireQuery {
        self.entries.retain(|(key, _)| key != "cache");
        self.entries.push(("cache".to_owned(), Value::from(mode.as_str())));
        self
    }

    /// Keys and values in the order they were sent.
    pub(crate) fn entries(&self) -> &[(String, Value)] {
        &self.entries
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The time dimensions that compare date ranges, by place, with the ranges.
    fn comparisons(&self) -> impl Iterator<Item = (usize, &[Value])> {
        let items = match self.get("timeDimensions") {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().enumerate().filter_map(|(index, item)| match item.get("compareDateRange") {
            Some(Value::List(ranges)) => Some((index, ranges.as_slice())),
            // Not a list: left in place, where the check of the form finds it.
            _ => None,
        })
    }

    /// The same query with one range for the time dimension at `index` instead of a comparison.
    fn with_date_range(&self, index: usize, range: &Value) -> WireQuery {
        let mut query = self.clone();
        let items = query.entries.iter_mut().find(|(key, _)| key == "timeDimensions");
        if let Some((_, Value::List(items))) = items
            && let Some(Value::Object(entries)) = items.get_mut(index)
        {
            entries.retain(|(key, _)| key != "compareDateRange");
            match entries.iter_mut().find(|(key, _)| key == "dateRange") {
                Some((_, value)) => *value = range.clone(),
                None => entries.push(("dateRange".to_owned(), range.clone())),
            }
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(json: &str) -> String {
        parse(json.as_bytes())
            .and_then(|request| request.expanded().map(|_| ()))
            .unwrap_err()
            .sentence()
    }

    #[test]
    fn one_query_or_several() {
        let request = parse(b"{}").unwrap();
        assert_eq!((request.queries.len(), request.is_array), (1, false));
        let request = parse(b"[{},{}]").unwrap();
        assert_eq!((request.queries.len(), request.is_array), (2, true));
        assert_eq!(parse(b"[]").unwrap().queries.len(), 0);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let undecodable = "Unable to decode query param as JSON, error: ";
        for (json, expected) in [
            ("", "Query param is required"),
            ("undefined", "Query param is required"),
            ("{measures", undecodable),
            ("null", "expected an object or an array, found null"),
            ("5", "expected an object or an array, found a number"),
            ("true", "expected an object or an array, found a boolean"),
            ("\"{}\"", "expected an object or an array, found a string"),
            ("[1]", "Invalid query format: \"value\" must be of type object"),
            ("[{},[]]", "Invalid query format: \"value\" must be of type object"),
        ] {
            assert!(sentence(json).contains(expected), "{json}: {}", sentence(json));
        }
        let many = format!("[{}{{}}]", "{},".repeat(10));
        assert_eq!(
            sentence(&many),
            "Invalid query format: \"query\" must contain less than or equal to 10 items"
        );
    }

    #[test]
    fn a_comparison_is_one_query_for_each_range() {
        let json = br#"{"measures":["a.b"],"timeDimensions":[{"dimension":"a.c"},
            {"dimension":"a.d","dateRange":"today","compareDateRange":["this week",["2020-01-01"]],
             "granularity":"day"}]}"#;
        let request = parse(json).unwrap();
        let (query_type, queries) = request.expanded().unwrap();
        assert_eq!(query_type.as_str(), "compareDateRangeQuery");
        let written: Vec<_> =
            queries.iter().map(|query| query.get("timeDimensions").unwrap().to_json()).collect();
        assert_eq!(
            written,
            [
                r#"[{"dimension":"a.c"},{"dimension":"a.d","dateRange":"this week","granularity":"day"}]"#,
                r#"[{"dimension":"a.c"},{"dimension":"a.d","dateRange":["2020-01-01"],"granularity":"day"}]"#,
            ]
        );
    }

    #[test]
    fn comparisons_that_cannot_be_are_refused() {
        let compare = r#"{"dimension":"a.c","compareDateRange":["today","yesterday"]}"#;
        assert_eq!(
            sentence(&format!("{{\"timeDimensions\":[{compare},{compare}]}}")),
            "compareDateRange can only exist for one timeDimension"
        );
        assert_eq!(
            sentence(&format!("[{{\"timeDimensions\":[{compare}]}}]")),
            "compareDateRange is not supported in a data blending query"
        );
        assert_eq!(
            sentence(r#"{"timeDimensions":[{"compareDateRange":[]}]}"#),
            "Invalid query format: \"timeDimensions[0].compareDateRange\" must contain at least 1 items"
        );
        let ranges = ["\"today\""; 11].join(",");
        assert!(
            sentence(&format!("{{\"timeDimensions\":[{{\"compareDateRange\":[{ranges}]}}]}}"))
                .ends_with("less than or equal to 10 items")
        );
    }
}
