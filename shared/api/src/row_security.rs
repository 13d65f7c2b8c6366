//! What the database is told of a caller, where it has row security of its own: a second lock behind the one that the planner
//! puts into every statement.

use auth::SecurityContext;
use database::RowSecurity;
use serde_json::Value;

use crate::error::Error;

/// Whom statements run for, of the roles and claims that a database's policies know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSecurityPolicy {
    /// The role of callers whose token names none.
    pub role: Option<String>,
    /// The steps to the claim that names a role; empty when none does.
    pub role_claim: Vec<String>,
    /// The roles that it may name.
    pub roles: Vec<String>,
    /// Whether the database sees the claims.
    pub has_claims: bool,
}

impl RowSecurityPolicy {
    /// What the database is told of this caller.
    ///
    /// # Errors
    /// [`Error::Role`] when the token names a role that is not on the list, or is to name one and does not.
    pub(crate) fn of(&self, context: &SecurityContext) -> Result<RowSecurity, Error> {
        let claims = || Value::Object(context.payload().clone()).to_string();
        Ok(RowSecurity { role: self.role(context)?, claims: self.has_claims.then(claims) })
    }

    fn role(&self, context: &SecurityContext) -> Result<Option<String>, Error> {
        if self.role_claim.is_empty() {
            return Ok(self.role.clone());
        }
        match context.claim(&self.role_claim) {
            None | Some(Value::Null) => self.role.clone().map(Some).ok_or(Error::Role),
            Some(Value::String(name)) if self.roles.contains(name) => Ok(Some(name.clone())),
            Some(_) => Err(Error::Role),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(role: Option<&str>) -> RowSecurityPolicy {
        RowSecurityPolicy {
            role: role.map(str::to_owned),
            role_claim: vec!["app".to_owned(), "role".to_owned()],
            roles: vec!["reader".to_owned(), "analyst".to_owned()],
            has_claims: true,
        }
    }

    /// The role, or `refused`.
    fn role(policy: &RowSecurityPolicy, claims: Value) -> Option<String> {
        let told = policy.of(&SecurityContext::for_test(claims));
        told.map_or_else(|_| Some("refused".to_owned()), |told| told.role)
    }

    ///
    #[test]
    fn a_token_names_a_role_of_the_list_or_nobody_is_answered() {
        let strict = policy(None);
        let named = json!({ "app": { "role": "analyst" } });
        assert_eq!(role(&strict, named), Some("analyst".to_owned()));
        for claims in [
            json!({}),
            json!({ "app": { "role": null } }),
            json!({ "app": "analyst" }),
            json!({ "app": { "role": "postgres" } }),
            json!({ "app": { "role": "pg_read_server_files" } }),
            json!({ "app": { "role": "\"x\"; RESET ROLE" } }),
            json!({ "app": { "role": "analyst\0" } }),
            json!({ "app": { "role": "ANALYST" } }),
            json!({ "app": { "role": "none" } }),
            json!({ "app": { "role": "" } }),
            json!({ "app": { "role": ["analyst"] } }),
        ] {
            assert_eq!(role(&strict, claims.clone()).as_deref(), Some("refused"), "{claims}");
        }
    }

    #[test]
    fn who_names_no_role_has_the_one_of_everybody() {
        let usual = policy(Some("reader"));
        assert_eq!(role(&usual, json!({})), Some("reader".to_owned()));
        let other = json!({ "app": { "role": "postgres" } });
        assert_eq!(role(&usual, other).as_deref(), Some("refused"));
        let same = RowSecurityPolicy { role_claim: Vec::new(), ..usual };
        let claims = json!({ "app": { "role": "postgres" } });
        assert_eq!(role(&same, claims), Some("reader".to_owned()));
        assert_eq!(role(&RowSecurityPolicy::default(), json!({})), None);
    }

    #[test]
    fn the_database_sees_the_payload_as_it_was_signed() {
        let context = SecurityContext::for_test(json!({ "tenant_id": 7, "u": { "id": "x" } }));
        let claims = policy(Some("reader")).of(&context).unwrap().claims.unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&claims).unwrap(),
            json!({ "tenant_id": 7, "u": { "id": "x" } })
        );
    }
}
