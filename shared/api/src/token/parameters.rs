//! The members of a body: a JSON object's or a form's.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Number, Value};

use crate::token::error::Error;

/// A token to exchange, claims, a credential and some white space.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// Levels of the claims, and the body around them.
const MAX_LEVELS: usize = 8 + 1;
/// More than any grant has.
const MAX_FIELDS: usize = 64;

/// What chooses the key or the header of a token is the operator's to choose, and never ignored.
const OF_THE_HEADER: [&str; 8] = ["alg", "kid", "typ", "header", "headers", "jwk", "jku", "x5c"];

/// The members of a body, taken out one by one.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    members: Map<String, Value>,
    /// Whether all values are texts.
    is_form: bool,
}

impl Parameters {
    /// Those of a JSON body.
    ///
    /// # Errors
    /// A reason for everything that is not of the documented form, before it is looked into.
    pub(super) async fn of_json(headers: &HeaderMap, body: Body) -> Result<Self, Error> {
        if !is_of_type(headers, "application/json") {
            return Err(Error::NotJson);
        }
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Error::TooLarge)?;
        let members = auth::read_object(&bytes, MAX_LEVELS).map_err(|_| Error::BadJson)?;
        Ok(Self { members, is_form: false })
    }

    /// Those of a form, or of a JSON body.
    ///
    /// # Errors
    /// As [`Parameters::of_json`]; also for a field that is there twice (RFC 6749 §3.2).
    pub(super) async fn of_form_or_json(headers: &HeaderMap, body: Body) -> Result<Self, Error> {
        if is_of_type(headers, "application/json") {
            return Self::of_json(headers, body).await;
        }
        if !is_of_type(headers, "application/x-www-form-urlencoded") {
            return Err(Error::NotForm);
        }
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Error::TooLarge)?;
        let mut members = Map::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            // What was no UTF-8 has been replaced by this character.
            let is_broken = name.contains('\u{fffd}') || value.contains('\u{fffd}');
            let value = Value::String(value.into_owned());
            let is_twice = members.insert(name.into_owned(), value).is_some();
            if is_broken || is_twice || members.len() > MAX_FIELDS {
                return Err(Error::BadForm);
            }
        }
        Ok(Self { members, is_form: true })
    }

    /// Takes a text out; an empty one counts as left out (RFC 6749 §3.1).
    ///
    /// # Errors
    /// [`Error::BadParameter`] for what is no text, or has a NUL.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.contains('\0') => {
                Ok((!text.is_empty()).then_some(text))
            }
            Some(_) => Err(Error::BadParameter(name)),
        }
    }

    /// Takes a text out that must be there.
    ///
    /// # Errors
    /// [`Error::MissingParameter`], [`Error::BadParameter`]
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, Error> {
        self.text(name)?.ok_or(Error::MissingParameter(name))
    }

    /// Takes out what stands under either name.
    ///
    /// # Errors
    /// [`Error::UnknownMember`] when something stands under both.
    pub(super) fn either(&mut self, name: &str, other: &str) -> Result<Option<Value>, Error> {
        match (self.members.remove(name), self.members.remove(other)) {
            (Some(_), Some(_)) => Err(Error::UnknownMember),
            (value, None) | (None, value) => Ok(value),
        }
    }

    /// The object that `value` is; in a form, the one that its text writes in JSON.
    pub(super) fn object(&self, value: Value) -> Option<Map<String, Value>> {
        match value {
            Value::Object(members) => Some(members),
            Value::String(text) if self.is_form => {
                auth::read_object(text.as_bytes(), MAX_LEVELS - 1).ok()
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// `value`; in a form, the number that its text writes, if it writes one.
    pub(super) fn number(&self, value: Value) -> Value {
        let text = value.as_str().filter(|_| self.is_form);
        let number = text.and_then(|text| text.parse::<Number>().ok());
        number.map_or(value, Value::Number)
    }

    /// Nothing is left.
    ///
    /// # Errors
    /// [`Error::UnknownMember`]
    pub(super) fn end(&self) -> Result<(), Error> {
        if self.members.is_empty() { Ok(()) } else { Err(Error::UnknownMember) }
    }

    /// What is left may be ignored (RFC 6749 §3.2): it chooses neither key nor header.
    ///
    /// # Errors
    /// [`Error::OfTheHeader`]
    pub(super) fn end_ignoring_others(&self) -> Result<(), Error> {
        let is_of_header = |name: &&String| OF_THE_HEADER.contains(&name.as_str());
        if self.members.keys().any(|name| is_of_header(&name)) {
            return Err(Error::OfTheHeader);
        }
        Ok(())
    }
}

/// Whether a body is of this type, in UTF-8 when it says so.
fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = kind.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted))
        && parts.all(|parameter| {
            let parameter = parameter.to_ascii_lowercase();
            !parameter.starts_with("charset=")
                || matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
        })
}
