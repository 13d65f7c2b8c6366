//! What all routes of the token function share.

use std::sync::Arc;
use std::time::Duration;

use ::audit::{Outcome, clean};
use auth::Policy;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{HeaderValue, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use keys::{Clock, Document, TokenSigner};
use ledger::Ledger;
use metrics::Measure;
use serde_json::Value;
use tokio::time::Instant;

use crate::audit::Auditor;
use crate::envelope::{json, render};
use crate::request_id::RequestId;
use crate::token::error::Error;
use crate::token::failures::{Failures, Whose};
use crate::token::record::Record;
use crate::token::{SignIn, Source, TokenParts};
use crate::trust::Trust;

/// The state of the token function.
pub(super) struct Service {
    pub(super) grants: Document<issuance::Policy>,
    pub(super) signer: TokenSigner,
    /// What `load` demands of a token of ours.
    pub(super) policy: Policy,
    pub(super) trust: Trust,
    pub(super) ledger: Option<Arc<Ledger>>,
    pub(super) sign_in: Option<SignIn>,
    pub(super) session_cookie: Option<String>,
    pub(super) login_url: Option<HeaderValue>,
    pub(super) failures: Failures,
    clock: Clock,
    auditor: Arc<Auditor>,
}

/// In whose words an answer is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dialect {
    /// `{"error": "..."}`, and 403 for whoever is nobody.
    Cube,
    /// RFC 6749 §5.2.
    OAuth,
}

/// One request, but for its body.
pub(super) struct Incoming {
    pub(super) id: RequestId,
    pub(super) source: String,
    pub(super) headers: HeaderMap,
    /// When it came, unix seconds.
    pub(super) now: u64,
}

/// What the caller gets, and what that is in the audit log.
pub(super) struct Answered {
    pub(super) outcome: Outcome,
    pub(super) body: Value,
    /// What is done once the audit line is written.
    pub(super) takes_back: Option<TakenBack>,
}

/// A token to be taken back.
pub(super) struct TakenBack {
    pub(super) jti: String,
    /// From when on nobody would accept it anyway, unix seconds.
    pub(super) expires: u64,
}

impl Answered {
    /// An answer after which nothing is to be done.
    pub(super) fn new(outcome: Outcome, body: Value) -> Self {
        Self { outcome, body, takes_back: None }
    }
}

impl Service {
    pub(super) fn new(parts: TokenParts) -> Self {
        let login_url = parts.login_url.and_then(|url| HeaderValue::try_from(url).ok());
        Self {
            grants: parts.grants,
            signer: parts.signer,
            policy: parts.policy,
            trust: Trust::new(parts.issuers, parts.deny_list),
            failures: Failures::new(parts.ledger.clone()),
            ledger: parts.ledger,
            sign_in: parts.sign_in,
            session_cookie: parts.session_cookie,
            login_url,
            clock: parts.clock,
            auditor: Auditor::new(parts.audit, &[], parts.metrics, None),
        }
    }

    /// The time, unix seconds.
    pub(super) fn now(&self) -> u64 {
        (self.clock)().wall.as_secs()
    }

    /// The request as its route sees it.
    fn incoming(&self, request: Request) -> (Incoming, Body) {
        let (parts, body) = request.into_parts();
        let source = parts.extensions.get::<Source>();
        let incoming = Incoming {
            id: RequestId::within(&parts),
            source: source.map_or_else(|| "unknown".to_owned(), |source| source.0.clone()),
            headers: parts.headers,
            now: self.now(),
        };
        (incoming, body)
    }

    /// Answers a request as `handle` says, and writes its audit line first. A source that was wrong
    /// too often is not listened to.
    pub(super) async fn answer(
        &self,
        route: &'static str,
        dialect: Dialect,
        request: Request,
        handle: impl AsyncFnOnce(Incoming, Body, &mut Record) -> Result<Answered, Error>,
    ) -> Response {
        let started = Instant::now();
        let (incoming, body) = self.incoming(request);
        let (id, source, now) = (incoming.id.clone(), incoming.source.clone(), incoming.now);
        let mut record = Record::default();
        let handled = match self.failures.blocked_for_s(Whose::Source(&source), now) {
            Some(retry_after_s) => Err(Error::TooManyFailures { retry_after_s }),
            None => handle(incoming, body, &mut record).await,
        };
        let handled = match handled {
            Err(error) if self.is_failed_attempt(&error) => {
                let blocked = self.failures.count(Whose::Source(&source), now).await;
                Err(blocked.map_or(error, |retry_after_s| Error::TooManyFailures { retry_after_s }))
            }
            other => other,
        };
        let describe = |status, line: &mut ::audit::Line<'_>| {
            record.describe(id.as_str(), route, &source, status, line);
        };
        let written = handled.and_then(|answered| {
            let written =
                self.auditor.write(answered.outcome, |line| describe(StatusCode::OK, line));
            written.map(|()| answered).map_err(|_not_written| Error::NotAudited)
        });
        let outcome = written.as_ref().map_or("refused", |answered| answered.outcome.as_str());
        let done = match written {
            Ok(answered) => self.take_back(answered).await,
            Err(error) => Err(error),
        };
        let ended = done.as_ref().err().map(|error| dialect.status(error));
        self.measure(route, &id, outcome, ended, started.elapsed());
        match done {
            Ok(body) => json(StatusCode::OK, body.to_string()),
            Err(error) => {
                let (status, reason) = dialect.status(&error);
                log(&error, status);
                self.auditor.refuse(reason, |line| describe(status, line));
                self.refusal(dialect, &error, &id)
            }
        }
    }

    /// What CloudWatch counts. Which client or user it was is for the audit log alone.
    fn measure(
        &self,
        route: &'static str,
        id: &RequestId,
        outcome: &'static str,
        error: Option<(StatusCode, &'static str)>,
        took: Duration,
    ) {
        self.auditor.measure(self.auditor.is_cold(), || {
            let is_failure = error.is_some_and(|(status, _)| status.is_server_error());
            let mut properties = vec![("outcome", outcome), ("request.id", id.as_str())];
            properties.extend(error.map(|(_, reason)| ("reason", reason)));
            metrics::Line {
                dimensions: vec![("route", route)],
                measures: vec![
                    Measure::count("Requests", 1),
                    Measure::count("Refused", u64::from(error.is_some() && !is_failure)),
                    Measure::count("Failed", u64::from(is_failure)),
                    Measure::milliseconds("Duration", took),
                ],
                properties,
            }
        });
    }

    async fn take_back(&self, answered: Answered) -> Result<Value, Error> {
        if let Some(TakenBack { jti, expires }) = answered.takes_back {
            let ledger = self.ledger.as_ref().ok_or(Error::NoLedger)?;
            ledger.deny_id(&jti, expires).await?;
        }
        Ok(answered.body)
    }

    /// Whether a source is counted for this. A page that asks before its user has signed in guesses
    /// nothing.
    fn is_failed_attempt(&self, error: &Error) -> bool {
        error.is_failed_attempt()
            || (matches!(error, Error::NothingShown) && self.session_cookie.is_none())
    }

    fn refusal(&self, dialect: Dialect, error: &Error, id: &RequestId) -> Response {
        if let (Error::SentToLogin, Some(url)) = (error, &self.login_url) {
            return (StatusCode::FOUND, [(LOCATION, url.clone())]).into_response();
        }
        let mut response = match dialect {
            Dialect::Cube => render(&error.answer(), id),
            Dialect::OAuth => error.oauth_answer(),
        };
        if let Some(seconds) = error.retry_after_s() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Dialect {
    fn status(self, error: &Error) -> (StatusCode, &'static str) {
        let (status, reason) = error.status();
        match self {
            Self::Cube => (status, reason),
            Self::OAuth => (error.oauth_status(), reason),
        }
    }
}

/// Logs what is ours or the operator's to mend.
fn log(error: &Error, status: StatusCode) {
    let cause = std::error::Error::source(error)
        .map_or_else(String::new, |cause| clean(&cause.to_string()));
    if status.is_server_error() {
        tracing::error!(%error, cause, "no token issued");
    } else {
        tracing::debug!(%error, cause, "no token issued");
    }
}
