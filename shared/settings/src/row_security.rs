//! What the databases are told of a caller.

use crate::{
    Environment, Error,
    value::{flag, items, text},
};

const ROLE: &str = "TESSERA_DB_ROLE";
const ROLES: &str = "TESSERA_DB_ROLES";
const ROLE_CLAIM: &str = "TESSERA_DB_ROLE_CLAIM";
const CLAIMS: &str = "TESSERA_DB_CLAIMS";

/// Words that `SET ROLE` does not take for the name of a role: with `none` it is the login's own again.
const NO_ROLE: [&str; 2] = ["none", "default"];

/// Roles and claims that the policies of a database's tables decide by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSecurity {
    /// The role of callers whose token names none.
    pub role: Option<String>,
    /// The steps to the claim that names a role; empty when none does.
    pub role_claim: Vec<String>,
    /// The roles that it may name.
    pub roles: Vec<String>,
    /// Whether the database sees the claims.
    pub has_claims: bool,
}

impl RowSecurity {
    /// Reads the variables; every mistake is added to `errors`.
    pub(crate) fn read(environment: &dyn Environment, errors: &mut Vec<Error>) -> Self {
        let has_claims = flag(environment, CLAIMS, false).unwrap_or_else(|error| {
            errors.push(error);
            false
        });
        let read = Self {
            role: text(environment, ROLE),
            role_claim: text(environment, ROLE_CLAIM)
                .map(|path| path.split('.').map(str::to_owned).collect())
                .unwrap_or_default(),
            roles: text(environment, ROLES).map(|list| items(&list)).unwrap_or_default(),
            has_claims,
        };
        for (variable, roles) in [(ROLE, read.role.as_slice()), (ROLES, read.roles.as_slice())] {
            if roles.iter().any(|role| NO_ROLE.contains(&role.as_str()) || role.contains('\0')) {
                let expected = "names of roles of the database; none and default are not";
                errors.push(Error::Invalid { variable, expected });
            }
        }
        if read.role_claim.iter().any(String::is_empty) {
            let expected = "the name of a claim, with dots between steps";
            errors.push(Error::Invalid { variable: ROLE_CLAIM, expected });
        }
        if read.role_claim.is_empty() != read.roles.is_empty() {
            let expected = "the roles that the claim TESSERA_DB_ROLE_CLAIM may name; set both";
            errors.push(Error::Invalid { variable: ROLES, expected });
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn read(pairs: &[(&str, &str)]) -> Result<RowSecurity, String> {
        let map: Map =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut errors = Vec::new();
        let read = RowSecurity::read(&map, &mut errors);
        errors.first().map_or(Ok(read), |error| Err(error.to_string()))
    }

    #[test]
    fn nothing_is_told_unless_it_is_asked_for() {
        assert_eq!(read(&[]), Ok(RowSecurity::default()));
        let read = read(&[
            (ROLE, "reader"),
            (ROLES, "reader, analyst"),
            (ROLE_CLAIM, "app.role"),
            (CLAIMS, "true"),
        ])
        .unwrap();
        assert_eq!(read.role.as_deref(), Some("reader"));
        assert_eq!(read.roles, ["reader", "analyst"]);
        assert_eq!(read.role_claim, ["app", "role"]);
        assert!(read.has_claims);
    }

    #[test]
    fn what_would_let_everybody_be_anybody_does_not_start() {
        for (pairs, variable) in [
            (&[(ROLE, "none")][..], ROLE),
            (&[(ROLES, "reader,none"), (ROLE_CLAIM, "role")], ROLES),
            (&[(ROLES, "default"), (ROLE_CLAIM, "role")], ROLES),
            (&[(ROLE_CLAIM, "role")], ROLES),
            (&[(ROLES, "reader")], ROLES),
            (&[(ROLES, "reader"), (ROLE_CLAIM, "app..role")], ROLE_CLAIM),
            (&[(CLAIMS, "perhaps")], CLAIMS),
        ] {
            assert!(read(pairs).is_err_and(|said| said.starts_with(variable)), "{pairs:?}");
        }
    }
}
