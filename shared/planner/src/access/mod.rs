//! Access policies: what a caller may see of what a query asks for.
//!
//! [`access`] decides, once for every cube and view that a query reaches, before the query is
//! planned: `reach` finds the members, `decide` holds them against the policies that apply,
//! `mask` says what stands in the place of a value. [`plan_with`](crate::plan_with) puts the rules
//! where they hold: the rows of a cube into every SELECT that reads it, sub-queries included.
//!
//! Cube 1.7.25, `packages/cubejs-server-core/src/core/CompilerApi.ts`, `applyRowLevelSecurity`.

mod decide;
mod implied;
mod mask;
mod reach;
mod rules;

use std::collections::BTreeSet;

use auth::SecurityContext;
use model::{AccessPolicy, CubeId, DataModel, MemberId, PolicyCondition};
use query::{Filter, Query};

use crate::Error;
use crate::prepare::cubes_read;
use crate::resolve::resolve;
use crate::template::MissingClaims;
use decide::Decider;
pub(crate) use mask::{Masks, masked, touch_masks};
use reach::Reached;
pub(crate) use rules::{Rules, check_decided, join_ruled, rules_of};

/// Who asks, as far as policies are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// What conditions and values of policies read: the payload as it was signed.
    pub context: &'a SecurityContext,
    /// The groups the caller is in (`contextToGroups`); everybody is in `*`.
    pub groups: &'a [String],
    /// What stands in the place of a value that has no mask of its own.
    pub masks: &'a DefaultMasks,
    /// What a row filter of a cube's own SQL does without its claim.
    pub missing_claims: MissingClaims,
}

/// What stands in the place of a value that a caller may not see and whose member has no `mask`, by
/// the type of the member; NULL where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefaultMasks {
    /// `CUBEJS_ACCESS_POLICY_MASK_STRING`
    pub string: Option<String>,
    /// `CUBEJS_ACCESS_POLICY_MASK_TIME`
    pub time: Option<String>,
    /// `CUBEJS_ACCESS_POLICY_MASK_BOOLEAN`
    pub boolean: Option<bool>,
    /// `CUBEJS_ACCESS_POLICY_MASK_NUMBER`: a decimal number, as it is written in SQL.
    pub number: Option<String>,
}

/// What a caller may see of what one query asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    /// Whether there is no row at all.
    pub(crate) is_denied: bool,
    /// The cubes and views that were decided on.
    pub(crate) decided: BTreeSet<CubeId>,
    /// Conditions, with what they are for.
    pub(crate) rules: Vec<(Place, Filter)>,
    /// Members that are masked, and the place among `rules` of the rows in which they are not.
    pub(crate) masks: Vec<(MemberId, Option<usize>)>,
    pub(crate) defaults: DefaultMasks,
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The rows that a view gives.
    View,
    /// The rows of a cube, wherever they are read.
    Cube(CubeId),
    /// The rows in which a mask is lifted.
    Mask,
}

impl Access {
    /// Conditions to be added to the query, in this order and behind all others
    /// ([`Query::with_filters`]), before it is planned.
    pub fn filters(&self) -> Vec<Filter> {
        self.rules.iter().map(|(_, filter)| filter.clone()).collect()
    }

    /// Whether values of the policies are among the parameters of the statement.
    pub(crate) fn has_values(&self) -> bool {
        !self.rules.is_empty()
    }
}

/// Decides what a caller may see of `query`, of which `asked` is what the caller sent: the members
/// there must be granted, those of further filters of the model's need not.
///
/// A cube or view without policies is open. No policy that applies, or a member that none of them
/// grants: every row is denied. Members of a cube that are reached through a view need no grant of
/// the cube's, its rows do.
///
/// # Errors
/// [`Error::MissingClaim`] and [`Error::UnusableClaim`] for a claim that a rule needs;
/// [`Error::HiddenMember`] where all that is asked for are aggregates that the caller may not see;
/// those of [`plan`](crate::plan).
pub fn access(
    model: &DataModel,
    caller: &Caller<'_>,
    asked: &Query,
    query: &Query,
) -> Result<Access, Error> {
    let mut access = Access { defaults: caller.masks.clone(), ..Access::default() };
    if !model.has_policies() {
        return Ok(access);
    }
    let resolved = resolve(model, asked)?;
    let reached = Reached::by(model, &resolved);
    let mut open: BTreeSet<CubeId> = reached.cubes();
    let mut decider = Decider { model, caller, reached: &reached, access: &mut access };
    // Every round decides on one cube more at least.
    loop {
        open.retain(|id| {
            !model.cube(*id).access_policies.is_empty() && !decider.access.decided.contains(id)
        });
        if decider.access.is_denied {
            break;
        }
        if let Some(cube) = open.pop_first() {
            decider.decide(cube)?;
            continue;
        }
        let mut ruled = query.clone();
        ruled.filters.extend(decider.access.filters());
        open = cubes_read(model, caller, &ruled, decider.access)?;
        if open.iter().all(|id| decider.access.decided.contains(id)) {
            break;
        }
    }
    if access.is_denied {
        access.rules.clear();
        access.masks.clear();
        refuse_hidden_aggregates(model, caller, &resolved)?;
        return Ok(access);
    }
    mask::settle(model, &resolved, asked, &mut access);
    Ok(access)
}

/// Aggregates alone give a row even where there is none to aggregate, and Cube answers it with this.
fn refuse_hidden_aggregates(
    model: &DataModel,
    caller: &Caller<'_>,
    resolved: &crate::resolve::ResolvedQuery<'_>,
) -> Result<(), Error> {
    let is_grouped = !resolved.dimensions.is_empty()
        || resolved.time_dimensions.iter().any(|time| time.granularity.is_some());
    if is_grouped || resolved.is_ungrouped {
        return Ok(());
    }
    for &id in &resolved.measures {
        if is_hidden(model, caller, id) {
            return Err(Error::HiddenMember { path: model.path(id).to_owned() });
        }
    }
    Ok(())
}

/// Whether no policy shows a caller a member, be it as its mask.
pub fn is_hidden(model: &DataModel, caller: &Caller<'_>, id: MemberId) -> bool {
    let policies = &model.cube(id.cube).access_policies;
    !policies.is_empty()
        && !policies.iter().any(|policy| applies(policy, caller) && policy.grants(id))
}

/// The policies that apply to a caller: two callers with the same see the same model.
pub fn applicable(model: &DataModel, caller: &Caller<'_>) -> Vec<bool> {
    let policies = model.cubes().flat_map(|(_, cube)| &cube.access_policies);
    policies.map(|policy| applies(policy, caller)).collect()
}

/// Whether a policy is one for this caller. A condition whose claim is anything but `true` does not
/// hold: policies only grant.
pub(crate) fn applies(policy: &AccessPolicy, caller: &Caller<'_>) -> bool {
    policy.groups.iter().any(|group| group == "*" || caller.groups.contains(group))
        && policy.conditions.iter().all(|condition| match condition {
            PolicyCondition::Always(holds) => *holds,
            PolicyCondition::Claim(path) => {
                signed_claim(caller.context, &path.0) == Some(&serde_json::Value::Bool(true))
            }
        })
}

/// A claim of the payload.
pub(crate) fn signed_claim<'c>(
    context: &'c SecurityContext,
    path: &[String],
) -> Option<&'c serde_json::Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(context.payload().get(first)?, |value, key| value.as_object()?.get(key))
}
