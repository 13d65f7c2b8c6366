//! The parts of Cube's API that are not served: whoever may use the API is told which, and what to
//! use instead.
//!
//! Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `initApp`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};

use crate::{
    App,
    audit::Record,
    authorize::{authenticate, authorize},
    envelope::conclude,
    error::Error,
    scope::Scope,
};

/// A part of Cube's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unserved {
    /// GraphQL, and its translation into a query.
    GraphQl,
    /// Queries in SQL, be it to run or to explain them.
    SqlText,
    /// A query in SQL as one in JSON.
    Conversion,
    /// Pre-aggregations and the jobs that build them.
    PreAggregations,
    /// The end of somebody's query by its request id.
    Cancellation,
}

impl Unserved {
    /// Paths behind the base path, of any method.
    /// The scope is the one that Cube asks for.
    pub(crate) const ROUTES: [(&'static str, Self, Option<Scope>); 7] = [
        ("/graphql", Self::GraphQl, Some(Scope::GraphQl)),
        ("/v1/graphql-to-json", Self::GraphQl, None),
        ("/v1/cubesql", Self::SqlText, Some(Scope::Data)),
        ("/v1/convert-query", Self::Conversion, Some(Scope::Sql)),
        ("/v1/pre-aggregations/can-use", Self::PreAggregations, Some(Scope::Meta)),
        ("/v1/pre-aggregations/jobs", Self::PreAggregations, Some(Scope::Jobs)),
        ("/v1/running-query/{request_id}", Self::Cancellation, None),
    ];

    /// What a client reads.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::GraphQl => "GraphQL is not served: send a query in JSON to /v1/load",
            Self::SqlText => "Queries in SQL are not served: send a query in JSON to /v1/load",
            Self::Conversion => "Queries in SQL are not converted: write the query in JSON",
            Self::PreAggregations => {
                "There are no pre-aggregations: every query reads the tables themselves"
            }
            Self::Cancellation => {
                "Queries are not cancelled by request id: close the connection instead"
            }
        }
    }
}

/// The refusal, for those with a good token.
pub(crate) async fn route(
    part: Unserved,
    scope: Option<Scope>,
    State(app): State<Arc<App>>,
    request: Request,
) -> Response {
    let mut record = Record::of("unserved", &app.auditor, &request);
    let (parts, _) = request.into_parts();
    let caller = match scope {
        Some(scope) => authorize(&app, &parts, scope, &mut record).await,
        None => authenticate(&app, &parts, &mut record).await,
    };
    conclude(record, caller.and(Err(Error::NotServed(part))))
}
