//! A JSON reader that takes nothing twice: duplicate members and deep nesting are refused.
//!
//! `serde_json` alone keeps the last of two equal members, so that what one reader checked is not
//! what the next one believes (RFC 8725 §2.4).

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many objects and lists may be inside one another, the outermost one counted.
pub const MAX_DEPTH: usize = 32;

/// Why bytes are not a JSON object that we read: syntax, a duplicate member, or depth.
///
/// The text names a position, never a value.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON object of unique members, line {line} column {column}")]
pub struct JsonError {
    line: usize,
    column: usize,
}

/// Reads `bytes` as one JSON object (RFC 8259, UTF-8 without a byte order mark).
///
/// # Errors
/// [`JsonError`] for a syntax error, anything but an object, a member that is written twice (at any
/// depth), more than `max_depth` levels, or bytes after the object.
pub fn read_object(bytes: &[u8], max_depth: usize) -> Result<Map<String, Value>, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { levels_left: max_depth }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(JsonError { line: 1, column: 1 }),
        Err(error) => Err(JsonError { line: error.line(), column: error.column() }),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
}

impl Strict {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1);
        let levels_left = levels_left.ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        Ok(Value::Number(number.ok_or_else(|| E::custom("number out of range"))?))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inside)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Map<String, Value>, JsonError> {
        read_object(text.as_bytes(), MAX_DEPTH)
    }

    #[test]
    fn it_reads_what_serde_json_reads() {
        let text = r#"{"a":[1,-2,2.5,"é\n",true,null,{}],"b":{"c":18446744073709551615}}"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(read(text).unwrap()), expected);
    }

    #[test]
    fn a_member_written_twice_is_refused() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_counted_before_it_is_entered() {
        let nested = |levels: usize| {
            format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(read(&nested(MAX_DEPTH + 1)).is_err());
        assert!(read(&nested(100_000)).is_err());
    }

    #[test]
    fn only_one_object_is_read() {
        for text in ["", "[]", "1", "null", "{} {}", "{}x", "\u{feff}{}", "{\"a\":\"\\ud800\"}"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(read_object(b"{\"a\":\"\xff\"}", MAX_DEPTH).is_err());
    }
}
