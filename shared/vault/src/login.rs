//! The credentials of a database, in the JSON form that AWS gives them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// What AWS writes into `engine` for a PostgreSQL of its own.
const ENGINES: [&str; 3] = ["postgres", "postgresql", "aurora-postgresql"];

/// `{"username", "password", "host", "port", "dbname", "engine"}`, of which only the first two must
/// be there (AWS Secrets Manager User Guide, "JSON structure of AWS Secrets Manager secrets").
/// Shows nothing of itself.
#[derive(Clone)]
pub struct Login {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Host name or address.
    pub host: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// The database.
    pub name: Option<String>,
    members: Map<String, Value>,
}

/// Why a value is none. Says nothing of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the database is malformed: {reason}")]
pub struct MalformedLogin {
    /// What is wrong.
    pub reason: &'static str,
}

impl Login {
    /// Reads the value of a secret.
    ///
    /// # Errors
    /// [`MalformedLogin`]
    pub fn read(value: &str) -> Result<Self, MalformedLogin> {
        let malformed = |reason| MalformedLogin { reason };
        let members: Map<String, Value> =
            serde_json::from_str(value).map_err(|_| malformed("it is no JSON object"))?;
        let text = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && !text.contains('\0') => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(malformed("a member of it is empty or no text")),
        };
        if text("engine")?.is_some_and(|engine| !ENGINES.contains(&engine.as_str())) {
            return Err(malformed("its `engine` is not postgres"));
        }
        let user = text("username")?.ok_or(malformed("it has no `username`"))?;
        let password = text("password")?.ok_or(malformed("it has no `password`"))?;
        Ok(Self {
            user,
            password: password.into(),
            host: text("host")?,
            port: port(members.get("port"))?,
            name: text("dbname")?,
            members,
        })
    }

    /// The same place, for another role or password.
    #[must_use]
    pub fn with(mut self, user: String, password: SecretString) -> Self {
        self.members.insert("username".to_owned(), Value::String(user.clone()));
        let text = password.expose_secret().to_owned();
        self.members.insert("password".to_owned(), Value::String(text));
        Self { user, password, ..self }
    }

    /// The value of a secret, with every other member as it was read.
    pub fn to_value(&self) -> SecretString {
        Value::Object(self.members.clone()).to_string().into()
    }
}

/// A number, or the text of one: AWS writes both.
fn port(value: Option<&Value>) -> Result<Option<u16>, MalformedLogin> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    let number = number.filter(|port| *port > 0);
    number.map(Some).ok_or(MalformedLogin { reason: "its `port` is no TCP port" })
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aws_form_is_read_and_written() {
        let value = json!({
            "engine": "aurora-postgresql", "username": "shop", "password": "old", "host": "db",
            "port": "6432", "dbname": "warehouse", "dbClusterIdentifier": "cluster",
        });
        let login = Login::read(&value.to_string()).unwrap();
        assert_eq!((login.user.as_str(), login.port), ("shop", Some(6432)));
        assert_eq!((login.host.as_deref(), login.name.as_deref()), (Some("db"), Some("warehouse")));
        let next = login.with("shop_clone".to_owned(), "new".into());
        let written: Value = serde_json::from_str(next.to_value().expose_secret()).unwrap();
        let mut expected = value;
        (expected["username"], expected["password"]) = (json!("shop_clone"), json!("new"));
        assert_eq!(written, expected);
        let least = Login::read(r#"{"username":"a","password":"b","port":5432}"#).unwrap();
        assert_eq!((least.port, least.host, least.name), (Some(5432), None, None));
    }

    #[test]
    fn anything_else_is_malformed_and_not_shown() {
        for value in [
            "",
            "hunter2",
            "[]",
            r#"{"username":"hunter2"}"#,
            r#"{"password":"hunter2"}"#,
            r#"{"username":"","password":"hunter2"}"#,
            r#"{"username":"a","password":7}"#,
            r#"{"username":"a","password":"hunter2\u0000"}"#,
            r#"{"username":"a","password":"hunter2","port":0}"#,
            r#"{"username":"a","password":"hunter2","port":"x"}"#,
            r#"{"username":"a","password":"hunter2","port":65536}"#,
            r#"{"username":"a","password":"hunter2","host":["b"]}"#,
            r#"{"username":"a","password":"hunter2","engine":"mysql"}"#,
        ] {
            let error = Login::read(value).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let login = Login::read(r#"{"username":"a","password":"hunter2"}"#).unwrap();
        assert_eq!(format!("{login:?}"), "Login { .. }");
    }
}
