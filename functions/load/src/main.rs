//! The Lambda function of `/cubejs-api/v1/*`, `/readyz` and `/livez`: settings, parts, run.

mod event;

use std::path::Path;

use api::AnswerLimit;
use assembly::assemble;
use lambda_http::{Error, tower::ServiceBuilder};
use settings::{Process, Sink};

/// Where `make build` puts the files of a project, beside the program.
const PROJECT: &str = "project";

/// Of Lambda's 6 MiB; the rest is headers.
const ANSWER_LIMIT: AnswerLimit = AnswerLimit::Quoted(6_000_000);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    let router = match assemble(&Process, Path::new(PROJECT), ANSWER_LIMIT, Sink::Stdout) {
        Ok(assembled) => api::flushing_router(assembled.parts),
        Err(reason) => {
            tracing::error!(%reason, "every request is answered with 503");
            api::misconfigured_router()
        }
    };
    lambda_http::run(ServiceBuilder::new().map_request(event::prepared).service(router)).await
}
