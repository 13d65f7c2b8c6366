//! `GET /v1/meta`: the data model as a client may see it.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeToMetaTransformer.ts`. Members
//! that are not public are left out, and so are cubes.

mod alias_member;
mod cube;
mod dimension;
mod extension;
mod folder;
mod hierarchy;
mod measure;
mod segment;
mod view_group;
mod visible;
mod written;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use model::DataModel;
use serde::Serialize;

use crate::{
    App,
    audit::Record,
    authorize::{Caller, authorize},
    envelope::conclude,
    error::Error,
    plan::asker,
    response::body,
    scope::Scope,
    tenancy::{Served, serving},
};
use cube::CubeMeta;
use view_group::ViewGroupMeta;
pub(crate) use written::Written;

/// The route.
pub(crate) async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut record = Record::of("meta", &app.auditor, &request);
    let result = meta(&app, request, &mut record).await;
    conclude(record, result)
}

async fn meta(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, _) = request.into_parts();
    let caller = authorize(app, &parts, Scope::Meta, record).await?;
    let served = serving(app, &parts, &caller).await?;
    let asked = Asked::of(parts.uri.query().unwrap_or_default());
    let written = written(app, &served, &caller, asked);
    caller.confirm().await?;
    written
}

fn written(app: &App, served: &Served, caller: &Caller, asked: Asked) -> Result<Bytes, Error> {
    if served.model.has_policies() {
        return visible(app, served, caller, asked);
    }
    if asked != Asked::default() {
        return body(&Meta::of(&served.model, asked));
    }
    if let Some(written) = served.meta.get() {
        return Ok(written.clone());
    }
    let written = body(&Meta::of(&served.model, asked))?;
    Ok(served.meta.get_or_init(|| written).clone())
}

/// What this caller may see. It is written once for all to whom the same policies apply.
fn visible(app: &App, served: &Served, caller: &Caller, asked: Asked) -> Result<Bytes, Error> {
    let asker = asker(app, caller);
    let applicable = planner::applicable(&served.model, &asker);
    if let Some(written) = served.visible.get(&applicable, asked) {
        return Ok(written);
    }
    let model = served.model.without(|id| planner::is_hidden(&served.model, &asker, id));
    let written = body(&Meta::of(&model, asked))?;
    served.visible.keep(applicable, asked, written.clone());
    Ok(written)
}

/// Which part of the model is asked for, and how much about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Asked {
    only_views: bool,
    is_extended: bool,
}

impl Asked {
    /// `onlyViews=true`; `extended` with any value, as in Cube.
    fn of(parameters: &str) -> Self {
        let parameters = || form_urlencoded::parse(parameters.as_bytes());
        Self {
            only_views: parameters().any(|(name, value)| name == "onlyViews" && value == "true"),
            is_extended: parameters().any(|(name, _)| name == "extended"),
        }
    }
}

/// The body of `/v1/meta`.
#[derive(Serialize)]
struct Meta<'a> {
    cubes: Vec<CubeMeta<'a>>,
    #[serde(rename = "viewGroups", skip_serializing_if = "Vec::is_empty")]
    view_groups: Vec<ViewGroupMeta<'a>>,
}

impl<'a> Meta<'a> {
    /// Everything public of `model`; a cube without a public member is not.
    fn of(model: &'a DataModel, asked: Asked) -> Self {
        let cubes: Vec<CubeMeta<'a>> = model
            .cubes()
            .filter(|(_, cube)| cube.is_public && (cube.is_view() || !asked.only_views))
            .map(|(id, cube)| CubeMeta::new(model, id, cube, asked.is_extended))
            .filter(|cube| !cube.is_empty())
            .collect();
        // Cube has no groups in the extended answer.
        let shown = cubes.iter().filter(|_| !asked.is_extended).map(CubeMeta::name).collect();
        let view_groups = ViewGroupMeta::all(model, &shown);
        Self { cubes, view_groups }
    }
}
