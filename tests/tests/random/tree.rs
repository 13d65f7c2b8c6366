//! Which cubes a query joins, and from which root: Cube's rule, for cubes that are joined to a tree.

use crate::members::{Dimension, Measure};
use crate::question::Question;
use crate::world::World;

/// A root and the edges away from it, nearer ones first.
#[derive(Debug, PartialEq)]
pub(crate) struct JoinTree {
    /// FROM
    pub(crate) root: usize,
    /// LEFT JOIN: edge, from, to.
    pub(crate) joins: Vec<(usize, usize, usize)>,
}

impl JoinTree {
    /// The tree of a query, or `None` when no cube of the query reaches all others.
    ///
    /// Between two cubes there is one path, so every root that reaches all others needs the same
    /// number of joins: the first one mentioned wins.
    pub(crate) fn of(world: &World, question: &Question) -> Option<Self> {
        let measures = question.measures.iter().copied();
        Self::over(world, &mentioned(question, measures, true))
    }

    /// The tree of a measure that is no formula, as if the query had only that one.
    pub(crate) fn of_leaf(
        world: &World,
        question: &Question,
        leaf: (usize, Measure),
    ) -> Option<Self> {
        Self::over(world, &mentioned(question, std::iter::once(leaf), false))
    }

    fn over(world: &World, mentioned: &[usize]) -> Option<Self> {
        mentioned.iter().find_map(|&root| from_root(world, root, mentioned))
    }
}

fn from_root(world: &World, root: usize, wanted: &[usize]) -> Option<JoinTree> {
    let mut reached = vec![root];
    let mut joins = Vec::new();
    let mut next = 0;
    while next < reached.len() {
        let from = reached[next];
        for (edge, to) in world.joins(from) {
            if !reached.contains(&to) {
                reached.push(to);
                joins.push((edge, from, to));
            }
        }
        next += 1;
    }
    if wanted.iter().any(|cube| !reached.contains(cube)) {
        return None;
    }
    // Leaves that nobody asked for are cut until there are none.
    while let Some(index) = joins.iter().position(|&(_, _, to)| {
        !wanted.contains(&to) && !joins.iter().any(|&(_, from, _)| from == to)
    }) {
        joins.remove(index);
    }
    Some(JoinTree { root, joins })
}

/// The cubes of a query: measures, dimensions, segments, filters, times; the owner of a member
/// before the cube it reads.
fn mentioned(
    question: &Question,
    measures: impl Iterator<Item = (usize, Measure)>,
    with_measure_filters: bool,
) -> Vec<usize> {
    let mut cubes = Vec::new();
    let mut mention = |cube: usize, other: Option<usize>| {
        for cube in [Some(cube), other].into_iter().flatten() {
            if !cubes.contains(&cube) {
                cubes.push(cube);
            }
        }
    };
    let lender = |dimension: Dimension| match dimension {
        Dimension::Lent(one) => Some(one),
        Dimension::Label | Dimension::Size | Dimension::At => None,
    };
    for (cube, measure) in measures {
        mention(cube, Measure::other(measure));
    }
    for &(cube, dimension) in &question.dimensions {
        mention(cube, lender(dimension));
    }
    for &cube in &question.segments {
        mention(cube, None);
    }
    for tree in &question.row_filters {
        tree.for_each(&mut |cube, dimension| mention(cube, lender(dimension)));
    }
    for tree in question.measure_filters.iter().filter(|_| with_measure_filters) {
        tree.for_each(&mut |cube, measure| mention(cube, measure.other()));
    }
    if let Some(time) = question.time {
        mention(time.cube, None);
    }
    cubes
}
