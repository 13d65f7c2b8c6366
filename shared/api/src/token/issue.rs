//! From a credential to a token, with a line in the audit log.

use auth::{Lifetime, Policy, mint_with_id, random_id};
use axum::http::StatusCode;
use axum::response::Response;
use keys::{ClientSource, Clock, KeySource};
use serde_json::{Value, json};

use crate::audit::clean;
use crate::envelope::{json, render};
use crate::request_id::RequestId;
use crate::token::error::Error;
use crate::token::failures::Failures;
use crate::token::grant::grant;
use crate::token::request::Asked;
use crate::token::{Source, TokenParts};

/// Life time of a token whose caller names none, and the longest there is.
const DEFAULT_LIFETIME_S: u64 = 60 * 60;
const MAX_LIFETIME_S: u64 = 24 * 60 * 60;

/// The state of the token function.
pub(super) struct Issuer {
    clients: ClientSource,
    keys: KeySource,
    policy: Policy,
    clock: Clock,
    failures: Failures,
}

/// What is known about a request, for its audit line.
#[derive(Debug, Default)]
struct Record {
    client: Option<String>,
    jti: Option<String>,
    claims: String,
    lifetime_s: Option<u64>,
}

impl Issuer {
    pub(super) fn new(parts: TokenParts) -> Self {
        let TokenParts { clients, keys, policy, clock, origins: _ } = parts;
        Self { clients, keys, policy, clock, failures: Failures::default() }
    }

    /// Answers a request, and writes its audit line first.
    pub(super) async fn answer(
        &self,
        id: &RequestId,
        source: Option<&Source>,
        asked: Result<Asked, Error>,
    ) -> Response {
        let source = source.map_or("unknown", |source| source.0.as_str());
        let mut record = Record::default();
        let issued = self.issue(source, asked, &mut record).await;
        match issued {
            Ok(token) => {
                record.write(id, source, StatusCode::OK, None);
                json(StatusCode::OK, json!({ "token": token }).to_string())
            }
            Err(error) => {
                let answer = error.answer();
                if answer.status.is_server_error() {
                    tracing::error!(%error, cause = cause(&error), "no token issued");
                }
                record.write(id, source, answer.status, Some(answer.reason));
                render(&answer, id)
            }
        }
    }

    async fn issue(
        &self,
        source: &str,
        asked: Result<Asked, Error>,
        record: &mut Record,
    ) -> Result<String, Error> {
        let now = (self.clock)().wall.as_secs();
        if let Some(retry_after_s) = self.failures.blocked_for_s(source, now) {
            return Err(Error::TooManyFailures { retry_after_s });
        }
        let granted = self.authenticate(asked, record).await.inspect_err(|error| {
            if matches!(error, Error::NotAClient) {
                self.failures.count(source, now);
            }
        })?;
        let lifetime_s = self.lifetime_s(granted.lifetime.as_ref())?;
        let key = self.keys.signing_key(&self.policy, now).await?;
        let jti = random_id()?;
        record.granted(&granted.claims, lifetime_s);
        let lifetime = Lifetime::Seconds(lifetime_s);
        let token = mint_with_id(granted.claims, &key, now, lifetime, jti.clone())?;
        record.jti = Some(jti);
        Ok(token)
    }

    /// The request of a caller who is a client, with the claims it gets in place of those it chose.
    async fn authenticate(
        &self,
        asked: Result<Asked, Error>,
        record: &mut Record,
    ) -> Result<Asked, Error> {
        let asked = asked?;
        let clients = self.clients.clients().await?;
        let client = asked.credential.client(&clients)?;
        record.client = Some(client.id.clone());
        let claims = grant(client, asked.claims, &self.policy)?;
        Ok(Asked { claims, ..asked })
    }

    fn lifetime_s(&self, asked: Option<&Value>) -> Result<u64, Error> {
        let max_s = self.policy.max_token_life_s.unwrap_or(u64::MAX).min(MAX_LIFETIME_S);
        let Some(asked) = asked else { return Ok(DEFAULT_LIFETIME_S.min(max_s)) };
        let seconds = asked.as_u64().filter(|seconds| (1..=max_s).contains(seconds));
        seconds.ok_or(Error::BadLifetime { max_s })
    }
}

impl Record {
    fn granted(&mut self, claims: &serde_json::Map<String, Value>, lifetime_s: u64) {
        let names: Vec<&str> = claims.keys().map(String::as_str).collect();
        self.claims = clean(&names.join(" "));
        self.lifetime_s = Some(lifetime_s);
    }

    /// Writes the line: who got a token with which claims (by name), or why not.
    fn write(&self, id: &RequestId, source: &str, status: StatusCode, reason: Option<&str>) {
        tracing::info!(
            target: "audit",
            {
                request.id = id.as_str(),
                route = "token",
                status = status.as_u16(),
                source = clean(source),
                client = self.client.as_deref().map(clean),
                jti = self.jti.as_deref(),
                claims = self.claims.as_str(),
                lifetime_s = self.lifetime_s,
                reason,
            },
            "request answered"
        );
    }
}

fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(String::new, |cause| clean(&cause.to_string()))
}
