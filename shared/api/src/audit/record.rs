//! What is known about one request, and the lines that it becomes.

use std::{fmt::Write as _, sync::Arc};

use ::audit::{Line, Outcome};
use auth::SecurityContext;
use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode},
};
use bytes::Bytes;
use metrics::Measure;
use query::MemberPath;

use crate::{
    audit::{
        Auditor, Stage as Timed,
        body::HandedOver,
        span::{Ended, Span},
        timing::Timing,
    },
    error::Error,
    request_id::RequestId,
    trace,
};

/// The reason of a request whose code has a bug.
const PANICKED: &str = "panicked";

/// What is known about a request so far. Filled in on its way.
///
/// Dropped before its end, because the client left or a bug stopped the code, it writes the line that
/// says so.
#[derive(Debug)]
pub(crate) struct Record {
    auditor: Arc<Auditor>,
    id: RequestId,
    route: &'static str,
    /// The trace that the request is part of.
    trace: Option<String>,
    /// If it goes anywhere.
    span: Option<Span>,
    timing: Timing,
    /// Whether the client reads a body: not after `HEAD`.
    has_body: bool,
    stage: Stage,
    subject: Option<String>,
    tenant: Option<String>,
    /// In the order of the auditor's claims.
    claims: Vec<Option<String>>,
    /// As the caller spelt them, blanks between.
    members: String,
    rows: Option<u64>,
    reason: Option<&'static str>,
    status: Option<StatusCode>,
    /// What was handed over of the answer's body.
    bytes: Option<u64>,
}

/// Which lines the request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// None.
    Undecided,
    /// `allowed`
    Allowed,
    /// All.
    Ended,
}

impl Record {
    /// A request to the route of this name.
    pub(crate) fn of(route: &'static str, auditor: &Arc<Auditor>, request: &Request) -> Self {
        let caller = trace::caller(request.headers());
        let timing = Timing::start();
        let span = Span::begin(auditor.traces.as_ref(), caller.as_ref(), request);
        let trace = caller.map(|caller| caller.text.to_owned());
        Self {
            auditor: Arc::clone(auditor),
            id: RequestId::of_request(request),
            route,
            trace: trace.or_else(|| span.as_ref().map(Span::trace)),
            span,
            timing,
            has_body: request.method() != Method::HEAD,
            stage: Stage::Undecided,
            subject: None,
            tenant: None,
            claims: Vec::new(),
            members: String::new(),
            rows: None,
            reason: None,
            status: None,
            bytes: None,
        }
    }

    /// Notes who asks: the hash of `sub`, the tenant, and the claims that the operator wants to see.
    pub(crate) fn caller(&mut self, context: &SecurityContext, tenant_claim: &[String]) {
        self.subject = context.subject_hash();
        self.tenant = context.tenant(tenant_claim);
        self.claims = self.auditor.claims.iter().map(|claim| claim.of(context)).collect();
    }

    /// Notes a member that was asked for, as the caller spelt it.
    pub(crate) fn member(&mut self, path: &MemberPath) {
        if !self.members.is_empty() {
            self.members.push(' ');
        }
        // Writing to a String does not fail.
        let _ = write!(self.members, "{path}");
    }

    /// Notes how many rows the answer has.
    pub(crate) fn rows(&mut self, rows: u64) {
        self.rows = Some(rows);
    }

    /// Notes that a stage of the walk is over.
    pub(crate) fn passed(&mut self, stage: Timed) {
        self.timing.passed(stage);
    }

    /// The value of the header `Server-Timing`; empty when nothing was timed.
    pub(crate) fn server_timing(&self) -> String {
        self.timing.header()
    }

    /// Notes why the answer is none.
    pub(crate) fn reason(&mut self, reason: &'static str) {
        self.reason = Some(reason);
    }

    /// The caller may have what it asks for: writes the line that says so, once.
    ///
    /// # Errors
    /// [`Error::NotAudited`]: nothing may be done for the caller.
    pub(crate) fn allow(&mut self) -> Result<(), Error> {
        if self.stage == Stage::Undecided {
            self.auditor.write(Outcome::Allowed, |line| self.request(line))?;
            self.stage = Stage::Allowed;
        }
        Ok(())
    }

    /// The body of the answer. For a request that was not allowed the line that says so is written
    /// now; for one that was, the line of its end follows when the body was handed over.
    pub(crate) fn hand_over(mut self, status: StatusCode, body: Bytes) -> Body {
        self.status = Some(status);
        match self.stage {
            Stage::Allowed => return Body::new(HandedOver::new(self, body)),
            Stage::Undecided => {
                let reason = self.reason.unwrap_or("unknown");
                self.refuse(reason);
            }
            Stage::Ended => {}
        }
        Body::from(body)
    }

    /// So many bytes of the body were handed over so far.
    pub(super) fn bytes(&mut self, bytes: u64) {
        self.bytes = Some(bytes);
    }

    /// Whether the client reads a body.
    pub(super) fn has_body(&self) -> bool {
        self.has_body
    }

    /// The whole body was handed over.
    pub(super) fn finish(&mut self) {
        self.end(Outcome::Finished);
    }

    fn refuse(&mut self, reason: &'static str) {
        self.stage = Stage::Ended;
        self.auditor.refuse(reason, |line| {
            self.request(line);
            self.answer(line);
        });
        self.tell("refused", Some(reason));
    }

    fn end(&mut self, outcome: Outcome) {
        self.stage = Stage::Ended;
        let written = self.auditor.write(outcome, |line| {
            line.text("reason", self.reason);
            self.request(line);
            self.answer(line);
        });
        if let Err(error) = written {
            tracing::error!(%error, "an answer has no last line in the audit log");
        }
        self.tell(outcome.as_str(), self.reason);
    }

    /// Tells those who look at many requests at once.
    fn tell(&mut self, outcome: &'static str, reason: Option<&'static str>) {
        let is_cold = self.auditor.is_cold();
        self.measure(is_cold, outcome, reason);
        if let Some(span) = self.span.take() {
            span.end(&Ended {
                timing: &self.timing,
                id: self.id.as_str(),
                outcome,
                reason,
                status: self.status.map(|status| status.as_u16()),
                has_failed: self.is_failure()
                    || (self.status.is_none() && reason == Some(PANICKED)),
                rows: self.rows,
                bytes: self.bytes,
                is_cold,
            });
        }
    }

    fn is_failure(&self) -> bool {
        self.status.is_some_and(|status| status.is_server_error())
    }

    /// What CloudWatch counts. Which member or caller it was is for the audit log alone.
    fn measure(&self, is_cold: bool, outcome: &'static str, reason: Option<&'static str>) {
        self.auditor.measure(is_cold, || {
            let is_failure = self.is_failure();
            let mut measures = vec![
                Measure::count("Requests", 1),
                Measure::count("Refused", u64::from(outcome == "refused" && !is_failure)),
                Measure::count("Failed", u64::from(is_failure)),
                Measure::milliseconds("Duration", self.timing.elapsed()),
            ];
            measures.extend(self.timing.measures());
            measures.extend(self.rows.map(|rows| Measure::count("Rows", rows)));
            measures.extend(self.bytes.map(|bytes| Measure::bytes("Bytes", bytes)));
            let mut properties = vec![("outcome", outcome), ("request.id", self.id.as_str())];
            properties.extend(reason.map(|reason| ("reason", reason)));
            properties.extend(self.trace.as_deref().map(|trace| ("trace.id", trace)));
            metrics::Line { dimensions: vec![("route", self.route)], measures, properties }
        });
    }

    /// Who asked for what.
    fn request(&self, line: &mut Line<'_>) {
        line.text("request.id", self.id.as_str());
        line.text("trace.id", self.trace.as_deref());
        line.text("route", self.route);
        line.text("subject", self.subject.as_deref());
        line.text("tenant", self.tenant.as_deref());
        let claims = self.auditor.claims.iter().zip(&self.claims);
        line.texts(
            "claims",
            claims.filter_map(|(claim, value)| Some((claim.name.as_str(), value.as_deref()?))),
        );
        line.text("members", Some(self.members.as_str()).filter(|members| !members.is_empty()));
    }

    /// How it was answered.
    fn answer(&self, line: &mut Line<'_>) {
        line.number("status", self.status.map(|status| u64::from(status.as_u16())));
        line.number("rows", self.rows);
        line.number("bytes", self.bytes);
        let duration_ms = self.timing.elapsed().as_millis();
        line.number("duration_ms", u64::try_from(duration_ms).unwrap_or(u64::MAX));
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let lost = if std::thread::panicking() { PANICKED } else { "client_left" };
        let reason = *self.reason.get_or_insert(lost);
        match self.stage {
            Stage::Undecided => self.refuse(reason),
            Stage::Allowed => self.end(Outcome::Aborted),
            Stage::Ended => {}
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
