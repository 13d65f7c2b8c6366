//! Claims that were verified.

use serde_json::{Map, Value};

/// The payload of a token whose signature and registered claims were checked.
///
/// Only [`verify`](crate::verify) makes one. Does not show its content: claims are not for logs.
#[derive(Clone, PartialEq)]
pub struct VerifiedClaims(Map<String, Value>);

impl VerifiedClaims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// The claim of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl std::fmt::Debug for VerifiedClaims {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("VerifiedClaims").finish_non_exhaustive()
    }
}
