//! The model as a whole: cubes by name, and which of them can be joined.

use std::collections::HashMap;

use crate::{
    Cube, CubeId, Dimension, Folder, FolderItem, Mask, Measure, Member, MemberId, Segment, Source,
    Target, ViewGroup,
};

/// A compiled data model. Never changes after [`DataModel::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct DataModel {
    cubes: Vec<Cube>,
    by_name: HashMap<String, CubeId>,
    members: Vec<HashMap<String, Member>>,
    components: Vec<u32>,
    view_groups: Vec<ViewGroup>,
    has_policies: bool,
}

/// Why cubes do not make a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two cubes have one name.
    #[error("cube `{0}` is defined twice")]
    DuplicateCube(String),
    /// Two members of one cube have one name.
    #[error("member `{member}` of cube `{cube}` is defined twice")]
    DuplicateMember {
        /// The cube.
        cube: String,
        /// The member's name.
        member: String,
    },
}

impl DataModel {
    /// Builds the indexes over `cubes`; the position of a cube is its [`CubeId`].
    ///
    /// # Errors
    /// [`BuildError`] when a name is used twice. The compiler reports those with file and line
    /// before it comes here.
    pub fn new(cubes: Vec<Cube>) -> Result<Self, BuildError> {
        let mut by_name = HashMap::with_capacity(cubes.len());
        let mut members = Vec::with_capacity(cubes.len());
        for (index, cube) in cubes.iter().enumerate() {
            if by_name.insert(cube.name.clone(), cube_id(index)).is_some() {
                return Err(BuildError::DuplicateCube(cube.name.clone()));
            }
            members.push(index_members(cube)?);
        }
        let components = connected_components(&cubes);
        let has_policies = cubes.iter().any(|cube| !cube.access_policies.is_empty());
        let view_groups = Vec::new();
        Ok(Self { cubes, by_name, members, components, view_groups, has_policies })
    }

    /// The same with its views in groups.
    #[must_use]
    pub fn with_view_groups(self, view_groups: Vec<ViewGroup>) -> Self {
        Self { view_groups, ..self }
    }

    /// The groups of views that stand in no other, in the order of the files.
    pub fn view_groups(&self) -> &[ViewGroup] {
        &self.view_groups
    }

    /// Every cube with its id, in the order of the files.
    pub fn cubes(&self) -> impl Iterator<Item = (CubeId, &Cube)> {
        self.cubes.iter().enumerate().map(|(index, cube)| (cube_id(index), cube))
    }

    /// How many cubes there are.
    pub fn len(&self) -> usize {
        self.cubes.len()
    }

    /// Whether there is no cube at all.
    pub fn is_empty(&self) -> bool {
        self.cubes.is_empty()
    }

    /// Looks a cube up by name.
    pub fn find_cube(&self, name: &str) -> Option<CubeId> {
        self.by_name.get(name).copied()
    }

    /// Looks a member of `cube` up by name.
    pub fn find_member(&self, cube: CubeId, name: &str) -> Option<MemberId> {
        let member = self.members.get(cube.0 as usize)?.get(name).copied()?;
        Some(MemberId { cube, member })
    }

    /// The cube of an id of this model.
    #[expect(clippy::indexing_slicing, reason = "ids are made by this model and never outlive it")]
    pub fn cube(&self, id: CubeId) -> &Cube {
        &self.cubes[id.0 as usize]
    }

    /// The data sources that its cubes live in, each once, in the order of the cubes.
    pub fn data_sources(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for cube in self.cubes.iter().filter(|cube| !cube.is_view()) {
            if !names.contains(&cube.data_source.as_str()) {
                names.push(&cube.data_source);
            }
        }
        names
    }

    /// The measure of an id, or nothing when the id is of another kind.
    pub fn measure(&self, id: MemberId) -> Option<&Measure> {
        match id.member {
            Member::Measure(index) => self.cube(id.cube).measures.get(index as usize),
            Member::Dimension(_) | Member::Segment(_) => None,
        }
    }

    /// The dimension of an id, or nothing when the id is of another kind.
    pub fn dimension(&self, id: MemberId) -> Option<&Dimension> {
        match id.member {
            Member::Dimension(index) => self.cube(id.cube).dimensions.get(index as usize),
            Member::Measure(_) | Member::Segment(_) => None,
        }
    }

    /// The segment of an id, or nothing when the id is of another kind.
    pub fn segment(&self, id: MemberId) -> Option<&Segment> {
        match id.member {
            Member::Segment(index) => self.cube(id.cube).segments.get(index as usize),
            Member::Measure(_) | Member::Dimension(_) => None,
        }
    }

    /// Whether any cube or view says who may see it.
    pub fn has_policies(&self) -> bool {
        self.has_policies
    }

    /// The mask of a member: its own, or that of what it stands for in a view.
    pub fn mask(&self, id: MemberId) -> Option<&Mask> {
        let own = |id: MemberId| match id.member {
            Member::Measure(_) => self.measure(id)?.mask.as_ref(),
            Member::Dimension(_) => self.dimension(id)?.mask.as_ref(),
            Member::Segment(_) => None,
        };
        own(id).or_else(|| own(self.behind(id)))
    }

    /// The same model without the members that `is_hidden` takes away: they are not public, and
    /// nothing that describes another member names them.
    #[must_use]
    pub fn without(&self, is_hidden: impl Fn(MemberId) -> bool) -> Self {
        let mut model = self.clone();
        for (cube_id, cube) in (0..).map(CubeId).zip(&mut model.cubes) {
            let hides = |member| is_hidden(MemberId { cube: cube_id, member });
            for (measure, index) in cube.measures.iter_mut().zip(0..) {
                measure.is_public &= !hides(Member::Measure(index));
                measure.drill_members.retain(|&id| !is_hidden(id));
            }
            for (dimension, index) in cube.dimensions.iter_mut().zip(0..) {
                dimension.is_public &= !hides(Member::Dimension(index));
                dimension.key = dimension.key.filter(|&id| !is_hidden(id));
            }
            for (segment, index) in cube.segments.iter_mut().zip(0..) {
                segment.is_public &= !hides(Member::Segment(index));
            }
            cube.hierarchies.retain(|found| !found.levels.iter().any(|&id| is_hidden(id)));
            let left: Vec<&str> =
                cube.hierarchies.iter().map(|found| found.name.as_str()).collect();
            if let Source::View(view) = &mut cube.source {
                retain_visible(&mut view.folders, &is_hidden, &left);
            }
        }
        model
    }

    /// What a view's member stands for; nothing for a cube's own.
    pub fn target(&self, id: MemberId) -> Option<&Target> {
        match id.member {
            Member::Measure(_) => self.measure(id)?.target.as_ref(),
            Member::Dimension(_) => self.dimension(id)?.target.as_ref(),
            Member::Segment(_) => self.segment(id)?.target.as_ref(),
        }
    }

    /// The member of a cube that a view's member stands for; any other is itself.
    pub fn behind(&self, id: MemberId) -> MemberId {
        self.target(id).map_or(id, |target| target.member)
    }

    /// `Orders.count` for any member.
    pub fn path(&self, id: MemberId) -> &str {
        match id.member {
            Member::Measure(_) => self.measure(id).map(|measure| measure.path.as_str()),
            Member::Dimension(_) => self.dimension(id).map(|dimension| dimension.path.as_str()),
            Member::Segment(_) => self.segment(id).map(|segment| segment.path.as_str()),
        }
        .unwrap_or_default()
    }

    /// The number of the join component a cube belongs to, counted from 1; cubes with the same
    /// number can be asked for together. `connectedComponent` in `/v1/meta`.
    pub fn connected_component(&self, id: CubeId) -> u32 {
        self.components.get(id.0 as usize).copied().unwrap_or_default()
    }
}

/// Takes hidden members and lost hierarchies out of folders, and folders that hold nothing then.
fn retain_visible(
    folders: &mut Vec<Folder>,
    is_hidden: &impl Fn(MemberId) -> bool,
    hierarchies: &[&str],
) {
    folders.retain_mut(|folder| {
        folder.items.retain_mut(|item| match item {
            FolderItem::Member(id) => !is_hidden(*id),
            FolderItem::Hierarchy(name) => hierarchies.contains(&name.as_str()),
            FolderItem::Folder(inner) => {
                let mut one = vec![inner.clone()];
                retain_visible(&mut one, is_hidden, hierarchies);
                match one.pop() {
                    Some(left) => {
                        *inner = left;
                        true
                    }
                    None => false,
                }
            }
        });
        !folder.items.is_empty()
    });
}

fn cube_id(index: usize) -> CubeId {
    CubeId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn index_members(cube: &Cube) -> Result<HashMap<String, Member>, BuildError> {
    let mut members = HashMap::new();
    for (name, member) in cube.members() {
        if members.insert(name.to_owned(), member).is_some() {
            return Err(BuildError::DuplicateMember {
                cube: cube.name.clone(),
                member: name.to_owned(),
            });
        }
    }
    Ok(members)
}

/// Numbers the components of the join graph, its edges taken without direction.
fn connected_components(cubes: &[Cube]) -> Vec<u32> {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); cubes.len()];
    for (index, cube) in cubes.iter().enumerate() {
        for join in &cube.joins {
            let target = join.target.0 as usize;
            if let Some(list) = neighbours.get_mut(index) {
                list.push(target);
            }
            if let Some(list) = neighbours.get_mut(target) {
                list.push(index);
            }
        }
    }
    let mut components = vec![0; cubes.len()];
    let mut next = 0;
    for start in 0..cubes.len() {
        if components.get(start).copied() != Some(0) {
            continue;
        }
        next += 1;
        let mut open = vec![start];
        while let Some(index) = open.pop() {
            let Some(component) = components.get_mut(index) else {
                continue;
            };
            if *component != 0 {
                continue;
            }
            *component = next;
            open.extend(neighbours.get(index).into_iter().flatten());
        }
    }
    components
}
