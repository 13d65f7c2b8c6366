//! Compiling a project's data model for a compile context.

use std::sync::Arc;

use model::DataModel;
use serde_json::{Map, Value};

/// Compiles the data model for a compile context. The same context gives the same attempt.
pub type Compile = Arc<dyn Fn(&Map<String, Value>) -> Attempt + Send + Sync>;

/// What compiling gave.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was read of the compile context, whether or not a model came of it. Nothing else of the
    /// context had any influence.
    pub reads: Vec<Read>,
    /// The model, or what is wrong, in words for its author.
    pub model: Result<DataModel, String>,
}

/// One thing that was read of a compile context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its place, `["securityContext", "company_id"]`; empty for the whole.
    pub path: Vec<String>,
}

/// What stands at `path` of a compile context.
pub(super) fn value_at<'c>(context: &'c Map<String, Value>, path: &[String]) -> Option<&'c Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(context.get(first)?, |value, step| value.as_object()?.get(step))
}

/// The longest text of a claim that a data model may read while it is compiled, in bytes.
const MAX_TEXT_BYTES: usize = 256;

/// Whether nothing that a model read at `path` can be more than a name or a value in SQL.
///
/// What a model reads while it is compiled it may write into SQL as text, as with `unsafeValue()`
/// (`PARITY.md` row 3). So every text there is limited to characters that end no literal and
/// start no comment, call or operator list.
pub(super) fn is_safe_at(context: &Map<String, Value>, path: &[String]) -> bool {
    match path {
        [] => context.values().all(is_safe),
        path => value_at(context, path).is_none_or(is_safe),
    }
}

fn is_safe(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_safe_text(text),
        Value::Array(items) => items.iter().all(is_safe),
        Value::Object(members) => {
            members.iter().all(|(name, value)| is_safe_text(name) && is_safe(value))
        }
    }
}

fn is_safe_text(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@:+".contains(&byte);
    text.len() <= MAX_TEXT_BYTES && text.bytes().all(is_plain) && !text.contains("--")
}
