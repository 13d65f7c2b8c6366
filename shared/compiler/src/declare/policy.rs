//! Access policies and masks.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`,
//! `GroupPolicySchema` and `MaskSchema`.

use model::{ClaimPath, FilterOperator, PolicyCondition, PolicyValue};

use super::only_sql;
use crate::Error;
use crate::fields::Fields;
use crate::keys::{CONDITION, MEMBER_LEVEL, POLICY, POLICY_FILTER, ROW_LEVEL};
use crate::report::{Place, Report, Sourced};
use crate::spelling::{is_identifier, nearest};
use crate::template::{Computed, Expression, Piece};
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

#[derive(Debug, Clone)]
pub(crate) enum PolicyFilter {
    Member { member: Sourced, operator: FilterOperator, values: Vec<PolicyValue> },
    And(Vec<PolicyFilter>),
    Or(Vec<PolicyFilter>),
}

#[derive(Debug, Clone)]
pub(crate) enum Mask {
    Sql(Sourced),
    Number(String),
    Boolean(bool),
    Text(String),
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

fn rows(fields: &Fields<'_>, file: usize, report: &mut Report<'_>) -> Vec<PolicyFilter> {
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

/// Whether something stands there, be it a mistake that was reported.
fn has_values(fields: &Fields<'_>) -> bool {
    fields.entry("values").is_some_and(|entry| match &entry.value.value {
        Value::List(nodes) => !nodes.is_empty(),
        Value::Scalar { .. } | Value::Map(_) => !entry.value.is_null(),
    })
}

fn operator(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<FilterOperator> {
    let text = fields.text("operator", report)?;
    let names = || FilterOperator::names().filter(|name| *name != "measureFilter");
    let found = FilterOperator::parse(&text).filter(|_| names().any(|name| name == text));
    if found.is_none() {
        let nearest = nearest(&text, names());
        let allowed = names().collect::<Vec<_>>().join(", ");
        let error = Error::UnknownValue { what: "filter operator", value: text, allowed, nearest };
        report.error(fields.place("operator"), error);
    }
    found
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
enum Meaning {
    Claim(ClaimPath),
    /// Nothing for null.
    Literal(Option<String>),
    Other(&'static str),
}

fn meaning(node: &Node) -> Meaning {
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

/// Reads `mask` of a measure or dimension.
pub(super) fn mask(fields: &Fields<'_>, file: usize, report: &mut Report<'_>) -> Option<Mask> {
    let entry = fields.entry("mask")?;
    match &entry.value.value {
        Value::Map(_) => {
            let owner = format!("the mask of {}", fields.owner);
            only_sql(&entry.value, file, owner, report).map(Mask::Sql)
        }
        Value::Scalar { text, is_plain, .. } if !entry.value.is_null() => {
            Some(match (is_plain, entry.value.describe()) {
                (true, "true or false") => Mask::Boolean(text.eq_ignore_ascii_case("true")),
                (true, _) if is_number(text) => Mask::Number(text.clone()),
                _ => Mask::Text(text.clone()),
            })
        }
        Value::Scalar { .. } | Value::List(_) => {
            let found = entry.value.describe();
            expected(fields, "mask", "a number, a text, true or false, or `sql`", found, report);
            None
        }
    }
}

/// A plain decimal number, which stands in SQL as it is written.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

fn misplaced(fields: &Fields<'_>, key: &'static str, help: &'static str, report: &mut Report<'_>) {
    let owner = fields.owner.clone();
    report.error(fields.place(key), Error::Misplaced { key, owner, help });
}

fn expected(
    fields: &Fields<'_>,
    key: &'static str,
    expected: &'static str,
    found: &'static str,
    report: &mut Report<'_>,
) {
    let what = format!("`{key}`");
    report.error(fields.place(key), Error::Expected { what, expected, found });
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

    #[test]
    fn a_number_of_a_mask_can_stand_in_sql() {
        for number in ["0", "-1", "12345", "0.5", "+2"] {
            assert!(is_number(number), "{number}");
        }
        for other in ["", "-", ".5", "1.", "1e3", "0x1", "1;", "NaN", "--1", "1_0"] {
            assert!(!is_number(other), "{other}");
        }
    }
}
