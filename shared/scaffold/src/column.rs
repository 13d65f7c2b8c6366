//! What a column becomes: a dimension by its type, measures by its type and name.

use crate::{Column, Table};

/// SQL over one column of the cube's own table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expression {
    pub(crate) before: &'static str,
    /// The column, quoted where it must be.
    pub(crate) column: String,
    pub(crate) after: &'static str,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Boolean,
    Time,
}

impl Kind {
    /// As a model says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Time => "time",
        }
    }
}

/// What is computed from a column beside its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregates {
    None,
    Average,
    SumAndAverage,
}

/// The dimension of a column; nothing for a type whose values nobody groups or filters by.
///
/// Categories: PostgreSQL manual, `pg_type`, `typcategory`.
pub(crate) fn dimension(column: &Column) -> Option<(Kind, Expression)> {
    let expression = |before, after| Expression { before, column: column.sql.clone(), after };
    let plain = expression("", "");
    let as_text = || Some((Kind::Text, expression("", "::text")));
    match (column.category, column.kind.as_str()) {
        ('B', _) => Some((Kind::Boolean, plain)),
        // Its text carries a currency's sign.
        ('N', "money") => Some((Kind::Number, expression("", "::numeric"))),
        ('N', "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "oid") => {
            Some((Kind::Number, plain))
        }
        ('D', "date" | "timestamp" | "timestamptz") => Some((Kind::Time, plain)),
        ('T', "interval") => Some((Kind::Number, expression("EXTRACT(EPOCH FROM ", ")"))),
        // `char` in double quotes is a type of its own.
        ('S', kind) if kind != "char" => Some((Kind::Text, plain)),
        ('U', "uuid") => Some((Kind::Text, plain)),
        // Times of day, enumerations, addresses, names of the catalog: a value that is none of them
        // would be an error of the database, were they not text.
        ('D' | 'E' | 'I' | 'N' | 'S' | 'Z', _) => as_text(),
        _ => None,
    }
}

/// The dimension of a column of the primary key, of whatever type.
pub(crate) fn key(column: &Column) -> (Kind, Expression) {
    dimension(column).unwrap_or_else(|| {
        (Kind::Text, Expression { before: "", column: column.sql.clone(), after: "::text" })
    })
}

/// What the description says when the column has no comment.
pub(crate) fn description(column: &Column) -> Option<String> {
    let is_interval = column.category == 'T' && column.kind == "interval";
    column.description.clone().or_else(|| is_interval.then(|| "In seconds".to_owned()))
}

/// Numbers that name, order or place something.
const NAMES: &[&str] = &[
    "id",
    "ids",
    "key",
    "code",
    "no",
    "nr",
    "number",
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "weekday",
    "hour",
    "zip",
    "zipcode",
    "postcode",
    "phone",
    "fax",
    "version",
    "revision",
    "position",
    "rank",
    "ordinal",
    "order",
    "index",
    "idx",
    "sequence",
    "seq",
    "sort",
    "lat",
    "latitude",
    "lng",
    "lon",
    "long",
    "longitude",
    "x",
    "y",
    "type",
    "kind",
    "status",
    "state",
    "level",
    "flag",
    "flags",
    "port",
    "pid",
    "uid",
    "gid",
    "oid",
    "isbn",
    "ean",
    "sku",
];

/// Numbers that make sense in the mean and not in the sum.
const MEANS: &[&str] = &[
    "age",
    "rate",
    "ratio",
    "percent",
    "percentage",
    "pct",
    "share",
    "score",
    "rating",
    "stars",
    "temperature",
    "speed",
    "average",
    "avg",
    "mean",
    "median",
    "probability",
    "factor",
    "margin",
    "height",
    "width",
    "depth",
];

/// What to compute from a column of `table` whose member is called `name`.
pub(crate) fn aggregates(table: &Table, column: &Column, kind: Kind, name: &str) -> Aggregates {
    let is_key = table.key.contains(&column.name)
        || table.foreign_keys.iter().any(|key| key.columns.contains(&column.name))
        || table.unique.iter().any(|unique| unique.as_slice() == [column.name.as_str()]);
    if kind != Kind::Number || is_key || column.kind == "oid" {
        return Aggregates::None;
    }
    let last = name.rsplit('_').next().unwrap_or(name);
    if NAMES.contains(&last) {
        Aggregates::None
    } else if MEANS.contains(&last) || matches!(name.split('_').next(), Some("avg" | "average")) {
        Aggregates::Average
    } else {
        Aggregates::SumAndAverage
    }
}
