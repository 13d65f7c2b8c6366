//! `POST /oauth/revoke`: takes a token back (RFC 7009). For clients with the right `revoke`.

use std::sync::Arc;

use ::audit::Outcome;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use issuance::Right;
use serde_json::{Value, json};

use crate::token::credential::Credential;
use crate::token::error::Error;
use crate::token::oauth::client_of;
use crate::token::parameters::Parameters;
use crate::token::record::Record;
use crate::token::service::{Answered, Dialect, Incoming, Service, TakenBack};

/// The longest `jti` that is a key of the ledger.
const MAX_JTI_BYTES: usize = 512;
/// The last second of the year 9999: a token without an end is taken back for ever.
const FOR_EVER: u64 = 253_402_300_799;

/// `POST /oauth/revoke`
///
/// A token that is none, or none any more, is as good as taken back (RFC 7009 §2.2).
pub(super) async fn route(State(service): State<Arc<Service>>, request: Request) -> Response {
    let handle = async |incoming: Incoming, body: Body, record: &mut Record| {
        let token = service.token_of_client(&incoming, body, Right::Revoke, record).await?;
        if service.ledger.is_none() {
            return Err(Error::NoLedger);
        }
        let nothing_to_do = Answered::new(Outcome::Revoked, json!({}));
        let claims = match service.good(&token, incoming.now).await {
            Ok(claims) => claims,
            Err(Error::BadToken(_)) => return Ok(nothing_to_do),
            Err(error) => return Err(error),
        };
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        if jti.is_empty() || jti.len() > MAX_JTI_BYTES {
            return Err(Error::NamelessToken);
        }
        record.token(jti);
        let leeway_s = service.policy.leeway_s;
        let expires = claims.get("exp").and_then(Value::as_f64).map_or(FOR_EVER, whole);
        let taken_back =
            TakenBack { jti: jti.to_owned(), expires: expires.saturating_add(leeway_s + 1) };
        Ok(Answered { takes_back: Some(taken_back), ..nothing_to_do })
    };
    service.answer("oauth_revoke", Dialect::OAuth, request, handle).await
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "verified: a time from 0 to the year 9999"
)]
fn whole(time: f64) -> u64 {
    time as u64
}

impl Service {
    /// The token that a client with this right asks about. `token_type_hint` helps nobody
    /// here: there is one kind of token.
    ///
    /// # Errors
    /// [`Error::NothingShown`], [`Error::NotAClient`], [`Error::NoRight`], and what is wrong with the
    /// body.
    pub(super) async fn token_of_client(
        &self,
        incoming: &Incoming,
        body: Body,
        right: Right,
        record: &mut Record,
    ) -> Result<String, Error> {
        let header = Credential::of_header(&incoming.headers)?;
        let mut parameters = Parameters::of_form_or_json(&incoming.headers, body).await?;
        let shown = client_of(header, &mut parameters)?.ok_or(Error::NothingShown)?;
        let policy = self.grants.get().await?;
        self.client(&shown, right, &policy, incoming.now, record).await?;
        parameters.required("token")
    }
}
