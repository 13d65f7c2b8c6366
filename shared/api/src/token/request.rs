//! What a caller asks for.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::token::credential::Credential;
use crate::token::error::Error;

/// Claims, a credential and some white space.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// The claims of a token that `load` accepts with room for what the issuer adds.
const MAX_CLAIMS_BYTES: usize = 4096;
const MAX_CLAIMS: usize = 64;
/// Levels of the claims, and the body around them.
const MAX_LEVELS: usize = 8 + 1;

/// A credential, and what it is to be exchanged for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) credential: Credential,
    pub(super) claims: Map<String, Value>,
    /// The life time as it was written; not yet checked.
    pub(super) lifetime: Option<Value>,
}

impl Asked {
    /// A request without a body: the credential is in the header, the claims are the fixed ones.
    ///
    /// # Errors
    /// [`Error::NotAClient`] without a credential.
    pub(super) fn by_get(headers: &HeaderMap) -> Result<Self, Error> {
        let credential = Credential::of_header(headers)?.ok_or(Error::NotAClient)?;
        Ok(Self { credential, claims: Map::new(), lifetime: None })
    }

    /// A request with a JSON body.
    ///
    /// # Errors
    /// A reason for everything that is not of the documented form, before it is looked into.
    pub(super) async fn by_post(headers: &HeaderMap, body: Body) -> Result<Self, Error> {
        let header = Credential::of_header(headers)?;
        if !is_json(headers) {
            return Err(Error::NotJson);
        }
        let bytes = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Error::TooLarge)?;
        let members = auth::read_object(&bytes, MAX_LEVELS).map_err(|_| Error::BadJson)?;
        Self::read(header, members)
    }

    fn read(header: Option<Credential>, mut members: Map<String, Value>) -> Result<Self, Error> {
        let claims = either(&mut members, "claims", "payload")?;
        let lifetime = either(&mut members, "expires_in", "ttl")?;
        let shown = (members.remove("client_id"), members.remove("client_secret"));
        if !members.is_empty() {
            return Err(Error::UnknownMember);
        }
        let credential = match (header, shown) {
            (Some(credential), (None, None)) => credential,
            (Some(_), _) => return Err(Error::TwoCredentials),
            (None, (Some(Value::String(id)), Some(Value::String(secret)))) => {
                Credential::new(id, &secret)
            }
            (None, _) => return Err(Error::NotAClient),
        };
        Ok(Self { credential, claims: checked(claims)?, lifetime })
    }
}

/// The member of either name.
fn either(
    members: &mut Map<String, Value>,
    name: &str,
    other: &str,
) -> Result<Option<Value>, Error> {
    match (members.remove(name), members.remove(other)) {
        (Some(_), Some(_)) => Err(Error::UnknownMember),
        (value, None) | (None, value) => Ok(value),
    }
}

fn checked(claims: Option<Value>) -> Result<Map<String, Value>, Error> {
    let members = match claims {
        None => return Ok(Map::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Error::BadClaims),
    };
    if members.len() > MAX_CLAIMS || members.iter().any(has_nul) {
        return Err(Error::BadClaims);
    }
    let written = serde_json::to_vec(&members).map_err(|_| Error::BadClaims)?;
    if written.len() > MAX_CLAIMS_BYTES { Err(Error::TooLarge) } else { Ok(members) }
}

/// PostgreSQL has no text with NUL: a context with one could never be compared.
fn has_nul((name, value): (&String, &Value)) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(within),
            Value::Object(members) => members.iter().any(has_nul),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    name.contains('\0') || within(value)
}

/// `application/json`, in UTF-8 when it says so.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = kind.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            let parameter = parameter.to_ascii_lowercase();
            !parameter.starts_with("charset=")
                || matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
        })
}
