//! From an event of AWS Lambda to a request as the routes know it.

use api::{Deadline, Invocation};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use tokio::time::Instant;

/// Tells the routes under which id AWS Lambda invokes the function and when it will stop waiting for an answer, and takes
/// the stage of the API Gateway off the path.
pub(crate) fn prepared(mut request: Request) -> Request {
    take_off_stage(&mut request);
    name_request(&mut request);
    if let Some(context) = request.lambda_context_ref()
        && let Ok(left) = context.deadline().duration_since(settings::now())
    {
        request.extensions_mut().insert(Deadline(Instant::now() + left));
    }
    request
}

/// A request without an id of its own gets the one under which AWS Lambda logs it.
fn name_request(request: &mut Request) {
    if let Some(id) = request.lambda_context_ref().map(|context| context.request_id.clone()) {
        api::name_request(request.headers_mut(), &id);
        request.extensions_mut().insert(Invocation(id));
    }
}

/// The path as the routes know it, without the stage of the API Gateway.
fn take_off_stage(request: &mut Request) {
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.stage.as_deref(),
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.as_deref(),
        Some(_) | None => None,
    };
    if let Some(uri) = stage.and_then(|stage| api::without_stage(request.uri(), stage)) {
        *request.uri_mut() = uri;
    }
}
