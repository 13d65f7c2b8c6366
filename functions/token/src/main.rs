//! The Lambda function of `/auth/*`: settings, parts, run.

use api::{Source, TokenParts};
use lambda_http::request::RequestContext;
use lambda_http::{Error, Request, RequestExt, tower::ServiceBuilder};
use settings::{Issuing, Process, Sink};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let clock = settings::clock();
    let router = match Issuing::read(&Process, &clock) {
        Ok(Issuing { policy, keys, clients, cors_origins }) => api::token_router(TokenParts {
            clients,
            keys,
            policy,
            clock,
            origins: cors_origins.into(),
        }),
        Err(reason) => {
            tracing::error!(%reason, "every request is answered with 503");
            api::misconfigured_router()
        }
    };
    lambda_http::run(ServiceBuilder::new().map_request(with_source).service(router)).await
}

/// Tells the routes which address AWS saw. What a caller writes into `X-Forwarded-For` counts for
/// nothing: a load balancer appends the address it saw, so only the last one is believed.
fn with_source(mut request: Request) -> Request {
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

fn last_forwarded(request: &Request) -> Option<String> {
    let list = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next().map(|address| address.trim().to_owned())
}
