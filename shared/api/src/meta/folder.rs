//! Folders in `/v1/meta`, as they are nested and flattened.
//!
//! Cube 1.7.25, `CubeToMetaTransformer.ts`, `transform`, without `CUBEJS_NESTED_FOLDERS_DELIMITER`.

use std::borrow::Cow;

use model::{Cube, DataModel, Folder, FolderItem, Source};
use serde::Serialize;

/// A folder with all its members, those of the folders in it included, each once.
#[derive(Serialize)]
pub(super) struct FlatFolder<'a> {
    name: &'a str,
    members: Vec<Cow<'a, str>>,
}

/// A folder with its members and folders.
#[derive(Serialize)]
pub(super) struct NestedFolder<'a> {
    name: &'a str,
    members: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Member(Cow<'a, str>),
    Folder(NestedFolder<'a>),
}

/// The folders of a view; a cube has none.
pub(super) fn nested_folders<'a>(model: &'a DataModel, cube: &'a Cube) -> Vec<NestedFolder<'a>> {
    folders_of(cube).iter().map(|folder| nested(model, cube, folder)).collect()
}

/// The same without folders in folders.
pub(super) fn folders<'a>(model: &'a DataModel, cube: &'a Cube) -> Vec<FlatFolder<'a>> {
    let flatten = |folder: &'a Folder| {
        let mut members = Vec::new();
        flatten(model, cube, folder, &mut members);
        FlatFolder { name: &folder.name, members }
    };
    folders_of(cube).iter().map(flatten).collect()
}

fn folders_of(cube: &Cube) -> &[Folder] {
    match &cube.source {
        Source::View(view) => &view.folders,
        Source::Table(_) | Source::Query(_) => &[],
    }
}

fn nested<'a>(model: &'a DataModel, cube: &'a Cube, folder: &'a Folder) -> NestedFolder<'a> {
    let item = |item: &'a FolderItem| match item {
        FolderItem::Folder(inner) => Item::Folder(nested(model, cube, inner)),
        FolderItem::Member(id) => Item::Member(model.path(*id).into()),
        FolderItem::Hierarchy(name) => Item::Member(hierarchy(cube, name)),
    };
    NestedFolder { name: &folder.name, members: folder.items.iter().map(item).collect() }
}

fn flatten<'a>(
    model: &'a DataModel,
    cube: &'a Cube,
    folder: &'a Folder,
    members: &mut Vec<Cow<'a, str>>,
) {
    for item in &folder.items {
        let member = match item {
            FolderItem::Folder(inner) => {
                flatten(model, cube, inner, members);
                continue;
            }
            FolderItem::Member(id) => model.path(*id).into(),
            FolderItem::Hierarchy(name) => hierarchy(cube, name),
        };
        if !members.contains(&member) {
            members.push(member);
        }
    }
}

fn hierarchy<'a>(cube: &Cube, name: &str) -> Cow<'a, str> {
    format!("{}.{name}", cube.name).into()
}
