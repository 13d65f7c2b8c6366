//! A JSON reader that refuses what two readers could understand differently.
//!
//! Duplicate keys, trailing data, a byte-order mark, `NaN`, numbers past a double, lone surrogates,
//! NUL characters and deep nesting are errors. The syntax itself is `serde_json`'s.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::error::{Error, cut};
use crate::limits::{MAX_DEPTH, MAX_JSON_NODES, MAX_TEXT_BYTES};

/// A JSON value whose objects keep the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number without fraction that fits; `10.0` and `1e3` are such numbers as well.
    Integer(i64),
    /// Any other number; finite.
    Float(f64),
    /// A string without NUL.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object without duplicate keys.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The value behind `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(entries) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_) => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// JSON text of this value, as `JSON.stringify` writes it.
    pub fn to_json(&self) -> String {
        // Strings, finite numbers and string keys: there is nothing the writer could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Integer(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::List(values) => serializer.collect_seq(values),
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Reads one JSON text of at most [`MAX_DEPTH`] levels.
///
/// # Errors
/// [`Error::Syntax`] with the reader's reason and place.
pub fn read(json: &[u8]) -> Result<Value, Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let nodes = Cell::new(MAX_JSON_NODES);
    Node { levels: MAX_DEPTH, nodes: &nodes }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| Error::Syntax { reason: error.to_string() })
}

/// What may still come: levels below this value, and values altogether.
#[derive(Clone, Copy)]
struct Node<'a> {
    levels: usize,
    nodes: &'a Cell<usize>,
}

impl Node<'_> {
    fn child<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Node { levels, ..self }),
            None => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

fn checked<E: serde::de::Error>(text: &str) -> Result<String, E> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(E::custom(format_args!("string longer than {MAX_TEXT_BYTES} bytes")));
    }
    if text.contains('\0') {
        return Err(E::custom("NUL character in a string"));
    }
    Ok(text.to_owned())
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self.nodes.get().checked_sub(1) {
            Some(left) => self.nodes.set(left),
            None => {
                return Err(D::Error::custom(format_args!("more than {MAX_JSON_NODES} values")));
            }
        }
        reader.deserialize_any(self)
    }
}

/// Reads a key: a text with the same bounds as any other.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        checked(text)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "past an i64 a number is a double, as in Cube")]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer))
    }

    #[expect(clippy::cast_possible_truncation, reason = "only a whole number that fits is cast")]
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // Below 2^53 every whole double is exact.
        if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
            return Ok(Value::Integer(value as i64));
        }
        Ok(Value::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        checked(text).map(Value::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let child = self.child()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(child)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let child = self.child()?;
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some(key) = items.next_key_seed(Key)? {
            entries.push((key, items.next_value_seed(child)?));
        }
        // Sorting needs no hashes, so no key can be chosen to make this slow.
        let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some([key, _]) = keys.array_windows().find(|[one, other]| one == other) {
            return Err(A::Error::custom(format_args!("duplicate key \"{}\"", cut(key))));
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(json: &[u8]) -> String {
        match read(json) {
            Err(Error::Syntax { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_keep_their_order_and_numbers_their_kind() {
        let text = r#"{"b":1,"a":[null,true,-2,2.5,"x\n\u0001"],"c":{}}"#;
        assert_eq!(read(text.as_bytes()).unwrap().to_json(), text);
        assert_eq!(read(b"10.0").unwrap(), Value::Integer(10));
        assert_eq!(read(b"-0.0").unwrap(), Value::Integer(0));
        assert_eq!(
            read(b"18446744073709551615").unwrap(),
            Value::Float(18_446_744_073_709_551_615.0)
        );
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for (json, expected) in [
            (&b"{\"a\":1,\"a\":2}"[..], "duplicate key \"a\""),
            (b"{\"a\":{\"x\":1,\"y\":2,\"\\u0078\":3}}", "duplicate key \"x\""),
            (b"{}x", "trailing characters"),
            (b"{} {}", "trailing characters"),
            (b"\xef\xbb\xbf{}", "expected value"),
            (b"NaN", "expected value"),
            (b"{\"a\":NaN}", "expected value"),
            (b"{\"a\":Infinity}", "expected value"),
            (b"1e999", "number out of range"),
            (b"01", "invalid number"),
            (b"\"\\ud800\"", "hex escape"),
            (b"\"\\udc00x\"", "surrogate"),
            (b"\"\xff\"", "unicode"),
            (b"\"\\u0000\"", "NUL"),
            (b"{\"a\\u0000\":1}", "NUL"),
            (b"{/**/}", "key must be a string"),
            (b"{'a':1}", "key must be a string"),
            (b"[1,]", "trailing comma"),
            (b"", "EOF"),
            (b"{\"measures\":[\"a.b\"]", "EOF while parsing an object"),
        ] {
            let reason = reason(json);
            assert!(reason.contains(expected), "{reason}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        let text = format!("\"{}\"", "x".repeat(MAX_TEXT_BYTES));
        read(text.as_bytes()).unwrap();
        let text = format!("\"{}\"", "x".repeat(MAX_TEXT_BYTES + 1));
        assert!(reason(text.as_bytes()).contains("string longer"));
        let list = format!("[{}1]", "1,".repeat(MAX_JSON_NODES));
        assert!(reason(list.as_bytes()).contains("more than 50000 values"));
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        read(nested(MAX_DEPTH).as_bytes()).unwrap();
        assert!(reason(nested(MAX_DEPTH + 1).as_bytes()).contains("deeper than 32"));
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let attempt = || {
            for open in ["[", "{\"or\":[", "{\"a\":"] {
                assert!(reason(open.repeat(100_000).as_bytes()).contains("deeper than 32"));
            }
        };
        std::thread::Builder::new().stack_size(128 * 1024).spawn(attempt).unwrap().join().unwrap();
    }
}
