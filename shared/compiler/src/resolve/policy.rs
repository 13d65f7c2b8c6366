//! Access policies: their members bound.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeEvaluator.ts`,
//! `prepareAccessPolicy`.

use model::{AccessPolicy, Mask, MemberId, PolicyFilter, PolicyMembers};

use super::Resolver;
use crate::Error;
use crate::declare;
use crate::names::kind_of;
use crate::report::Sourced;
use crate::site::{MemberKind, Site};

impl Resolver<'_, '_> {
    /// The policies of the cube or view.
    pub(super) fn policies(&mut self) -> Vec<AccessPolicy> {
        let mut policies = Vec::new();
        for declared in &self.declared.policies {
            self.report.set_inherited(declared.is_inherited);
            let policy = AccessPolicy {
                groups: declared.groups.clone(),
                conditions: declared.conditions.clone(),
                shown: declared.shown.as_ref().map(|members| self.members(members)),
                masked: declared.masked.as_ref().map(|members| self.members(members)),
                rows: self.filters(&declared.rows),
            };
            if policies.contains(&policy) {
                self.report.error_of(&self.declared.header, Error::SamePolicy);
            }
            policies.push(policy);
        }
        self.report.set_inherited(false);
        policies
    }

    fn members(&mut self, declared: &declare::PolicyMembers) -> PolicyMembers {
        let everything = || -> Vec<MemberId> {
            let names = self.names.members_by_name(self.id);
            names.filter_map(|name| self.names.member(self.id, name)).collect()
        };
        let excludes = match &declared.excludes {
            None => everything(),
            Some(listed) => self.listed(listed),
        };
        PolicyMembers {
            includes: declared.includes.as_ref().map(|listed| self.listed(listed)),
            excludes,
        }
    }

    fn listed(&mut self, listed: &[Sourced]) -> Vec<MemberId> {
        listed.iter().filter_map(|text| self.own(text)).collect()
    }

    fn filters(&mut self, declared: &[declare::PolicyFilter]) -> Vec<PolicyFilter> {
        declared.iter().filter_map(|filter| self.filter(filter)).collect()
    }

    fn filter(&mut self, declared: &declare::PolicyFilter) -> Option<PolicyFilter> {
        Some(match declared {
            declare::PolicyFilter::And(inner) => PolicyFilter::And(self.filters(inner)),
            declare::PolicyFilter::Or(inner) => PolicyFilter::Or(self.filters(inner)),
            declare::PolicyFilter::Member { member: text, operator, values } => {
                let member = self.own(text)?;
                let kind = kind_of(member);
                if kind != MemberKind::Dimension {
                    let path = self.names.path(member);
                    let site = Site::PolicyFilter;
                    self.report.error(text.place, Error::WrongKind { path, kind, site });
                    return None;
                }
                PolicyFilter::Member { member, operator: *operator, values: values.clone() }
            }
        })
    }

    /// A member of this cube or view: `name`, `{CUBE}.name`, `{name}` or `cube.name`.
    fn own(&mut self, text: &Sourced) -> Option<MemberId> {
        let plain: String =
            text.text.chars().filter(|found| !matches!(found, '$' | '{' | '}')).collect();
        let plain = plain.trim();
        let cube = self.names.name_of(self.id);
        let name = match plain.split_once('.') {
            None => plain,
            Some((owner, name)) if [cube, "CUBE", "TABLE"].contains(&owner.trim()) => name.trim(),
            Some(_) => {
                let (member, cube) = (plain.to_owned(), cube.to_owned());
                self.report.error(text.place, Error::PolicyPath { member, cube });
                return None;
            }
        };
        let found = self.names.member(self.id, name);
        if found.is_none() {
            let nearest = self.names.nearest_member(self.id, name);
            let (cube, name) = (cube.to_owned(), name.to_owned());
            self.report.unknown(text.place, Error::UnknownMember { cube, name, nearest });
        }
        found
    }

    /// What stands in the place of a member's value.
    pub(super) fn mask(&mut self, declared: Option<&declare::Mask>, site: Site) -> Option<Mask> {
        Some(match declared? {
            declare::Mask::Sql(text) => Mask::Sql(self.sql(Some(text), site)),
            declare::Mask::Number(number) => Mask::Number(number.clone()),
            declare::Mask::Boolean(value) => Mask::Boolean(*value),
            declare::Mask::Text(text) => Mask::Text(text.clone()),
        })
    }
}
