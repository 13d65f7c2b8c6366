//! `COMPILE_CONTEXT` as templates see it: every look at it is noted.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use serde_json::Value as Json;

use crate::context::{Extent, Reads};

/// An object of the compile context.
#[derive(Debug)]
pub(super) struct Watched {
    /// Where it stands; empty for `COMPILE_CONTEXT` itself.
    path: Vec<String>,
    members: serde_json::Map<String, Json>,
    reads: Reads,
}

impl Watched {
    /// `COMPILE_CONTEXT`.
    pub(super) fn root(members: serde_json::Map<String, Json>, reads: Reads) -> Value {
        Value::from_object(Self { path: Vec::new(), members, reads })
    }

    /// The member of a name, and the path of what was found or missed.
    fn member(&self, name: &str) -> (Vec<String>, Option<&Json>) {
        // Cube 1.7.43, `DataSchemaCompiler.js`, `cloneCompileContextWithGetterAlias`.
        let is_alias =
            self.path.is_empty() && name == "security_context" && !self.members.contains_key(name);
        let name = if is_alias { "securityContext" } else { name };
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        (path, self.members.get(name))
    }
}

impl Object for Watched {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let (path, found) = self.member(key);
        if let Some(Json::Object(members)) = found {
            self.reads.add(&path, Extent::Kind);
            let (members, reads) = (members.clone(), self.reads.clone());
            return Some(Value::from_object(Self { path, members, reads }));
        }
        self.reads.add(&path, Extent::Value);
        found.map(value_of)
    }

    /// Whoever lists, counts, prints or compares an object has read all of it.
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.reads.add(&self.path, Extent::Value);
        Enumerator::Values(self.members.keys().map(|name| Value::from(name.as_str())).collect())
    }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Value::from(number),
            (None, Some(number), _) => Value::from(number),
            (None, None, Some(number)) => Value::from(number),
            (None, None, None) => Value::from(number.to_string()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(value_of).collect::<Vec<_>>()),
        Json::Object(members) => {
            members.iter().map(|(name, value)| (name.as_str(), value_of(value))).collect()
        }
    }
}
