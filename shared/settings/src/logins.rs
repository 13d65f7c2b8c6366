//! The credentials of the warehouse in AWS Secrets Manager: `TESSERA_DB_SECRET_ARN`.

use std::sync::Arc;

use ::database::{Login, Logins, Options};
use futures_util::{FutureExt, future};
use secrecy::ExposeSecret;
use vault::{Label, Vault, Version};

use crate::{Environment, Error, value::text};

const SECRET: &str = "TESSERA_DB_SECRET_ARN";

/// Takes the credentials from the secret, if there is one, and from there too what of the place the
/// variables do not say. Nothing is read yet.
pub(crate) fn set_logins(
    environment: &dyn Environment,
    options: &mut Options,
) -> Result<(), Error> {
    let Some(arn) = text(environment, SECRET) else { return Ok(()) };
    let is_set = |variable: &&'static str| text(environment, variable).is_some();
    let others = ["CUBEJS_DB_URL", "CUBEJS_DB_USER", "CUBEJS_DB_PASS"];
    if let Some(second) = others.into_iter().find(is_set) {
        let reason = "drop one, so that it is clear who logs in";
        return Err(Error::Conflict { first: SECRET, second, reason });
    }
    if !is_set(&"CUBEJS_DB_HOST") {
        options.host.clear();
    }
    if !is_set(&"CUBEJS_DB_PORT") {
        options.port = 0;
    }
    let source = Arc::new((Vault::hurried(), arn.clone()));
    let fetch = move || {
        let source = Arc::clone(&source);
        async move { read(&source.0, &source.1).await }.boxed()
    };
    options.logins = Some(Logins::new(arn, fetch));
    Ok(())
}

/// The credentials in force, and those that a rotation is about to put there: from `setSecret` to
/// `finishSecret` it is they that the database lets in.
async fn read(vault: &Vault, arn: &str) -> Result<Vec<Login>, String> {
    let (current, pending) =
        future::join(vault.labelled(arn, Label::Current), vault.labelled(arn, Label::Pending))
            .await;
    let current = current.map_err(|error| error.to_string())?;
    let current = current.ok_or("no version of the secret is in force")?;
    let mut logins = vec![login(&current).map_err(|error| error.to_string())?];
    let pending = pending.ok().flatten();
    logins.extend(pending.and_then(|version| login(&version).ok()));
    Ok(logins)
}

fn login(version: &Version) -> Result<Login, vault::MalformedLogin> {
    let login = vault::Login::read(version.value.expose_secret())?;
    let vault::Login { user, password, host, port, name, .. } = login;
    Ok(Login { user, password, host, port, name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn set(pairs: &[(&str, &str)]) -> Result<Options, Error> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut options = Options::default();
        set_logins(&pairs.collect::<Map>(), &mut options)?;
        Ok(options)
    }

    #[test]
    fn the_secret_says_what_the_variables_do_not() {
        let options = set(&[(SECRET, "arn")]).unwrap();
        assert!(options.logins.is_some());
        assert_eq!((options.host.as_str(), options.port), ("", 0));
        let options = set(&[(SECRET, "arn"), ("CUBEJS_DB_HOST", "x"), ("CUBEJS_DB_PORT", "1")]);
        let options = options.unwrap();
        assert_eq!((options.host.as_str(), options.port), ("localhost", 5432), "left as it was");
        assert!(set(&[]).unwrap().logins.is_none());
    }

    #[test]
    fn two_who_say_who_logs_in_are_refused() {
        for variable in ["CUBEJS_DB_URL", "CUBEJS_DB_USER", "CUBEJS_DB_PASS"] {
            let refused = set(&[(SECRET, "arn"), (variable, "hunter2")]).unwrap_err().to_string();
            assert!(refused.contains(SECRET) && refused.contains(variable), "{refused}");
            assert!(!refused.contains("hunter2"));
        }
    }
}
