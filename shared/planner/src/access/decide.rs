//! The policies of one cube or view held against the members that are reached.

use model::{AccessPolicy, CubeId, DataModel, MemberId, PolicyFilter, PolicyValue};
use query::{Filter, MemberFilter, MemberPath};
use serde_json::Value;

use super::reach::Reached;
use super::{Access, Caller, Place, applies, signed_claim};
use crate::Error;
use crate::bind::is_number;
use crate::condition::ValueType;
use crate::slots::ValueKind;
use crate::template::scalar_text;

/// Decides on one cube after the other.
pub(super) struct Decider<'d> {
    pub(super) model: &'d DataModel,
    pub(super) caller: &'d Caller<'d>,
    pub(super) reached: &'d Reached,
    pub(super) access: &'d mut Access,
}

impl Decider<'_> {
    /// Decides what the caller may see of a cube or view.
    ///
    /// Each member needs a policy that grants it, and gets the rows of all that do; the rows of all
    /// members must hold. A cube that is only joined gives the rows of all its policies.
    pub(super) fn decide(&mut self, id: CubeId) -> Result<(), Error> {
        self.access.decided.insert(id);
        let cube = self.model.cube(id);
        let applicable: Vec<&AccessPolicy> =
            cube.access_policies.iter().filter(|policy| applies(policy, self.caller)).collect();
        if applicable.is_empty() {
            self.access.is_denied = true;
            return Ok(());
        }
        let mut constraints: Vec<Vec<&AccessPolicy>> = Vec::new();
        let members = self.reached.of(id);
        for &(member, needs_grant) in &members {
            let is_granting = |policy: &&AccessPolicy| !needs_grant || policy.grants(member);
            let granting: Vec<&AccessPolicy> =
                applicable.iter().copied().filter(is_granting).collect();
            if granting.is_empty() {
                self.access.is_denied = true;
                return Ok(());
            }
            self.mask(member, &granting)?;
            constraints.push(granting);
        }
        if members.is_empty() {
            constraints.push(applicable);
        }
        // A policy for every row lifts the rows of the others.
        constraints.retain(|granting| granting.iter().all(|policy| !policy.rows.is_empty()));
        let mut filters: Vec<Filter> = Vec::new();
        for granting in constraints {
            let filter = self.any_of(&granting)?;
            if !filters.contains(&filter) {
                filters.push(filter);
            }
        }
        let place = if cube.is_view() { Place::View } else { Place::Cube(id) };
        self.access.rules.extend(filters.into_iter().map(|filter| (place, filter)));
        Ok(())
    }

    /// Masks a member that no policy shows as it is in every row, if one shows its mask.
    fn mask(&mut self, member: MemberId, granting: &[&AccessPolicy]) -> Result<(), Error> {
        let showing: Vec<&AccessPolicy> =
            granting.iter().copied().filter(|policy| policy.shows(member)).collect();
        if showing.iter().any(|policy| policy.rows.is_empty())
            || !granting.iter().any(|policy| policy.masks(member))
        {
            return Ok(());
        }
        let lifted = if showing.is_empty() {
            None
        } else {
            let filter = self.any_of(&showing)?;
            self.access.rules.push((Place::Mask, filter));
            Some(self.access.rules.len() - 1)
        };
        self.access.masks.push((member, lifted));
        Ok(())
    }

    /// The rows of any of some policies.
    fn any_of(&self, policies: &[&AccessPolicy]) -> Result<Filter, Error> {
        let mut rows = Vec::with_capacity(policies.len());
        for policy in policies {
            rows.push(one_or(self.filters(&policy.rows)?, Filter::And));
        }
        Ok(one_or(rows, Filter::Or))
    }

    fn filters(&self, filters: &[PolicyFilter]) -> Result<Vec<Filter>, Error> {
        filters.iter().map(|filter| self.filter(filter)).collect()
    }

    fn filter(&self, filter: &PolicyFilter) -> Result<Filter, Error> {
        Ok(match filter {
            PolicyFilter::And(inner) => Filter::And(self.filters(inner)?),
            PolicyFilter::Or(inner) => Filter::Or(self.filters(inner)?),
            PolicyFilter::Member { member, operator, values } => {
                let values = self.values(*member, values)?;
                let path = MemberPath::parse(self.model.path(*member));
                match path {
                    Some(path) if operator.ignores_values() || !values.is_empty() => {
                        Filter::Member(MemberFilter {
                            member: path,
                            operator: *operator,
                            values,
                            instants: Vec::new(),
                        })
                    }
                    // A list without elements: no row.
                    Some(_) | None => Filter::Or(Vec::new()),
                }
            }
        })
    }

    fn values(
        &self,
        member: MemberId,
        values: &[PolicyValue],
    ) -> Result<Vec<Option<String>>, Error> {
        let kind = ValueType::of(self.model, member).value_kind();
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            let path = match value {
                PolicyValue::Literal(text) => {
                    texts.push(text.clone());
                    continue;
                }
                PolicyValue::Claim(path) => path,
            };
            let unusable = || Error::UnusableClaim(path.clone());
            let read = |value: &Value| {
                let text = scalar_text(value).filter(|text| !text.trim().is_empty());
                let text = text.ok_or_else(unusable)?;
                let fits = match kind {
                    ValueKind::Text => true,
                    ValueKind::Number => is_number(&text),
                    ValueKind::Boolean => matches!(text.as_str(), "true" | "false"),
                };
                if fits { Ok(Some(text)) } else { Err(unusable()) }
            };
            match signed_claim(self.caller.context, &path.0) {
                None | Some(Value::Null) => return Err(Error::MissingClaim(path.clone())),
                Some(Value::String(text)) if text.trim().is_empty() => {
                    return Err(Error::MissingClaim(path.clone()));
                }
                Some(Value::Array(elements)) => {
                    for element in elements {
                        texts.push(read(element)?);
                    }
                }
                Some(value) => texts.push(read(value)?),
            }
        }
        Ok(texts)
    }
}

/// A filter by itself, or several in a group.
fn one_or(mut filters: Vec<Filter>, group: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            group(filters)
        }
        None => group(filters),
    }
}
