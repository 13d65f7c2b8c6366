//! The span of a request, in the words of OpenTelemetry's semantic conventions for HTTP servers, databases and functions.
//!
//! It says less than they ask for: the path, the query, the caller's address and its `User-Agent` are the caller's own
//! texts, and the route says what was asked.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use traces::{Attribute, Begun, Caller, Kind, Traces};

use super::timing::{Passed, Stage, Timing};

/// Of a method that is not among those.
const OTHER: &str = "_OTHER";

/// What AWS Lambda calls the invocation that a request came with. An extension of such requests.
#[derive(Debug, Clone)]
pub struct Invocation(pub String);

/// The span of a request that is being served.
#[derive(Debug)]
pub(super) struct Span {
    traces: Arc<Traces>,
    begun: Begun,
    method: &'static str,
    route: Option<MatchedPath>,
    invocation: Option<Invocation>,
}

/// How the request ended.
pub(super) struct Ended<'r> {
    pub(super) timing: &'r Timing,
    pub(super) id: &'r str,
    pub(super) outcome: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) status: Option<u16>,
    /// Whether that is our fault.
    pub(super) has_failed: bool,
    pub(super) rows: Option<u64>,
    pub(super) bytes: Option<u64>,
    /// Whether it was the first of this process.
    pub(super) is_cold: bool,
}

impl Span {
    /// Begins it, if spans go anywhere and this one is sampled.
    pub(super) fn begin(
        traces: Option<&Arc<Traces>>,
        caller: Option<&Caller<'_>>,
        request: &Request,
    ) -> Option<Self> {
        let traces = traces?;
        Some(Self {
            begun: traces.begin(caller)?,
            traces: Arc::clone(traces),
            method: method(request.method()),
            route: request.extensions().get().cloned(),
            invocation: request.extensions().get().cloned(),
        })
    }

    /// The id of the trace, 32 hex digits.
    pub(super) fn trace(&self) -> String {
        self.begun.trace().to_string()
    }

    /// Ends it.
    pub(super) fn end(self, ended: &Ended<'_>) {
        let Self { traces, begun, method, route, invocation } = self;
        let is_error = ended.status.is_none_or(|status| status >= 400);
        let verb = if method == OTHER { "HTTP" } else { method };
        let name = match &route {
            Some(route) => format!("{verb} {}", route.as_str()),
            None => verb.to_owned(),
        };
        let mut attributes = vec![
            Attribute::new("http.request.method", method),
            Attribute::new("tessera.request.id", ended.id.to_owned()),
            Attribute::new("tessera.outcome", ended.outcome),
        ];
        let reason_key = if is_error { "error.type" } else { "tessera.reason" };
        attributes.extend(ended.reason.map(|reason| Attribute::new(reason_key, reason)));
        attributes
            .extend(route.map(|route| Attribute::new("http.route", route.as_str().to_owned())));
        for (key, number) in [
            ("http.response.status_code", ended.status.map(u64::from)),
            ("tessera.rows", ended.rows),
            ("tessera.bytes", ended.bytes),
        ] {
            attributes.extend(number.map(|number| Attribute::new(key, number)));
        }
        if let Some(Invocation(id)) = invocation {
            attributes.push(Attribute::new("faas.invocation_id", id));
            attributes.push(Attribute::new("faas.coldstart", ended.is_cold));
        }
        let (took, has_failed) = (ended.timing.elapsed(), ended.has_failed);
        let under_way = ended.reason.filter(|_| is_error).and_then(|reason| {
            let mut stage = stage(ended.timing.under_way(took)?);
            stage.attributes.push(Attribute::new("error.type", reason));
            Some(traces::Stage { has_failed, ..stage })
        });
        let stages = ended.timing.passed_stages().map(stage).chain(under_way).collect();
        traces.end(&begun, traces::Request { name, took, attributes, has_failed, stages });
    }
}

fn stage(passed: Passed) -> traces::Stage {
    let Passed { stage, after, took } = passed;
    let (kind, attributes) = match stage {
        Stage::Database => (Kind::Client, vec![Attribute::new("db.system.name", "postgresql")]),
        Stage::Authorize | Stage::Plan | Stage::Write => (Kind::Internal, Vec::new()),
    };
    traces::Stage { name: stage.name(), kind, after, took, attributes, has_failed: false }
}

/// A method that the conventions know: another is the caller's own text.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}
