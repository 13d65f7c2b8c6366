//! The rules of [`Access`] with their names bound, as the later stages hold them.

use model::{CubeId, DataModel, MemberId};

use super::{Access, DefaultMasks, Place};
use crate::Error;
use crate::filters::ResolvedFilter;
use crate::join::{self, JoinTree};
use crate::references::Touched;
use crate::resolve::ResolvedQuery;
use crate::template::Env;

/// What holds while a query is planned.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) is_denied: bool,
    /// The rows of cubes.
    pub(crate) cubes: Vec<(CubeId, ResolvedFilter)>,
    /// Masked members, with the rows in which they are not.
    pub(crate) masks: Vec<(MemberId, Option<ResolvedFilter>)>,
    pub(crate) defaults: DefaultMasks,
}

impl Rules {
    /// Takes the conditions of `access` out of a resolved query, whose last filters they are, and
    /// puts back those that hold for the query as a whole.
    ///
    /// # Errors
    /// [`Error::Undecided`] when the query asks a view that nobody decided on.
    pub(crate) fn take(
        model: &DataModel,
        access: &Access,
        resolved: &mut ResolvedQuery<'_>,
    ) -> Result<Self, Error> {
        let first = resolved.row_filters.len().saturating_sub(access.rules.len());
        let mut filters = resolved.row_filters.split_off(first);
        filters.iter_mut().for_each(ResolvedFilter::set_rule);
        let mut rules = Self {
            is_denied: access.is_denied,
            defaults: access.defaults.clone(),
            ..Self::default()
        };
        for &(member, lifted) in &access.masks {
            rules.masks.push((member, lifted.and_then(|place| filters.get(place).cloned())));
        }
        for (filter, (place, _)) in filters.into_iter().zip(&access.rules) {
            match place {
                Place::View => resolved.row_filters.push(filter),
                Place::Cube(cube) => rules.cubes.push((*cube, filter)),
                Place::Mask => {}
            }
        }
        check_views(model, access, resolved)?;
        Ok(rules)
    }
}

fn check_views(
    model: &DataModel,
    access: &Access,
    resolved: &ResolvedQuery<'_>,
) -> Result<(), Error> {
    if !model.has_policies() {
        return Ok(());
    }
    let mut members: Vec<MemberId> = Vec::new();
    members.extend(resolved.measures.iter().chain(&resolved.dimensions).chain(&resolved.segments));
    members.extend(resolved.time_dimensions.iter().map(|time| time.id));
    for filter in resolved.row_filters.iter().chain(&resolved.measure_filters) {
        filter.for_each(&mut |condition| members.push(condition.member));
    }
    members.into_iter().try_for_each(|id| check_decided(model, access, id.cube))
}

/// Nothing is read of a cube with policies before somebody has decided on it.
///
/// # Errors
/// [`Error::Undecided`]
pub(crate) fn check_decided(model: &DataModel, access: &Access, id: CubeId) -> Result<(), Error> {
    let cube = model.cube(id);
    if cube.access_policies.is_empty() || access.is_denied || access.decided.contains(&id) {
        return Ok(());
    }
    Err(Error::Undecided { cube: cube.name.clone() })
}

/// Joins what is touched, and what the rules of the joined cubes touch.
///
/// # Errors
/// Those of [`join::join`].
pub(crate) fn join_ruled<'a>(env: &Env<'a>, touched: &mut Touched) -> Result<JoinTree<'a>, Error> {
    let mut known: Vec<CubeId> = Vec::new();
    loop {
        let tree = join::join(env.model, touched, env.join_hints)?;
        let before = known.len();
        for (cube, filter) in &env.rules.cubes {
            if tree.cubes().any(|joined| joined == *cube) && !known.contains(cube) {
                known.push(*cube);
            }
            if known.contains(cube) {
                filter.for_each(&mut |condition| touched.add_condition(env.model, condition));
            }
        }
        if known.len() == before {
            return Ok(tree);
        }
    }
}

/// The rules for the rows of a tree.
pub(crate) fn rules_of<'a>(
    env: &Env<'a>,
    tree: &JoinTree<'_>,
) -> impl Iterator<Item = &'a ResolvedFilter> {
    let cubes: Vec<CubeId> = tree.cubes().collect();
    let rules = env.rules.cubes.iter();
    rules.filter(move |(cube, _)| cubes.contains(cube)).map(|(_, filter)| filter)
}
