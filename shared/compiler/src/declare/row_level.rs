//! The rows of an access policy: conditions on members, with values and claims.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`,
//! `RowLevelPolicySchema`.

use model::{ClaimPath, FilterOperator, PolicyValue};

use super::filter::{has_values, operator};
use super::policy::misplaced;
use crate::Error;
use crate::fields::Fields;
use crate::keys::{POLICY_FILTER, ROW_LEVEL};
use crate::report::{Place, Report, Sourced};
use crate::spelling::is_identifier;
use crate::template::{Computed, Expression, Piece};
use crate::yaml::{Node, Value};

#[derive(Debug, Clone)]
pub(crate) enum PolicyFilter {
    Member { member: Sourced, operator: FilterOperator, values: Vec<PolicyValue> },
    And(Vec<PolicyFilter>),
    Or(Vec<PolicyFilter>),
}

/// Reads `row_level` of a policy; nothing for every row.
pub(super) fn rows(fields: &Fields<'_>, file: usize, report: &mut Report<'_>) -> Vec<PolicyFilter> {
    let Some(entry) = fields.entry("row_level") else { return Vec::new() };
    let owner = format!("`row_level` of {}", fields.owner);
    let Some(level) = Fields::read(&entry.value, file, owner, ROW_LEVEL, report) else {
        return Vec::new();
    };
    match (level.has("allow_all"), level.has("filters")) {
        (true, true) => {
            let (one, other) = ("allow_all", "filters");
            let owner = level.owner.clone();
            report.error(level.place(other), Error::Both { owner, one, other });
            Vec::new()
        }
        (true, false) => {
            if level.flag("allow_all", report) == Some(false) {
                let help =
                    "only `true` says something; list `filters`, or no row at all needs no policy";
                misplaced(&level, "allow_all", help, report);
            }
            Vec::new()
        }
        (false, false) => {
            level.missing("filters", "list conditions, or write `allow_all: true`", report);
            Vec::new()
        }
        (false, true) => {
            let nodes = level.list("filters", report);
            if nodes.is_empty() {
                let help = "list one condition at least; every row is `allow_all: true`";
                misplaced(&level, "filters", help, report);
            }
            filters(nodes, file, &level.owner, report)
        }
    }
}

fn filters(nodes: &[Node], file: usize, owner: &str, report: &mut Report<'_>) -> Vec<PolicyFilter> {
    nodes.iter().filter_map(|node| filter(node, file, owner, report)).collect()
}

fn filter(node: &Node, file: usize, owner: &str, report: &mut Report<'_>) -> Option<PolicyFilter> {
    let named = format!("a filter of {owner}");
    let fields = Fields::read(node, file, named, POLICY_FILTER, report)?;
    for (key, others) in [("or", ["and", "member"]), ("and", ["or", "member"])] {
        if !fields.has(key) {
            continue;
        }
        if let Some(other) = others.into_iter().find(|other| fields.has(other)) {
            let owner = fields.owner.clone();
            report.error(fields.place(other), Error::Both { owner, one: key, other });
            return None;
        }
        let nodes = fields.list(key, report);
        if nodes.is_empty() {
            misplaced(&fields, key, "list one condition at least", report);
        }
        let inner = filters(nodes, file, owner, report);
        return Some(if key == "or" { PolicyFilter::Or(inner) } else { PolicyFilter::And(inner) });
    }
    for (key, help) in [
        ("member", "write the dimension that it is about"),
        ("operator", "write `equals`, `inDateRange` or another operator of a query's filters"),
    ] {
        if !fields.has(key) {
            fields.missing(key, help, report);
        }
    }
    let operator = operator(&fields, report);
    let values = values(&fields, report);
    if operator.is_some_and(|operator| !operator.ignores_values())
        && values.is_empty()
        && !has_values(&fields)
    {
        fields.missing("values", "list one value at least", report);
    }
    let member = fields.name("member", report)?;
    Some(PolicyFilter::Member { member, operator: operator?, values })
}

const VALUES: &str = "texts, numbers, booleans, nulls and whole claims, such as \
     `\"{ securityContext.tenant_id }\"`";

fn values(fields: &Fields<'_>, report: &mut Report<'_>) -> Vec<PolicyValue> {
    let Some(entry) = fields.entry("values") else { return Vec::new() };
    // `values: "{ securityContext.cities }"`: a claim that is a list.
    if let Meaning::Claim(path) = meaning(&entry.value) {
        return vec![PolicyValue::Claim(path)];
    }
    let mut values = Vec::new();
    for node in fields.list("values", report) {
        let found = match meaning(node) {
            Meaning::Claim(path) => {
                values.push(PolicyValue::Claim(path));
                continue;
            }
            Meaning::Literal(text) => {
                values.push(PolicyValue::Literal(text));
                continue;
            }
            Meaning::Other(found) => found,
        };
        let place = Place { at: node.at, ..fields.place };
        let what = "each of `values`".to_owned();
        report.error(place, Error::Expected { what, expected: VALUES, found });
    }
    values
}

/// What a value of a policy is.
pub(super) enum Meaning {
    Claim(ClaimPath),
    /// Nothing for null.
    Literal(Option<String>),
    Other(&'static str),
}

/// What a text of a policy means: a claim and nothing else, or itself.
pub(super) fn meaning(node: &Node) -> Meaning {
    let Value::Scalar { text, recorded, .. } = &node.value else {
        return Meaning::Other(node.describe());
    };
    let other = Meaning::Other("another expression");
    if node.is_null() {
        return Meaning::Literal(None);
    }
    if let Some(recorded) = recorded {
        return match recorded.pieces.as_slice() {
            [] | [Piece::Text(_)] => Meaning::Literal(Some(text.clone())),
            [
                Piece::Reference {
                    expression:
                        Expression::Claim(path)
                        | Expression::ClaimValue(path)
                        | Expression::Computed(Computed::Claim(path)),
                    ..
                },
            ] if !path.is_empty() => Meaning::Claim(ClaimPath(path.clone())),
            _ => other,
        };
    }
    match claim(text) {
        Some(path) => Meaning::Claim(path),
        None if text.contains(['{', '}']) => other,
        None if node.describe() == "true or false" => Meaning::Literal(Some(text.to_lowercase())),
        None => Meaning::Literal(Some(text.clone())),
    }
}

/// `{ securityContext.a.b }`: the path of the claim. `userAttributes` stands for
/// `securityContext.cubeCloud.userAttributes`.
fn claim(text: &str) -> Option<ClaimPath> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut steps = inner.split('.').map(|step| step.strip_suffix('?').unwrap_or(step).trim());
    let mut path: Vec<String> = match steps.next()? {
        "securityContext" | "security_context" | "SECURITY_CONTEXT" => Vec::new(),
        "userAttributes" | "user_attributes" => {
            vec!["cubeCloud".to_owned(), "userAttributes".to_owned()]
        }
        _ => return None,
    };
    let first = path.len();
    for step in steps {
        if !is_identifier(step) {
            return None;
        }
        path.push(step.to_owned());
    }
    (path.len() > first).then_some(ClaimPath(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_a_whole_path_into_the_security_context() {
        let path =
            |steps: &[&str]| Some(ClaimPath(steps.iter().map(ToString::to_string).collect()));
        assert_eq!(claim("{ securityContext.tenant_id }"), path(&["tenant_id"]));
        assert_eq!(claim("{security_context.auth?.city}"), path(&["auth", "city"]));
        assert_eq!(claim("{ userAttributes.x }"), path(&["cubeCloud", "userAttributes", "x"]));
        for other in [
            "securityContext.x",
            "{ securityContext }",
            "{ orders.id }",
            "{ securityContext.x }y",
            "{ securityContext.x or 1 }",
            "{ not securityContext.x }",
            "{ securityContext['x'] }",
            "{}",
            "",
        ] {
            assert_eq!(claim(other), None, "{other}");
        }
    }
}
