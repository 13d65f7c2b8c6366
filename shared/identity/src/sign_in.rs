//! Tokens for a name and a password, or for a refresh token.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType,
};

use crate::{ClientSecret, Error, UserPool};

/// What the user pool gives to a user who signed in. Shows nothing of itself.
#[derive(Clone)]
pub struct Tokens {
    /// Who it is, for the application; absent when the pool gives none.
    pub id: Option<String>,
    /// With what the pool is asked about the user.
    pub access: String,
    /// With what others are had when these have ended; absent when it was shown to get these.
    pub refresh: Option<String>,
}

impl UserPool {
    /// Signs a user in by name and password (`USER_PASSWORD_AUTH`). An application that has a secret
    /// signs in as administrator does (`ADMIN_USER_PASSWORD_AUTH`), which takes permission of IAM.
    ///
    /// # Errors
    /// [`Error::Refused`] for a wrong name or password, [`Error::Challenge`] when the pool wants more
    /// than a password.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        secret: Option<&ClientSecret>,
    ) -> Result<Tokens, Error> {
        let parameters = [("USERNAME", name), ("PASSWORD", password)];
        let flow = match secret {
            None => AuthFlowType::UserPasswordAuth,
            Some(_) => AuthFlowType::AdminUserPasswordAuth,
        };
        let hash = secret.map(|secret| secret.hash(name, &self.client_id));
        self.initiate(flow, &parameters, hash).await
    }

    /// Tokens for a refresh token. `name` is the user's, which an application with a secret needs.
    ///
    /// # Errors
    /// [`Error::Refused`] for a token that is unknown or has ended, [`Error::NameNeeded`].
    pub async fn refresh(
        &self,
        token: &str,
        name: Option<&str>,
        secret: Option<&ClientSecret>,
    ) -> Result<Tokens, Error> {
        let hash = match (secret, name) {
            (None, _) => None,
            (Some(secret), Some(name)) => Some(secret.hash(name, &self.client_id)),
            (Some(_), None) => return Err(Error::NameNeeded),
        };
        self.initiate(AuthFlowType::RefreshTokenAuth, &[("REFRESH_TOKEN", token)], hash).await
    }

    async fn initiate(
        &self,
        flow: AuthFlowType,
        parameters: &[(&str, &str)],
        secret_hash: Option<String>,
    ) -> Result<Tokens, Error> {
        let client = self.client().await;
        let mut given: HashMap<String, String> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let Some(secret_hash) = secret_hash else {
            let request = client.initiate_auth().auth_flow(flow).client_id(&self.client_id);
            let answer = request.set_auth_parameters(Some(given)).send().await?;
            return tokens(answer.challenge_name, answer.authentication_result);
        };
        given.insert("SECRET_HASH".to_owned(), secret_hash);
        let request = client.admin_initiate_auth().auth_flow(flow).client_id(&self.client_id);
        let request = request.user_pool_id(&self.id).set_auth_parameters(Some(given));
        let answer = request.send().await?;
        tokens(answer.challenge_name, answer.authentication_result)
    }
}

fn tokens(
    challenge: Option<ChallengeNameType>,
    result: Option<AuthenticationResultType>,
) -> Result<Tokens, Error> {
    if let Some(challenge) = challenge {
        return Err(Error::Challenge { challenge: challenge.as_str().to_owned() });
    }
    let result = result.and_then(|result| {
        Some(Tokens {
            id: result.id_token,
            access: result.access_token?,
            refresh: result.refresh_token,
        })
    });
    result.ok_or_else(|| Error::Unavailable { code: "answer without tokens".to_owned() })
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_tokens_or_a_challenge_by_name() {
        let result = AuthenticationResultType::builder().access_token("a").id_token("hunter2");
        let given = tokens(None, Some(result.clone().build())).unwrap();
        assert_eq!((given.access.as_str(), given.refresh.as_deref()), ("a", None));
        assert!(!format!("{given:?}").contains("hunter2"));
        let challenge = Some(ChallengeNameType::NewPasswordRequired);
        let refused = tokens(challenge, Some(result.build())).unwrap_err();
        assert_eq!(refused, Error::Challenge { challenge: "NEW_PASSWORD_REQUIRED".to_owned() });
        let empty = AuthenticationResultType::builder().build();
        for nothing in [None, Some(empty)] {
            assert!(matches!(tokens(None, nothing), Err(Error::Unavailable { .. })));
        }
    }
}
