//! The Lambda function of `/auth/*`, `/oauth/*` and `/.well-known/*`: settings, parts, run.

mod event;
mod parts;

use lambda_http::{Error, tower::ServiceBuilder};
use settings::{Process, Sink};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let router = match parts::parts(&Process, settings::clock()) {
        Ok(parts) => api::token_router(parts),
        Err(reason) => {
            tracing::error!(%reason, "every request is answered with 503");
            api::misconfigured_router()
        }
    };
    lambda_http::run(ServiceBuilder::new().map_request(event::prepared).service(router)).await
}
