//! A cube as `/v1/meta` shows it.

use model::{Cube, CubeId, DataModel};
use serde::Serialize;

use super::{
    dimension::DimensionMeta,
    extension::CubeExtension,
    folder::{FlatFolder, NestedFolder, folders, nested_folders},
    hierarchy::{HierarchyMeta, hierarchies},
    measure::MeasureMeta,
    segment::SegmentMeta,
    view_group::groups_of,
    visible::Visible,
};
use crate::describe::Verbatim;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CubeMeta<'a> {
    name: &'a str,
    r#type: &'static str,
    title: &'a str,
    #[serde(flatten)]
    visibility: Visible,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    view_groups: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_component: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    measures: Vec<MeasureMeta<'a>>,
    dimensions: Vec<DimensionMeta<'a>>,
    segments: Vec<SegmentMeta<'a>>,
    hierarchies: Vec<HierarchyMeta<'a>>,
    folders: Vec<FlatFolder<'a>>,
    nested_folders: Vec<NestedFolder<'a>>,
    #[serde(flatten)]
    extension: Option<CubeExtension<'a>>,
}

impl<'a> CubeMeta<'a> {
    pub(super) fn new(model: &'a DataModel, id: CubeId, cube: &'a Cube, is_extended: bool) -> Self {
        Self {
            name: &cube.name,
            r#type: if cube.is_view() { "view" } else { "cube" },
            title: &cube.title,
            visibility: Visible::YES,
            description: cube.description.as_deref(),
            view_groups: groups_of(model, id),
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
            hierarchies: hierarchies(model, cube),
            folders: folders(model, cube),
            nested_folders: nested_folders(model, cube),
            extension: is_extended.then(|| CubeExtension::new(model, cube)),
        }
    }

    /// The cube's name.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Whether there is nothing to ask for.
    pub(super) fn is_empty(&self) -> bool {
        self.measures.is_empty() && self.dimensions.is_empty() && self.segments.is_empty()
    }
}

/// Whether the cube joins another or is joined: only then it has a component in Cube's answer.
fn is_joined(model: &DataModel, id: CubeId, cube: &Cube) -> bool {
    !cube.joins.is_empty()
        || model.cubes().any(|(_, other)| other.joins.iter().any(|join| join.target == id))
}
