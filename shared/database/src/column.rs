//! A column of a result, and how its cells become JSON.

use tokio_postgres::types::Type;

use crate::{json, timestamp};

/// One column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    kind: Kind,
}

/// How a cell is written. Chosen once per column, from the type the server announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A JSON string with PostgreSQL's own digits (or `NaN`, `Infinity`): nothing to escape.
    /// UUIDs too.
    Plain,
    /// `YYYY-MM-DDTHH:mm:ss.SSS`.
    Time,
    /// The value is JSON itself and is embedded.
    Json,
    /// A JSON string, escaped.
    Text,
}

impl Kind {
    fn of(kind: &Type) -> Self {
        match *kind {
            Type::BOOL => Self::Boolean,
            Type::INT2
            | Type::INT4
            | Type::INT8
            | Type::FLOAT4
            | Type::FLOAT8
            | Type::NUMERIC
            | Type::OID
            | Type::UUID => Self::Plain,
            Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => Self::Time,
            Type::JSON | Type::JSONB => Self::Json,
            _ => Self::Text,
        }
    }
}

impl Column {
    /// A column called `name` whose cells are written as `kind` says.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }

    pub(crate) fn of(column: &tokio_postgres::Column) -> Self {
        Self::new(column.name(), Kind::of(column.type_()))
    }

    /// The alias the statement gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its cells are written.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Appends one JSON value.
    ///
    /// `raw` is the cell as the server sent it, in PostgreSQL's text format; `None` is SQL's NULL.
    #[inline]
    pub fn write(&self, raw: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(raw) = raw else {
            out.extend_from_slice(b"null");
            return;
        };
        match self.kind {
            Kind::Boolean if raw == b"t" => out.extend_from_slice(b"true"),
            Kind::Boolean => out.extend_from_slice(b"false"),
            Kind::Plain => json::write_plain(raw, out),
            Kind::Time => timestamp::write(raw, out),
            Kind::Json => out.extend_from_slice(json::utf8(raw).as_bytes()),
            Kind::Text => json::write_string(raw, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, raw: Option<&str>) -> String {
        let mut out = Vec::new();
        Column::new("c", kind).write(raw.map(str::as_bytes), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn null_is_null_in_every_kind() {
        for kind in [Kind::Boolean, Kind::Plain, Kind::Time, Kind::Json, Kind::Text] {
            assert_eq!(written(kind, None), "null");
        }
    }

    #[test]
    fn numbers_are_strings_with_their_own_digits() {
        assert_eq!(written(Kind::Plain, Some("210.98000")), "\"210.98000\"");
        assert_eq!(written(Kind::Plain, Some("NaN")), "\"NaN\"");
    }

    #[test]
    fn booleans_and_json_are_values_not_strings() {
        assert_eq!(written(Kind::Boolean, Some("t")), "true");
        assert_eq!(written(Kind::Boolean, Some("f")), "false");
        assert_eq!(written(Kind::Json, Some(r#"{"a": [1, null]}"#)), r#"{"a": [1, null]}"#);
    }

    #[test]
    fn a_type_without_a_form_of_its_own_is_text() {
        for kind in [Type::TEXT, Type::BYTEA, Type::INT4_ARRAY, Type::INTERVAL, Type::UNKNOWN] {
            assert_eq!(Kind::of(&kind), Kind::Text);
        }
    }
}
