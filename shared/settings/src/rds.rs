//! IAM in the place of a database password: `TESSERA_DB_IAM`.

use std::sync::Arc;

use ::database::{Options, Place, Ssl, Tokens};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use vault::{RdsLogin, RdsTokens};

use crate::{
    Environment, Error, now,
    value::{flag, text},
};

const IAM: &str = "TESSERA_DB_IAM";

/// Has the role log in with tokens of IAM, if that is asked for. Nothing is fetched yet.
pub(crate) fn set_tokens(
    environment: &dyn Environment,
    options: &mut Options,
) -> Result<(), Error> {
    if !flag(environment, IAM, false)? {
        return Ok(());
    }
    let reason = "drop one, so that it is clear what the role logs in with";
    let second = if text(environment, "CUBEJS_DB_PASS").is_some() {
        Some("CUBEJS_DB_PASS")
    } else if options.logins.is_some() {
        Some("TESSERA_DB_SECRET_ARN")
    } else if options.password.expose_secret().is_empty() {
        None
    } else {
        Some("CUBEJS_DB_URL")
    };
    if let Some(second) = second {
        return Err(Error::Conflict { first: IAM, second, reason });
    }
    if matches!(options.ssl, Ssl::Disabled) {
        let reason = "TESSERA_DB_IAM is true, and whoever reads a token may log in with it";
        return Err(Error::Missing { variable: "CUBEJS_DB_SSL", reason });
    }
    let tokens = Arc::new(RdsTokens::default());
    options.tokens = Some(Tokens::new(move |Place { host, port, user }| {
        let tokens = Arc::clone(&tokens);
        async move {
            let token = tokens.token(&RdsLogin { host, port, user }, now()).await;
            token.map_err(|error| error.to_string())
        }
        .boxed()
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabasesFrom, Map, database};

    fn read(pairs: &[(&str, &str)]) -> Result<Options, String> {
        let named = [("CUBEJS_DB_NAME", "shop"), (IAM, "true")];
        let pairs = named.iter().chain(pairs);
        let map: Map = pairs.map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut errors = Vec::new();
        let options = database::read(&map, DatabasesFrom::Variables, &mut errors);
        errors.first().map_or(Ok(options), |error| Err(error.to_string()))
    }

    #[test]
    fn tokens_take_the_place_of_the_password() {
        let tls = ("CUBEJS_DB_SSL", "true");
        let options = read(&[("CUBEJS_DB_USER", "me"), tls]).unwrap();
        assert!(options.tokens.is_some());
        let url = ("CUBEJS_DB_URL", "postgres://me@db.example/shop?sslmode=verify-full");
        assert!(read(&[url]).unwrap().tokens.is_some());
    }

    #[test]
    fn a_token_has_a_role_and_tls_and_no_password_beside_it() {
        let (user, tls) = (("CUBEJS_DB_USER", "me"), ("CUBEJS_DB_SSL", "true"));
        for (pairs, word) in [
            (&[user][..], "CUBEJS_DB_SSL is required"),
            (&[tls], "CUBEJS_DB_USER is required"),
            (&[user, tls, ("CUBEJS_DB_PASS", "hunter2")], "CUBEJS_DB_PASS are both set"),
            (&[tls, ("TESSERA_DB_SECRET_ARN", "arn")], "TESSERA_DB_SECRET_ARN are both set"),
            (
                &[("CUBEJS_DB_URL", "postgres://me:hunter2@db/shop?sslmode=require")],
                "CUBEJS_DB_URL are both set",
            ),
            (&[user, tls, (IAM, "yes")], "TESSERA_DB_IAM must be true or false"),
        ] {
            let refused = read(pairs).unwrap_err();
            assert!(refused.contains(word) && !refused.contains("hunter2"), "{refused}");
        }
    }
}
