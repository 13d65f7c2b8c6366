//! What a caller asks for besides a token.

use serde_json::{Map, Value};

use crate::token::error::Error;
use crate::token::parameters::Parameters;

/// The claims of a token that `load` accepts with room for what the issuer adds.
const MAX_CLAIMS_BYTES: usize = 4096;
const MAX_CLAIMS: usize = 64;

/// Claims and a life time, neither of which was granted yet.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) claims: Map<String, Value>,
    /// As it was written.
    pub(super) lifetime: Option<Value>,
}

impl Wish {
    /// `claims` (or `payload`) and `expires_in` (or `ttl`).
    ///
    /// # Errors
    /// [`Error::BadClaims`], [`Error::TooLarge`], and [`Error::UnknownMember`] for both names of one.
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Error> {
        let claims = match parameters.either("claims", "payload")? {
            None => Map::new(),
            Some(claims) => parameters.object(claims).ok_or(Error::BadClaims)?,
        };
        if claims.len() > MAX_CLAIMS || claims.iter().any(has_nul) {
            return Err(Error::BadClaims);
        }
        let written = serde_json::to_vec(&claims).map_err(|_| Error::BadClaims)?;
        if written.len() > MAX_CLAIMS_BYTES {
            return Err(Error::TooLarge);
        }
        let lifetime = parameters.either("expires_in", "ttl")?;
        Ok(Self { claims, lifetime: lifetime.map(|value| parameters.number(value)) })
    }
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
