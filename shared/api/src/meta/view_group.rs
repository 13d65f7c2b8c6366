//! Groups of views in `/v1/meta`.

use std::collections::HashSet;

use model::{CubeId, DataModel, ViewGroup, ViewGroupItem};
use serde::Serialize;

/// A group with the views that the caller is shown.
#[derive(Serialize)]
pub(super) struct ViewGroupMeta<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    /// Those in the group itself.
    views: Vec<&'a str>,
    includes: Vec<Include<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Include<'a> {
    View(&'a str),
    Group(ViewGroupMeta<'a>),
}

impl<'a> ViewGroupMeta<'a> {
    /// The groups that hold a view that is shown.
    ///
    /// Cube 1.7.43, `packages/cubejs-api-gateway/src/gateway.ts`, `filterVisibleViewGroup`.
    pub(super) fn all(model: &'a DataModel, shown: &HashSet<&str>) -> Vec<Self> {
        model.view_groups().iter().filter_map(|group| Self::new(model, group, shown)).collect()
    }

    fn new(model: &'a DataModel, group: &'a ViewGroup, shown: &HashSet<&str>) -> Option<Self> {
        let name =
            |view: CubeId| Some(model.cube(view).name.as_str()).filter(|name| shown.contains(name));
        let includes: Vec<Include<'a>> = group
            .items
            .iter()
            .filter_map(|item| match item {
                ViewGroupItem::View(view) => name(*view).map(Include::View),
                ViewGroupItem::Group(inner) => Self::new(model, inner, shown).map(Include::Group),
            })
            .collect();
        (!includes.is_empty()).then(|| Self {
            name: &group.name,
            title: group.title.as_deref(),
            description: group.description.as_deref(),
            views: group.views().filter_map(name).collect(),
            includes,
        })
    }
}

/// The groups that a view stands in itself.
pub(super) fn groups_of(model: &DataModel, view: CubeId) -> Vec<&str> {
    let mut found = Vec::new();
    collect(model.view_groups().iter(), view, &mut found);
    found
}

fn collect<'a>(
    groups: impl Iterator<Item = &'a ViewGroup>,
    view: CubeId,
    found: &mut Vec<&'a str>,
) {
    for group in groups {
        if group.views().any(|known| known == view) {
            found.push(&group.name);
        }
        collect(Box::new(group.groups()) as Box<dyn Iterator<Item = &'a ViewGroup>>, view, found);
    }
}
