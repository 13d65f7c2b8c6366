//! `POST /oauth/introspect`: whether a token is good (RFC 7662). For clients with the right
//! `introspect`.

use std::sync::Arc;

use ::audit::Outcome;
use auth::VerifiedClaims;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use issuance::Right;
use serde_json::{Map, Value, json};

use crate::token::error::Error;
use crate::token::record::Record;
use crate::token::service::{Answered, Dialect, Incoming, Service};

/// What is told of a good token (RFC 7662 §2.2): who, for whom and how long. What else it says is
/// between its issuer and `load`.
const TOLD: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id"];

/// `POST /oauth/introspect`
///
/// A token is good when `load` would accept it.
pub(super) async fn route(State(service): State<Arc<Service>>, request: Request) -> Response {
    let handle = async |incoming: Incoming, body: Body, record: &mut Record| {
        let token = service.token_of_client(&incoming, body, Right::Introspect, record).await?;
        let body = match service.good(&token, incoming.now).await {
            Ok(claims) => {
                if let Some(jti) = claims.get("jti").and_then(Value::as_str) {
                    record.token(jti);
                }
                told(&claims)
            }
            Err(Error::BadToken(_)) => json!({ "active": false }),
            Err(error) => return Err(error),
        };
        Ok(Answered::new(Outcome::Introspected, body))
    };
    service.answer("oauth_introspect", Dialect::OAuth, request, handle).await
}

fn told(claims: &VerifiedClaims) -> Value {
    let mut members = Map::new();
    members.insert("active".to_owned(), json!(true));
    members.insert("token_type".to_owned(), json!("Bearer"));
    let told = TOLD.iter().filter_map(|name| Some(((*name).to_owned(), claims.get(name)?.clone())));
    members.extend(told);
    Value::Object(members)
}
