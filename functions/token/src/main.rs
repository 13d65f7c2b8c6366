//! The Lambda function of `/auth/*`: settings, parts, run.

mod event;

use api::TokenParts;
use lambda_http::{Error, tower::ServiceBuilder};
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
    lambda_http::run(ServiceBuilder::new().map_request(event::prepared).service(router)).await
}
