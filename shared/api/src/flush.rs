//! Where nothing runs between two requests: what is told of a request is sent before its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use tokio::time::Instant;
use traces::Traces;

use crate::{Deadline, Parts, execute::ANSWER_TIME, router::router};

/// An answer waits no longer than this for a collector. One beside the function takes milliseconds; one that is silent is
/// left alone afterwards, for a second and then ever longer.
const LONGEST: Duration = Duration::from_millis(500);

/// The router of a working installation for AWS Lambda: spans, if they go anywhere, are sent before the answer.
///
/// Requests may carry a [`Deadline`] and an [`Invocation`](crate::Invocation) extension.
pub fn flushing_router(parts: Parts) -> Router {
    let traces = parts.traces.clone();
    let router = router(parts);
    match traces {
        Some(traces) => router.layer(from_fn_with_state(traces, flush)),
        None => router,
    }
}

async fn flush(State(traces): State<Arc<Traces>>, request: Request, next: Next) -> Response {
    let deadline = request.extensions().get::<Deadline>().copied();
    let (head, body) = next.run(request).await.into_parts();
    // A request has ended when its body was handed over. It is in memory already, and no body of ours fails.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let now = Instant::now();
    let last_call = deadline.and_then(|Deadline(at)| at.checked_sub(ANSWER_TIME));
    let until = last_call.map_or(now + LONGEST, |last_call| last_call.min(now + LONGEST));
    if until > now {
        traces.flush(until).await;
    }
    Response::from_parts(head, Body::from(body))
}
