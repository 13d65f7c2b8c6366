//! Access policies: whom they apply to, and which members they show.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `GroupPolicySchema`.

use model::PolicyCondition;

use super::row_level::{Meaning, PolicyFilter, meaning, rows};
use crate::Error;
use crate::fields::Fields;
use crate::keys::{CONDITION, MEMBER_LEVEL, POLICY};
use crate::report::{Report, Sourced};
use crate::yaml::{Node, Value};

/// What one group of callers may see.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) groups: Vec<String>,
    pub(crate) conditions: Vec<PolicyCondition>,
    pub(crate) shown: Option<PolicyMembers>,
    pub(crate) masked: Option<PolicyMembers>,
    pub(crate) rows: Vec<PolicyFilter>,
    /// Whether it stands in the cube that its own cube extends.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct PolicyMembers {
    /// Nothing for `"*"`.
    pub(crate) includes: Option<Vec<Sourced>>,
    /// Nothing for `"*"`.
    pub(crate) excludes: Option<Vec<Sourced>>,
}

/// Reads `access_policy` of a cube or view. A mistake leaves the whole model refused.
pub(super) fn policies(fields: &Fields<'_>, file: usize, report: &mut Report<'_>) -> Vec<Policy> {
    let nodes = fields.list("access_policy", report);
    if fields.has("access_policy") && nodes.is_empty() {
        let key = "access_policy";
        let help = "it grants nothing to nobody; list policies, or remove it";
        let owner = fields.owner.clone();
        report.error(fields.place(key), Error::Misplaced { key, owner, help });
    }
    let cube = &fields.owner;
    nodes.iter().filter_map(|node| policy(node, file, cube, report)).collect()
}

fn policy(node: &Node, file: usize, cube: &str, report: &mut Report<'_>) -> Option<Policy> {
    let owner = format!("an access policy of {cube}");
    let fields = Fields::read(node, file, owner, POLICY, report)?;
    let groups = groups(&fields, report);
    let mut conditions = Vec::new();
    for node in fields.list("conditions", report) {
        let owner = format!("a condition of {}", fields.owner);
        conditions.extend(condition(node, file, owner, report));
    }
    let mut level = |key: &'static str| {
        let entry = fields.entry(key)?;
        let owner = format!("`{key}` of {}", fields.owner);
        let level = Fields::read(&entry.value, file, owner, MEMBER_LEVEL, report)?;
        let includes =
            if level.has("includes") { members(&level, "includes", report) } else { None };
        let excludes = if level.has("excludes") {
            members(&level, "excludes", report)
        } else {
            Some(Vec::new())
        };
        Some(PolicyMembers { includes, excludes })
    };
    let (shown, masked) = (level("member_level"), level("member_masking"));
    if fields.has("member_masking") && !fields.has("member_level") {
        let help = "say what is shown as it is, `includes: []` for nothing";
        fields.missing("member_level", help, report);
    }
    let rows = rows(&fields, file, report);
    Some(Policy { groups, conditions, shown, masked, rows, is_inherited: false })
}

/// `group`, `groups`, or `role` as early versions call it.
fn groups(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<String> {
    let present: Vec<&'static str> =
        ["group", "groups", "role"].into_iter().filter(|key| fields.has(key)).collect();
    match present.as_slice() {
        [] => {
            let help = "write whom it applies to, `group: \"*\"` for everybody";
            fields.missing("group", help, report);
            Vec::new()
        }
        [one, other, ..] => {
            let owner = fields.owner.clone();
            report.error(fields.place(other), Error::Both { owner, one, other });
            Vec::new()
        }
        ["groups"] => {
            let named: Vec<String> =
                super::references(fields, "groups", "a list of groups", report)
                    .into_iter()
                    .map(|group| group.text)
                    .filter(|group| !group.is_empty())
                    .collect();
            let is_list = fields
                .entry("groups")
                .is_some_and(|entry| matches!(entry.value.value, Value::List(_)));
            if named.is_empty() && is_list {
                let help = "a policy for no group grants nothing; name one";
                misplaced(fields, "groups", help, report);
            }
            named
        }
        [key] => {
            fields.text(key, report).map(|group| group.trim().to_owned()).into_iter().collect()
        }
    }
}

fn condition(
    node: &Node,
    file: usize,
    owner: String,
    report: &mut Report<'_>,
) -> Option<PolicyCondition> {
    let fields = Fields::read(node, file, owner, CONDITION, report)?;
    if !fields.has("if") {
        fields.missing("if", "write a claim, such as `\"{ securityContext.is_admin }\"`", report);
    }
    let entry = fields.entry("if")?;
    if entry.value.describe() == "true or false" {
        return fields.flag("if", report).map(PolicyCondition::Always);
    }
    let path = match meaning(&entry.value) {
        Meaning::Claim(path) => Some(path),
        Meaning::Literal(_) | Meaning::Other(_) => None,
    };
    if path.is_none() {
        expected(
            &fields,
            "if",
            "one claim that is true or false, such as `\"{ securityContext.is_admin }\"`",
            "another expression",
            report,
        );
    }
    path.map(PolicyCondition::Claim)
}

/// `"*"`, which is nothing here, or a list of names.
fn members(
    fields: &Fields<'_>,
    key: &'static str,
    report: &mut Report<'_>,
) -> Option<Vec<Sourced>> {
    let entry = fields.entry(key)?;
    match &entry.value.value {
        Value::Scalar { text, .. } if text.trim() == "*" => None,
        Value::List(_) => Some(super::references(fields, key, "a list of members", report)),
        Value::Scalar { .. } | Value::Map(_) => {
            expected(fields, key, "`\"*\"` or a list of members", entry.value.describe(), report);
            Some(Vec::new())
        }
    }
}

pub(super) fn misplaced(
    fields: &Fields<'_>,
    key: &'static str,
    help: &'static str,
    report: &mut Report<'_>,
) {
    let owner = fields.owner.clone();
    report.error(fields.place(key), Error::Misplaced { key, owner, help });
}

pub(super) fn expected(
    fields: &Fields<'_>,
    key: &'static str,
    expected: &'static str,
    found: &'static str,
    report: &mut Report<'_>,
) {
    let what = format!("`{key}`");
    report.error(fields.place(key), Error::Expected { what, expected, found });
}
