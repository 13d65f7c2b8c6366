//! From a credential to a token, with a line in the audit log.

use std::sync::Arc;

use ::audit::{Line, Outcome, clean};
use auth::{Lifetime, Policy, random_id};
use axum::http::StatusCode;
use axum::response::Response;
use keys::{ClientSource, Clock, TokenSigner};
use serde_json::{Value, json};

use crate::audit::Auditor;
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
    signer: TokenSigner,
    policy: Policy,
    clock: Clock,
    auditor: Arc<Auditor>,
    failures: Failures,
}

/// What is known about a request, for its audit line.
#[derive(Debug, Default)]
struct Record {
    client: Option<String>,
    jti: Option<String>,
    /// Names, blanks between.
    claims: Option<String>,
    lifetime_s: Option<u64>,
}

impl Issuer {
    pub(super) fn new(parts: TokenParts) -> Self {
        let TokenParts { clients, signer, policy, clock, audit, origins: _ } = parts;
        let auditor = Auditor::new(audit, &[]);
        Self { clients, signer, policy, clock, auditor, failures: Failures::default() }
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
        let issued = self.issue(source, asked, &mut record).await.and_then(|token| {
            let written = self.auditor.write(Outcome::Issued, |line| {
                record.describe(id, source, StatusCode::OK, line);
            });
            written.map(|()| token).map_err(|_not_written| Error::NotAudited)
        });
        match issued {
            Ok(token) => json(StatusCode::OK, json!({ "token": token }).to_string()),
            Err(error) => {
                let answer = error.answer();
                if answer.status.is_server_error() {
                    tracing::error!(%error, cause = cause(&error), "no token issued");
                }
                self.auditor.refuse(answer.reason, |line| {
                    record.describe(id, source, answer.status, line);
                });
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
        let jti = random_id()?;
        record.granted(&granted.claims, lifetime_s);
        let lifetime = Lifetime::Seconds(lifetime_s);
        let token = self.signer.mint(granted.claims, now, lifetime, jti.clone()).await?;
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
        self.claims = Some(names.join(" "));
        self.lifetime_s = Some(lifetime_s);
    }

    /// Who got a token with which claims (by name), or did not.
    fn describe(&self, id: &RequestId, source: &str, status: StatusCode, line: &mut Line<'_>) {
        line.text("request.id", id.as_str());
        line.text("route", "token");
        line.number("status", u64::from(status.as_u16()));
        line.text("source", source);
        line.text("client", self.client.as_deref());
        line.text("jti", self.jti.as_deref());
        line.text("granted", self.claims.as_deref());
        line.number("lifetime_s", self.lifetime_s);
    }
}

fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(String::new, |cause| clean(&cause.to_string()))
}
