//! What a view has that a cube has not: members that stand for those of cubes.

use model::{
    CubeId, DimensionExpression, Folder, Hierarchy, MemberId, Part, SqlTemplate, Target, View,
};

use super::Resolver;
use super::reference::Binder;
use crate::Error;
use crate::declare::{self, Header};
use crate::site::Site;
use crate::view::{ViewError, default_filters, folders};

impl Resolver<'_, '_> {
    /// What a view has beside its members.
    pub(super) fn view(&mut self, declared: &declare::View) -> View {
        let folders: Vec<Folder> = folders(self.names, self.id, self.report);
        let default_filters = default_filters(self.names, self.id, declared, self.report);
        View { join_paths: declared.join_paths.clone(), folders, default_filters }
    }

    /// The hierarchies of the view's cubes, with the levels that the view has.
    ///
    /// Cube 1.7.25, `CubeEvaluator.ts`, `prepareHierarchies`: the title is the cube's, and one
    /// without a level is left out.
    pub(super) fn hierarchies_of_view(&mut self, declared: &declare::View) -> Vec<Hierarchy> {
        let mut hierarchies = Vec::new();
        for included in &declared.hierarchies {
            let cube = self.names.declaration(included.cube);
            let Some(found) = cube.and_then(|cube| cube.hierarchies.get(included.index)) else {
                continue;
            };
            let levels: Vec<MemberId> = found
                .levels
                .iter()
                .filter_map(|text| self.names.listed(included.cube, &text.text))
                .filter_map(|level| self.names.shown_as(self.id, level))
                .collect();
            if levels.is_empty() {
                continue;
            }
            let cube = self.names.name_of(included.cube);
            hierarchies.push(Hierarchy {
                name: included.name.clone(),
                title: found.header.title.clone(),
                is_public: found.header.is_public.unwrap_or(true),
                levels,
                alias_member: Some(format!("{cube}.{}", found.header.name)),
            });
        }
        hierarchies
    }

    /// The drill members of a cube's measure that the view has, as the view calls them.
    ///
    /// Cube 1.7.25, `CubeSymbols.ts`, `generateIncludeMembers`.
    pub(super) fn drill_members_of_view(
        &mut self,
        cube: CubeId,
        declared: &declare::Measure,
    ) -> Vec<MemberId> {
        // A mistake in them is the cube's.
        self.report.set_inherited(true);
        let mut shown = Vec::new();
        for text in &declared.drill_members {
            let site = Site::DrillMembers;
            let mut binder = Binder { names: self.names, cube, site, report: self.report };
            let member = binder.listed_member(text);
            shown.extend(member.and_then(|member| self.names.shown_as(self.id, member)));
        }
        self.report.set_inherited(false);
        shown
    }

    /// What a member of the view's own stands for: `sql: "{orders.users.city}"` is another name,
    /// anything else has no single target, and must at least refer to a member of a cube.
    pub(super) fn own_target(
        &mut self,
        header: &Header,
        templates: &[&SqlTemplate],
    ) -> Option<Target> {
        if !self.names.is_view(self.id) {
            return None;
        }
        let mut refers = false;
        for template in templates {
            // A template that could not be read is one mistake, not two.
            refers |= template.parts.is_empty();
            template.for_each_part(&mut |part| {
                refers |= matches!(part, Part::Member(_) | Part::TimeMember { .. });
            });
        }
        if !refers {
            let (view, member) = (self.declared.header.name.clone(), header.name.clone());
            self.report.error_of(header, Error::View(ViewError::OwnMember { view, member }));
        }
        let [SqlTemplate { parts }] = templates else { return None };
        let [part] = parts.as_slice() else { return None };
        let (part, path) = if let Part::Joined { path, reference } = part {
            (reference.as_ref(), Some(path.clone()))
        } else {
            (part, None)
        };
        let &Part::Member(member) = part else { return None };
        let path = path.unwrap_or_else(|| vec![member.cube]);
        (!self.names.is_view(member.cube)).then_some(Target { member, path })
    }

    /// As [`Self::own_target`], of a dimension.
    pub(super) fn own_target_of(
        &mut self,
        header: &Header,
        expression: &DimensionExpression,
    ) -> Option<Target> {
        match expression {
            DimensionExpression::Sql(template) => self.own_target(header, &[template]),
            DimensionExpression::Case { whens, .. } => {
                let conditions: Vec<&SqlTemplate> =
                    whens.iter().map(|when| &when.condition).collect();
                self.own_target(header, &conditions).and(None)
            }
            DimensionExpression::Geo { latitude, longitude } => {
                self.own_target(header, &[latitude, longitude])
            }
        }
    }
}
