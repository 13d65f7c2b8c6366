//! What the value of a secret may look like.

use auth::{MAX_DEPTH, read_object};
use secrecy::SecretString;
use serde_json::Value;

use crate::KeyError;

/// No HMAC secret is longer; a secret this long is some other file.
const MAX_SECRET_BYTES: usize = 4096;

/// The HMAC secret in the value of a secret: the bare text, or `{"secret": "<text>"}`.
///
/// The text is used byte for byte. One that begins or ends with white space or a byte order mark is
/// refused: it was most likely written with `echo`, and every peer that trims it has another key.
///
/// # Errors
/// [`KeyError::Malformed`] for anything else.
pub(crate) fn hmac_secret(value: &str) -> Result<SecretString, KeyError> {
    if value.len() > MAX_SECRET_BYTES {
        return Err(malformed("it has more than 4096 bytes"));
    }
    if value.starts_with('\u{feff}') {
        return Err(malformed("it begins with a byte order mark"));
    }
    let secret = if value.trim_start().starts_with('{') {
        let members = read_object(value.as_bytes(), MAX_DEPTH)
            .map_err(|_| malformed("it begins like a JSON object and is none"))?;
        match members.get("secret") {
            Some(Value::String(secret)) => secret.clone(),
            Some(_) => return Err(malformed("its member `secret` is not a text")),
            None => return Err(malformed("it has no member `secret`")),
        }
    } else {
        value.to_owned()
    };
    if secret.is_empty() {
        return Err(malformed("it is empty"));
    }
    if secret.trim() != secret {
        return Err(malformed("it begins or ends with white space or a line break"));
    }
    Ok(secret.into())
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
            assert_eq!(hmac_secret(value).unwrap().expose_secret(), "abc", "{value}");
        }
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
            long.as_str(),
        ] {
            let error = hmac_secret(value).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { .. }), "{value}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
