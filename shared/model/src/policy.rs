//! Access policies: who may see which members of a cube, in which rows.

use serde::{Deserialize, Serialize};

use crate::{ClaimPath, FilterOperator, MemberId, SqlTemplate};

/// What one group of callers may see of a cube or view. Policies only grant: what none of those
/// that apply to a caller grants is denied.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`,
/// `GroupPolicySchema`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPolicy {
    /// It applies to callers in one of these; `*` is everybody.
    pub groups: Vec<String>,
    /// It applies only where all of these claims are `true`.
    pub conditions: Vec<PolicyCondition>,
    /// Members that are shown as they are; nothing grants all of them.
    pub shown: Option<PolicyMembers>,
    /// Members that are shown as their masks where they are not shown as they are.
    pub masked: Option<PolicyMembers>,
    /// The rows, all conditions together; empty for every row.
    pub rows: Vec<PolicyFilter>,
}

/// What must hold for a policy to apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyCondition {
    /// `if: true`, `if: false`
    Always(bool),
    /// A claim of the security context that must be `true`.
    Claim(ClaimPath),
}

/// Some members of a cube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyMembers {
    /// Nothing for `*`.
    pub includes: Option<Vec<MemberId>>,
    /// Taken away again.
    pub excludes: Vec<MemberId>,
}

/// A condition on the rows of a cube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyFilter {
    /// One condition on a dimension.
    Member {
        /// The dimension, of the policy's own cube.
        member: MemberId,
        /// How it is compared.
        operator: FilterOperator,
        /// With what.
        values: Vec<PolicyValue>,
    },
    /// All must hold.
    And(Vec<PolicyFilter>),
    /// One must hold.
    Or(Vec<PolicyFilter>),
}

/// A value that a dimension is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyValue {
    /// As the author wrote it; `None` is null.
    Literal(Option<String>),
    /// A claim of the security context; a list stands for all its elements.
    Claim(ClaimPath),
}

/// What stands in the place of a value that a caller may not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mask {
    /// SQL of the author's.
    Sql(SqlTemplate),
    /// A decimal number, as it is written in SQL.
    Number(String),
    /// `true` or `false`
    Boolean(bool),
    /// A text.
    Text(String),
}

impl PolicyMembers {
    /// Whether a member of the policy's cube is one of them.
    pub fn contain(&self, id: MemberId) -> bool {
        self.includes.as_ref().is_none_or(|includes| includes.contains(&id))
            && !self.excludes.contains(&id)
    }
}

impl AccessPolicy {
    /// Whether it shows a member as it is.
    pub fn shows(&self, id: MemberId) -> bool {
        self.shown.as_ref().is_none_or(|members| members.contain(id))
    }

    /// Whether it shows a member's mask.
    pub fn masks(&self, id: MemberId) -> bool {
        self.masked.as_ref().is_some_and(|members| members.contain(id))
    }

    /// Whether it shows a member at all.
    pub fn grants(&self, id: MemberId) -> bool {
        self.shows(id) || self.masks(id)
    }
}
