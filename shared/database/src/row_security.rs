//! The database's own row security: on whose behalf a statement runs there.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as DriverError};

use crate::error::{Error, Origins};

/// Sets what policies read, until the transaction ends. The claims come first: the role may not be allowed to set them.
const SET_CLAIMS: &str = "SELECT pg_catalog.set_config('request.jwt.claims', $1, true)";
const SET_ROLE: &str = "SELECT pg_catalog.set_config('role', $1, true)";
const SET_BOTH: &str = "SELECT pg_catalog.set_config('request.jwt.claims', $1, true), \
    pg_catalog.set_config('role', $2, true)";

/// `t` when row security does not hold for a role: for superusers, for those who bypass it, and for owners of a table that
/// is not forced to it (PostgreSQL documentation, "Row Security Policies"). No row for a role that is not there.
const IS_EXEMPT: &str = "SELECT (r.rolsuper OR r.rolbypassrls OR EXISTS (\
    SELECT FROM pg_catalog.pg_class c WHERE c.relrowsecurity AND NOT c.relforcerowsecurity \
    AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')))::text \
    FROM pg_catalog.pg_roles r WHERE r.rolname = coalesce(nullif($1, ''), current_user)";

/// What a database is told of a caller for the length of one transaction, for the policies of its tables to decide by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RowSecurity {
    /// The role that the statement runs as; `None` for the one that logged in. The server's own names for that one
    /// (`none`) are to be kept out by whoever fills this.
    pub role: Option<String>,
    /// The claims, a JSON object, as the setting `request.jwt.claims`.
    pub claims: Option<String>,
}

impl RowSecurity {
    /// Whether the database is told anything.
    pub(crate) fn is_used(&self) -> bool {
        self.role.is_some() || self.claims.is_some()
    }

    /// Tells it, in the transaction that is open.
    pub(crate) async fn set(&self, client: &Client) -> Result<(), DriverError> {
        let text = match (&self.claims, &self.role) {
            (None, None) => return Ok(()),
            (Some(_), None) => SET_CLAIMS,
            (None, Some(_)) => SET_ROLE,
            (Some(_), Some(_)) => SET_BOTH,
        };
        let values: Vec<(&(dyn ToSql + Sync), Type)> = [&self.claims, &self.role]
            .into_iter()
            .flatten()
            .map(|value| (value as &(dyn ToSql + Sync), Type::TEXT))
            .collect();
        client.execute_typed(text, &values).await.map(|_| ())
    }
}

/// The roles for which row security was found to hold.
#[derive(Debug, Default)]
pub(crate) struct BoundRoles(Mutex<HashSet<Option<String>>>);

impl BoundRoles {
    /// Asks the server whether row security holds for a role, unless it said so before.
    ///
    /// # Errors
    /// [`Error::RowSecurity`] when it does not, or there is no such role.
    pub(crate) async fn check(&self, client: &Client, role: Option<&String>) -> Result<(), Error> {
        if self.roles().contains(&role.cloned()) {
            return Ok(());
        }
        let name = role.map_or("", String::as_str);
        let rows = client
            .query_typed(IS_EXEMPT, &[(&name, Type::TEXT)])
            .await
            .map_err(|error| Error::of_statement(error, Origins::NONE))?;
        let answer: Option<String> = rows.first().and_then(|row| row.try_get(0).ok());
        match answer.as_deref() {
            Some("false") => {
                self.roles().insert(role.cloned());
                Ok(())
            }
            Some(_) => Err(Error::RowSecurity {
                reason: "the role is a superuser, bypasses row security, or owns a table that is not \
                         forced to it",
            }),
            None => Err(Error::RowSecurity { reason: "there is no such role" }),
        }
    }

    fn roles(&self) -> std::sync::MutexGuard<'_, HashSet<Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
