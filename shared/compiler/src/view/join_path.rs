//! `join_path`: the cubes from the first to the one whose members are shown.

use std::collections::{HashMap, VecDeque};

use model::CubeId;

use super::ViewError;
use crate::Error;
use crate::declare::Include;
use crate::names::Names;
use crate::report::{Report, Sourced};

/// A path whose names are known.
#[derive(Debug, Clone)]
pub(super) struct JoinPath {
    /// As the author wrote them; never empty.
    pub(super) written: Vec<CubeId>,
    /// With the cubes that a step passes by.
    pub(super) cubes: Vec<CubeId>,
}

impl JoinPath {
    /// The cube, or the one view, whose members are shown.
    pub(super) fn last(&self) -> Option<CubeId> {
        self.written.last().copied()
    }
}

/// Binds a path; what is wrong with it is reported.
pub(super) fn bind(names: &Names<'_>, text: &Sourced, report: &mut Report<'_>) -> Option<JoinPath> {
    let mut written = Vec::new();
    for name in text.text.split('.').map(str::trim) {
        let Some(cube) = names.cube(name) else {
            let (name, nearest) = (name.to_owned(), names.nearest_cube(name));
            report.unknown(text.place, Error::UnknownCube { name, nearest });
            return None;
        };
        written.push(cube);
    }
    let views = written.iter().find(|&&cube| names.is_view(cube));
    if let Some(&view) = views.filter(|_| written.len() > 1) {
        let (view, path) = (names.name_of(view).to_owned(), text.text.clone());
        report.error(text.place, ViewError::InJoinPath { view, path }.into());
        return None;
    }
    let mut cubes: Vec<CubeId> = written.first().copied().into_iter().collect();
    for (&from, &to) in written.iter().zip(written.iter().skip(1)) {
        let Some(steps) = steps(names, from, to) else {
            let error = ViewError::NoJoin {
                from: names.name_of(from).to_owned(),
                to: names.name_of(to).to_owned(),
                path: text.text.clone(),
            };
            report.unknown(text.place, error.into());
            return None;
        };
        cubes.extend(steps);
    }
    Some(JoinPath { written, cubes })
}

/// The cubes behind `from` on the shortest way to `to`, `to` included; among ways of one length the
/// one whose joins are declared first.
///
/// Cube 1.7.25, `JoinGraph.ts`, `buildJoinTreeForRoot`: a step of a path need not be a single join.
fn steps(names: &Names<'_>, from: CubeId, to: CubeId) -> Option<Vec<CubeId>> {
    let mut before: HashMap<CubeId, CubeId> = HashMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(cube) = open.pop_front() {
        let joins = names.declaration(cube).map(|cube| cube.joins.as_slice()).unwrap_or_default();
        for next in joins.iter().filter_map(|join| names.cube(&join.target.text)) {
            if next == from || before.contains_key(&next) {
                continue;
            }
            before.insert(next, cube);
            if next == to {
                let mut steps = vec![to];
                let mut at = cube;
                while at != from {
                    steps.push(at);
                    at = before.get(&at).copied()?;
                }
                steps.reverse();
                return Some(steps);
            }
            open.push_back(next);
        }
    }
    None
}

/// Cube 1.7.25, `CubeValidator.ts`, `validateUniqueLeafCubes`: from one root there is one way to
/// each cube.
pub(super) fn refuse_several_ways(
    names: &Names<'_>,
    view: &str,
    paths: &[(&Include, JoinPath)],
    report: &mut Report<'_>,
) {
    let mut ways: HashMap<(CubeId, CubeId), &[CubeId]> = HashMap::new();
    for (include, path) in paths {
        let Some(&root) = path.written.first() else { continue };
        for (index, &cube) in path.written.iter().enumerate() {
            let way = path.written.get(..=index).unwrap_or_default();
            let Some(&first) = ways.get(&(root, cube)) else {
                ways.insert((root, cube), way);
                continue;
            };
            if first != way {
                let show = |way: &[CubeId]| {
                    let names: Vec<&str> = way.iter().map(|&cube| names.name_of(cube)).collect();
                    format!("'{}'", names.join("."))
                };
                let error = ViewError::SeveralPaths {
                    view: view.to_owned(),
                    cube: names.name_of(cube).to_owned(),
                    root: names.name_of(root).to_owned(),
                    paths: format!("{}, {}", show(first), show(way)),
                };
                report.error(include.join_path.place, error.into());
            }
        }
    }
}
