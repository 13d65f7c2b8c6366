//! Claims that were verified.

use std::sync::Arc;

use serde_json::{Map, Value};

/// The payload of a token whose signature and registered claims were checked.
///
/// Only [`verify`](crate::verify) makes one. Does not show its content: claims are not for logs.
/// Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct VerifiedClaims {
    members: Arc<Map<String, Value>>,
    /// When the key that signed verifies no more, unix seconds.
    key_not_after: Option<u64>,
}

impl VerifiedClaims {
    pub(crate) fn new(members: Map<String, Value>, key_not_after: Option<u64>) -> Self {
        Self { members: Arc::new(members), key_not_after }
    }

    pub(crate) fn into_members(self) -> Arc<Map<String, Value>> {
        self.members
    }

    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub(crate) fn key_is_alive(&self, now: u64) -> bool {
        self.key_not_after.is_none_or(|not_after| now <= not_after)
    }

    /// Claims that nobody verified.
    #[cfg(feature = "test-helpers")]
    pub fn for_test(members: Map<String, Value>) -> Self {
        Self::new(members, None)
    }

    /// The claim of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
}

impl std::fmt::Debug for VerifiedClaims {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("VerifiedClaims").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_of_claims_is_that_they_are_there() {
        let members = Map::from_iter([("sub".to_owned(), json!("canary"))]);
        let shown = format!("{:?}", VerifiedClaims::new(members, Some(7)));
        assert_eq!(shown, "VerifiedClaims { .. }");
    }
}
