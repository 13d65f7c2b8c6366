//! `GET` and `POST /v1/dry-run`: how a query is understood, without running it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use query::{Echo, QueryType};
use serde::{Serialize, Serializer};

use crate::{
    App,
    audit::Record,
    authorize::authorize,
    envelope::conclude,
    error::Error,
    hooks::rewrite,
    incoming,
    plan::{normalize, plan},
    response::body,
    scope::Scope,
    tenancy::serving,
};

/// The route.
pub(crate) async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut record = Record::of("dry-run", &app.auditor, &request);
    let result = dry_run(&app, request, &mut record).await;
    conclude(record, result)
}

async fn dry_run(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, request_body) = request.into_parts();
    let caller = authorize(app, &parts, Scope::Data, record).await?;
    let served = serving(app, &parts, &caller).await?;
    let incoming = incoming::read(&parts, request_body, app.options.body_bytes_max).await?;
    let mut asked = normalize(app, &incoming, record)?;
    rewrite(app, &parts, &caller, &mut asked.queries).await?;
    let plans = plan(app, &served.model, &caller, &asked)?;
    caller.confirm().await?;
    body(&Answer {
        query_type: asked.query_type,
        normalized_queries: asked.dry_run_queries(),
        query_order: plans.iter().map(|plan| Order(&plan.projection.order)).collect(),
        transformed_queries: [],
        pivot_query: asked.pivot_query(),
    })
}

/// `transformedQueries` is what Cube matches pre-aggregations against: there are none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    query_type: QueryType,
    normalized_queries: Vec<Echo>,
    query_order: Vec<Order<'a>>,
    transformed_queries: [(); 0],
    pivot_query: Option<Echo>,
}

/// The order in effect, as `{member: "asc" | "desc"}` in the order of its keys.
pub(crate) struct Order<'a>(pub(crate) &'a [(String, bool)]);

impl Serialize for Order<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0.iter().map(|(member, is_descending)| {
                (member, if *is_descending { "desc" } else { "asc" })
            }),
        )
    }
}
