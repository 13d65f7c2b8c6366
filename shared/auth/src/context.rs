//! Who is asking, as the data model sees it.

use serde_json::{Map, Value};

/// The claims a data model may read.
///
/// Only this crate makes one: from verified claims, or from "nobody" in development mode. A planner
/// cannot be called without it, so nothing is planned for a caller who was not verified.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityContext {
    claims: Map<String, Value>,
}

impl SecurityContext {
    /// The context of a caller without a token, in development mode.
    pub fn nobody() -> Self {
        Self { claims: Map::new() }
    }

    /// Looks a claim up by its path, `["tenant", "id"]` for `SECURITY_CONTEXT.tenant.id`.
    ///
    /// `None` when a step of the path is missing or is not an object.
    pub fn claim(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.claims.get(first)?, |value, key| {
            value.as_object()?.get(key)
        })
    }

    /// Mints a context without a token.
    #[cfg(feature = "test-helpers")]
    pub fn for_test(claims: Value) -> Self {
        match claims {
            Value::Object(claims) => Self { claims },
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Self::nobody(),
        }
    }
}
