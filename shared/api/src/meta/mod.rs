//! `GET /v1/meta`: the data model as a client may see it.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeToMetaTransformer.ts`. Members
//! that are not public are left out, and so are cubes.

mod cube;
mod dimension;
mod hierarchy;
mod measure;
mod segment;
mod visible;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use model::DataModel;
use serde::Serialize;

use crate::{
    App, audit::Record, authorize::authorize, envelope::conclude, error::Error, response::body,
    scope::Scope, tenancy::serving,
};
use cube::CubeMeta;

/// The route.
pub(crate) async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut record = Record::of("meta");
    let result = meta(&app, request, &mut record).await;
    conclude(record, result)
}

async fn meta(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, _) = request.into_parts();
    let context = authorize(app, &parts.headers, Scope::Meta, record).await?;
    let served = serving(app, &context).await?;
    let parameters = parts.uri.query().unwrap_or_default();
    let wants_views_only = form_urlencoded::parse(parameters.as_bytes())
        .any(|(name, value)| name == "onlyViews" && value == "true");
    if wants_views_only {
        return body(&Meta::of_views());
    }
    if let Some(written) = served.meta.get() {
        return Ok(written.clone());
    }
    let written = body(&Meta::of(&served.model))?;
    Ok(served.meta.get_or_init(|| written).clone())
}

/// The body of `/v1/meta`.
#[derive(Serialize)]
pub(crate) struct Meta<'a> {
    cubes: Vec<CubeMeta<'a>>,
}

impl<'a> Meta<'a> {
    /// Everything public of `model`.
    pub(crate) fn of(model: &'a DataModel) -> Self {
        let cubes = model
            .cubes()
            .filter(|(_, cube)| cube.is_public)
            .map(|(id, cube)| CubeMeta::new(model, id, cube))
            .collect();
        Self { cubes }
    }

    /// What `?onlyViews=true` asks for: there are no views.
    pub(crate) fn of_views() -> Self {
        Self { cubes: Vec::new() }
    }
}
