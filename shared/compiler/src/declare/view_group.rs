//! A group of views.

use super::references;
use crate::fields::{Fields, Item};
use crate::keys::{NESTED_VIEW_GROUP, VIEW_GROUP};
use crate::report::{Place, Report, Sourced};
use crate::view::ViewError;
use crate::yaml::{Node, Value};

#[derive(Debug, Clone)]
pub(crate) struct ViewGroup {
    pub(crate) name: Sourced,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) items: Vec<ViewGroupItem>,
}

#[derive(Debug, Clone)]
pub(crate) enum ViewGroupItem {
    View(Sourced),
    Group(ViewGroup),
}

const VIEWS: &str = "a list of views";

/// Reads one element of `view_groups`.
///
/// Cube 1.7.43, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `viewGroupSchema`.
pub(super) fn declare(item: &Item<'_>, file: usize, report: &mut Report<'_>) -> Option<ViewGroup> {
    let fields = Fields::read(item.node, file, "a view group".to_owned(), VIEW_GROUP, report)?;
    if fields.has("views") && fields.has("includes") {
        report.error(fields.place("views"), ViewError::ViewsAndIncludes.into());
    }
    let mut items: Vec<ViewGroupItem> =
        references(&fields, "views", VIEWS, report).into_iter().map(ViewGroupItem::View).collect();
    items.extend(includes(&fields, report));
    let key = item.key.map(|(name, at)| Sourced::new(name.to_owned(), Place { file, at }));
    group(&fields, key, items, report)
}

/// The views that `view_group` and `view_groups` of a view name.
pub(super) fn of_view(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<Sourced> {
    let mut groups: Vec<Sourced> = fields.name("view_group", report).into_iter().collect();
    groups.extend(references(fields, "view_groups", "a list of view groups", report));
    groups
}

fn group(
    fields: &Fields<'_>,
    key: Option<Sourced>,
    items: Vec<ViewGroupItem>,
    report: &mut Report<'_>,
) -> Option<ViewGroup> {
    if key.is_none() && !fields.has("name") {
        fields.missing("name", "give it one", report);
    }
    let name = fields.name("name", report).or(key);
    let title = fields.text("title", report);
    let description = fields.text("description", report);
    Some(ViewGroup { name: name?, title, description, items })
}

fn includes(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<ViewGroupItem> {
    let nodes = fields.list("includes", report);
    nodes.iter().filter_map(|node| include(node, fields.place.file, report)).collect()
}

fn include(node: &Node, file: usize, report: &mut Report<'_>) -> Option<ViewGroupItem> {
    if let Value::Scalar { text, .. } = &node.value
        && !node.is_null()
    {
        let place = Place { file, at: node.at };
        return Some(ViewGroupItem::View(Sourced::new(text.trim().to_owned(), place)));
    }
    let owner = "a view group inside another".to_owned();
    let fields = Fields::read(node, file, owner, NESTED_VIEW_GROUP, report)?;
    if !fields.has("includes") {
        fields.missing("includes", "list its views", report);
    }
    let items = includes(&fields, report);
    group(&fields, None, items, report).map(ViewGroupItem::Group)
}
