//! What every request has, whatever its route: an id, limits, a span, an answer in JSON, and the
//! headers that keep browsers and caches honest.

use std::{panic::AssertUnwindSafe, sync::Arc};

use ::audit::clean;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::FutureExt;
use tracing::Instrument;

use crate::{
    audit::Record,
    cors::{Origins, preflight},
    error::{Answer, Error},
    request_id::RequestId,
    trace,
};

/// One header may be so long: what API Gateway allows for all of them.
const MAX_HEADER_BYTES: usize = 10 * 1024;
/// All headers together.
const MAX_HEADERS_BYTES: usize = 4 * MAX_HEADER_BYTES;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const CLOSE: HeaderValue = HeaderValue::from_static("close");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What the envelope needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) origins: Arc<Origins>,
    pub(crate) is_development: bool,
}

/// What a route leaves for the envelope: how it ended.
#[derive(Debug, Clone)]
struct Outcome {
    /// Of a route of the API. Shared with nobody: what responses carry must be cloneable.
    record: Option<Arc<Record>>,
    result: Result<Bytes, Arc<Error>>,
}

/// The answer of a route of the API: a body of JSON, or a reason for none.
pub(crate) fn conclude(record: Record, result: Result<Bytes, Error>) -> Response {
    leave(Outcome { record: Some(Arc::new(record)), result: result.map_err(Arc::new) })
}

/// The answer of a route that is no part of the API, and therefore not audited.
pub(crate) fn refuse(error: Error) -> Response {
    leave(Outcome { record: None, result: Err(Arc::new(error)) })
}

fn leave(outcome: Outcome) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(outcome);
    response
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, JSON)], body.into()).into_response()
}

/// The outermost layer of the router.
pub(crate) async fn wrap(
    State(envelope): State<Envelope>,
    request: Request,
    next: Next,
) -> Response {
    let asked = request.headers().clone();
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else {
        answer(&envelope, request, next).await
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    envelope.origins.allow(&asked, headers);
    response
}

async fn answer(envelope: &Envelope, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let trace = trace::caller(request.headers()).map(|caller| caller.text);
    let span = tracing::info_span!("request", request.id = id.as_str(), trace.id = trace);
    let has_several_hosts = request.headers().get_all(HOST).iter().nth(1).is_some();
    let mut response = if are_headers_too_large(request.headers()) {
        refuse(Error::HeaderTooLarge)
    } else if has_several_hosts {
        refuse(Error::SeveralHosts)
    } else {
        // A panic is a bug, but not the end of the process: the next request finds it as it was.
        AssertUnwindSafe(next.run(request))
            .catch_unwind()
            .instrument(span.clone())
            .await
            .unwrap_or_else(|_panic| refuse(Error::Panicked))
    };
    let _entered = span.enter();
    let mut response = match response.extensions_mut().remove::<Outcome>() {
        Some(outcome) => concluded(envelope, &id, outcome),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let outcome = Outcome { record: None, result: Err(Arc::new(Error::WrongMethod)) };
            with_headers_of(response.headers(), concluded(envelope, &id, outcome))
        }
        None => response,
    };
    if has_several_hosts {
        // Whoever stands before us may see another request in what follows.
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
    response
}

/// The answer, whose decision stands in the audit log before its first byte leaves.
fn concluded(envelope: &Envelope, id: &RequestId, outcome: Outcome) -> Response {
    let mut record = outcome.record.and_then(Arc::into_inner);
    let allowed = outcome.result.and_then(|body| {
        record.as_mut().map_or(Ok(()), Record::allow)?;
        Ok(body)
    });
    let timing = record.as_ref().filter(|_| envelope.is_development).map(Record::server_timing);
    let hand_over = |record: Option<Record>, status, body: Bytes| match record {
        Some(record) => record.hand_over(status, body),
        None => Body::from(body),
    };
    let mut response = match allowed {
        Ok(body) => json(StatusCode::OK, hand_over(record, StatusCode::OK, body)),
        Err(error) => {
            let answer = error.answer(envelope.is_development);
            log(&error, &answer);
            if let Some(record) = &mut record {
                record.reason(answer.reason);
            }
            let body = text_of(&answer, id);
            refusal(&answer, hand_over(record, answer.status, body))
        }
    };
    let timing = timing.filter(|timing| !timing.is_empty());
    if let Some(value) = timing.and_then(|timing| HeaderValue::try_from(timing).ok()) {
        response.headers_mut().insert(SERVER_TIMING, value);
    }
    response
}

fn are_headers_too_large(headers: &HeaderMap) -> bool {
    let bytes_of = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    headers.iter().any(|header| bytes_of(header) > MAX_HEADER_BYTES)
        || headers.iter().map(bytes_of).sum::<usize>() > MAX_HEADERS_BYTES
}

/// Keeps what the router said (`Allow`) beside what the error says.
fn with_headers_of(said: &HeaderMap, mut response: Response) -> Response {
    if let Some(allow) = said.get(axum::http::header::ALLOW) {
        response.headers_mut().insert(axum::http::header::ALLOW, allow.clone());
    }
    response
}

/// The answer of an error.
pub(crate) fn render(answer: &Answer, id: &RequestId) -> Response {
    refusal(answer, Body::from(text_of(answer, id)))
}

fn refusal(answer: &Answer, body: Body) -> Response {
    let mut response = json(answer.status, body);
    if let Some(seconds) = answer.retry_after_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The body of an error, in the order of Cube's keys.
fn text_of(answer: &Answer, id: &RequestId) -> Bytes {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<&'static str>,
        error: &'a str,
        #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a str>,
    }
    let body = Body {
        kind: answer.is_user_error.then_some("UserError"),
        error: &answer.text,
        request_id: answer.status.is_server_error().then(|| id.as_str()),
    };
    // Texts alone: it always can be written.
    serde_json::to_vec(&body).unwrap_or_default().into()
}

/// Logs an error, once: what is ours or the operator's loudly, what is the caller's quietly.
fn log(error: &Error, answer: &Answer) {
    let text = clean(&with_causes(error));
    if answer.status.is_server_error() {
        tracing::error!(error = text, reason = answer.reason, "request failed");
    } else {
        tracing::debug!(error = text, reason = answer.reason, "request refused");
    }
}

fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn_with_state, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> Response {
        unreachable!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_is_500_and_the_process_goes_on_serving() {
        let envelope = Envelope { origins: Arc::new(Origins::Any), is_development: false };
        let router = Router::new()
            .route("/panics", get(panics))
            .route("/works", get(async || json(StatusCode::OK, "{}")))
            .layer(from_fn_with_state(envelope, wrap));
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let answer = ask("/panics").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"], "Internal error");
        assert_eq!(body["requestId"].as_str().unwrap().len(), 32);
        assert_eq!(ask("/works").await.status(), StatusCode::OK);
    }
}
