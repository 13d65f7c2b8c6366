//! From an event of AWS Lambda to a request as the routes know it.

use api::Source;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// Takes the stage of the API Gateway off the path, and tells the routes which address AWS saw. What a caller writes into `X-Forwarded-For` counts for
/// nothing: a load balancer appends the address it saw, so only the last one is believed.
pub(crate) fn prepared(mut request: Request) -> Request {
    take_off_stage(&mut request);
    name_request(&mut request);
    let address = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        Some(RequestContext::Alb(_)) => last_forwarded(&request),
        Some(_) | None => None,
    };
    if let Some(address) = address {
        request.extensions_mut().insert(Source(address));
    }
    request
}

/// A request without an id of its own gets the one under which AWS Lambda logs it.
fn name_request(request: &mut Request) {
    if let Some(id) = request.lambda_context_ref().map(|context| context.request_id.clone()) {
        api::name_request(request.headers_mut(), &id);
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

fn last_forwarded(request: &Request) -> Option<String> {
    let list = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next().map(|address| address.trim().to_owned())
}
