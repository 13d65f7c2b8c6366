//! `GET /auth/cubejs-token` and `POST /auth/token`: Cube's shape, `{"token": "..."}`.
//!
//! The caller is a client (`Authorization: Basic`, or `client_id` and `client_secret` in the body),
//! or shows a token of a provider, in `Authorization` or in the session's cookie.

use std::sync::Arc;

use ::audit::Outcome;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use issuance::Right;
use serde_json::json;

use crate::token::credential::{ClientCredential, Credential};
use crate::token::error::Error;
use crate::token::parameters::Parameters;
use crate::token::record::Record;
use crate::token::service::{Answered, Dialect, Incoming, Service};
use crate::token::wish::Wish;

/// `GET /auth/cubejs-token`: the claims are those that nobody chooses.
pub(super) async fn by_get(State(service): State<Arc<Service>>, request: Request) -> Response {
    let handle = async |incoming: Incoming, _body: Body, record: &mut Record| {
        let shown = service.shown(&incoming.headers)?;
        let credential = match shown {
            Some(credential) => credential,
            None if service.login_url.is_some() && is_page(&incoming.headers) => {
                return Err(Error::SentToLogin);
            }
            None => return Err(Error::NothingShown),
        };
        service.cube_token(&credential, Wish::default(), &incoming, record).await
    };
    service.answer("token", Dialect::Cube, request, handle).await
}

/// `POST /auth/token`, with `claims` (or `payload`) and `expires_in` (or `ttl`, seconds) in JSON.
pub(super) async fn by_post(State(service): State<Arc<Service>>, request: Request) -> Response {
    let handle = async |incoming: Incoming, body: Body, record: &mut Record| {
        let header = Credential::of_header(&incoming.headers)?;
        let mut parameters = Parameters::of_json(&incoming.headers, body).await?;
        let wish = Wish::read(&mut parameters)?;
        let in_body = (parameters.text("client_id")?, parameters.text("client_secret")?);
        parameters.end()?;
        let credential = match (header, in_body) {
            (Some(credential), (None, None)) => credential,
            (Some(_), _) => return Err(Error::TwoCredentials),
            (None, (Some(id), Some(secret))) => {
                Credential::Client(ClientCredential::new(&id, &secret))
            }
            (None, (None, None)) => {
                service.session(&incoming.headers)?.ok_or(Error::NothingShown)?
            }
            (None, _) => return Err(Error::NotAClient),
        };
        service.cube_token(&credential, wish, &incoming, record).await
    };
    service.answer("token", Dialect::Cube, request, handle).await
}

impl Service {
    /// What the headers show: a cookie comes along by itself, so that `Authorization` wins.
    fn shown(&self, headers: &HeaderMap) -> Result<Option<Credential>, Error> {
        match Credential::of_header(headers)? {
            Some(credential) => Ok(Some(credential)),
            None => self.session(headers),
        }
    }

    fn session(&self, headers: &HeaderMap) -> Result<Option<Credential>, Error> {
        match &self.session_cookie {
            Some(name) => Credential::of_cookie(headers, name),
            None => Ok(None),
        }
    }

    async fn cube_token(
        &self,
        credential: &Credential,
        wish: Wish,
        incoming: &Incoming,
        record: &mut Record,
    ) -> Result<Answered, Error> {
        let policy = self.grants.get().await?;
        let granted = match credential {
            Credential::Client(shown) => {
                let now = incoming.now;
                let client = self.client(shown, Right::Issue, &policy, now, record).await?;
                self.grant_client(client, wish)?
            }
            Credential::Token(shown) => {
                let user = self.user(shown, Right::Exchange, &policy, incoming, record).await?;
                self.grant_user(&user, wish)?
            }
        };
        let issued = self.issue(granted, incoming.now, record).await?;
        Ok(Answered::new(Outcome::Issued, json!({ "token": issued.token })))
    }
}

/// Whether a browser wants to show the answer as a page.
fn is_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
    })
}
