//! Compiling a project's data model for a compile context.

use std::collections::BTreeMap;
use std::sync::Arc;

use compiler::{CompileContext, Extent, Read};
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

/// Compiles the files for each compile context; `environment` is what `env_var` finds.
pub(super) fn of_files(
    files: Vec<compiler::ModelFile>,
    environment: Arc<BTreeMap<String, String>>,
) -> Compile {
    Arc::new(move |values| {
        let environment = Arc::clone(&environment);
        let context = CompileContext { values: values.clone(), environment };
        let compiler::Attempt { reads, outcome } = compiler::compile_for(&files, &context);
        let model = outcome.map(|compiled| compiled.model).map_err(|errors| errors.to_string());
        Attempt { reads, model }
    })
}

/// What a model saw when it looked at `read`, as text that is equal for equal sights.
pub(super) fn seen(context: &Map<String, Value>, read: &Read) -> String {
    let value = match read.path.as_slice() {
        [] if read.extent == Extent::Value => {
            return serde_json::to_string(context).unwrap_or_default();
        }
        [] => return String::new(),
        path => value_at(context, path),
    };
    match (read.extent, value) {
        // No JSON is empty: what is absent differs from null.
        (_, None) => String::new(),
        (Extent::Kind, Some(Value::Object(_))) => "{".to_owned(),
        // A model that looks at anything else has read it.
        (Extent::Kind | Extent::Value, Some(value)) => value.to_string(),
    }
}

/// What stands at `path` of a compile context.
fn value_at<'c>(context: &'c Map<String, Value>, path: &[String]) -> Option<&'c Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(context.get(first)?, |value, step| value.as_object()?.get(step))
}

/// The longest text of a claim that a data model may read while it is compiled, in bytes.
const MAX_TEXT_BYTES: usize = 256;

/// Whether nothing that a model read can be more than a name or a value in SQL.
///
/// What a model reads while it is compiled it may write into SQL as text, as with `unsafeValue()`
/// (`PARITY.md` row 3). So every text there is limited to characters that end no literal and
/// start no comment, call or operator list.
pub(super) fn is_safe(context: &Map<String, Value>, read: &Read) -> bool {
    match read.path.as_slice() {
        _ if read.extent == Extent::Kind => true,
        [] => context.values().all(is_safe_value),
        path => value_at(context, path).is_none_or(is_safe_value),
    }
}

fn is_safe_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_safe_text(text),
        Value::Array(items) => items.iter().all(is_safe_value),
        Value::Object(members) => {
            members.iter().all(|(name, value)| is_safe_text(name) && is_safe_value(value))
        }
    }
}

fn is_safe_text(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@:+".contains(&byte);
    text.len() <= MAX_TEXT_BYTES && text.bytes().all(is_plain) && !text.contains("--")
}
