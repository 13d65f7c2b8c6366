//! `GET /.well-known/jwks.json` and `/.well-known/openid-configuration`: with what others verify our
//! tokens. There when a private key signs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::Response;
use keys::KeyError;
use serde_json::{Value, json};

use crate::envelope::{json as json_answer, refuse};
use crate::error::Error as RouteError;
use crate::token::oauth::TOKEN_EXCHANGE;
use crate::token::service::Service;

/// As long as `load` keeps the keys of others; a new one is published before it signs.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /.well-known/jwks.json` (RFC 7517 §5)
pub(super) async fn jwks(State(service): State<Arc<Service>>) -> Response {
    answer(service.published().await.map(|keys| keys.map(|keys| json!({ "keys": keys }))))
}

/// `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §3), as far as it is true:
/// there is no page to sign in at. It takes an issuer that is a URL.
pub(super) async fn configuration(State(service): State<Arc<Service>>) -> Response {
    let issuer = service.policy.issuers.first().filter(|issuer| issuer.contains("://"));
    let keys = service.published().await;
    answer(keys.map(|keys| Some(service.document(issuer?, &keys?))))
}

impl Service {
    /// The keys that verify our tokens, as JWKs; nothing when a shared secret signs.
    async fn published(&self) -> Result<Option<Vec<Value>>, KeyError> {
        let now = self.now();
        let keys = self.signer.public_keys().await?;
        let alive = keys.iter().filter(|key| key.is_alive(now));
        let keys: Vec<Value> = alive.map(|key| Value::Object(key.to_jwk())).collect();
        Ok((!keys.is_empty()).then_some(keys))
    }

    fn document(&self, issuer: &str, keys: &[Value]) -> Value {
        let at = |path| format!("{}/{path}", issuer.strip_suffix('/').unwrap_or(issuer));
        let mut algorithms: Vec<&Value> = keys.iter().filter_map(|key| key.get("alg")).collect();
        algorithms.dedup();
        let mut grants = vec!["client_credentials", TOKEN_EXCHANGE];
        if self.sign_in.is_some() {
            grants.extend(["password", "refresh_token"]);
        }
        json!({
            "issuer": issuer,
            "jwks_uri": at(".well-known/jwks.json"),
            "token_endpoint": at("oauth/token"),
            "revocation_endpoint": at("oauth/revoke"),
            "introspection_endpoint": at("oauth/introspect"),
            "grant_types_supported": grants,
            "token_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "none"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        })
    }
}

/// A document that anybody may keep for a while, or none.
fn answer(document: Result<Option<Value>, KeyError>) -> Response {
    match document {
        Ok(Some(document)) => {
            let mut response = json_answer(StatusCode::OK, document.to_string());
            response.headers_mut().insert(CACHE_CONTROL, FRESH);
            response
        }
        Ok(None) => refuse(RouteError::NoRoute),
        Err(error) => refuse(error.into()),
    }
}
