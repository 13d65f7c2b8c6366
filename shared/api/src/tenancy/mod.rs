//! Which data model a caller is answered with.
//!
//! A model that reads nothing of the compile context is compiled once and shared by all callers. One
//! that does is compiled once for each distinct value of what it reads, however many callers
//! there are, and kept in a bounded cache.

mod compile;
mod compiled;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use compiler::Opened;
use model::DataModel;
use serde_json::Map;

use crate::{App, authorize::Caller, error::Error, meta::Written};

pub use compile::{Attempt, Compile};

use compiled::CompiledModels;

/// Models that are kept when they differ from caller to caller.
const MODELS_KEPT: usize = 1_000;

/// The data models of an installation.
pub struct Models(Source);

enum Source {
    /// Everybody's.
    One(Arc<Served>),
    /// One for each value of what it reads of the compile context.
    ByContext(CompiledModels),
}

/// A data model in use.
pub(crate) struct Served {
    pub(crate) model: DataModel,
    /// The body of `/v1/meta`, written when it is first asked for: the model never changes.
    pub(crate) meta: OnceLock<Bytes>,
    /// The same for callers who see different parts of it.
    pub(crate) visible: Written,
}

impl Served {
    pub(crate) fn new(model: DataModel) -> Self {
        Self { model, meta: OnceLock::new(), visible: Written::default() }
    }
}

impl Models {
    /// One model for all callers.
    pub fn one(model: DataModel) -> Self {
        Self(Source::One(Arc::new(Served::new(model))))
    }

    /// The model of a folder, or the models of its files where those differ from caller to caller.
    ///
    /// # Errors
    /// As [`Models::compile`].
    pub fn of(opened: Opened) -> Result<Self, String> {
        match opened {
            Opened::ForAll { compiled, .. } => Ok(Self::one(compiled.model)),
            Opened::ByContext { files, environment } => {
                Self::compile(compile::of_files(files, environment), MODELS_KEPT)
            }
        }
    }

    /// Compiles once with an empty compile context, and again for callers only if that read
    /// something of it. At most `capacity` models are kept then.
    ///
    /// # Errors
    /// What is wrong with the model, in words for its author, when it is wrong for every caller.
    pub fn compile(compile: Compile, capacity: usize) -> Result<Self, String> {
        let first = compile(&Map::new());
        if first.reads.is_empty() {
            return first.model.map(Self::one);
        }
        Ok(Self(Source::ByContext(CompiledModels::new(compile, capacity))))
    }

    async fn serving(&self, caller: &Caller) -> Result<Arc<Served>, Error> {
        match &self.0 {
            Source::One(served) => Ok(Arc::clone(served)),
            Source::ByContext(models) => models.serving(caller.project_context()).await,
        }
    }
}

/// The data model that answers this caller.
///
/// # Errors
/// [`Error::Model`] when it cannot be compiled for this caller.
pub(crate) async fn serving(app: &App, caller: &Caller) -> Result<Arc<Served>, Error> {
    app.models.serving(caller).await
}
