//! What a model may read while it is compiled, and what it did read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

/// What a model may read while it is compiled. Nothing of it is needed by a model that reads
/// nothing: `CompileContext::default()`.
#[derive(Debug, Clone, Default)]
pub struct CompileContext {
    /// `COMPILE_CONTEXT`: `{"securityContext": {...}}` and what else there is.
    pub values: Map<String, Value>,
    /// What `env_var('NAME')` finds: variables that an author may see, by name.
    pub environment: Arc<BTreeMap<String, String>>,
}

/// One thing that was read of [`CompileContext::values`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    /// Its place, `["securityContext", "tenant"]`; empty for the whole.
    pub path: Vec<String>,
    /// How much of it was looked at.
    pub extent: Extent,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// Whether an object stands there, and nothing of it: `securityContext` in
    /// `securityContext.tenant`.
    Kind,
    /// The value, or that there is none.
    Value,
}

/// Collects what is read, each once, in the order in which it was read first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reads(Arc<Mutex<Vec<Read>>>);

impl Reads {
    pub(crate) fn add(&self, path: &[String], extent: Extent) {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = Read { path: path.to_vec(), extent };
        if !reads.contains(&read) {
            reads.push(read);
        }
    }

    pub(crate) fn list(&self) -> Vec<Read> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
