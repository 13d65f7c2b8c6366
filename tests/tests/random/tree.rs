//! Which cubes a query joins, by which paths and from which root: Cube's rule in its plainest form.

use std::collections::BTreeSet;

use crate::members::{Dimension, Measure};
use crate::question::Question;
use crate::world::World;

/// Edge, from, to.
type Join = (usize, usize, usize);

/// A root and the edges away from it.
#[derive(Debug, PartialEq)]
pub(crate) struct JoinTree {
    /// FROM
    pub(crate) root: usize,
    /// LEFT JOIN
    pub(crate) joins: Vec<Join>,
}

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotJoined {
    /// No root reaches all cubes.
    NoPath,
    /// A path that is pinned leads to a cube that another one has led to.
    Ambiguous,
}

impl JoinTree {
    /// The tree of a query.
    pub(crate) fn of(world: &World, question: &Question) -> Result<Self, NotJoined> {
        let measures = question.measures.iter().copied();
        Self::over(world, question, &Mentioned::of(question, measures, true))
    }

    /// The tree of a measure that is no formula, as if the query had only that one.
    pub(crate) fn of_leaf(
        world: &World,
        question: &Question,
        leaf: (usize, Measure),
    ) -> Result<Self, NotJoined> {
        Self::over(world, question, &Mentioned::of(question, std::iter::once(leaf), false))
    }

    /// The tree in which a cube's rows are given the total of another cube.
    pub(crate) fn of_sub_query(world: &World, cube: usize, other: usize) -> Self {
        shortest(world, &[vec![other], vec![cube]]).unwrap()
    }

    fn over(world: &World, question: &Question, mentioned: &Mentioned) -> Result<Self, NotJoined> {
        let mut further: Vec<Vec<usize>> = Vec::new();
        let mut before = None;
        // What the conditions of a tree mention is pinned as it is there, until nothing is new.
        let tree = loop {
            let mut hints: Vec<Vec<usize>> = Vec::new();
            for hint in question.join_hints.iter().chain(&further).chain(&mentioned.hints) {
                let hint = mentioned.along(question, hint);
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
            }
            let tree = shortest(world, &hints).ok_or(NotJoined::NoPath)?;
            if tree.joins.is_empty() || before == Some(None) {
                break tree;
            }
            let mut cubes: Vec<usize> = Vec::new();
            for cube in tree.joins.iter().flat_map(|&(_, from, to)| [from, to]) {
                if !cubes.contains(&cube) {
                    cubes.push(cube);
                }
            }
            let is_new = |cube: &usize| !hints.iter().flatten().any(|known| known == cube);
            let is_settled =
                !cubes.iter().any(is_new) || before.as_ref() == Some(&Some(tree.set()));
            further = cubes.into_iter().map(|cube| tree.way_to(cube)).collect();
            before = Some((!is_settled).then(|| tree.set()));
        };
        let is_joined_once = |&(_, _, to): &Join| {
            to != tree.root && tree.joins.iter().filter(|join| join.2 == to).count() == 1
        };
        let pinned = question.join_hints.iter().chain(&mentioned.hints);
        let is_plain = tree.joins.iter().all(is_joined_once)
            && pinned.flat_map(|path| path.windows(2)).all(|pair| tree.leads_by(pair[0], pair[1]));
        if is_plain { Ok(tree) } else { Err(NotJoined::Ambiguous) }
    }

    /// Root and joins, whatever their order.
    fn set(&self) -> (usize, BTreeSet<Join>) {
        (self.root, self.joins.iter().copied().collect())
    }

    fn way_to(&self, cube: usize) -> Vec<usize> {
        let mut way = vec![cube];
        while let Some(join) = self.joins.iter().rev().find(|join| join.2 == way[0])
            && !way.contains(&join.1)
        {
            way.insert(0, join.1);
        }
        way
    }

    /// Whether the way from the root to `cube` goes by `before`.
    fn leads_by(&self, before: usize, cube: usize) -> bool {
        if cube == self.root || cube == before {
            return true;
        }
        let join = self.joins.iter().find(|join| join.2 == cube);
        join.is_some_and(|&(_, from, _)| {
            from == before || from != self.root && self.leads_by(before, from)
        })
    }
}

/// Of the trees from every hint's first cube the one with the fewest joins, and of several the first.
fn shortest(world: &World, hints: &[Vec<usize>]) -> Option<JoinTree> {
    let trees = (0..hints.len()).filter_map(|place| from_root(world, hints, place));
    trees.min_by_key(|tree| tree.joins.len())
}

fn from_root(world: &World, hints: &[Vec<usize>], place: usize) -> Option<JoinTree> {
    let root = hints[place][0];
    let mut paths = vec![hints[place].clone()];
    paths
        .extend(hints.iter().enumerate().filter(|(other, _)| *other != place).map(|h| h.1.clone()));
    let mut joins: Vec<Join> = Vec::new();
    for path in paths {
        let mut from = root;
        for to in path.into_iter().filter(|&to| to != root) {
            if !joins.iter().any(|join| join.2 == to) {
                for join in path_between(world, from, to)? {
                    if !joins.contains(&join) {
                        joins.push(join);
                    }
                }
            }
            from = to;
        }
    }
    Some(JoinTree { root, joins })
}

fn path_between(world: &World, from: usize, to: usize) -> Option<Vec<Join>> {
    let mut known: Vec<(usize, Vec<Join>)> = vec![(from, Vec::new())];
    let mut next = 0;
    while next < known.len() {
        let (at, path) = known[next].clone();
        if at == to {
            return Some(path);
        }
        for (edge, other) in world.joins(at) {
            if !known.iter().any(|(cube, _)| *cube == other) {
                let mut longer = path.clone();
                longer.push((edge, at, other));
                known.push((other, longer));
            }
        }
        next += 1;
    }
    None
}

/// The cubes of a query with the paths on which a view has them: measures, dimensions, segments,
/// filters, times; the owner of a member before the cube it reads.
struct Mentioned {
    hints: Vec<Vec<usize>>,
    is_view_asked: bool,
}

impl Mentioned {
    fn of(
        question: &Question,
        measures: impl Iterator<Item = (usize, Measure)>,
        with_measure_filters: bool,
    ) -> Self {
        let mut all = Self { hints: Vec::new(), is_view_asked: false };
        let lender = |dimension: Dimension| match dimension {
            Dimension::Lent(one) => Some(one),
            Dimension::Label | Dimension::Size | Dimension::At | Dimension::Sub(_) => None,
        };
        // A leaf is what a view's member stands for: it is no view's any more.
        let by_view = question.selected_by_view && with_measure_filters;
        for (cube, measure) in measures {
            all.mention(question, by_view, cube, Measure::other(measure));
        }
        for &(cube, dimension) in &question.dimensions {
            all.mention(question, question.selected_by_view, cube, lender(dimension));
        }
        for &cube in &question.segments {
            all.mention(question, question.filtered_by_view, cube, None);
        }
        for tree in &question.row_filters {
            tree.for_each(&mut |cube, dimension| {
                all.mention(question, question.filtered_by_view, cube, lender(dimension));
            });
        }
        for tree in question.measure_filters.iter().filter(|_| with_measure_filters) {
            tree.for_each(&mut |cube, measure| {
                all.mention(question, question.filtered_by_view, cube, measure.other());
            });
        }
        if let Some(time) = question.time {
            all.mention(question, question.filtered_by_view, time.cube, None);
        }
        all
    }

    fn mention(&mut self, question: &Question, by_view: bool, cube: usize, other: Option<usize>) {
        let path = question.view_path(cube).filter(|_| by_view);
        self.is_view_asked |= path.is_some();
        for hint in [Some(path.map_or(vec![cube], <[usize]>::to_vec)), other.map(|cube| vec![cube])]
        {
            if let Some(hint) = hint
                && !self.hints.contains(&hint)
            {
                self.hints.push(hint);
            }
        }
    }

    /// A cube by itself is joined as the view has it, if the view is asked at all.
    fn along(&self, question: &Question, hint: &[usize]) -> Vec<usize> {
        let &[cube] = hint else { return hint.to_vec() };
        let view = question.view.iter().filter(|_| self.is_view_asked);
        let paths = self.hints.iter().chain(view.flat_map(|view| &view.paths));
        let mut paths = paths.filter(|path| self.is_view_asked && path.len() > 1);
        let path = paths.find(|path| path.contains(&cube));
        path.map_or(vec![cube], |path| {
            let place = path.iter().position(|&at| at == cube).unwrap();
            path[..=place].to_vec()
        })
    }
}
