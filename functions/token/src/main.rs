//! The Lambda function of `/auth/*`: settings, parts, run.

mod event;

use api::TokenParts;
use lambda_http::{Error, tower::ServiceBuilder};
use settings::{Errors, Issuing, Process, Sink};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let clock = settings::clock();
    let read = || -> Result<_, Errors> {
        Ok((Issuing::read(&Process, &clock)?, settings::audit_log(&clock, Sink::Stdout)?))
    };
    let router = match read() {
        Ok((Issuing { policy, signer, clients, cors_origins }, audit)) => {
            api::token_router(TokenParts {
                clients,
                signer,
                policy,
                clock,
                audit,
                origins: cors_origins.into(),
            })
        }
        Err(reason) => {
            tracing::error!(%reason, "every request is answered with 503");
            api::misconfigured_router()
        }
    };
    lambda_http::run(ServiceBuilder::new().map_request(event::prepared).service(router)).await
}
