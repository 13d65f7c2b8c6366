//! The shortest way from one cube to another along the joins they declare.

use std::collections::{HashMap, VecDeque};

use model::{CubeId, DataModel, Join};

/// One declared join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step<'a> {
    /// The cube that declares it.
    pub(crate) from: CubeId,
    /// What it declares.
    pub(crate) join: &'a Join,
}

/// A search from one cube, which goes on where it stopped when another cube is asked for.
///
/// Breadth first over directed edges: every join counts one, and joins are tried in the author's
/// order. Cube 1.7.25 takes the npm package `node-dijkstra` with the same weights and order.
pub(crate) struct Search<'a> {
    model: &'a DataModel,
    start: CubeId,
    reached_by: HashMap<CubeId, Step<'a>>,
    open: VecDeque<CubeId>,
}

impl<'a> Search<'a> {
    /// A search that has looked nowhere yet.
    pub(crate) fn new(model: &'a DataModel, start: CubeId) -> Self {
        Self { model, start, reached_by: HashMap::new(), open: VecDeque::from([start]) }
    }

    /// The joins from the start to a cube, none for the start itself; `None` when nothing leads
    /// there.
    pub(crate) fn path_to(&mut self, goal: CubeId) -> Option<Vec<Step<'a>>> {
        while goal != self.start && !self.reached_by.contains_key(&goal) {
            let cube = self.open.pop_front()?;
            for join in &self.model.cube(cube).joins {
                if join.target == self.start || self.reached_by.contains_key(&join.target) {
                    continue;
                }
                self.reached_by.insert(join.target, Step { from: cube, join });
                self.open.push_back(join.target);
            }
        }
        let mut path = Vec::new();
        let mut at = goal;
        while at != self.start {
            let step = *self.reached_by.get(&at)?;
            path.push(step);
            at = step.from;
        }
        path.reverse();
        Some(path)
    }
}
