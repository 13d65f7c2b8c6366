//! The normalized query as it is told to the caller.

use serde::ser::{Serialize, Serializer};

use crate::json::Value;
use crate::normal_form::{Order, Query, TimeDimension};
use crate::wire::{QueryType, WireQuery};

/// A normalized query as Cube 1.7 echoes it in `query`, `pivotQuery` and `normalizedQueries`.
///
/// The caller's keys come first, in the order they were sent; then those that were filled in:
/// `cacheMode`, `timezone`, `limit`, `filters`, `dimensions`, `timeDimensions`, `rowLimit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Echo {
    entries: Vec<(String, Value)>,
}

/// A time dimension and the object in which it was sent.
pub(crate) type SentTimeDimension<'q> = (&'q TimeDimension, Option<&'q [(String, Value)]>);

impl Echo {
    pub(crate) fn new(
        sent: &WireQuery,
        query: &Query,
        filters: Value,
        time_dimensions: &[SentTimeDimension<'_>],
    ) -> Echo {
        let mut echo = Echo { entries: sent.entries().to_vec() };
        echo.entries.retain(|(key, _)| key != "cache" && key != "renewQuery");
        if let Some(order) = &query.order {
            echo.set("order", Value::List(order.iter().map(order_item).collect()));
        }
        echo.set("cacheMode", Value::from(query.cache_mode.as_str()));
        echo.set("timezone", Value::from(query.time_zone));
        echo.set("limit", Value::Integer(query.limit.into()));
        echo.set("filters", filters);
        let dimensions = echo.list("dimensions").iter().filter(|item| !has_granularity(item));
        let dimensions = Value::List(dimensions.cloned().collect());
        echo.set("dimensions", dimensions);
        let items = time_dimensions.iter().map(|(normal, sent)| time_dimension(normal, *sent));
        echo.set("timeDimensions", Value::List(items.collect()));
        echo.set("rowLimit", Value::Integer(query.limit.into()));
        echo
    }

    /// What a pivot table of the results is made from (`pivotQuery`); `None` without queries.
    ///
    /// The first query, with the type of the request. A comparison adds the range as a dimension;
    /// blended queries are united, with one time dimension called `time` (Cube 1.7, `query.ts`,
    /// `getPivotQuery`).
    pub fn pivot(query_type: QueryType, echoes: &[&Echo]) -> Option<Echo> {
        let mut pivot = Echo::clone(echoes.first()?);
        match query_type {
            QueryType::Regular => {}
            QueryType::CompareDateRange => {
                let mut dimensions = vec![Value::from("compareDateRange")];
                dimensions.extend_from_slice(pivot.list("dimensions"));
                pivot.set("dimensions", Value::List(dimensions));
            }
            QueryType::Blending => {
                for key in ["measures", "dimensions"] {
                    pivot.set(key, united(key, echoes));
                }
                let granularity = echoes.iter().find_map(|echo| {
                    echo.list("timeDimensions").first()?.get("granularity").cloned()
                });
                let mut time = vec![("dimension".to_owned(), Value::from("time"))];
                time.extend(granularity.map(|name| ("granularity".to_owned(), name)));
                pivot.set("timeDimensions", Value::List(vec![Value::Object(time)]));
            }
        }
        pivot.set("queryType", Value::from(query_type.as_str()));
        Some(pivot)
    }

    fn list(&self, key: &str) -> &[Value] {
        let found = self.entries.iter().find(|(name, _)| name == key);
        if let Some((_, Value::List(items))) = found { items } else { &[] }
    }

    /// Replaces a value where it stands, or adds it at the end.
    fn set(&mut self, key: &str, value: Value) {
        match self.entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key.to_owned(), value)),
        }
    }
}

impl Serialize for Echo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries.iter().map(|(key, value)| (key, value)))
    }
}

/// All members of `key` of all queries, each once.
fn united(key: &str, echoes: &[&Echo]) -> Value {
    let mut items: Vec<Value> = Vec::new();
    for item in echoes.iter().flat_map(|echo| echo.list(key)) {
        if !items.contains(item) {
            items.push(item.clone());
        }
    }
    Value::List(items)
}

fn has_granularity(dimension: &Value) -> bool {
    dimension.as_text().is_some_and(|name| name.matches('.').count() == 2)
}

fn order_item(order: &Order) -> Value {
    let id = match &order.granularity {
        Some(granularity) => format!("{}.{granularity}", order.member),
        None => order.member.to_string(),
    };
    Value::Object(vec![
        ("id".to_owned(), Value::Text(id)),
        ("desc".to_owned(), Value::Bool(order.is_descending)),
    ])
}

/// The object that was sent, its range as wall clock.
fn time_dimension(normal: &TimeDimension, sent: Option<&[(String, Value)]>) -> Value {
    let Some(sent) = sent else {
        let mut entries = vec![("dimension".to_owned(), Value::Text(normal.dimension.to_string()))];
        let granularity = normal.granularity.as_deref();
        entries.extend(granularity.map(|name| ("granularity".to_owned(), Value::from(name))));
        return Value::Object(entries);
    };
    let entries = sent.iter().map(|(key, value)| match &normal.date_range {
        Some(range) if key == "dateRange" => {
            let ends = [range.from_local.as_str(), range.to_local.as_str()];
            (key.clone(), Value::List(ends.map(Value::from).to_vec()))
        }
        _ => (key.clone(), value.clone()),
    });
    Value::Object(entries.collect())
}
