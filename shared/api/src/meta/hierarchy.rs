//! Hierarchies in `/v1/meta`.

use model::{Cube, DataModel};
use serde::Serialize;

/// Cube 1.7.25, `CubeToMetaTransformer.ts`, `transform`: hidden ones are told too, with `public`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HierarchyMeta<'a> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    levels: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_member: Option<&'a str>,
    public: bool,
}

/// Those of a cube, in the order of the file.
pub(super) fn hierarchies<'a>(model: &'a DataModel, cube: &'a Cube) -> Vec<HierarchyMeta<'a>> {
    let describe = |hierarchy: &'a model::Hierarchy| HierarchyMeta {
        name: format!("{}.{}", cube.name, hierarchy.name),
        title: hierarchy.title.as_deref(),
        levels: hierarchy.levels.iter().map(|&level| model.path(level)).collect(),
        alias_member: hierarchy.alias_member.as_deref(),
        public: hierarchy.is_public,
    };
    cube.hierarchies.iter().map(describe).collect()
}
