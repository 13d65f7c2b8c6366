//! The join tree: from one root to every cube of a query, along the paths that views, the query and
//! the author's references pin, and by the shortest ones elsewhere.

use std::collections::HashMap;

use model::{CubeId, DataModel, Join, MemberId, Relationship, Source};

use crate::Error;
use crate::join_path::{Search, Step};
use crate::references::{Hint, Touched};

/// How the cubes of a query are joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinTree<'a> {
    /// FROM
    pub(crate) root: CubeId,
    /// LEFT JOIN, in this order.
    pub(crate) edges: Vec<Edge<'a>>,
    /// The `sub_query` dimensions that conditions of the edges read.
    pub(crate) sub_queries: Vec<MemberId>,
}

/// One LEFT JOIN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge<'a> {
    /// The cube that declares the join.
    pub(crate) from: CubeId,
    /// What it declares.
    pub(crate) join: &'a Join,
    /// The cube that is joined: the declared target, or in a tree that was turned around the cube
    /// that declares.
    pub(crate) to: CubeId,
}

/// Joins the cubes that are touched: of all trees whose root is the first cube of one of the hints,
/// the one with the fewest joins; among equals the one whose root was mentioned first. `asked` are
/// the hints of the query itself, which come before all others.
///
/// A condition of a join may mention further cubes: they are joined too, before the cube that the
/// condition joins. Cube 1.7.25, `BaseQuery.js`, `collectJoinHints`.
///
/// # Errors
/// [`Error::NoJoinPath`] when no root reaches all the others, [`Error::AmbiguousJoinPath`],
/// [`Error::EntangledJoins`], [`Error::SeveralDataSources`].
pub(crate) fn join<'a>(
    model: &'a DataModel,
    touched: &Touched,
    asked: &[Hint],
) -> Result<JoinTree<'a>, Error> {
    let mut further: Vec<Hint> = Vec::new();
    let mut before: Option<JoinTree<'a>> = None;
    for _ in 0..MAX_ROUNDS {
        let hints = all_hints(model, touched, asked, &further);
        let tree = shortest_tree(model, &hints)?;
        if tree.edges.is_empty() {
            return checked(model, tree);
        }
        let mentioned = hints_of_conditions(model, &tree);
        let is_new = |hint: &Hint| match hint.as_slice() {
            [cube] => !hints.iter().flatten().any(|known| known == cube),
            _ => true,
        };
        let is_settled = !mentioned.iter().any(is_new)
            || before.as_ref().is_some_and(|known| is_same_tree(known, &tree));
        further = mentioned.into_iter().map(|hint| tree.along(hint)).collect();
        if is_settled {
            let hints = all_hints(model, touched, asked, &further);
            let tree = shortest_tree(model, &hints)?;
            for hint in asked.iter().chain(&touched.hints) {
                tree.check_goes_along(model, hint)?;
            }
            return checked(model, tree);
        }
        before = Some(tree);
    }
    let tree = before.into_iter().flat_map(|tree| tree.edges);
    Err(Error::EntangledJoins {
        cubes: tree.map(|edge| model.cube(edge.to).name.clone()).collect(),
    })
}

/// How often conditions may mention cubes whose joins mention further cubes.
const MAX_ROUNDS: usize = 100;

/// The hints in the order in which they count, each once.
fn all_hints(model: &DataModel, touched: &Touched, asked: &[Hint], further: &[Hint]) -> Vec<Hint> {
    let mut all: Vec<Hint> = Vec::with_capacity(asked.len() + touched.hints.len() + further.len());
    for hint in asked.iter().chain(further).chain(&touched.hints) {
        let hint = match hint.as_slice() {
            [cube] if !touched.views.is_empty() => touched
                .path_of_reference(*cube)
                .or_else(|| path_in_views(model, &touched.views, *cube))
                .unwrap_or_else(|| hint.clone()),
            _ => hint.clone(),
        };
        if !all.contains(&hint) {
            all.push(hint);
        }
    }
    all
}

/// The path on which one of the views has a cube. Cube 1.7.25, `BaseQuery.js`,
/// `enrichHintsWithJoinMap`.
fn path_in_views(model: &DataModel, views: &[CubeId], cube: CubeId) -> Option<Hint> {
    views.iter().find_map(|&view| {
        let Source::View(view) = &model.cube(view).source else {
            return None;
        };
        view.join_paths.iter().find_map(|path| up_to(path, cube))
    })
}

/// The part of a path that leads to a cube.
fn up_to(path: &[CubeId], cube: CubeId) -> Option<Hint> {
    let place = path.iter().position(|&at| at == cube)?;
    path.get(..=place).map(<[CubeId]>::to_vec)
}

impl Touched {
    /// The path on which a view's member or a reference has a cube.
    fn path_of_reference(&self, cube: CubeId) -> Option<Hint> {
        self.hints.iter().filter(|hint| hint.len() > 1).find_map(|hint| up_to(hint, cube))
    }
}

/// What the conditions of a tree refer to, the joined cube after all others of its condition.
fn hints_of_conditions(model: &DataModel, tree: &JoinTree<'_>) -> Vec<Hint> {
    let mut all: Vec<Hint> = Vec::new();
    for edge in &tree.edges {
        let mut touched = Touched::default();
        touched.add_template(model, &edge.join.condition);
        let target = vec![edge.join.target];
        touched.hints.retain(|hint| *hint != target);
        touched.hints.push(target);
        for hint in touched.hints {
            if !all.contains(&hint) {
                all.push(hint);
            }
        }
    }
    all
}

fn is_same_tree(a: &JoinTree<'_>, b: &JoinTree<'_>) -> bool {
    a.root == b.root
        && a.edges.len() == b.edges.len()
        && a.edges.iter().all(|edge| b.edges.contains(edge))
}

/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/JoinGraph.js`, `buildJoin`.
fn shortest_tree<'a>(model: &'a DataModel, hints: &[Hint]) -> Result<JoinTree<'a>, Error> {
    let mut cubes: Vec<CubeId> = hints.iter().flatten().copied().collect();
    cubes.sort_unstable();
    cubes.dedup();
    let mut best: Option<JoinTree<'a>> = None;
    for place in 0..hints.len() {
        let Some(tree) = tree_from(model, hints, place) else {
            continue;
        };
        if best.as_ref().is_none_or(|known| tree.edges.len() < known.edges.len()) {
            best = Some(tree);
        }
        // No tree has fewer joins than one per other cube.
        if best.as_ref().is_some_and(|known| known.edges.len() < cubes.len()) {
            break;
        }
    }
    best.ok_or_else(|| no_join_path(model, hints))
}

fn no_join_path(model: &DataModel, hints: &[Hint]) -> Error {
    Error::NoJoinPath { cubes: hints.iter().map(|hint| names(model, hint, ",")).collect() }
}

fn names(model: &DataModel, path: &[CubeId], separator: &str) -> String {
    let names: Vec<&str> = path.iter().map(|&cube| model.cube(cube).name.as_str()).collect();
    names.join(separator)
}

/// The tree whose root is the first cube of the hint at `place`: the rest of that hint is joined
/// first, then the others in their order, each from the cube before it on its path, and cubes
/// without a path from the root. What is joined already stays where it is.
///
/// Cube 1.7.25, `JoinGraph.js`, `buildJoinTreeForRoot`, which joins a cube twice where it was passed
/// on the way to another.
fn tree_from<'a>(model: &'a DataModel, hints: &[Hint], place: usize) -> Option<JoinTree<'a>> {
    let (&root, rest) = hints.get(place)?.split_first()?;
    let others = hints.iter().enumerate().filter(|(other, _)| *other != place);
    let paths = std::iter::once(rest).chain(others.map(|(_, hint)| hint.as_slice()));
    let mut searches: HashMap<CubeId, Search<'a>> = HashMap::new();
    let mut edges: Vec<Edge<'a>> = Vec::new();
    for path in paths {
        let mut from = root;
        for &to in path.iter().filter(|&&to| to != root) {
            if !edges.iter().any(|edge| edge.to == to) {
                let search = searches.entry(from).or_insert_with(|| Search::new(model, from));
                for Step { from, join } in search.path_to(to)? {
                    let edge = Edge { from, join, to: join.target };
                    if !edges.contains(&edge) {
                        edges.push(edge);
                    }
                }
            }
            from = to;
        }
    }
    Some(JoinTree { root, edges, sub_queries: Vec::new() })
}

/// A tree that can be written: every cube is joined once, after all that its condition mentions,
/// and all live in one database.
fn checked<'a>(model: &'a DataModel, mut tree: JoinTree<'a>) -> Result<JoinTree<'a>, Error> {
    check_joined_once(model, &tree)?;
    data_source(model, tree.cubes())?;
    tree.sort_edges(model)?;
    Ok(tree)
}

fn check_joined_once(model: &DataModel, tree: &JoinTree<'_>) -> Result<(), Error> {
    for (index, edge) in tree.edges.iter().enumerate() {
        let first = tree.edges.iter().take(index).find(|known| known.to == edge.to);
        if first.is_none() && edge.to != tree.root {
            continue;
        }
        let path = |edge: Option<&Edge<'_>>| match edge {
            Some(edge) => names(model, &[edge.from, edge.to], "."),
            None => names(model, &[tree.root], "."),
        };
        return Err(Error::AmbiguousJoinPath {
            cube: model.cube(edge.to).name.clone(),
            paths: [path(first), path(Some(edge))],
        });
    }
    Ok(())
}

/// The data source of all these cubes.
///
/// # Errors
/// [`Error::SeveralDataSources`]
pub(crate) fn data_source(
    model: &DataModel,
    cubes: impl IntoIterator<Item = CubeId>,
) -> Result<&str, Error> {
    let mut found: Vec<&str> = Vec::new();
    for cube in cubes {
        let name = model.cube(cube).data_source.as_str();
        if !found.contains(&name) {
            found.push(name);
        }
    }
    match found.as_slice() {
        [] => Ok("default"),
        [one] => Ok(one),
        several => Err(Error::SeveralDataSources {
            data_sources: several.iter().map(|&name| name.to_owned()).collect(),
        }),
    }
}

impl<'a> JoinTree<'a> {
    /// Every cube of the tree, the root first.
    pub(crate) fn cubes(&self) -> impl Iterator<Item = CubeId> + '_ {
        std::iter::once(self.root).chain(self.edges.iter().map(|edge| edge.to))
    }

    /// The path from the root to the cube of a hint, if it is one by itself.
    fn along(&self, hint: Hint) -> Hint {
        let [cube] = hint.as_slice() else {
            return hint;
        };
        let mut path = vec![*cube];
        while let Some(edge) = path.last().and_then(|at| {
            let is_known = |edge: &&Edge<'_>| edge.to == *at && !path.contains(&edge.from);
            self.edges.iter().rev().find(is_known)
        }) {
            path.push(edge.from);
        }
        path.reverse();
        path
    }

    /// A path is only taken where no other led to its cubes before: rows that another path finds are
    /// not those that it means.
    fn check_goes_along(&self, model: &DataModel, path: &[CubeId]) -> Result<(), Error> {
        for pair in path.windows(2) {
            let &[before, cube] = pair else { continue };
            if cube == self.root {
                continue;
            }
            let taken = self.along(vec![cube]);
            if !taken.contains(&before) {
                return Err(Error::AmbiguousJoinPath {
                    cube: model.cube(cube).name.clone(),
                    paths: [names(model, &taken, "."), names(model, path, ".")],
                });
            }
        }
        Ok(())
    }

    /// Puts every edge behind those of the cubes that its condition mentions, and otherwise leaves
    /// them in their order; notes the sub-queries that conditions read.
    fn sort_edges(&mut self, model: &DataModel) -> Result<(), Error> {
        let mut waiting: Vec<(Edge<'a>, Vec<CubeId>)> = Vec::with_capacity(self.edges.len());
        for edge in std::mem::take(&mut self.edges) {
            let mut touched = Touched::default();
            touched.add_template(model, &edge.join.condition);
            let mut needed: Vec<CubeId> = touched.hints.into_iter().flatten().collect();
            needed.push(edge.from);
            needed.push(edge.join.target);
            needed.retain(|&cube| cube != edge.to);
            waiting.push((edge, needed));
            for id in touched.sub_queries {
                if !self.sub_queries.contains(&id) {
                    self.sub_queries.push(id);
                }
            }
        }
        while !waiting.is_empty() {
            let next = waiting.iter().position(|(_, needed)| {
                needed.iter().all(|&cube| {
                    self.cubes().any(|known| known == cube)
                        || waiting.iter().all(|(edge, _)| edge.to != cube)
                })
            });
            let Some(next) = next else {
                let cubes = waiting.iter().map(|(edge, _)| model.cube(edge.to).name.clone());
                return Err(Error::EntangledJoins { cubes: cubes.collect() });
            };
            self.edges.push(waiting.remove(next).0);
        }
        Ok(())
    }

    /// The same cubes joined from another of them, each join in the direction away from it.
    ///
    /// Rows of the new root that meet none of the old root are kept.
    ///
    /// # Errors
    /// [`Error::EntangledJoins`] when conditions cannot be read in that order.
    pub(crate) fn rooted_at(mut self, model: &DataModel, root: CubeId) -> Result<Self, Error> {
        let mut reached = vec![root];
        let mut edges = Vec::with_capacity(self.edges.len());
        let mut next = 0;
        while let Some(&at) = reached.get(next) {
            for edge in &self.edges {
                let to = if edge.from == at { edge.join.target } else { edge.from };
                if (edge.from == at || edge.join.target == at) && !reached.contains(&to) {
                    reached.push(to);
                    edges.push(Edge { to, ..*edge });
                }
            }
            next += 1;
        }
        (self.root, self.edges) = (root, edges);
        self.sort_edges(model)?;
        Ok(self)
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
