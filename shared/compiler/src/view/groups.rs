//! Groups of views.
//!
//! Cube 1.7.43, `packages/cubejs-schema-compiler/src/compiler/ViewGroupEvaluator.ts`.

use std::collections::HashSet;

use model::{CubeId, ViewGroup, ViewGroupItem};

use super::ViewError;
use crate::declare;
use crate::names::Names;
use crate::report::{Report, Sourced};
use crate::spelling::nearest;

/// The groups with their views bound, and with the views that put themselves in one.
pub(crate) fn view_groups(names: &Names<'_>, report: &mut Report<'_>) -> Vec<ViewGroup> {
    let declared = &names.declared.view_groups;
    let mut seen: HashSet<&str> = HashSet::new();
    let mut groups: Vec<ViewGroup> = Vec::new();
    for group in declared {
        if is_first(&mut seen, &group.name, report) {
            groups.push(empty(group));
        }
    }
    // A group inside another has no name of one at the top, wherever that stands.
    let mut bound: HashSet<&str> = HashSet::new();
    for group in declared {
        if bound.insert(&group.name.text)
            && let Some(place) = groups.iter_mut().find(|known| known.name == group.name.text)
        {
            place.items = items(names, group, &mut seen, report);
        }
    }
    attach(names, &mut groups, report);
    groups
}

fn empty(group: &declare::ViewGroup) -> ViewGroup {
    ViewGroup {
        name: group.name.text.clone(),
        title: group.title.clone(),
        description: group.description.clone(),
        items: Vec::new(),
    }
}

fn is_first<'d>(seen: &mut HashSet<&'d str>, name: &'d Sourced, report: &mut Report<'_>) -> bool {
    let is_first = seen.insert(&name.text);
    if !is_first {
        report.error(name.place, ViewError::DuplicateViewGroup(name.text.clone()).into());
    }
    is_first
}

fn items<'d>(
    names: &Names<'d>,
    group: &'d declare::ViewGroup,
    seen: &mut HashSet<&'d str>,
    report: &mut Report<'_>,
) -> Vec<ViewGroupItem> {
    let mut items = Vec::new();
    for item in &group.items {
        match item {
            declare::ViewGroupItem::View(name) => {
                let view = names.cube(&name.text).filter(|&cube| names.is_view(cube));
                if view.is_none() {
                    let error = ViewError::NotAView {
                        group: group.name.text.clone(),
                        name: name.text.clone(),
                        nearest: nearest(&name.text, views(names).map(|(_, name)| name)),
                    };
                    report.unknown(name.place, error.into());
                }
                items.extend(view.map(ViewGroupItem::View));
            }
            declare::ViewGroupItem::Group(inner) => {
                if is_first(seen, &inner.name, report) {
                    let items_of_inner = self::items(names, inner, seen, report);
                    let inner = ViewGroup { items: items_of_inner, ..empty(inner) };
                    items.push(ViewGroupItem::Group(inner));
                }
            }
        }
    }
    items
}

fn views<'d>(names: &Names<'d>) -> impl Iterator<Item = (CubeId, &'d str)> {
    let cubes = (0..).map(CubeId).zip(&names.declared.cubes);
    cubes.filter(|(_, cube)| cube.view.is_some()).map(|(id, cube)| (id, cube.header.name.as_str()))
}

/// Puts every view in the groups that it names itself; those are at the top.
fn attach(names: &Names<'_>, groups: &mut [ViewGroup], report: &mut Report<'_>) {
    for (id, view_name) in views(names) {
        let view = names.declaration(id).and_then(|cube| cube.view.as_ref());
        for name in view.into_iter().flat_map(|view| &view.groups) {
            if let Some(group) = groups.iter_mut().find(|group| group.name == name.text) {
                if !group.views().any(|known| known == id) {
                    group.items.push(ViewGroupItem::View(id));
                }
                continue;
            }
            let known = groups.iter().map(|group| group.name.as_str());
            let error = ViewError::UnknownViewGroup {
                view: view_name.to_owned(),
                group: name.text.clone(),
                nearest: nearest(&name.text, known),
            };
            report.unknown(name.place, error.into());
        }
    }
}
