//! `GET` and `POST /v1/load`: a query in, rows out.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use database::{Database, RowSecurity};
use futures_util::future::try_join_all;
use model::DataModel;
use planner::Plan;
use query::{Normalized, NormalizedRequest, QueryType, ResponseFormat};
use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use crate::{
    App, Deadline,
    audit::{Record, Stage},
    authorize::authorize,
    envelope::conclude,
    error::Error,
    execute::{Place, Waiting},
    hooks::rewrite,
    incoming,
    layout::Layout,
    plan::{normalize, plan},
    response::{self, QueryResult},
    scope::Scope,
    tenancy::serving,
};

/// The route.
pub(crate) async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut record = Record::of("load", &app.auditor, &request);
    let result = load(&app, request, &mut record).await;
    conclude(record, result)
}

/// The walk of one request, one line per step (ARCHITECTURE.md).
async fn load(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, body) = request.into_parts();
    let waiting = Waiting::new(Instant::now(), app.options.continue_wait, deadline(&parts));
    let caller = authorize(app, &parts, Scope::Data, record);
    let caller = caller.instrument(debug_span!("authorize")).await?;
    record.passed(Stage::Authorize);
    let served = serving(app, &parts, &caller).await?;
    let incoming = incoming::read(&parts, body, app.options.body_bytes_max).await?;
    let mut asked = debug_span!("normalize").in_scope(|| normalize(app, &incoming, record))?;
    check_query_type(asked.query_type, incoming.is_multi)?;
    rewrite(app, &parts, &caller, &mut asked.queries).await?;
    let plans = debug_span!("plan").in_scope(|| plan(app, &served.model, &caller, &asked))?;
    let told = app.options.row_security.of(&caller.context)?;
    let databases = app.warehouses.find(&parts, &caller, &plans);
    let databases = databases.instrument(debug_span!("databases")).await?;
    record.passed(Stage::Plan);
    record.allow()?;
    let running = execute(app, &served.model, &asked, plans.iter().zip(&databases), &told, waiting);
    let results = running.instrument(debug_span!("execute")).await?;
    record.passed(Stage::Database);
    record.rows(results.iter().map(|result| result.data.rows).sum());
    caller.confirm().await?;
    let body = debug_span!("write")
        .in_scope(|| response::write(app, &served.model, &asked, &results, incoming.is_multi));
    record.passed(Stage::Write);
    body
}

fn deadline(parts: &axum::http::request::Parts) -> Option<Deadline> {
    parts.extensions.get::<Deadline>().copied()
}

/// Several results are sent to clients only that say they understand them.
fn check_query_type(query_type: QueryType, is_multi: bool) -> Result<(), Error> {
    match query_type {
        QueryType::Regular => Ok(()),
        QueryType::CompareDateRange | QueryType::Blending if is_multi => Ok(()),
        QueryType::CompareDateRange | QueryType::Blending => {
            Err(Error::UnsupportedQueryType(query_type.as_str()))
        }
    }
}

/// The rows of every plan, side by side.
async fn execute<'a>(
    app: &'a App,
    model: &'a DataModel,
    asked: &'a NormalizedRequest,
    plans: impl Iterator<Item = (&'a Plan, &'a Arc<Database>)>,
    caller: &'a RowSecurity,
    waiting: Waiting,
) -> Result<Vec<QueryResult<'a>>, Error> {
    let queries = asked.queries.iter().zip(plans);
    try_join_all(queries.map(|(normalized, (plan, database))| async move {
        let layout = layout(model, asked.query_type, normalized, plan);
        let place = Place { database, caller };
        let rows = app.statements.rows(&plan.statement, place, layout, waiting);
        let total = async {
            match &plan.total {
                Some(total) => app.statements.number(total, place, waiting).await.map(Some),
                None => Ok(None),
            }
        };
        let (data, total) = tokio::try_join!(rows, total)?;
        Ok(QueryResult { echo: &normalized.echo, projection: &plan.projection, data, total })
    }))
    .await
}

/// The keys of a row. Compared and blended rows say what they belong to.
///
/// Cube 1.7.25, `packages/cubejs-api-gateway/src/helpers/transformData.ts`.
fn layout(
    model: &DataModel,
    query_type: QueryType,
    normalized: &Normalized,
    plan: &Plan,
) -> Layout {
    let columns = &plan.projection.columns;
    let format: ResponseFormat = normalized.query.response_format;
    let layout = Layout::new(model, columns, format);
    match query_type {
        QueryType::Regular => layout,
        QueryType::CompareDateRange => {
            let first = normalized.query.time_dimensions.first();
            match first.and_then(|time| time.date_range.as_ref()) {
                Some(range) => layout.with_constant(
                    "compareDateRange",
                    &format!("{} - {}", range.from_local, range.to_local),
                ),
                None => layout,
            }
        }
        QueryType::Blending => {
            let time = columns.iter().enumerate().find_map(|(index, column)| {
                column.granularity.as_ref().map(|granularity| (index, granularity))
            });
            match time {
                Some((index, granularity)) => {
                    layout.with_alias(&format!("time.{granularity}"), index)
                }
                None => layout,
            }
        }
    }
}
