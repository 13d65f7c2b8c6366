//! What the value of a secret may look like.

use auth::{MAX_DEPTH, read_object};
use secrecy::SecretString;
use serde_json::Value;

use crate::KeyError;

/// No HMAC secret is longer; a secret this long is some other file.
const MAX_SECRET_BYTES: usize = 4096;
/// What Secrets Manager stores at most.
pub(crate) const MAX_VALUE_BYTES: usize = 65_536;

/// What the value of a secret holds.
pub(crate) enum SecretValue {
    /// One HMAC secret.
    Plain(SecretString),
    /// One key in PEM: a private one signs, a public one verifies.
    Pem(SecretString),
    /// The items of a key ring's `keys`.
    Ring(Vec<Value>),
}

/// Reads the value of a secret: the bare text of an HMAC secret, `{"secret": "<text>"}`, a PEM text,
/// or a key ring (`{"keys": [...]}`).
///
/// A text is used byte for byte. One that begins or ends with white space or a byte order mark is
/// refused: it was most likely written with `echo`, and every peer that trims it has another key.
///
/// # Errors
/// [`KeyError::Malformed`] for anything else.
pub(crate) fn read(value: &str) -> Result<SecretValue, KeyError> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(malformed("it has more than 65536 bytes"));
    }
    if value.starts_with('\u{feff}') {
        return Err(malformed("it begins with a byte order mark"));
    }
    if value.starts_with("-----BEGIN ") {
        return Ok(SecretValue::Pem(value.to_owned().into()));
    }
    if !value.trim_start().starts_with('{') {
        return plain(value.to_owned());
    }
    let mut members = read_object(value.as_bytes(), MAX_DEPTH)
        .map_err(|_| malformed("it begins like a JSON object and is none"))?;
    match (members.remove("secret"), members.remove("keys")) {
        (Some(Value::String(secret)), None) => plain(secret),
        (None, Some(Value::Array(items))) => Ok(SecretValue::Ring(items)),
        (Some(_), Some(_)) => Err(malformed("it has both `secret` and `keys`")),
        (Some(_), None) => Err(malformed("its member `secret` is not a text")),
        (None, Some(_)) => Err(malformed("its member `keys` is not a list")),
        (None, None) => Err(malformed("it has no member `secret` or `keys`")),
    }
}

fn plain(secret: String) -> Result<SecretValue, KeyError> {
    if secret.len() > MAX_SECRET_BYTES {
        return Err(malformed("it has more than 4096 bytes"));
    }
    if secret.is_empty() {
        return Err(malformed("it is empty"));
    }
    if secret.trim() != secret {
        return Err(malformed("it begins or ends with white space or a line break"));
    }
    Ok(SecretValue::Plain(secret.into()))
}

pub(crate) fn malformed(reason: &'static str) -> KeyError {
    KeyError::Malformed { reason }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_bare_text_and_a_member_secret_are_read() {
        for value in ["abc", r#"{"secret":"abc"}"#, "{\"secret\":\"abc\",\"note\":1}\n"] {
            let Ok(SecretValue::Plain(secret)) = read(value) else { panic!("{value}") };
            assert_eq!(secret.expose_secret(), "abc", "{value}");
        }
    }

    #[test]
    fn a_pem_text_is_no_shared_secret() {
        let Ok(SecretValue::Pem(_)) = read("-----BEGIN PRIVATE KEY-----\nx") else {
            panic!("no PEM")
        };
    }

    #[test]
    fn a_list_of_keys_is_a_ring() {
        let Ok(SecretValue::Ring(items)) = read(r#" {"keys":[{},7]}"#) else { panic!("no ring") };
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn anything_else_is_malformed_and_not_shown() {
        let long = "hunter2".repeat(10_000);
        for value in [
            "",
            " ",
            "hunter2\n",
            " hunter2",
            "\u{feff}hunter2",
            r#"{"secret":"hunter2""#,
            r#"{"secret":"hunter2","secret":"hunter2"}"#,
            r#"{"secret":["hunter2"]}"#,
            r#"{"secret":""}"#,
            r#"{"secret":"hunter2\n"}"#,
            r#"{"password":"hunter2"}"#,
            r#"{"keys":{"hunter2":1}}"#,
            r#"{"keys":[],"secret":"hunter2"}"#,
            &"hunter2".repeat(600),
            long.as_str(),
        ] {
            let Err(error) = read(value) else { panic!("{value}") };
            assert!(matches!(error, KeyError::Malformed { .. }), "{value}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
