//! `/auth/*`: tokens for those who present a client credential.

mod credential;
mod error;
mod failures;
mod grant;
mod issue;
mod request;

use std::sync::Arc;

use auth::Policy;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use keys::{ClientSource, Clock, TokenSigner};

use crate::cors::Origins;
use crate::envelope::{Envelope, refuse, wrap};
use crate::error::Error as RouteError;
use crate::health;
use crate::request_id::RequestId;
use crate::token::issue::Issuer;
use crate::token::request::Asked;

/// Where a request comes from, as far as it cannot be forged: the address that AWS saw, never a
/// header that the caller wrote. An extension of the request; without it all callers are one.
#[derive(Debug, Clone)]
pub struct Source(pub String);

/// What the token function needs.
pub struct TokenParts {
    /// Who may ask.
    pub clients: ClientSource,
    /// What signs.
    pub signer: TokenSigner,
    /// What `load` demands of a token: minted ones meet it.
    pub policy: Policy,
    /// What tells the time.
    pub clock: Clock,
    /// Where decisions are written.
    pub audit: audit::Log,
    /// Which web pages may read the answer.
    pub origins: Origins,
}

/// The router of the token function.
///
/// `GET /auth/cubejs-token` takes `Authorization: Basic`, `POST /auth/token` that or `client_id` and
/// `client_secret` in JSON, with `claims` (or `payload`) and `expires_in` (or `ttl`, seconds).
/// Both answer `{"token": "..."}`. Requests may carry a [`Source`] extension.
pub fn token_router(parts: TokenParts) -> Router {
    let envelope = Envelope { origins: Arc::new(parts.origins.clone()), is_development: false };
    Router::new()
        .route("/auth/cubejs-token", get(by_get))
        .route("/auth/token", post(by_post))
        .route("/livez", get(health::livez))
        .fallback(no_route)
        .with_state(Arc::new(Issuer::new(parts)))
        .layer(from_fn_with_state(envelope, wrap))
}

async fn no_route() -> Response {
    refuse(RouteError::NoRoute)
}

async fn by_get(
    State(issuer): State<Arc<Issuer>>,
    id: Extension<RequestId>,
    source: Option<Extension<Source>>,
    headers: HeaderMap,
) -> Response {
    issuer.answer(&id, source.as_deref(), Asked::by_get(&headers)).await
}

async fn by_post(
    State(issuer): State<Arc<Issuer>>,
    id: Extension<RequestId>,
    source: Option<Extension<Source>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    issuer.answer(&id, source.as_deref(), Asked::by_post(&headers, body).await).await
}

#[cfg(test)]
mod tests;
