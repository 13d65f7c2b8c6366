//! A value, and the operators of filters.

use crate::question::Test;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Number(f64),
    /// Seconds since 1970, UTC.
    Time(i64),
}

/// Whether a value passes a test. Of a time in a range only the caller knows, by the time zone.
pub(crate) fn passes_test(cell: &Cell, test: &Test) -> bool {
    match test {
        Test::Set => *cell != Cell::Null,
        Test::NotSet => *cell == Cell::Null,
        Test::InDateRange(..) => false,
        Test::Values(operator, values) => compare(cell, operator, values),
    }
}

/// A positive operator takes null if it is listed, a negative one unless it is.
fn compare(cell: &Cell, operator: &str, values: &[Option<String>]) -> bool {
    let (operator, is_negative) = match operator {
        "notEquals" => ("equals", true),
        "notContains" => ("contains", true),
        "notStartsWith" => ("startsWith", true),
        "notEndsWith" => ("endsWith", true),
        other => (other, false),
    };
    let matches = match cell {
        Cell::Null => values.contains(&None),
        Cell::Text(_) | Cell::Number(_) | Cell::Time(_) => {
            values.iter().flatten().any(|value| matches_value(cell, operator, value))
        }
    };
    matches != is_negative
}

fn matches_value(cell: &Cell, operator: &str, value: &str) -> bool {
    match cell {
        Cell::Text(text) => {
            let (low, part) = (text.to_lowercase(), value.to_lowercase());
            match operator {
                "equals" => text == value,
                "contains" => low.contains(&part),
                "startsWith" => low.starts_with(&part),
                "endsWith" => low.ends_with(&part),
                _ => panic!("{operator} of a text"),
            }
        }
        Cell::Number(number) => {
            let other: f64 = value.parse().unwrap();
            match operator {
                "equals" => *number == other,
                "gt" => *number > other,
                "gte" => *number >= other,
                "lt" => *number < other,
                "lte" => *number <= other,
                _ => panic!("{operator} of a number"),
            }
        }
        Cell::Null | Cell::Time(_) => false,
    }
}
