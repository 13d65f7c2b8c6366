//! Which data model a caller is answered with.
//!
//! A model that reads nothing of the compile context is compiled once and shared by all callers. One
//! that does is compiled once for each distinct value of what it reads, however many callers
//! there are, and kept in a bounded cache. Files that differ from tenant to tenant
//! (`repositoryFactory`) are compiled once for all whose files are equal.

mod compile;
mod compiled;
mod repositories;
#[cfg(test)]
mod repositories_tests;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use axum::http::request::Parts;
use bytes::Bytes;
use compiler::Opened;
use model::DataModel;
use project::Project;
use serde_json::Map;

use crate::{App, authorize::Caller, error::Error, meta::Written};

pub use compile::{Attempt, Compile};
pub use repositories::ReadFolder;

use compiled::{CompiledModels, Room, Sources};
use repositories::{Origin, Repositories};

/// The data models of an installation.
pub struct Models(Source);

enum Source {
    /// Everybody's.
    One(Arc<Served>),
    /// One for each value of what it reads of the compile context.
    ByContext(Sources, Box<CompiledModels>),
    /// Of files that differ.
    ByTenant(Box<Repositories>),
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
                let bytes = files.iter().map(|file| file.text.len()).sum();
                let compile = compile::of_files(files, environment);
                Self::by_context(compile, bytes, Room::default())
            }
        }
    }

    /// The models of the files that `repositoryFactory` gives; `environment` is what `env_var` finds
    /// in them. None is compiled before it is asked for.
    pub fn of_project(project: Arc<Project>, environment: Arc<BTreeMap<String, String>>) -> Self {
        Self::by_tenant(Repositories::new(Origin::Project(project), environment))
    }

    /// The model of a folder that is read again for every new `schemaVersion`. One that was compiled
    /// before has no other version.
    ///
    /// # Errors
    /// As [`Models::compile`].
    pub fn of_versions(
        opened: Opened,
        environment: Arc<BTreeMap<String, String>>,
        read: ReadFolder,
    ) -> Result<Self, String> {
        let repositories = Repositories::new(Origin::Folder(read), environment);
        match opened {
            Opened::ForAll { is_packed: true, .. } => Self::of(opened),
            Opened::ForAll { compiled, sources, .. } => {
                let served = Served::new(compiled.model);
                Ok(Self::by_tenant(repositories.with(sources, served)))
            }
            Opened::ByContext { .. } => Ok(Self::by_tenant(repositories)),
        }
    }

    /// Compiles once with an empty compile context, and again for callers only if that read
    /// something of it.
    ///
    /// # Errors
    /// What is wrong with the model, in words for its author, when it is wrong for every caller.
    pub fn compile(compile: Compile) -> Result<Self, String> {
        Self::by_context(compile, 0, Room::default())
    }

    fn by_tenant(repositories: Repositories) -> Self {
        Self(Source::ByTenant(Box::new(repositories)))
    }

    fn by_context(compile: Compile, bytes: usize, room: Room) -> Result<Self, String> {
        let first = compile(&Map::new());
        if first.reads.is_empty() {
            return first.model.map(Self::one);
        }
        let sources = Sources { content: [0; 32], bytes, compile };
        Ok(Self(Source::ByContext(sources, Box::new(CompiledModels::new(room)))))
    }

    async fn serving(&self, parts: &Parts, caller: &Caller) -> Result<Arc<Served>, Error> {
        match &self.0 {
            Source::One(served) => Ok(Arc::clone(served)),
            Source::ByContext(sources, models) => {
                models.serving(sources, caller.project_context()).await
            }
            Source::ByTenant(repositories) => repositories.serving(parts, caller).await,
        }
    }
}

/// The data model that answers this caller.
///
/// # Errors
/// [`Error::Model`] when it cannot be compiled for this caller, [`Error::Hook`] when the project's
/// code gives no files.
pub(crate) async fn serving(
    app: &App,
    parts: &Parts,
    caller: &Caller,
) -> Result<Arc<Served>, Error> {
    app.models.serving(parts, caller).await
}
