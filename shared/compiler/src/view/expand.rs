//! Every view with the members it shows.

use std::collections::{HashMap, HashSet};

use model::{CubeId, Member, MemberId};

use super::ViewError;
use super::include::{Kind, Source, bring_in};
use super::join_path::{self, JoinPath};
use crate::Error;
use crate::declare::{Cube, Declared, Header, Include, IncludedHierarchy, Members, View};
use crate::diagnostic::Notice;
use crate::names::Names;
use crate::report::Report;
use crate::spelling::nearest;

/// Gives every view the members it includes; adds the views that `split` makes.
pub(crate) fn expand(declared: &mut Declared, report: &mut Report<'_>) {
    let names = Names::new(declared);
    let mut done = Done::default();
    for id in in_order(&names, report) {
        if let Some(cube) = names.declaration(id) {
            let expanded = Expansion::new(&names, &done, cube, report).finish(report);
            done.views.insert(id, expanded.0);
            done.splits.extend(expanded.1);
        }
    }
    let Done { views, splits } = done;
    for (id, view) in views {
        if let Some(place) = declared.cubes.get_mut(id.0 as usize) {
            *place = view;
        }
    }
    for split in splits {
        let taken = declared.cubes.iter().find(|cube| cube.header.name == split.header.name);
        if let Some(taken) = taken {
            let (name, first) = (split.header.name, report.show(taken.header.place));
            report.error(split.header.place, Error::DuplicateCube { name, first });
        } else {
            declared.cubes.push(split);
        }
    }
}

#[derive(Debug, Default)]
struct Done {
    views: HashMap<CubeId, Cube>,
    splits: Vec<Cube>,
}

/// The views, one that another includes before it.
fn in_order(names: &Names<'_>, report: &mut Report<'_>) -> Vec<CubeId> {
    let mut order = Vec::new();
    let mut finished: HashSet<CubeId> = HashSet::new();
    let ids = (0..).map(CubeId).zip(&names.declared.cubes);
    for (start, _) in ids.filter(|(_, cube)| cube.view.is_some()) {
        let mut open: Vec<(CubeId, Vec<CubeId>)> = Vec::new();
        if !finished.contains(&start) {
            open.push((start, included_views(names, start)));
        }
        while let Some((view, left)) = open.last_mut() {
            let view = *view;
            let Some(next) = left.pop() else {
                finished.insert(view);
                order.push(view);
                open.pop();
                continue;
            };
            if open.iter().any(|(id, _)| *id == next) {
                let circle = open.iter().map(|(id, _)| *id).skip_while(|id| *id != next);
                let shown: Vec<String> =
                    circle.chain([next]).map(|view| format!("`{}`", names.name_of(view))).collect();
                if let Some(cube) = names.declaration(next) {
                    report.error_of(&cube.header, ViewError::Circle(shown.join(" -> ")).into());
                }
            } else if !finished.contains(&next) {
                open.push((next, included_views(names, next)));
            }
        }
    }
    order
}

fn included_views(names: &Names<'_>, view: CubeId) -> Vec<CubeId> {
    let view = names.declaration(view).and_then(|cube| cube.view.as_ref());
    let includes = view.into_iter().flat_map(|view| &view.includes);
    includes
        .filter_map(|include| names.cube(&include.join_path.text))
        .filter(|&cube| names.is_view(cube))
        .collect()
}

/// One view being filled.
struct Expansion<'s> {
    cube: Cube,
    splits: Vec<Cube>,
    sources: Vec<Source<'s>>,
}

impl<'s> Expansion<'s> {
    fn new(
        names: &'s Names<'s>,
        done: &'s Done,
        declared: &'s Cube,
        report: &mut Report<'_>,
    ) -> Self {
        let includes = declared.view.as_ref().map(|view| view.includes.as_slice());
        let mut paths: Vec<(&Include, JoinPath)> = Vec::new();
        for include in includes.unwrap_or_default() {
            report.set_inherited(include.is_inherited);
            let path = join_path::bind(names, &include.join_path, report);
            paths.extend(path.map(|path| (include, path)));
        }
        report.set_inherited(false);
        join_path::refuse_several_ways(names, &declared.header.name, &paths, report);
        let sources = paths.into_iter().filter_map(|(include, path)| {
            let id = path.last()?;
            let cube = done.views.get(&id).or_else(|| names.declaration(id))?;
            Some(Source { include, path, cube, id, levels: Vec::new() })
        });
        let mut expansion =
            Self { cube: declared.clone(), splits: Vec::new(), sources: sources.collect() };
        expansion.note_paths();
        expansion.add_hierarchies(names);
        expansion
    }

    /// The view, and those its `split`s make.
    fn finish(mut self, report: &mut Report<'_>) -> (Cube, Vec<Cube>) {
        self.check_names(report);
        self.check_splits(report);
        let mut taken = Taken::of(&self.cube);
        self.add(|cube| &mut cube.dimensions, true, &mut taken, report);
        self.add(|cube| &mut cube.measures, false, &mut taken, report);
        self.add(|cube| &mut cube.segments, false, &mut taken, report);
        report.set_inherited(false);
        (self.cube, self.splits)
    }

    /// What a split view shows must not escape the policies of the view that it was split from.
    fn check_splits(&self, report: &mut Report<'_>) {
        let split = self.sources.iter().find(|source| source.include.is_split);
        if let Some(split) = split.filter(|_| !self.cube.policies.is_empty()) {
            let name = self.cube.header.name.clone();
            report.error(split.include.join_path.place, Error::SplitWithPolicy(name));
        }
    }

    fn note_paths(&mut self) {
        let Some(view) = &mut self.cube.view else { return };
        for source in &self.sources {
            if source.path.cubes.len() > 1 {
                view.join_paths.push(source.path.cubes.clone());
            }
            let inner = source.cube.view.as_ref().map(|view| view.join_paths.clone());
            view.join_paths.extend(inner.unwrap_or_default());
        }
    }

    /// Cube 1.7.25, `CubeSymbols.ts`, `prepareIncludes`: the levels of a hierarchy come with it, as
    /// far as the view has their cubes.
    fn add_hierarchies(&mut self, names: &Names<'_>) {
        let mut found: Vec<IncludedHierarchy> = Vec::new();
        for source in self.sources.iter().filter(|source| !source.include.is_split) {
            let inner: Vec<IncludedHierarchy> = match &source.cube.view {
                Some(View { hierarchies, .. }) => hierarchies.clone(),
                None => (0..)
                    .zip(&source.cube.hierarchies)
                    .map(|(index, hierarchy)| IncludedHierarchy {
                        cube: source.id,
                        index,
                        name: hierarchy.header.name.clone(),
                    })
                    .collect(),
            };
            let known: Vec<&str> = inner.iter().map(|found| found.name.as_str()).collect();
            for chosen in source.choose(&known, false) {
                let hierarchy = inner.get(chosen.index);
                let hierarchy =
                    hierarchy.map(|found| IncludedHierarchy { name: chosen.name, ..found.clone() });
                found.extend(hierarchy.filter(|hierarchy| !found.contains(hierarchy)));
            }
        }
        let levels: HashSet<MemberId> =
            found.iter().flat_map(|hierarchy| levels(names, hierarchy)).collect();
        for source in &mut self.sources {
            if let Members::Listed(listed) = &source.include.members {
                let of_cube = (0..).zip(&source.cube.dimensions).filter(|(index, _)| {
                    levels
                        .contains(&MemberId { cube: source.id, member: Member::Dimension(*index) })
                });
                source.levels = of_cube
                    .map(|(_, dimension)| dimension.header.name.clone())
                    .filter(|name| !listed.iter().any(|member| member.name.text == *name))
                    .collect();
            }
        }
        // Cube 1.7.25, `CubeEvaluator.ts`, `prepareHierarchies`: cube by cube, in the cube's order.
        let mut cubes: Vec<CubeId> = Vec::new();
        for hierarchy in &found {
            if !cubes.contains(&hierarchy.cube) {
                cubes.push(hierarchy.cube);
            }
        }
        found.sort_by_key(|hierarchy| {
            (cubes.iter().position(|&cube| cube == hierarchy.cube), hierarchy.index)
        });
        if let Some(view) = &mut self.cube.view {
            view.hierarchies = found;
        }
    }

    /// Every listed name is a member of some cube of the view, whatever its kind.
    fn check_names(&self, report: &mut Report<'_>) {
        let mut unknown = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for source in &self.sources {
            report.set_inherited(source.include.is_inherited);
            let members = members_of(source.cube);
            for exclude in &source.include.excludes {
                let member = exclude.text.clone();
                if member.contains('.') {
                    report.error(exclude.place, ViewError::Path { key: "excludes", member }.into());
                } else if !members.contains(&exclude.text.as_str()) {
                    let cube = source.cube.header.name.clone();
                    report.notice(exclude.place, Notice::NothingExcluded { member, cube });
                }
            }
            let Members::Listed(listed) = &source.include.members else { continue };
            for member in listed {
                let name = &member.name;
                if name.text.contains('.') {
                    let member = name.text.clone();
                    report.error(name.place, ViewError::Path { key: "includes", member }.into());
                    continue;
                }
                let called = source.name_in_view(member.alias.as_ref().unwrap_or(&name.text));
                if members.contains(&name.text.as_str()) {
                    known.insert(called);
                } else {
                    unknown.push((source, name, called));
                }
            }
        }
        for (source, name, called) in unknown {
            if known.contains(&called) {
                continue;
            }
            report.set_inherited(source.include.is_inherited);
            let error = ViewError::NotInAnyCube {
                member: called,
                view: self.cube.header.name.clone(),
                nearest: nearest(&name.text, members_of(source.cube)),
            };
            report.unknown(name.place, error.into());
        }
    }

    /// Adds all members of one kind.
    fn add<K: Kind>(
        &mut self,
        list: fn(&mut Cube) -> &mut Vec<K>,
        with_levels: bool,
        taken: &mut Taken,
        report: &mut Report<'_>,
    ) {
        let mut seen = HashSet::new();
        for source in &self.sources {
            report.set_inherited(source.include.is_inherited);
            let members = bring_in::<K>(source, with_levels, &mut seen, report);
            let view = if source.include.is_split {
                split_of(&mut self.splits, &self.cube.header, source)
            } else {
                Some(&mut self.cube)
            };
            let Some(view) = view else { continue };
            for member in members {
                if taken.is_free(&view.header.name, member.header(), report) {
                    list(view).push(member);
                }
            }
        }
    }
}

/// The view that a `split` makes; the first of its name adds it.
fn split_of<'v>(
    splits: &'v mut Vec<Cube>,
    of: &Header,
    source: &Source<'_>,
) -> Option<&'v mut Cube> {
    let alias = source.include.alias.as_ref().unwrap_or(&source.cube.header.name);
    let name = format!("{}_{alias}", of.name);
    let at = splits.iter().position(|split| split.header.name == name);
    let at = at.unwrap_or_else(|| {
        let header = Header {
            name,
            place: source.include.join_path.place,
            title: None,
            description: None,
            meta: None,
            is_public: of.is_public,
            is_inherited: source.include.is_inherited,
        };
        let paths = Some(source.path.cubes.clone()).filter(|path| path.len() > 1);
        let view = View { join_paths: paths.into_iter().collect(), ..View::default() };
        splits.push(Cube::view(header, view));
        splits.len() - 1
    });
    splits.get_mut(at)
}

/// The names taken in the view and in those that its `split`s make.
struct Taken(HashSet<(String, String)>);

impl Taken {
    fn of(view: &Cube) -> Self {
        let name = &view.header.name;
        Self(members_of(view).iter().map(|member| (name.clone(), (*member).to_owned())).collect())
    }

    /// Takes a name; reported when it is not free.
    fn is_free(&mut self, view: &str, header: &Header, report: &mut Report<'_>) -> bool {
        let is_free = self.0.insert((view.to_owned(), header.name.clone()));
        if !is_free {
            let (member, view) = (header.name.clone(), view.to_owned());
            report.error(header.place, ViewError::Conflict { member, view }.into());
        }
        is_free
    }
}

/// The names of all members, hierarchies included.
fn members_of(cube: &Cube) -> Vec<&str> {
    let measures = cube.measures.iter().map(|member| member.header.name.as_str());
    let dimensions = cube.dimensions.iter().map(|member| member.header.name.as_str());
    let segments = cube.segments.iter().map(|member| member.header.name.as_str());
    let hierarchies = cube.hierarchies.iter().map(|member| member.header.name.as_str());
    let of_view = cube.view.iter().flat_map(|view| &view.hierarchies);
    measures
        .chain(dimensions)
        .chain(segments)
        .chain(hierarchies)
        .chain(of_view.map(|hierarchy| hierarchy.name.as_str()))
        .collect()
}

/// The dimensions of a cube's hierarchy.
fn levels(names: &Names<'_>, hierarchy: &IncludedHierarchy) -> Vec<MemberId> {
    let declared = names.declaration(hierarchy.cube);
    let declared = declared.and_then(|cube| cube.hierarchies.get(hierarchy.index));
    let levels = declared.map(|hierarchy| hierarchy.levels.as_slice()).unwrap_or_default();
    levels.iter().filter_map(|text| names.listed(hierarchy.cube, &text.text)).collect()
}
