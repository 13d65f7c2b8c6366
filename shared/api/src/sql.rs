//! `GET` and `POST /v1/sql`: the statement a query becomes, for this caller.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use model::DataModel;
use planner::Plan;
use serde::Serialize;

use crate::{
    App,
    annotation::column_name,
    audit::Record,
    authorize::authorize,
    dry_run::Order,
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
    let mut record = Record::of("sql", &app.auditor, &request);
    let result = sql(&app, request, &mut record).await;
    conclude(record, result)
}

async fn sql(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, request_body) = request.into_parts();
    let caller = authorize(app, &parts, Scope::Sql, record).await?;
    let served = serving(app, &parts, &caller).await?;
    let incoming =
        incoming::read_unless_sql(&parts, request_body, app.options.body_bytes_max).await?;
    let mut asked = normalize(app, &incoming, record)?;
    rewrite(app, &parts, &caller, &mut asked.queries).await?;
    let plans = plan(app, &served.model, &caller, &asked)?;
    caller.confirm().await?;
    let answers: Vec<Answer<'_>> =
        plans.iter().map(|plan| Answer::new(&served.model, plan)).collect();
    match answers.as_slice() {
        // Cube sends a list as soon as there are several queries, whatever the client expects.
        [answer] if !incoming.request.is_array => body(answer),
        answers => body(&answers),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    sql: Sql<'a>,
    data_source: &'a str,
}

/// What Cube says of a statement. There are no refresh keys and no pre-aggregations.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sql<'a> {
    external: bool,
    #[serde(rename = "sql")]
    statement: (&'a str, &'a [String]),
    lambda_queries: Nothing,
    order: Order<'a>,
    cache_key_queries: [(); 0],
    pre_aggregations: [(); 0],
    data_source: &'a str,
    alias_name_to_member: BTreeMap<&'a str, String>,
    member_names: Vec<&'a str>,
}

/// `{}`
#[derive(Serialize)]
struct Nothing {}

impl<'a> Answer<'a> {
    fn new(model: &'a DataModel, plan: &'a Plan) -> Self {
        let projection = &plan.projection;
        let mut member_names: Vec<&str> =
            projection.columns.iter().map(|column| model.path(column.member)).collect();
        member_names.dedup();
        Self {
            sql: Sql {
                external: false,
                statement: (&plan.statement.text, &plan.statement.parameters),
                lambda_queries: Nothing {},
                order: Order(&projection.order),
                cache_key_queries: [],
                pre_aggregations: [],
                data_source: &projection.data_source,
                alias_name_to_member: projection
                    .columns
                    .iter()
                    .map(|column| (column.alias.as_str(), column_name(model, column)))
                    .collect(),
                member_names,
            },
            data_source: &projection.data_source,
        }
    }
}
