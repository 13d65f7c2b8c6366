//! A compact JWS, taken apart and not yet believed.

use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, KeyKind};
use crate::header::Header;
use crate::{Error, encoding, json};

/// A token whose header was read and whose signature was not checked.
#[derive(Debug)]
pub struct Token<'t> {
    /// `header.payload`, what the signature is over.
    message: &'t str,
    payload: &'t str,
    signature: &'t str,
    header: Header,
}

impl<'t> Token<'t> {
    /// Takes `header.payload.signature` apart (RFC 7515 §7.1) and reads the header.
    ///
    /// # Errors
    /// [`Error::TooLong`] before anything is looked at; [`Error::NotCompact`], [`Error::BadHeader`],
    /// [`Error::HeaderMember`], [`Error::AlgorithmNotAllowed`] for an algorithm that does not exist.
    pub fn read(text: &'t str, max_bytes: usize) -> Result<Self, Error> {
        if text.len() > max_bytes {
            return Err(Error::TooLong { max_bytes });
        }
        let (message, signature) = text.rsplit_once('.').ok_or(Error::NotCompact)?;
        let (header, payload) = message.split_once('.').ok_or(Error::NotCompact)?;
        if payload.contains('.') {
            return Err(Error::NotCompact);
        }
        Ok(Self { message, payload, signature, header: Header::read(header)? })
    }

    /// The algorithm that its header names.
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// Whether a shared secret is said to have signed it.
    pub fn is_for_secret(&self) -> bool {
        self.algorithm().key_kind() == KeyKind::Secret
    }

    /// Who is said to have issued it: good for choosing the keys to check that with, and for
    /// nothing else. `None` when there is no such claim or it is no text.
    ///
    /// # Errors
    /// [`Error::BadPayload`], [`Error::NotCompact`]
    pub fn unverified_issuer(&self) -> Result<Option<String>, Error> {
        Ok(match self.read_payload()?.remove("iss") {
            Some(Value::String(issuer)) => Some(issuer),
            _ => None,
        })
    }

    /// What it says, whoever wrote it: to be shown, never to be believed.
    ///
    /// # Errors
    /// [`Error::BadPayload`], [`Error::NotCompact`]
    pub fn unverified_claims(&self) -> Result<Map<String, Value>, Error> {
        self.read_payload()
    }

    /// The key that its header names.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    pub(crate) fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    pub(crate) fn signature(&self) -> &str {
        self.signature
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.message.len() + 1 + self.signature.len()
    }

    pub(crate) fn read_payload(&self) -> Result<Map<String, Value>, Error> {
        let payload = encoding::decode(self.payload).ok_or(Error::NotCompact)?;
        json::read_object(&payload, json::MAX_DEPTH).map_err(|_| Error::BadPayload)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(header: &str) -> String {
        let [header, payload] =
            [header, r#"{"iss":"a","n":1}"#].map(|part| encoding::encode(part.as_bytes()));
        format!("{header}.{payload}.AAAA")
    }

    #[test]
    fn a_token_tells_what_it_says_of_itself() {
        let text = text(r#"{"alg":"HS256","kid":"one"}"#);
        let token = Token::read(&text, 1_000).unwrap();
        assert!(token.is_for_secret());
        assert_eq!((token.algorithm(), token.kid()), (Algorithm::Hs256, Some("one")));
        assert_eq!(token.unverified_issuer(), Ok(Some("a".to_owned())));
        let claims = token.unverified_claims().unwrap();
        assert_eq!(Value::Object(claims), json!({ "iss": "a", "n": 1 }));
    }

    #[test]
    fn a_public_key_signs_no_token_for_a_secret() {
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let text = text(&format!(r#"{{"alg":"{algorithm}"}}"#));
            assert!(!Token::read(&text, 1_000).unwrap().is_for_secret(), "{algorithm}");
        }
    }

    #[test]
    fn a_token_of_just_the_greatest_length_is_read() {
        let text = text(r#"{"alg":"HS256"}"#);
        assert_eq!(Token::read(&text, text.len()).unwrap().text_bytes(), text.len());
        let max_bytes = text.len() - 1;
        assert_eq!(Token::read(&text, max_bytes).unwrap_err(), Error::TooLong { max_bytes });
    }
}
