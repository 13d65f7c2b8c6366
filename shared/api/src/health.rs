//! `/livez` and `/readyz`: whether the process lives, and whether it can answer queries.
//!
//! Neither needs a token, and neither says more than one word. Cube 1.7.25,
//! `packages/cubejs-api-gateway/src/gateway.ts`, `readiness` and `liveness`.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::StatusCode, response::Response};
use tokio::{sync::Mutex, time::Instant};

use crate::{App, envelope::json};

/// How long an answer of `/readyz` holds, so that it cannot be used to press on the database.
const VALIDITY: Duration = Duration::from_secs(1);

/// The last look at the database.
#[derive(Debug, Default)]
pub(crate) struct Health {
    last: Mutex<Option<(Instant, bool)>>,
}

/// The process lives: it has answered.
pub(crate) async fn livez() -> Response {
    answer(true)
}

/// Whether the databases answer.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    // The lock is held while the database is asked: others wait for the same answer.
    let mut last = app.health.last.lock().await;
    let is_ready = match *last {
        Some((at, is_ready)) if at.elapsed() < VALIDITY => is_ready,
        _ => {
            let asked = app.warehouses.ping().await;
            if let Err(error) = &asked {
                tracing::error!(%error, "database does not answer");
            }
            *last = Some((Instant::now(), asked.is_ok()));
            asked.is_ok()
        }
    };
    answer(is_ready)
}

fn answer(is_healthy: bool) -> Response {
    if is_healthy {
        json(StatusCode::OK, r#"{"health":"HEALTH"}"#)
    } else {
        json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"health":"DOWN"}"#)
    }
}
