//! A certificate with its key, as a secret holds them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// `{"certificate", "chain", "private_key"}`, each PEM, of which `chain` may be missing; or one PEM
/// text with all of it. Shows nothing of the key. Whether the PEM is any good is not looked at.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate, then those between it and its authority.
    pub chain: String,
    /// The key.
    pub key: SecretString,
}

/// Why a value is none. Says nothing of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the certificate is malformed: {reason}")]
pub struct MalformedCertificate {
    /// What is wrong.
    pub reason: &'static str,
}

impl Certificate {
    /// Reads the value of a secret.
    ///
    /// # Errors
    /// [`MalformedCertificate`]
    pub fn read(value: &SecretString) -> Result<Self, MalformedCertificate> {
        let text = value.expose_secret();
        if !text.trim_start().starts_with('{') {
            // Readers of PEM take from a text what they look for.
            return Ok(Self { chain: text.to_owned(), key: value.clone() });
        }
        let malformed = |reason| MalformedCertificate { reason };
        let members: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| malformed("it is no JSON object"))?;
        let member = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(malformed("a member of it is no text")),
        };
        let certificate = member("certificate")?.ok_or(malformed("it has no `certificate`"))?;
        let key = member("private_key")?.ok_or(malformed("it has no `private_key`"))?;
        let chain = [certificate, member("chain")?.unwrap_or_default()].join("\n");
        Ok(Self { chain, key: key.into() })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<(String, String), MalformedCertificate> {
        let read = Certificate::read(&value.into())?;
        assert!(!format!("{read:?}").contains("KEY"));
        Ok((read.chain, read.key.expose_secret().to_owned()))
    }

    #[test]
    fn members_or_one_text_are_read() {
        let (chain, key) =
            read(r#"{"certificate": "LEAF", "chain": "ISSUER", "private_key": "KEY"}"#).unwrap();
        assert_eq!((chain.as_str(), key.as_str()), ("LEAF\nISSUER", "KEY"));
        let (chain, _) = read(r#"{"certificate": "LEAF", "private_key": "KEY"}"#).unwrap();
        assert_eq!(chain.trim_end(), "LEAF");
        assert_eq!(read("LEAF KEY").unwrap(), ("LEAF KEY".to_owned(), "LEAF KEY".to_owned()));
    }

    #[test]
    fn anything_else_is_malformed_and_not_shown() {
        for value in [
            r#"{"private_key": "hunter2"}"#,
            r#"{"certificate": "hunter2"}"#,
            r#"{"certificate": ["hunter2"], "private_key": "hunter2"}"#,
            r#"{"certificate": "hunter2", "private_key": "hun"#,
        ] {
            let error = read(value).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
