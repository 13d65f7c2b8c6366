//! `GET /v1/meta`: the data model as a client may see it.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeToMetaTransformer.ts`. Members
//! that are not public are left out, and so are cubes.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use model::{Cube, CubeId, DataModel, Dimension, DimensionExpression, Measure, Part, Segment};
use serde::Serialize;

use crate::annotation::GranularityNote;
use crate::describe::{
    DrillMembersGrouped, FormatDescription, FormatNote, Verbatim, aggregation_type, dimension_type,
    drill_members, drill_members_grouped, measure_type,
};
use crate::{
    App, audit::Record, authorize::authorize, envelope::conclude, error::Error, response::body,
    scope::Scope,
};

/// The route.
pub(crate) async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut record = Record::of("meta");
    let result = meta(&app, request, &mut record).await;
    conclude(record, result)
}

async fn meta(app: &App, request: Request, record: &mut Record) -> Result<Bytes, Error> {
    let (parts, _) = request.into_parts();
    authorize(app, &parts.headers, Scope::Meta, record).await?;
    let parameters = parts.uri.query().unwrap_or_default();
    let wants_views_only = form_urlencoded::parse(parameters.as_bytes())
        .any(|(name, value)| name == "onlyViews" && value == "true");
    if wants_views_only {
        return body(&Meta::of_views());
    }
    if let Some(written) = app.meta.get() {
        return Ok(written.clone());
    }
    let written = body(&Meta::of(&app.model))?;
    Ok(app.meta.get_or_init(|| written).clone())
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CubeMeta<'a> {
    name: &'a str,
    r#type: &'static str,
    title: &'a str,
    #[serde(flatten)]
    visibility: Visible,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_component: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    measures: Vec<MeasureMeta<'a>>,
    dimensions: Vec<DimensionMeta<'a>>,
    segments: Vec<SegmentMeta<'a>>,
    hierarchies: [(); 0],
    folders: [(); 0],
    nested_folders: [(); 0],
}

impl<'a> CubeMeta<'a> {
    fn new(model: &'a DataModel, id: CubeId, cube: &'a Cube) -> Self {
        Self {
            name: &cube.name,
            r#type: "cube",
            title: &cube.title,
            visibility: Visible::YES,
            description: cube.description.as_deref(),
            connected_component: is_joined(model, id, cube).then(|| model.connected_component(id)),
            meta: cube.meta.as_ref().map(Verbatim),
            measures: cube
                .measures
                .iter()
                .filter(|measure| measure.is_public)
                .map(|measure| MeasureMeta::new(model, measure))
                .collect(),
            dimensions: cube
                .dimensions
                .iter()
                .filter(|dimension| dimension.is_public)
                .map(|dimension| DimensionMeta::new(model, dimension))
                .collect(),
            segments: cube
                .segments
                .iter()
                .filter(|segment| segment.is_public)
                .map(SegmentMeta::new)
                .collect(),
            hierarchies: [],
            folders: [],
            nested_folders: [],
        }
    }
}

/// What is left out is not visible; what is there says so twice, under Cube's old and new name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Visible {
    is_visible: bool,
    public: bool,
}

impl Visible {
    const YES: Self = Self { is_visible: true, public: true };
}

/// Whether the cube joins another or is joined: only then it has a component in Cube's answer.
fn is_joined(model: &DataModel, id: CubeId, cube: &Cube) -> bool {
    !cube.joins.is_empty()
        || model.cubes().any(|(_, other)| other.joins.iter().any(|join| join.target == id))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeasureMeta<'a> {
    name: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format_description: Option<FormatDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    cumulative_total: bool,
    cumulative: bool,
    r#type: &'static str,
    agg_type: &'static str,
    drill_members: Vec<&'a str>,
    drill_members_grouped: DrillMembersGrouped<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
}

impl<'a> MeasureMeta<'a> {
    fn new(model: &'a DataModel, measure: &'a Measure) -> Self {
        let kind = measure_type(measure.kind);
        let is_cumulative =
            measure.rolling_window.is_some() || measure.kind == model::MeasureType::RunningTotal;
        Self {
            name: &measure.path,
            title: &measure.title,
            description: measure.description.as_deref(),
            short_title: &measure.short_title,
            format: measure.format.as_ref().map(FormatNote),
            format_description: (kind == "number")
                .then(|| FormatDescription::of(measure.format.as_ref()))
                .flatten(),
            currency: measure.currency.as_deref(),
            cumulative_total: is_cumulative,
            cumulative: is_cumulative,
            r#type: kind,
            agg_type: aggregation_type(measure.kind),
            drill_members: drill_members(model, measure),
            drill_members_grouped: drill_members_grouped(model, measure),
            meta: measure.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DimensionMeta<'a> {
    name: &'a str,
    title: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    short_title: &'a str,
    suggest_filter_values: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format_description: Option<FormatDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
    primary_key: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_member: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    granularities: Vec<GranularityNote<'a>>,
}

impl<'a> DimensionMeta<'a> {
    fn new(model: &'a DataModel, dimension: &'a Dimension) -> Self {
        let kind = dimension_type(dimension);
        Self {
            name: &dimension.path,
            title: &dimension.title,
            r#type: kind,
            description: dimension.description.as_deref(),
            short_title: &dimension.short_title,
            suggest_filter_values: dimension.suggests_filter_values,
            format: dimension.format.as_ref().map(FormatNote),
            format_description: (kind == "number")
                .then(|| FormatDescription::of(dimension.format.as_ref()))
                .flatten(),
            currency: dimension.currency.as_deref(),
            meta: dimension.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
            primary_key: dimension.is_primary_key,
            alias_member: alias_member(model, dimension),
            granularities: dimension.granularities.iter().map(GranularityNote::custom).collect(),
        }
    }
}

/// The dimension of which this one is only another name: `sql: "{Users.city}"`.
fn alias_member<'a>(model: &'a DataModel, dimension: &Dimension) -> Option<&'a str> {
    let DimensionExpression::Sql(template) = &dimension.expression else {
        return None;
    };
    let [Part::Member(id)] = template.parts.as_slice() else {
        return None;
    };
    model.dimension(*id).filter(|target| target.is_public).map(|target| target.path.as_str())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentMeta<'a> {
    name: &'a str,
    title: &'a str,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
}

impl<'a> SegmentMeta<'a> {
    fn new(segment: &'a Segment) -> Self {
        Self {
            name: &segment.path,
            title: &segment.title,
            short_title: &segment.short_title,
            description: segment.description.as_deref(),
            meta: segment.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
        }
    }
}
