//! Which cubes and members there are, by name.

use std::collections::HashMap;

use model::{CubeId, DimensionType, Member, MemberId, Target};

use crate::declare::{Cube, Declared, Header};
use crate::site::{MemberKind, Nearest};
use crate::spelling::nearest;

/// The declared cubes with an index over their names.
#[derive(Debug)]
pub(crate) struct Names<'d> {
    pub(crate) declared: &'d Declared,
    cubes: HashMap<&'d str, CubeId>,
    members: Vec<HashMap<&'d str, Member>>,
    /// By view, its members by what they stand for.
    shown: Vec<HashMap<MemberId, Member>>,
}

impl<'d> Names<'d> {
    pub(crate) fn new(declared: &'d Declared) -> Self {
        let cubes = declared
            .cubes
            .iter()
            .zip(0..)
            .map(|(cube, index)| (cube.header.name.as_str(), CubeId(index)))
            .collect();
        let members = declared.cubes.iter().map(members_of).collect();
        let shown = declared.cubes.iter().map(shown_by).collect();
        Self { declared, cubes, members, shown }
    }

    pub(crate) fn cube(&self, name: &str) -> Option<CubeId> {
        self.cubes.get(name).copied()
    }

    pub(crate) fn member(&self, cube: CubeId, name: &str) -> Option<MemberId> {
        let member = self.members.get(cube.0 as usize)?.get(name).copied()?;
        Some(MemberId { cube, member })
    }

    pub(crate) fn is_view(&self, cube: CubeId) -> bool {
        self.declaration(cube).is_some_and(|cube| cube.view.is_some())
    }

    /// The member that an entry of `levels` means, if any.
    pub(crate) fn listed(&self, cube: CubeId, text: &str) -> Option<MemberId> {
        let (path, name) = match text.rsplit_once('.') {
            Some((path, name)) => (Some(path), name.trim()),
            None => (None, text),
        };
        let cube = match path.map(|path| path.rsplit('.').next().unwrap_or(path).trim()) {
            None | Some("CUBE" | "TABLE") => cube,
            Some(other) => self.cube(other)?,
        };
        self.member(cube, name)
    }

    /// What a member of a cube is in a view: the first dimension, then the first measure, that
    /// stands for it.
    pub(crate) fn shown_as(&self, view: CubeId, member: MemberId) -> Option<MemberId> {
        self.shown
            .get(view.0 as usize)?
            .get(&member)
            .map(|&shown| MemberId { cube: view, member: shown })
    }

    /// What a view's member stands for, when the view includes it.
    pub(crate) fn target(&self, id: MemberId) -> Option<&'d Target> {
        let cube = self.declaration(id.cube)?;
        match id.member {
            Member::Measure(index) => cube.measures.get(index as usize)?.target.as_ref(),
            Member::Dimension(index) => cube.dimensions.get(index as usize)?.target.as_ref(),
            Member::Segment(index) => cube.segments.get(index as usize)?.target.as_ref(),
        }
    }

    pub(crate) fn declaration(&self, cube: CubeId) -> Option<&'d Cube> {
        self.declared.cubes.get(cube.0 as usize)
    }

    pub(crate) fn name_of(&self, cube: CubeId) -> &'d str {
        self.declaration(cube).map_or("", |cube| cube.header.name.as_str())
    }

    /// What is declared of a member.
    pub(crate) fn header(&self, id: MemberId) -> Option<&'d Header> {
        let cube = self.declaration(id.cube)?;
        match id.member {
            Member::Measure(index) => cube.measures.get(index as usize).map(|found| &found.header),
            Member::Dimension(index) => {
                cube.dimensions.get(index as usize).map(|found| &found.header)
            }
            Member::Segment(index) => cube.segments.get(index as usize).map(|found| &found.header),
        }
    }

    /// `Orders.count`.
    pub(crate) fn path(&self, id: MemberId) -> String {
        let header = self.header(id);
        let member = header.map_or("", |header| header.name.as_str());
        format!("{}.{member}", self.name_of(id.cube))
    }

    pub(crate) fn is_time(&self, id: MemberId) -> bool {
        let Member::Dimension(index) = id.member else { return false };
        self.declaration(id.cube)
            .and_then(|cube| cube.dimensions.get(index as usize))
            .is_some_and(|dimension| dimension.kind == DimensionType::Time)
    }

    /// The granularities of the author's own on a time dimension.
    pub(crate) fn granularities(&self, id: MemberId) -> impl Iterator<Item = &'d str> {
        let dimension = match id.member {
            Member::Dimension(index) => {
                self.declaration(id.cube).and_then(|cube| cube.dimensions.get(index as usize))
            }
            Member::Measure(_) | Member::Segment(_) => None,
        };
        let granularities = dimension.into_iter().flat_map(|found| &found.granularities);
        granularities.map(|granularity| granularity.name.as_str())
    }

    pub(crate) fn nearest_cube(&self, name: &str) -> Nearest {
        nearest(name, self.declared.cubes.iter().map(|cube| cube.header.name.as_str()))
    }

    pub(crate) fn nearest_member(&self, cube: CubeId, name: &str) -> Nearest {
        nearest(name, self.members_by_name(cube))
    }

    /// The nearest of what a bare name may be: a member of the cube, or a cube.
    pub(crate) fn nearest_name(&self, cube: CubeId, name: &str) -> Nearest {
        let cubes = self.declared.cubes.iter().map(|cube| cube.header.name.as_str());
        nearest(name, self.members_by_name(cube).chain(cubes))
    }

    /// In the order of the file, so that a suggestion is the same every time.
    pub(crate) fn members_by_name(&self, cube: CubeId) -> impl Iterator<Item = &'d str> {
        self.declaration(cube).into_iter().flat_map(|cube| {
            let measures = cube.measures.iter().map(|measure| &measure.header);
            let dimensions = cube.dimensions.iter().map(|dimension| &dimension.header);
            let segments = cube.segments.iter().map(|segment| &segment.header);
            measures.chain(dimensions).chain(segments).map(|header| header.name.as_str())
        })
    }
}

/// The members of a view by what they stand for; the first one wins, a dimension before a measure.
fn shown_by(cube: &Cube) -> HashMap<MemberId, Member> {
    let dimensions =
        (0..).map(Member::Dimension).zip(cube.dimensions.iter().map(|found| &found.target));
    let measures = (0..).map(Member::Measure).zip(cube.measures.iter().map(|found| &found.target));
    let mut shown = HashMap::new();
    for (member, target) in dimensions.chain(measures) {
        if let Some(target) = target {
            shown.entry(target.member).or_insert(member);
        }
    }
    shown
}

fn members_of(cube: &Cube) -> HashMap<&str, Member> {
    let measures = cube
        .measures
        .iter()
        .zip(0..)
        .map(|(found, index)| (found.header.name.as_str(), Member::Measure(index)));
    let dimensions = cube
        .dimensions
        .iter()
        .zip(0..)
        .map(|(found, index)| (found.header.name.as_str(), Member::Dimension(index)));
    let segments = cube
        .segments
        .iter()
        .zip(0..)
        .map(|(found, index)| (found.header.name.as_str(), Member::Segment(index)));
    measures.chain(dimensions).chain(segments).collect()
}

/// What a member is.
pub(crate) fn kind_of(id: MemberId) -> MemberKind {
    match id.member {
        Member::Measure(_) => MemberKind::Measure,
        Member::Dimension(_) => MemberKind::Dimension,
        Member::Segment(_) => MemberKind::Segment,
    }
}
