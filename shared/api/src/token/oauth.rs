//! `POST /oauth/token`: the grants of RFC 6749, and the exchange of RFC 8693.
//!
//! | `grant_type` | what it takes |
//! |---|---|
//! | `client_credentials` | a client's name and secret |
//! | `urn:ietf:params:oauth:grant-type:token-exchange` | a provider's token as `subject_token` |
//! | `password`, `refresh_token` | a user of the user pool |
//!
//! Each may have `claims`, an object to choose from the lists of the policy, and `expires_in`.

use std::sync::Arc;

use ::audit::Outcome;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use identity::Tokens;
use issuance::{Grant, Policy, Right};
use serde_json::{Map, Value, json};

use crate::token::SignIn;
use crate::token::applicant::Granted;
use crate::token::credential::{ClientCredential, Credential, ShownToken};
use crate::token::error::Error;
use crate::token::failures::Whose;
use crate::token::parameters::Parameters;
use crate::token::record::Record;
use crate::token::service::{Answered, Dialect, Incoming, Service};
use crate::token::wish::Wish;

pub(super) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What a JWT of a provider may be said to be, and ours may be asked for as (RFC 8693 §3).
const TOKEN_TYPES: [&str; 3] = [
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:access_token",
    "urn:ietf:params:oauth:token-type:id_token",
];
const ISSUED_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The longest name and password that Amazon Cognito knows, and its refresh tokens with room.
const MAX_NAME_BYTES: usize = 512;
const MAX_PASSWORD_BYTES: usize = 1024;
const MAX_REFRESH_BYTES: usize = 8192;

/// `POST /oauth/token`
pub(super) async fn route(State(service): State<Arc<Service>>, request: Request) -> Response {
    let handle = async |incoming: Incoming, body: Body, record: &mut Record| {
        let header = Credential::of_header(&incoming.headers)?;
        let mut parameters = Parameters::of_form_or_json(&incoming.headers, body).await?;
        let client = client_of(header, &mut parameters)?;
        let grant_type = parameters.required("grant_type")?;
        if parameters.text("scope")?.is_some() {
            return Err(Error::ScopeAsked);
        }
        let policy = service.grants.get().await?;
        let mut asked = Asked { policy, client, parameters, incoming };
        match grant_type.as_str() {
            "client_credentials" => service.client_credentials(&mut asked, record).await,
            TOKEN_EXCHANGE => service.token_exchange(&mut asked, record).await,
            "password" => service.password(&mut asked, record).await,
            "refresh_token" => service.refresh_token(&mut asked, record).await,
            _ => Err(Error::UnsupportedGrant),
        }
    };
    service.answer("oauth_token", Dialect::OAuth, request, handle).await
}

/// The client that a request shows, in the header or in the body (RFC 6749 §2.3.1). A name alone
/// proves nothing and is ignored.
///
/// # Errors
/// [`Error::TwoCredentials`]; [`Error::NotAClient`] for a bearer token, which is none here.
pub(super) fn client_of(
    header: Option<Credential>,
    parameters: &mut Parameters,
) -> Result<Option<ClientCredential>, Error> {
    let (id, secret) = (parameters.text("client_id")?, parameters.text("client_secret")?);
    match (header, id, secret) {
        (Some(Credential::Client(client)), None, None) => Ok(Some(client)),
        // RFC 6749 §2.3.1 has the name in the header; some clients repeat it in the body.
        (Some(Credential::Client(client)), Some(id), None)
            if client.0.iter().any(|(shown, _)| *shown == id) =>
        {
            Ok(Some(client))
        }
        (Some(Credential::Client(_)), _, _) => Err(Error::TwoCredentials),
        (Some(Credential::Token(_)), _, _) | (None, None, Some(_)) => Err(Error::NotAClient),
        (None, Some(id), Some(secret)) => Ok(Some(ClientCredential::new(&id, &secret))),
        (None, _, None) => Ok(None),
    }
}

/// A request for a token.
struct Asked {
    policy: Arc<Policy>,
    client: Option<ClientCredential>,
    parameters: Parameters,
    incoming: Incoming,
}

impl Asked {
    fn required(&mut self, name: &'static str, max_bytes: usize) -> Result<String, Error> {
        let text = self.parameters.required(name)?;
        if text.len() > max_bytes { Err(Error::BadParameter(name)) } else { Ok(text) }
    }

    /// What is asked for of this grant. An audience or a resource (RFC 8707) may be named when it is
    /// the one that is given anyway.
    fn wish(&mut self, grant: &Grant, demands: &auth::Policy) -> Result<Wish, Error> {
        let wish = Wish::read(&mut self.parameters)?;
        for name in ["audience", "resource"] {
            if let Some(asked) = self.parameters.text(name)? {
                grant.check_audience(&asked, demands)?;
            }
        }
        self.parameters.end_ignoring_others()?;
        Ok(wish)
    }
}

impl Service {
    /// RFC 6749 §4.4
    async fn client_credentials(
        &self,
        asked: &mut Asked,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let shown = asked.client.take().ok_or(Error::NothingShown)?;
        let (policy, now) = (Arc::clone(&asked.policy), asked.incoming.now);
        let client = self.client(&shown, Right::Issue, &policy, now, record).await?;
        let wish = asked.wish(&client.grant, &self.policy)?;
        let granted = self.grant_client(client, wish)?;
        self.bearer_token(granted, Map::new(), now, record).await
    }

    /// RFC 8693 §2
    async fn token_exchange(
        &self,
        asked: &mut Asked,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let subject = ShownToken(asked.parameters.required("subject_token")?);
        let kind = asked.parameters.required("subject_token_type")?;
        if !TOKEN_TYPES.contains(&kind.as_str()) {
            return Err(Error::BadParameter("subject_token_type"));
        }
        let wanted = asked.parameters.text("requested_token_type")?;
        if wanted.is_some_and(|kind| !TOKEN_TYPES.iter().take(2).any(|known| *known == kind)) {
            return Err(Error::BadParameter("requested_token_type"));
        }
        for name in ["actor_token", "actor_token_type"] {
            if asked.parameters.text(name)?.is_some() {
                return Err(Error::BadParameter(name));
            }
        }
        let more = Map::from_iter([("issued_token_type".to_owned(), json!(ISSUED_TYPE))]);
        self.exchange(&subject, Right::Exchange, more, asked, record).await
    }

    /// RFC 6749 §4.3
    async fn password(&self, asked: &mut Asked, record: &mut Record) -> Result<Answered, Error> {
        let name = asked.required("username", MAX_NAME_BYTES)?;
        let password = asked.required("password", MAX_PASSWORD_BYTES)?;
        let (sign_in, now) = (self.sign_in(&asked.policy, Right::Password)?, asked.incoming.now);
        let whose = Whose::User(&name);
        if let Some(retry_after_s) = self.failures.blocked_for_s(whose, now) {
            return Err(Error::TooManyFailures { retry_after_s });
        }
        let secret = sign_in.client_secret().await?;
        let signed_in = sign_in.pool.sign_in(&name, &password, secret.as_deref()).await;
        if matches!(signed_in, Err(identity::Error::Refused { .. })) {
            self.failures.count(whose, now).await;
        }
        self.of_tokens(signed_in?, Right::Password, asked, record).await
    }

    /// RFC 6749 §6
    async fn refresh_token(
        &self,
        asked: &mut Asked,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let token = asked.required("refresh_token", MAX_REFRESH_BYTES)?;
        let name = asked.parameters.text("username")?;
        let sign_in = self.sign_in(&asked.policy, Right::Refresh)?;
        let secret = sign_in.client_secret().await?;
        let refreshed = sign_in.pool.refresh(&token, name.as_deref(), secret.as_deref()).await?;
        self.of_tokens(refreshed, Right::Refresh, asked, record).await
    }

    /// The user pool, when somebody may sign in there.
    fn sign_in(&self, policy: &Policy, right: Right) -> Result<&SignIn, Error> {
        let sign_in = self.sign_in.as_ref().ok_or(Error::NoUserPool)?;
        if policy.anybody_may(right) { Ok(sign_in) } else { Err(Error::NoRight) }
    }

    /// The user's token is believed as one that a caller shows: it is verified.
    async fn of_tokens(
        &self,
        tokens: Tokens,
        right: Right,
        asked: &mut Asked,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let Tokens { id, access, refresh } = tokens;
        let is_id = self.sign_in.as_ref().is_some_and(|sign_in| sign_in.has_id_tokens);
        let shown = if is_id { id.ok_or(Error::NotExchanged)? } else { access };
        let more = refresh.map(|refresh| ("refresh_token".to_owned(), json!(refresh)));
        self.exchange(&ShownToken(shown), right, more.into_iter().collect(), asked, record).await
    }

    async fn exchange(
        &self,
        subject: &ShownToken,
        right: Right,
        more: Map<String, Value>,
        asked: &mut Asked,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let (policy, now) = (Arc::clone(&asked.policy), asked.incoming.now);
        if let Some(client) = asked.client.take() {
            self.client(&client, Right::Issue, &policy, now, record).await?;
        }
        let user = self.user(subject, right, &policy, &asked.incoming, record).await?;
        let wish = asked.wish(user.grant(), &self.policy)?;
        let granted = self.grant_user(&user, wish)?;
        self.bearer_token(granted, more, now, record).await
    }

    /// The answer of RFC 6749 §5.1, with these members besides.
    async fn bearer_token(
        &self,
        granted: Granted,
        more: Map<String, Value>,
        now: u64,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let issued = self.issue(granted, now, record).await?;
        let mut body = json!({
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": issued.lifetime_s,
        });
        if let Value::Object(members) = &mut body {
            members.extend(more);
        }
        Ok(Answered::new(Outcome::Issued, body))
    }
}
