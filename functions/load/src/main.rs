//! The Lambda function of `/cubejs-api/v1/*`, `/readyz` and `/livez`: settings, parts, run.

mod event;

use std::{path::Path, sync::Arc};

use api::{AnswerLimit, MissingClaims, Models, Options, Parts};
use compiler::Opened;
use database::Database;
use lambda_http::{Error, tower::ServiceBuilder};
use settings::{Process, Serving, Sink};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let router = match parts() {
        Ok(parts) => api::router(parts),
        Err(reason) => {
            tracing::error!(%reason, "every request is answered with 503");
            api::misconfigured_router()
        }
    };
    lambda_http::run(ServiceBuilder::new().map_request(event::prepared).service(router)).await
}

fn parts() -> Result<Parts, Error> {
    let clock = settings::clock();
    let serving = Serving::read(&Process, Path::new("."), Arc::clone(&clock))?;
    let models = models(&serving)?;
    let Serving { policy, keys, is_development, has_open_filters, database, http, .. } = serving;
    Ok(Parts {
        models,
        project: None,
        keys,
        policy,
        database: Database::new(&database)?,
        clock,
        options: Options {
            base_path: http.base_path,
            scopes: http.scopes,
            origins: http.cors_origins.into(),
            body_bytes_max: http.body_bytes_max,
            answer_limit: AnswerLimit::Quoted(6_000_000), // of Lambda's 6 MiB; the rest is headers
            limits: http.limits,
            continue_wait: http.continue_wait,
            tenant_claim: http.tenant_claim,
            missing_claims: if has_open_filters {
                MissingClaims::PassEveryRow
            } else {
                MissingClaims::Refuse
            },
            is_development,
        },
    })
}

fn models(serving: &Serving) -> Result<Models, Error> {
    let opened = compiler::open_folder(&serving.model_folder, serving.visible.clone())?;
    match &opened {
        Opened::ForAll { compiled, is_packed } => {
            tracing::info!(is_packed, "data model read");
            compiled
                .warnings
                .iter()
                .for_each(|warning| tracing::warn!(%warning, "in the data model"));
        }
        Opened::ByContext { .. } => {
            tracing::info!("data model read: it is compiled for each COMPILE_CONTEXT");
        }
    }
    Ok(Models::of(opened)?)
}
