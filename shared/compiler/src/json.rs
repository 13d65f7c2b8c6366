//! YAML values as JSON text, keys in their order.

use model::JsonText;

use crate::yaml::{Node, Value};

/// The JSON of a value, as JavaScript would print it.
pub(crate) fn json(node: &Node) -> JsonText {
    let mut out = String::new();
    write(node, &mut out);
    JsonText(out)
}

fn write(node: &Node, out: &mut String) {
    match &node.value {
        Value::Scalar { text, is_plain, .. } => write_scalar(text, *is_plain, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(&entry.key, out);
                out.push(':');
                write(&entry.value, out);
            }
            out.push('}');
        }
    }
}

/// The core schema of YAML 1.2 (section 10.3.2): null, booleans and numbers are what they look
/// like, all else is text.
fn write_scalar(text: &str, is_plain: bool, out: &mut String) {
    if !is_plain {
        return write_text(text, out);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => out.push_str("null"),
        "true" | "True" | "TRUE" => out.push_str("true"),
        "false" | "False" | "FALSE" => out.push_str("false"),
        // JSON has no such numbers; JavaScript prints them as null.
        ".inf" | ".Inf" | ".INF" | "+.inf" | "-.inf" | ".nan" | ".NaN" | ".NAN" => {
            out.push_str("null");
        }
        _ => match integer(text).or_else(|| float(text)) {
            Some(number) => out.push_str(&number),
            None => write_text(text, out),
        },
    }
}

fn integer(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| number.to_string());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(|number| number.to_string());
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(if significant.is_empty() { "0".to_owned() } else { format!("{sign}{significant}") })
}

fn float(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let looks_like_one = unsigned.bytes().any(|byte| byte.is_ascii_digit())
        && unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !looks_like_one {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    Some(if number.is_finite() { number.to_string() } else { "null".to_owned() })
}

fn write_text(text: &str, out: &mut String) {
    // A text always serializes; the fallback keeps the JSON well-formed.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn json_of(yaml: &str) -> String {
        let (node, _) = read(yaml, &mut Vec::new());
        json(&node.unwrap()).0
    }

    #[test]
    fn keys_keep_their_order_and_values_their_type() {
        let yaml = "{z: 1, a: [true, ~, 1.0, 1.50, 'x', \"1\", 007, +5, 1e3, .inf, 0x10], m: {}}";
        let expected = r#"{"z":1,"a":[true,null,1,1.5,"x","1",7,5,1000,null,16],"m":{}}"#;
        assert_eq!(json_of(yaml), expected);
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(json_of(r#"{a: "say \"hi\"\n\u0001"}"#), r#"{"a":"say \"hi\"\n\u0001"}"#);
        assert_eq!(
            json_of("{a: 2020-01-01, b: 1.2.3, c: x-, d: 1e}"),
            r#"{"a":"2020-01-01","b":"1.2.3","c":"x-","d":"1e"}"#
        );
    }

    #[test]
    fn a_long_integer_keeps_its_digits() {
        assert_eq!(
            json_of("[12345678901234567890, -9007199254740993]"),
            "[12345678901234567890,-9007199254740993]"
        );
    }
}
