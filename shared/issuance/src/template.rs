//! Claims as a policy writes them: values, and places of the caller's own to copy from.

use serde_json::{Map, Value};

use crate::Caller;

/// The claims of somebody.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Claims(pub(crate) Vec<(String, Template)>);

/// One claim, or a member of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Template {
    /// This value.
    Fixed(Value),
    /// An object of such members.
    Members(Claims),
    /// The claim at this path of the caller's token.
    FromToken(Vec<String>),
    /// The attribute of this name of the user pool's user.
    FromAttribute(String),
    /// The groups of the user pool's user.
    FromGroups,
}

impl Claims {
    /// The claims of `caller`. What it has not is left out, at every depth.
    pub(crate) fn of(&self, caller: &Caller<'_>) -> Map<String, Value> {
        let filled =
            |(name, template): &(String, Template)| Some((name.clone(), template.of(caller)?));
        self.0.iter().filter_map(filled).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Whether `wanted` holds of any of them, at any depth.
    pub(crate) fn any(&self, wanted: &impl Fn(&Template) -> bool) -> bool {
        self.0.iter().any(|(_, template)| {
            if let Template::Members(members) = template {
                members.any(wanted)
            } else {
                wanted(template)
            }
        })
    }
}

impl Template {
    fn of(&self, caller: &Caller<'_>) -> Option<Value> {
        match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::Members(members) => Some(Value::Object(members.of(caller))),
            Self::FromToken(path) => {
                let (first, rest) = path.split_first()?;
                let claim = caller.token?.get(first)?;
                rest.iter().try_fold(claim, |value, step| value.as_object()?.get(step)).cloned()
            }
            Self::FromAttribute(name) => {
                caller.attributes?.get(name).map(|value| Value::String(value.clone()))
            }
            Self::FromGroups => {
                let groups = caller.groups?.iter();
                Some(Value::Array(groups.map(|group| Value::String(group.clone())).collect()))
            }
        }
    }
}
