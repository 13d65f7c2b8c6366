//! Models of files that differ from caller to caller, or from one version to the next.
//!
//! An application id and a version say which files (Cube 1.7.25,
//! `packages/cubejs-server-core/src/core/server.ts`, `getCompilerApi`); what the files say decides the
//! model, so tenants whose files are equal share one. Of a tenant nothing is kept but a hash of its
//! id and one of its files.

use std::{
    array,
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::request::Parts;
use compiler::{ModelFile, named_files, sources_digest};
use lru::LruCache;
use project::Project;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    Served, compile,
    compiled::{CompiledModels, Content, Room, Sources},
};
use crate::{authorize::Caller, error::Error, hooks};

/// Tenants whose files are known: those that were asked for last. One takes less than 200 bytes.
const TENANTS_KEPT: NonZeroUsize = NonZeroUsize::new(200_000).unwrap();

/// Locks of which each tenant has one, and shares it with few.
const TURNS: usize = 64;

/// Reads the model's folder, or says why it cannot be read.
pub type ReadFolder = Arc<dyn Fn() -> Result<Vec<ModelFile>, String> + Send + Sync>;

/// Where files come from.
pub(super) enum Origin {
    /// From `repositoryFactory`.
    Project(Arc<Project>),
    /// From the model's folder, whoever asks.
    Folder(ReadFolder),
}

/// Models by tenant and version.
pub(super) struct Repositories {
    origin: Origin,
    /// What `env_var` finds.
    environment: Arc<BTreeMap<String, String>>,
    contents: Mutex<LruCache<Tenant, Content>>,
    models: CompiledModels,
    /// One request at a time asks for the files of a tenant.
    turns: [tokio::sync::Mutex<()>; TURNS],
}

/// The SHA-256 of what tells callers apart.
type Tenant = [u8; 32];

impl Repositories {
    pub(super) fn new(origin: Origin, environment: Arc<BTreeMap<String, String>>) -> Self {
        Self {
            origin,
            environment,
            contents: Mutex::new(LruCache::new(TENANTS_KEPT)),
            models: CompiledModels::new(Room::default()),
            turns: array::from_fn(|_| tokio::sync::Mutex::default()),
        }
    }

    /// The same, with the model of files that were read already.
    pub(super) fn with(self, content: Content, served: Served) -> Self {
        self.models.keep(content, Arc::new(served));
        self
    }

    /// The model of this caller's files.
    ///
    /// # Errors
    /// [`Error::Model`] when they are none; [`Error::Hook`] when the project's code gives none.
    pub(super) async fn serving(
        &self,
        parts: &Parts,
        caller: &Caller,
    ) -> Result<Arc<Served>, Error> {
        let context = caller.project_context();
        let tenant = self.tenant(caller, &context);
        if let Some(found) = self.find(&tenant, &context) {
            return found;
        }
        let turn = tenant.first().and_then(|byte| self.turns.get(usize::from(*byte) % TURNS));
        let _turn = match turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        if let Some(found) = self.find(&tenant, &context) {
            return found;
        }
        let files = self.files(parts, caller).await?;
        let sources = Sources {
            content: sources_digest(&files),
            bytes: files.iter().map(|file| file.text.len()).sum(),
            compile: compile::of_files(files, Arc::clone(&self.environment)),
        };
        self.contents().put(tenant, sources.content);
        self.models.serving(&sources, context).await
    }

    fn find(
        &self,
        tenant: &Tenant,
        context: &Map<String, Value>,
    ) -> Option<Result<Arc<Served>, Error>> {
        let content = *self.contents().get(tenant)?;
        self.models.find(&content, context)
    }

    async fn files(&self, parts: &Parts, caller: &Caller) -> Result<Vec<ModelFile>, Error> {
        let broken = |reason: String| Error::Model { reason: reason.into() };
        match &self.origin {
            Origin::Project(project) => {
                let files = hooks::repository_files(project, parts, caller).await?;
                let files = files.into_iter().map(|file| (file.name, file.text));
                named_files(files).map_err(|error| broken(error.to_string()))
            }
            Origin::Folder(read) => {
                let read = Arc::clone(read);
                let read = tokio::task::spawn_blocking(move || read()).await;
                read.map_err(|_lost| Error::Panicked)?.map_err(broken)
            }
        }
    }

    /// Who shares files: callers of one application id and version. Where the project gives no
    /// application id, nobody but the same caller, whatever Cube would do: an id that an author
    /// forgot would put all tenants together.
    fn tenant(&self, caller: &Caller, context: &Map<String, Value>) -> Tenant {
        let known = &caller.known;
        let whose = match (&self.origin, &known.app_id) {
            (Origin::Folder(_), _) => Value::Null,
            (Origin::Project(_), Some(id)) => Value::String(id.clone()),
            (Origin::Project(_), None) => Value::Object(context.clone()),
        };
        let version = known.schema_version.clone().map_or(Value::Null, Value::String);
        Sha256::digest(Value::Array(vec![whose, version]).to_string()).into()
    }

    fn contents(&self) -> MutexGuard<'_, LruCache<Tenant, Content>> {
        // Nothing in the sections under this lock can panic.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn models(&self) -> usize {
        self.models.len()
    }
}
