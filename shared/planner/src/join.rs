//! The join tree: from one root to every cube of a query, by shortest directed paths.

use std::collections::{HashMap, VecDeque};

use model::{CubeId, DataModel, Join, Relationship};

use crate::Error;

/// How the cubes of a query are joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinTree<'a> {
    /// FROM
    pub(crate) root: CubeId,
    /// LEFT JOIN, in this order.
    pub(crate) edges: Vec<Edge<'a>>,
}

/// One LEFT JOIN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge<'a> {
    /// The cube that declares the join.
    pub(crate) from: CubeId,
    /// What it declares.
    pub(crate) join: &'a Join,
}

/// Joins `cubes`: of all trees whose root is one of them, the one with the fewest joins; among
/// equals the one whose root was mentioned first.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/JoinGraph.js`, `buildJoin`.
///
/// # Errors
/// [`Error::NoJoinPath`] when no root reaches all the others, [`Error::SeveralDataSources`].
pub(crate) fn join<'a>(model: &'a DataModel, cubes: &[CubeId]) -> Result<JoinTree<'a>, Error> {
    let mut best: Option<JoinTree<'a>> = None;
    for &root in cubes {
        let Some(tree) = tree_from(model, root, cubes) else {
            continue;
        };
        if best.as_ref().is_none_or(|known| tree.edges.len() < known.edges.len()) {
            best = Some(tree);
        }
        // No tree has fewer joins than one per other cube.
        if best.as_ref().is_some_and(|known| known.edges.len() + 1 == cubes.len()) {
            break;
        }
    }
    let tree = best.ok_or_else(|| no_join_path(model, cubes))?;
    check_data_sources(model, &tree)?;
    Ok(tree)
}

/// Joins `cubes` to a given root.
///
/// # Errors
/// [`Error::NoJoinPath`] when the root does not reach all of them.
pub(crate) fn join_to<'a>(
    model: &'a DataModel,
    root: CubeId,
    cubes: &[CubeId],
) -> Result<JoinTree<'a>, Error> {
    tree_from(model, root, cubes).ok_or_else(|| no_join_path(model, cubes))
}

fn no_join_path(model: &DataModel, cubes: &[CubeId]) -> Error {
    Error::NoJoinPath { cubes: cubes.iter().map(|&cube| model.cube(cube).name.clone()).collect() }
}

fn check_data_sources(model: &DataModel, tree: &JoinTree<'_>) -> Result<(), Error> {
    let mut data_sources: Vec<String> = Vec::new();
    for cube in tree.cubes() {
        let name = &model.cube(cube).data_source;
        if !data_sources.contains(name) {
            data_sources.push(name.clone());
        }
    }
    if data_sources.len() > 1 {
        return Err(Error::SeveralDataSources { data_sources });
    }
    Ok(())
}

/// Breadth first over directed edges: every edge counts one, edges are tried in the author's order.
fn tree_from<'a>(model: &'a DataModel, root: CubeId, cubes: &[CubeId]) -> Option<JoinTree<'a>> {
    let mut reached_by: HashMap<CubeId, Edge<'a>> = HashMap::new();
    let mut missing = cubes.iter().filter(|&&cube| cube != root).count();
    let mut open = VecDeque::from([root]);
    while let Some(cube) = open.pop_front() {
        if missing == 0 {
            break;
        }
        for join in &model.cube(cube).joins {
            if join.target == root || reached_by.contains_key(&join.target) {
                continue;
            }
            reached_by.insert(join.target, Edge { from: cube, join });
            missing -= usize::from(cubes.contains(&join.target));
            open.push_back(join.target);
        }
    }
    if missing > 0 {
        return None;
    }
    let mut edges: Vec<Edge<'a>> = Vec::new();
    for &cube in cubes {
        let mut path = Vec::new();
        let mut at = cube;
        while let Some(edge) = reached_by.get(&at) {
            path.push(*edge);
            at = edge.from;
        }
        for edge in path.into_iter().rev() {
            if !edges.iter().any(|known| known.join.target == edge.join.target) {
                edges.push(edge);
            }
        }
    }
    Some(JoinTree { root, edges })
}

impl JoinTree<'_> {
    /// Every cube of the tree, the root first.
    pub(crate) fn cubes(&self) -> impl Iterator<Item = CubeId> + '_ {
        std::iter::once(self.root).chain(self.edges.iter().map(|edge| edge.join.target))
    }

    /// Whether joining the tree gives rows of `cube` more than once.
    ///
    /// Walking away from the cube, an edge declared one-to-many on this side multiplies, and one
    /// declared many-to-one on the far side. Cube 1.7.25, `JoinGraph.js`,
    /// `findMultiplicationFactorFor`.
    pub(crate) fn multiplies(&self, cube: CubeId) -> bool {
        let mut visited = vec![cube];
        let mut open = vec![cube];
        while let Some(at) = open.pop() {
            for edge in &self.edges {
                let (next, multiplies) = if edge.from == at {
                    (edge.join.target, edge.join.relationship == Relationship::OneToMany)
                } else if edge.join.target == at {
                    (edge.from, edge.join.relationship == Relationship::ManyToOne)
                } else {
                    continue;
                };
                if visited.contains(&next) {
                    continue;
                }
                if multiplies {
                    return true;
                }
                visited.push(next);
                open.push(next);
            }
        }
        false
    }
}
