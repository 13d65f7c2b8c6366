//! Every URL, and the room it leads to.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    response::Response,
    routing::{any, get},
};

use crate::{
    App, Parts,
    cors::Origins,
    dry_run,
    envelope::{Envelope, refuse, wrap},
    error::Error,
    health, load, meta, sql,
    unserved::{self, Unserved},
};

/// The router of a working installation.
///
/// Requests may carry a [`Deadline`](crate::Deadline) extension.
pub fn router(parts: Parts) -> Router {
    let envelope = Envelope {
        origins: Arc::new(parts.options.origins.clone()),
        is_development: parts.options.is_development,
    };
    let base = parts.options.base_path.clone();
    let app = Arc::new(App::new(parts));
    let router = Unserved::ROUTES.iter().fold(Router::new(), |router, (path, part, scope)| {
        let route = any(move |app, request| unserved::route(*part, *scope, app, request));
        router.route(&format!("{base}{path}"), route)
    });
    router
        .route(&format!("{base}/v1/load"), get(load::route).post(load::route))
        .route(&format!("{base}/v1/subscribe"), get(load::route).post(load::route))
        .route(&format!("{base}/v1/sql"), get(sql::route).post(sql::route))
        .route(&format!("{base}/v1/dry-run"), get(dry_run::route).post(dry_run::route))
        .route(&format!("{base}/v1/meta"), get(meta::route))
        .route("/readyz", get(health::readyz))
        .route("/livez", get(health::livez))
        .fallback(no_route)
        .with_state(app)
        .layer(from_fn_with_state(envelope, wrap))
}

/// The router of an installation whose configuration is unsafe or incomplete: it lives, and
/// everything else is 503.
pub fn misconfigured_router() -> Router {
    let envelope = Envelope { origins: Arc::new(Origins::Any), is_development: false };
    Router::new()
        .route("/livez", get(health::livez))
        .fallback(misconfigured)
        .layer(from_fn_with_state(envelope, wrap))
}

async fn no_route() -> Response {
    refuse(Error::NoRoute)
}

async fn misconfigured() -> Response {
    refuse(Error::Misconfigured)
}
