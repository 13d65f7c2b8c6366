//! The credentials of a database: one role whose password changes, or two that take turns.
//!
//! With one role there is a moment, from `setSecret` to `finishSecret`, in which the password in
//! force is not the one that the database takes. With two there is none: the one in force is not
//! touched. AWS calls these the single user and the alternating users strategy.

use auth::generate_secret;
use database::{Options, Roles};
use secrecy::{ExposeSecret, SecretString};
use vault::{Label, Login, Version};

use crate::Error;
use crate::outside::Outside;

/// What the second of two roles is called after the first (AWS's own rotation functions call it so).
const CLONE: &str = "_clone";

/// What PostgreSQL keeps of a role's name.
const ROLE_BYTES_MAX: usize = 63;

/// The rotation of a database's credentials.
#[derive(Debug)]
pub struct DatabaseRotation {
    /// How to connect, and where to when the secret does not say.
    pub base: Options,
    /// Whose password changes.
    pub users: Users,
}

/// Whose password changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Users {
    /// The one role's.
    Single,
    /// That of the role which is not in force.
    Alternating {
        /// The secret of a role that may create roles.
        superuser_secret: String,
    },
}

impl DatabaseRotation {
    pub(crate) fn next(&self, current: &Version) -> Result<SecretString, Error> {
        let current = Login::read(current.value.expose_secret())?;
        let user = self.next_user(&current.user)?;
        Ok(current.with(user, generate_secret()?).to_value())
    }

    pub(crate) async fn set(&self, outside: &Outside<'_>, pending: &Version) -> Result<(), Error> {
        let pending = Login::read(pending.value.expose_secret())?;
        if outside.can_log_in(&self.options(&pending)).await? {
            return Ok(());
        }
        let current = outside.labelled(Label::Current).await?.ok_or(Error::NoCurrent)?;
        let current = Login::read(current.value.expose_secret())?;
        self.check(&current, &pending)?;
        match &self.users {
            Users::Single => {
                let roles = self.as_itself(outside, &current).await?;
                outside.set_password(&roles, &pending.user, &pending.password).await
            }
            Users::Alternating { superuser_secret } => {
                let roles = self.as_superuser(outside, superuser_secret, &pending).await?;
                if outside.has_role(&roles, &pending.user).await? {
                    return outside.set_password(&roles, &pending.user, &pending.password).await;
                }
                let (role, of) = (&pending.user, &current.user);
                outside.create_member(&roles, role, of, &pending.password).await
            }
        }
    }

    pub(crate) async fn test(&self, outside: &Outside<'_>, pending: &Version) -> Result<(), Error> {
        let pending = Login::read(pending.value.expose_secret())?;
        if outside.can_log_in(&self.options(&pending)).await? {
            Ok(())
        } else {
            Err(Error::NotLetIn { who: "the pending credentials" })
        }
    }

    /// A connection of the role's own, with the password in force; after a rotation that broke off,
    /// the one before may be what the database still has.
    async fn as_itself(&self, outside: &Outside<'_>, current: &Login) -> Result<Roles, Error> {
        if let Some(roles) = outside.connect(&self.options(current)).await? {
            return Ok(roles);
        }
        let previous = outside.labelled(Label::Previous).await?;
        let previous = previous.map(|version| Login::read(version.value.expose_secret()));
        if let Some(Ok(previous)) = previous
            && self.check(current, &previous).is_ok()
            && let Some(roles) = outside.connect(&self.options(&previous)).await?
        {
            return Ok(roles);
        }
        Err(Error::NotLetIn { who: "the pending, the current or the previous credentials" })
    }

    async fn as_superuser(
        &self,
        outside: &Outside<'_>,
        secret: &str,
        pending: &Login,
    ) -> Result<Roles, Error> {
        let version = outside.current_of(secret).await?.ok_or(Error::NoCurrent)?;
        let login = Login::read(version.value.expose_secret())?;
        let (superuser, pending) = (self.options(&login), self.options(pending));
        // Whoever may write the one secret must not learn the password in the other.
        if (&superuser.host, superuser.port) != (&pending.host, pending.port) {
            return Err(Error::Contradiction { reason: "the superuser is one of another server" });
        }
        let roles = outside.connect(&Options { name: pending.name, ..superuser }).await?;
        roles.ok_or(Error::NotLetIn { who: "the superuser" })
    }

    /// Whether the pending credentials are what `createSecret` makes of the ones in force.
    fn check(&self, current: &Login, pending: &Login) -> Result<(), Error> {
        let (here, there) = (self.options(current), self.options(pending));
        if (&here.host, here.port, &here.name) != (&there.host, there.port, &there.name) {
            return Err(Error::Contradiction { reason: "the pending version is of another place" });
        }
        if pending.user == self.next_user(&current.user)? {
            Ok(())
        } else {
            Err(Error::Contradiction { reason: "the pending version is of another role" })
        }
    }

    fn next_user(&self, current: &str) -> Result<String, Error> {
        let next = match (&self.users, current.strip_suffix(CLONE)) {
            (Users::Single, _) => current.to_owned(),
            (Users::Alternating { .. }, Some(original)) => original.to_owned(),
            (Users::Alternating { .. }, None) => format!("{current}{CLONE}"),
        };
        if next.is_empty() || next.len() > ROLE_BYTES_MAX {
            let reason = "there is no name for a second role: the first has more than 57 bytes";
            return Err(Error::Contradiction { reason });
        }
        Ok(next)
    }

    fn options(&self, login: &Login) -> Options {
        let base = self.base.clone();
        Options {
            user: login.user.clone(),
            password: login.password.clone(),
            host: login.host.clone().unwrap_or(base.host),
            port: login.port.unwrap_or(base.port),
            name: login.name.clone().unwrap_or(base.name),
            ..base
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn rotation(users: Users) -> DatabaseRotation {
        DatabaseRotation { base: Options::default(), users }
    }

    fn alternating() -> DatabaseRotation {
        rotation(Users::Alternating { superuser_secret: "arn".to_owned() })
    }

    fn next(rotation: &DatabaseRotation, user: &str) -> Result<Value, Error> {
        let value = json!({ "username": user, "password": "old", "host": "db", "note": 7 });
        let value = value.to_string().into();
        let current = Version { id: "a".to_owned(), value, written: Duration::ZERO };
        let next = rotation.next(&current)?;
        Ok(serde_json::from_str(next.expose_secret()).unwrap())
    }

    #[test]
    fn one_role_gets_another_password() {
        let next = next(&rotation(Users::Single), "shop").unwrap();
        assert_eq!(
            (&next["username"], &next["host"], &next["note"]),
            (&json!("shop"), &json!("db"), &json!(7))
        );
        assert_eq!(next["password"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn two_roles_take_turns() {
        let rotation = alternating();
        assert_eq!(next(&rotation, "shop").unwrap()["username"], "shop_clone");
        assert_eq!(next(&rotation, "shop_clone").unwrap()["username"], "shop");
        assert_eq!(
            next(&rotation, &"x".repeat(57)).unwrap()["username"],
            format!("{}_clone", "x".repeat(57))
        );
        for user in ["x".repeat(58), "_clone".to_owned()] {
            assert!(matches!(next(&rotation, &user), Err(Error::Contradiction { .. })), "{user}");
        }
    }

    #[test]
    fn what_is_pending_is_of_the_same_place_and_of_the_role_whose_turn_it_is() {
        let login = |user: &str, host: &str| {
            let value = json!({ "username": user, "password": "p", "host": host });
            Login::read(&value.to_string()).unwrap()
        };
        let rotation = alternating();
        let current = login("shop", "db");
        assert!(rotation.check(&current, &login("shop_clone", "db")).is_ok());
        for pending in [login("shop_clone", "evil"), login("shop", "db"), login("postgres", "db")] {
            assert!(matches!(rotation.check(&current, &pending), Err(Error::Contradiction { .. })));
        }
    }
}
