//! The members that the `cubes` of a view bring in, kind by kind.

use std::collections::HashSet;

use model::{CubeId, JsonText, Member, MemberId, Target};

use super::ViewError;
use super::join_path::JoinPath;
use crate::declare::{Cube, Dimension, Header, Include, IncludedMember, Measure, Members, Segment};
use crate::report::{Place, Report};

/// An entry of `cubes` whose path is known, with the members it may bring in.
#[derive(Debug)]
pub(super) struct Source<'s> {
    pub(super) include: &'s Include,
    pub(super) path: JoinPath,
    /// The cube at the end of the path, or the view.
    pub(super) cube: &'s Cube,
    pub(super) id: CubeId,
    /// Dimensions that come with the hierarchies of the view.
    pub(super) levels: Vec<String>,
}

/// A member to bring in: its position among those of its kind, and what it is called.
#[derive(Debug)]
pub(super) struct Chosen<'s> {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) place: Place,
    changes: Option<&'s IncludedMember>,
}

impl<'s> Source<'s> {
    /// What a member is called in the view.
    pub(super) fn name_in_view(&self, member: &str) -> String {
        if !self.include.has_prefix {
            return member.to_owned();
        }
        let prefix = self.include.alias.as_ref().unwrap_or(&self.cube.header.name);
        format!("{prefix}_{member}")
    }

    /// Which members of one kind come in, by the names of all of that kind.
    pub(super) fn choose(&self, names: &[&str], with_levels: bool) -> Vec<Chosen<'s>> {
        let place = self.include.join_path.place;
        let all = |index, name: &str| Chosen {
            index,
            name: self.name_in_view(name),
            place,
            changes: None,
        };
        let mut chosen: Vec<Chosen<'s>> = match &self.include.members {
            Members::All => names.iter().enumerate().map(|(at, name)| all(at, name)).collect(),
            Members::Listed(listed) => {
                let position = |name: &str| names.iter().position(|known| *known == name);
                let listed = listed.iter().filter_map(|member| {
                    let called = member.alias.as_ref().unwrap_or(&member.name.text);
                    Some(Chosen {
                        index: position(&member.name.text)?,
                        name: self.name_in_view(called),
                        place: member.name.place,
                        changes: Some(member),
                    })
                });
                let levels = self.levels.iter().filter(|_| with_levels);
                let levels = levels.filter_map(|name| Some(all(position(name)?, name)));
                listed.chain(levels).collect()
            }
        };
        chosen.retain(|chosen| {
            names.get(chosen.index).is_none_or(|name| {
                !self.include.excludes.iter().any(|exclude| exclude.text == **name)
            })
        });
        chosen
    }

    /// What the view's copy of a member stands for.
    fn target(&self, member: Member, inner: Option<&Target>) -> Option<Target> {
        if self.cube.view.is_some() {
            return inner.cloned();
        }
        Some(Target { member: MemberId { cube: self.id, member }, path: self.path.cubes.clone() })
    }
}

impl Chosen<'_> {
    /// Cube 1.7.25, `CubeSymbols.ts`, `generateIncludeMembers`: a member that is not public in its
    /// cube is public in a view, that being what views are for.
    fn header(&self, of: &Header) -> Header {
        let change = |change: fn(&IncludedMember) -> Option<String>, own: &Option<String>| {
            self.changes.and_then(change).or_else(|| own.clone())
        };
        let meta = |changes: &IncludedMember| -> Option<JsonText> { changes.meta.clone() };
        Header {
            name: self.name.clone(),
            place: self.place,
            title: change(|member| member.title.clone(), &of.title),
            description: change(|member| member.description.clone(), &of.description),
            meta: self.changes.and_then(meta).or_else(|| of.meta.clone()),
            is_public: None,
            is_inherited: false,
        }
    }
}

/// One kind of member.
pub(super) trait Kind: Sized {
    /// Those of a cube or view.
    fn of(cube: &Cube) -> &[Self];
    fn header(&self) -> &Header;
    fn target(&self) -> Option<&Target>;
    fn id(index: u32) -> Member;
    /// The view's copy of a member.
    fn copy(&self, chosen: &Chosen<'_>, target: Target) -> Self;
}

impl Kind for Measure {
    fn of(cube: &Cube) -> &[Self] {
        &cube.measures
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    fn id(index: u32) -> Member {
        Member::Measure(index)
    }

    fn copy(&self, chosen: &Chosen<'_>, target: Target) -> Self {
        let format = chosen.changes.and_then(|changes| changes.format.clone());
        Self {
            header: chosen.header(&self.header),
            format: format.or_else(|| self.format.clone()),
            currency: self.currency.clone(),
            kind: self.kind,
            sql: None,
            filters: Vec::new(),
            drill_members: self.drill_members.clone(),
            drill_filters: Vec::new(),
            is_cumulative: self.is_cumulative,
            rolling_window: None,
            period_place: self.period_place,
            mask: None,
            target: Some(target),
        }
    }
}

impl Kind for Dimension {
    fn of(cube: &Cube) -> &[Self] {
        &cube.dimensions
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    fn id(index: u32) -> Member {
        Member::Dimension(index)
    }

    fn copy(&self, chosen: &Chosen<'_>, target: Target) -> Self {
        let format = chosen.changes.and_then(|changes| changes.format.clone());
        Self {
            header: chosen.header(&self.header),
            format: format.or_else(|| self.format.clone()),
            currency: self.currency.clone(),
            kind: self.kind,
            expression: None,
            is_primary_key: false,
            sub_query: None,
            suggests_filter_values: true,
            key: self.key.clone(),
            order: self.order,
            granularities: self.granularities.clone(),
            mask: None,
            target: Some(target),
        }
    }
}

impl Kind for Segment {
    fn of(cube: &Cube) -> &[Self] {
        &cube.segments
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    fn id(index: u32) -> Member {
        Member::Segment(index)
    }

    fn copy(&self, chosen: &Chosen<'_>, target: Target) -> Self {
        Self { header: chosen.header(&self.header), sql: None, target: Some(target) }
    }
}

/// A copy of everything of one kind that a source brings into the view, each target once.
pub(super) fn bring_in<K: Kind>(
    source: &Source<'_>,
    with_levels: bool,
    seen: &mut HashSet<(MemberId, String)>,
    report: &mut Report<'_>,
) -> Vec<K> {
    let members = K::of(source.cube);
    let names: Vec<&str> = members.iter().map(|member| member.header().name.as_str()).collect();
    let mut copies = Vec::new();
    for chosen in source.choose(&names, with_levels) {
        let Some(member) = members.get(chosen.index) else { continue };
        let id = K::id(u32::try_from(chosen.index).unwrap_or(u32::MAX));
        let Some(target) = source.target(id, member.target()) else {
            report.error(
                chosen.place,
                ViewError::OwnOfView {
                    view: source.cube.header.name.clone(),
                    member: member.header().name.clone(),
                }
                .into(),
            );
            continue;
        };
        if seen.insert((MemberId { cube: source.id, member: id }, chosen.name.clone())) {
            copies.push(member.copy(&chosen, target));
        }
    }
    copies
}
