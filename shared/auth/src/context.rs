//! Who is asking, as the data model sees it.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{Error, Fingerprint, Policy, VerifiedClaims, json};

/// The longest tenant name in an audit line.
const MAX_TENANT_CHARACTERS: usize = 64;

/// The claims a data model may read.
///
/// Only this crate makes one: from verified claims, from "nobody" in development mode, or from what
/// the project's own `checkAuth` returned. A planner cannot be called without it, so nothing is
/// planned for a caller who was not verified.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityContext {
    payload: Arc<Map<String, Value>>,
    /// What `SECURITY_CONTEXT` reads, where that is not the payload itself.
    claims: Option<Map<String, Value>>,
}

impl SecurityContext {
    /// The context of a caller without a token, in development mode.
    pub fn nobody() -> Self {
        Self { payload: Arc::default(), claims: None }
    }

    /// The context of a verified caller.
    ///
    /// With `policy.claims_namespace` the claims are the members of that claim, none when it is
    /// absent; a text that holds a JSON object counts as one, because Cognito can only write texts.
    /// Without it, the members of Cube's legacy claim `u` stand over those of the payload.
    /// Source: Cube 1.7.25, packages/cubejs-api-gateway/src/gateway.ts,
    /// createSecurityContextExtractor.
    ///
    /// # Errors
    /// [`Error::BadNamespace`] or [`Error::BadLegacyContext`] when that claim is no object.
    pub fn from_verified(claims: VerifiedClaims, policy: &Policy) -> Result<Self, Error> {
        Self::from_members(claims.into_members(), policy)
    }

    /// The context that the project's own `checkAuth` gave for a caller: its decision stands in the
    /// place of verification. Only `api` calls this.
    ///
    /// What `policy` says of namespaces, and Cube's legacy `u`, hold as for verified claims.
    ///
    /// # Errors
    /// [`Error::BadAuthorContext`] when it is no object, and those of [`Self::from_verified`].
    pub fn from_author(context: Value, policy: &Policy) -> Result<Self, Error> {
        let Value::Object(members) = context else {
            return Err(Error::BadAuthorContext);
        };
        Self::from_members(Arc::new(members), policy)
    }

    fn from_members(payload: Arc<Map<String, Value>>, policy: &Policy) -> Result<Self, Error> {
        let claims = match &policy.claims_namespace {
            Some(name) => Some(namespace_claims(payload.get(name))?),
            None => legacy_claims(&payload)?,
        };
        Ok(Self { payload, claims })
    }

    /// Looks a claim up by its path, `["tenant", "id"]` for `SECURITY_CONTEXT.tenant.id`.
    ///
    /// `None` when a step of the path is missing or is not an object.
    pub fn claim(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.claims().get(first)?, |value, key| value.as_object()?.get(key))
    }

    /// All the claims a data model may read.
    pub fn claims(&self) -> &Map<String, Value> {
        self.claims.as_ref().unwrap_or(&self.payload)
    }

    /// The payload of the token as it was signed: what Cube hands to `queryRewrite` and its like.
    pub fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// Who it is, for an audit line: eight hex digits of the SHA-256 of `sub`.
    pub fn subject_hash(&self) -> Option<String> {
        let subject = self.payload.get("sub")?.as_str()?;
        Some(Fingerprint::of(subject.as_bytes()).short())
    }

    /// Whose data it asks for, for an audit line: the text or number at `path`, cut at 64 characters.
    pub fn tenant(&self, path: &[String]) -> Option<String> {
        let text = match self.claim(path)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(text.chars().take(MAX_TENANT_CHARACTERS).collect())
    }

    /// Mints a context without a token.
    #[cfg(feature = "test-helpers")]
    pub fn for_test(claims: Value) -> Self {
        match claims {
            Value::Object(payload) => Self { payload: Arc::new(payload), claims: None },
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Self::nobody(),
        }
    }
}

fn namespace_claims(claim: Option<&Value>) -> Result<Map<String, Value>, Error> {
    match claim {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members.clone()),
        Some(Value::String(text)) => {
            json::read_object(text.as_bytes(), json::MAX_DEPTH).map_err(|_| Error::BadNamespace)
        }
        Some(_) => Err(Error::BadNamespace),
    }
}

fn legacy_claims(payload: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Error> {
    match payload.get("u") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => {
            let mut merged = payload.clone();
            merged.extend(members.clone());
            merged.remove("u");
            Ok(Some(merged))
        }
        Some(_) => Err(Error::BadLegacyContext),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Algorithms;

    fn context(namespace: Option<&str>, payload: Value) -> Result<SecurityContext, Error> {
        let mut policy = Policy::new(Algorithms::of_shared_secrets());
        policy.claims_namespace = namespace.map(str::to_owned);
        let claims = VerifiedClaims::new(serde_json::from_value(payload).unwrap(), None);
        SecurityContext::from_verified(claims, &policy)
    }

    fn path(steps: &[&str]) -> Vec<String> {
        steps.iter().map(|step| (*step).to_owned()).collect()
    }

    #[test]
    fn a_claim_is_found_by_its_path() {
        let context = context(None, json!({"tenant": {"id": 7}, "role": "x"})).unwrap();
        assert_eq!(context.claim(&path(&["tenant", "id"])), Some(&json!(7)));
        assert_eq!(context.claim(&path(&["role"])), Some(&json!("x")));
        for missing in [&["tenant", "name"][..], &["role", "length"], &["__proto__"], &[]] {
            assert_eq!(context.claim(&path(missing)), None, "{missing:?}");
        }
    }

    #[test]
    fn legacy_u_stands_over_the_payload_and_leaves_it_as_it_was() {
        let payload = json!({"id": 1, "role": "x", "u": {"id": 42}});
        let context = context(None, payload.clone()).unwrap();
        assert_eq!(Value::Object(context.claims().clone()), json!({"id": 42, "role": "x"}));
        assert_eq!(Value::Object(context.payload().clone()), payload);
    }

    #[test]
    fn the_authors_context_is_read_as_claims_are() {
        let policy = Policy::new(Algorithms::of_shared_secrets());
        let context = SecurityContext::from_author(json!({"a": 1, "u": {"a": 2}}), &policy);
        assert_eq!(context.unwrap().claim(&path(&["a"])), Some(&json!(2)));
        for other in [json!(null), json!("admin"), json!([]), json!(1), json!(true)] {
            let refused = SecurityContext::from_author(other, &policy);
            assert_eq!(refused, Err(Error::BadAuthorContext));
        }
    }

    #[test]
    fn legacy_u_that_is_no_object_is_refused() {
        for u in [json!("admin"), json!([]), json!(0), json!(false)] {
            assert_eq!(context(None, json!({"u": u})), Err(Error::BadLegacyContext));
        }
        assert_eq!(context(None, json!({"u": null})).unwrap().claim(&path(&["id"])), None);
    }

    #[test]
    fn a_namespace_hides_the_rest_of_the_payload() {
        let payload = json!({"role": "admin", "ns": {"role": "user"}, "u": {"role": "root"}});
        let found = context(Some("ns"), payload.clone()).unwrap();
        assert_eq!(Value::Object(found.claims().clone()), json!({"role": "user"}));
        let absent = context(Some("constructor"), payload).unwrap();
        assert!(absent.claims().is_empty());
    }

    #[test]
    fn a_namespace_may_be_the_text_of_an_object() {
        let found = context(Some("ns"), json!({"ns": "{\"role\":\"user\"}"})).unwrap();
        assert_eq!(found.claim(&path(&["role"])), Some(&json!("user")));
        for other in
            [json!("user"), json!("[1]"), json!("{\"a\":1,\"a\":2}"), json!(1), json!(null)]
        {
            assert_eq!(context(Some("ns"), json!({"ns": other})), Err(Error::BadNamespace));
        }
    }

    #[test]
    fn an_audit_line_gets_a_hash_and_a_bounded_tenant() {
        let context = context(None, json!({"sub": "abc", "tenant_id": "t".repeat(100)})).unwrap();
        assert_eq!(context.subject_hash().as_deref(), Some("ba7816bf"));
        assert_eq!(context.tenant(&path(&["tenant_id"])), Some("t".repeat(64)));
        assert_eq!(SecurityContext::nobody().subject_hash(), None);
        assert_eq!(context.tenant(&path(&["tenant"])), None);
    }
}
