//! The members that a query reaches: those it names, and those their SQL refers to.

use std::collections::BTreeSet;

use model::{CubeId, DataModel, MemberId};

use crate::references::{Reference, for_each_reference, for_each_template};
use crate::resolve::ResolvedQuery;

/// Members by how they are reached.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// Named by the query, or by the SQL of such a member.
    pub(super) directly: BTreeSet<MemberId>,
    /// Through a member of a view.
    pub(super) through_views: BTreeSet<MemberId>,
}

impl Reached {
    /// All that a query asks for, filters included.
    pub(super) fn by(model: &DataModel, resolved: &ResolvedQuery<'_>) -> Self {
        let mut reached = Self::default();
        for &id in resolved.measures.iter().chain(&resolved.dimensions).chain(&resolved.segments) {
            reached.add(model, id, false);
        }
        for time in &resolved.time_dimensions {
            reached.add(model, time.id, false);
        }
        for filter in resolved.row_filters.iter().chain(&resolved.measure_filters) {
            filter.for_each(&mut |condition| reached.add(model, condition.member, false));
        }
        reached
    }

    /// The cubes and views they belong to.
    pub(super) fn cubes(&self) -> BTreeSet<CubeId> {
        self.directly.iter().chain(&self.through_views).map(|id| id.cube).collect()
    }

    /// Those of one cube, with whether the cube itself must grant it.
    pub(super) fn of(&self, cube: CubeId) -> Vec<(MemberId, bool)> {
        let direct = self.directly.iter().map(|&id| (id, true));
        let others = self.through_views.difference(&self.directly).map(|&id| (id, false));
        direct.chain(others).filter(|(id, _)| id.cube == cube).collect()
    }

    fn add(&mut self, model: &DataModel, id: MemberId, through_view: bool) {
        let set = if through_view { &mut self.through_views } else { &mut self.directly };
        if !set.insert(id) {
            return;
        }
        let through_view = through_view || model.cube(id.cube).is_view();
        if let Some(target) = model.target(id) {
            self.add(model, target.member, through_view);
        }
        let mut further = Vec::new();
        let mut read = |template| {
            for_each_reference(template, &mut |reference, _| {
                if let Reference::Member(id) = reference {
                    further.push(id);
                }
            });
        };
        if let Some(measure) = model.measure(id) {
            measure.sql.iter().chain(&measure.filters).for_each(&mut read);
        }
        if let Some(dimension) = model.dimension(id) {
            for_each_template(&dimension.expression, &mut read);
        }
        if let Some(segment) = model.segment(id) {
            read(&segment.sql);
        }
        for id in further {
            self.add(model, id, through_view);
        }
    }
}
