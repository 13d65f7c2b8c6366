//! Folders: how a client groups the members of a view.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeEvaluator.ts`, `prepareFolders`.

use std::collections::HashSet;

use model::{CubeId, Folder, FolderItem, Member, MemberId, Target};

use super::ViewError;
use super::join_path;
use crate::declare::{self, Cube, View};
use crate::names::Names;
use crate::report::{Report, Sourced};
use crate::spelling::nearest;

/// The folders of a view, their members bound.
pub(crate) fn folders(names: &Names<'_>, id: CubeId, report: &mut Report<'_>) -> Vec<Folder> {
    let Some(cube) = names.declaration(id) else { return Vec::new() };
    let Some(view) = &cube.view else { return Vec::new() };
    let mut seen = HashSet::new();
    for folder in &view.folders {
        if !seen.insert(folder.name.text.as_str()) {
            let (folder, place) = (folder.name.text.clone(), folder.name.place);
            let view = cube.header.name.clone();
            report.error(place, ViewError::DuplicateFolder { folder, view }.into());
        }
    }
    let mut binder = Binder { names, id, cube, view, report };
    view.folders.iter().map(|folder| binder.folder(folder)).collect()
}

struct Binder<'b, 'f> {
    names: &'b Names<'b>,
    id: CubeId,
    cube: &'b Cube,
    view: &'b View,
    report: &'b mut Report<'f>,
}

impl Binder<'_, '_> {
    fn folder(&mut self, folder: &declare::Folder) -> Folder {
        let name = folder.name.text.clone();
        let items = match &folder.items {
            None => self.everything(),
            Some(items) => items.iter().flat_map(|item| self.item(&name, item)).collect(),
        };
        Folder { name, items }
    }

    /// Measures, dimensions and segments; hierarchies only where they are named.
    fn everything(&self) -> Vec<FolderItem> {
        let measures = (0..).map(Member::Measure).take(self.cube.measures.len());
        let dimensions = (0..).map(Member::Dimension).take(self.cube.dimensions.len());
        let segments = (0..).map(Member::Segment).take(self.cube.segments.len());
        measures.chain(dimensions).chain(segments).map(|member| self.member(member)).collect()
    }

    fn member(&self, member: Member) -> FolderItem {
        FolderItem::Member(MemberId { cube: self.id, member })
    }

    fn item(&mut self, folder: &str, item: &declare::FolderItem) -> Vec<FolderItem> {
        match item {
            declare::FolderItem::Member(name) => self.named(folder, name).into_iter().collect(),
            declare::FolderItem::JoinPath(path) => self.of_path(folder, path),
            declare::FolderItem::Folder(inner) => vec![FolderItem::Folder(self.folder(inner))],
        }
    }

    fn named(&mut self, folder: &str, name: &Sourced) -> Option<FolderItem> {
        if name.text.contains('.') {
            let (member, view) = (name.text.clone(), self.cube.header.name.clone());
            self.report.error(name.place, ViewError::PathInFolder { member, view }.into());
            return None;
        }
        if let Some(id) = self.names.member(self.id, &name.text) {
            return Some(FolderItem::Member(id));
        }
        let hierarchies = &self.view.hierarchies;
        if hierarchies.iter().any(|hierarchy| hierarchy.name == name.text) {
            return Some(FolderItem::Hierarchy(name.text.clone()));
        }
        let error = ViewError::NotInFolder {
            member: name.text.clone(),
            folder: folder.to_owned(),
            nearest: nearest(&name.text, self.names.members_by_name(self.id)),
        };
        self.report.unknown(name.place, error.into());
        None
    }

    /// What the view has of the cube at the end of one of its join paths: hierarchies, dimensions,
    /// measures, segments.
    fn of_path(&mut self, folder: &str, path: &Sourced) -> Vec<FolderItem> {
        let includes = &self.view.includes;
        let text: Vec<&str> = path.text.split('.').map(str::trim).collect();
        let is_same = |other: &str| other.split('.').map(str::trim).eq(text.iter().copied());
        if !includes.iter().any(|include| is_same(&include.join_path.text)) {
            let error = ViewError::NotAJoinPath {
                path: path.text.clone(),
                folder: folder.to_owned(),
                view: self.cube.header.name.clone(),
            };
            self.report.error(path.place, error.into());
            return Vec::new();
        }
        let Some(cube) =
            join_path::bind(self.names, path, self.report).and_then(|path| path.last())
        else {
            return Vec::new();
        };
        let is_of = |target: &Option<Target>| {
            target.as_ref().is_some_and(|target| target.member.cube == cube)
        };
        let hierarchies = self.view.hierarchies.iter().filter(|found| found.cube == cube);
        let dimensions = (0..).zip(&self.cube.dimensions).filter(|(_, found)| is_of(&found.target));
        let measures = (0..).zip(&self.cube.measures).filter(|(_, found)| is_of(&found.target));
        let segments = (0..).zip(&self.cube.segments).filter(|(_, found)| is_of(&found.target));
        hierarchies
            .map(|found| FolderItem::Hierarchy(found.name.clone()))
            .chain(dimensions.map(|(index, _)| self.member(Member::Dimension(index))))
            .chain(measures.map(|(index, _)| self.member(Member::Measure(index))))
            .chain(segments.map(|(index, _)| self.member(Member::Segment(index))))
            .collect()
    }
}
