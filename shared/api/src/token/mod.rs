//! The token function: who is given a token, for what, and who may take one back.
//!
//! | file | what |
//! |---|---|
//! | `cube` | `/auth/cubejs-token`, `/auth/token`: Cube's shape |
//! | `oauth` | `/oauth/token`: RFC 6749, RFC 8693 |
//! | `revoke`, `introspect` | `/oauth/revoke`, `/oauth/introspect`: RFC 7009, RFC 7662 |
//! | `discovery` | `/.well-known/*`: with what others verify our tokens |
//! | `service` | what all of them share: the failures of a caller, the answer, the audit line |
//! | `credential`, `same_origin` | what a caller shows |
//! | `parameters`, `wish` | what a caller asks for |
//! | `applicant` | who it is, by the policy |
//! | `issue` | claims -> token |
//! | `judge` | whether a token is good |
//! | `record` | what the audit line says |
//! | `failures` | how often somebody was wrong |
//! | `error`, `oauth_error` | why there is no token, in either dialect |

mod applicant;
mod credential;
mod cube;
mod discovery;
mod error;
mod failures;
mod introspect;
mod issue;
mod judge;
mod oauth;
mod oauth_error;
mod parameters;
mod record;
mod revoke;
mod same_origin;
mod service;
mod wish;

use std::sync::Arc;

use auth::Policy;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use identity::{ClientSecret, UserPool};
use keys::{Clock, DenyListSource, Document, Issuers, KeyError, TokenSigner};
use ledger::Ledger;

use crate::cors::Origins;
use crate::envelope::{Envelope, refuse, wrap};
use crate::error::Error as RouteError;
use crate::health;
use service::Service;

/// Where a request comes from, as far as it cannot be forged: the address that AWS saw, never a
/// header that the caller wrote. An extension of the request; without it all callers are one.
#[derive(Debug, Clone)]
pub struct Source(pub String);

/// What the token function needs.
pub struct TokenParts {
    /// Who may have which claims.
    pub grants: Document<issuance::Policy>,
    /// What signs.
    pub signer: TokenSigner,
    /// What `load` demands of a token that we signed: ours meet it.
    pub policy: Policy,
    /// Whose tokens `load` accepts. Those of providers are exchanged for ours.
    pub issuers: Issuers,
    /// Which tokens were taken back, if that is looked at.
    pub deny_list: Option<DenyListSource>,
    /// Where tokens are taken back and failures are counted for all instances, if anywhere.
    pub ledger: Option<Arc<Ledger>>,
    /// Who signs users in by name and password.
    pub sign_in: Option<SignIn>,
    /// The cookie that holds a provider's token.
    pub session_cookie: Option<String>,
    /// Where a browser is sent that shows nothing.
    pub login_url: Option<String>,
    /// What tells the time.
    pub clock: Clock,
    /// Where decisions are written.
    pub audit: audit::Log,
    /// Where numbers go, if anywhere.
    pub metrics: Option<metrics::Metrics>,
    /// Which web pages may read the answer.
    pub origins: Origins,
}

/// An application of a user pool.
#[derive(Debug)]
pub struct SignIn {
    /// The pool.
    pub pool: UserPool,
    /// Whether its ID tokens are verified, and not its access tokens.
    pub has_id_tokens: bool,
    /// What the application proves itself with, if it has a secret.
    pub client_secret: Option<Document<ClientSecret>>,
}

impl SignIn {
    async fn client_secret(&self) -> Result<Option<Arc<ClientSecret>>, KeyError> {
        match &self.client_secret {
            Some(secret) => secret.get().await.map(Some),
            None => Ok(None),
        }
    }
}

/// The router of the token function. Requests may carry a [`Source`] extension.
pub fn token_router(parts: TokenParts) -> Router {
    let envelope = Envelope { origins: Arc::new(parts.origins.clone()), is_development: false };
    Router::new()
        .route("/auth/cubejs-token", get(cube::by_get))
        .route("/auth/token", post(cube::by_post))
        .route("/oauth/token", post(oauth::route))
        .route("/oauth/revoke", post(revoke::route))
        .route("/oauth/introspect", post(introspect::route))
        .route("/.well-known/jwks.json", get(discovery::jwks))
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/livez", get(health::livez))
        .fallback(no_route)
        .with_state(Arc::new(Service::new(parts)))
        .layer(from_fn_with_state(envelope, wrap))
}

async fn no_route() -> Response {
    refuse(RouteError::NoRoute)
}

#[cfg(test)]
mod tests;
