//! From a project's folder and its environment to the parts of an API.
//!
//! The Lambda function and `tessera serve` put the same parts together; this is the one place that
//! does. The order matters: `cube.js` is run first, because its options stand over the variables
//! that everything else is read from.

mod code;
mod error;
mod folders;
mod imports;

use std::path::Path;
use std::sync::Arc;

use api::{
    AnswerLimit, DefaultMasks, Drivers, MissingClaims, Models, Options, Parts, RowSecurityPolicy,
    Warehouses, check_data_sources,
};
use compiler::Opened;
use database::Databases;
use project::Project;
use settings::{DatabasesFrom, Environment, Layered, Map, Serving, Sink};

pub use error::Error;

/// What the API is called where its numbers go.
const FUNCTION: &str = "load";

/// An API that can be served.
pub struct Assembled {
    /// Its parts.
    pub parts: Parts,
    /// The TCP port that the settings name.
    pub port: u16,
}

/// Reads the settings, the code and the data model of the project at `root`, and logs what of them
/// has no effect. Audit lines go to `sink`.
///
/// # Errors
/// Everything that is unsafe, incomplete or wrong, in words for the operator and the author.
pub fn assemble(
    environment: &dyn Environment,
    root: &Path,
    answer_limit: AnswerLimit,
    sink: Sink,
) -> Result<Assembled, Error> {
    let clock = settings::clock();
    let project = code::load(environment, root, &clock)?;
    let options: Map = match &project {
        Some(project) => project.variables()?.into_iter().collect(),
        None => Map::default(),
    };
    let environment = Layered { over: options, under: environment };
    settings::log_notices(&environment);
    let project = project.map(Arc::new);
    let code = project.as_ref().filter(|project| project.has("driverFactory"));
    let from = if code.is_some() { DatabasesFrom::Code } else { DatabasesFrom::Variables };
    let serving = Serving::read(&environment, root, from, Arc::clone(&clock))?;
    let warehouses = warehouses(&serving, code)?;
    let models = models(&serving, project.as_ref(), &warehouses)?;
    let audit = settings::audit_log(&clock, sink).map_err(settings::Errors::from)?;
    let metrics = settings::metrics(&environment, FUNCTION, &clock, sink);
    let metrics = metrics.map_err(settings::Errors::from)?;
    let Serving {
        issuers,
        deny_list,
        policy,
        is_development,
        has_open_filters,
        masks,
        http,
        traces,
        row_security,
        ..
    } = serving;
    let parts = Parts {
        models,
        project,
        issuers,
        deny_list,
        policy,
        warehouses,
        clock,
        audit,
        metrics,
        traces,
        options: Options {
            base_path: http.base_path,
            scopes: http.scopes,
            origins: http.cors_origins.into(),
            body_bytes_max: http.body_bytes_max,
            answer_limit,
            limits: http.limits,
            continue_wait: http.continue_wait,
            tenant_claim: http.tenant_claim,
            audit_claims: http.audit_claims,
            row_security: told(row_security),
            missing_claims: without_claims(has_open_filters),
            masks: shown(masks),
            is_development,
        },
    };
    Ok(Assembled { parts, port: http.port })
}

/// What the databases are told of a caller.
fn told(read: settings::RowSecurity) -> RowSecurityPolicy {
    let settings::RowSecurity { role, role_claim, roles, has_claims } = read;
    RowSecurityPolicy { role, role_claim, roles, has_claims }
}

/// What a row filter does without its claim.
fn without_claims(has_open_filters: bool) -> MissingClaims {
    if has_open_filters { MissingClaims::PassEveryRow } else { MissingClaims::Refuse }
}

/// What is shown in the place of masked values.
fn shown(read: settings::Masks) -> DefaultMasks {
    let settings::Masks { string, time, boolean, number } = read;
    DefaultMasks { string, time, boolean, number }
}

fn warehouses(serving: &Serving, code: Option<&Arc<Project>>) -> Result<Warehouses, Error> {
    let databases = serving.databases.iter();
    Ok(match code {
        Some(project) => Drivers::new(Arc::clone(project), databases.cloned()).into(),
        None => Databases::new(databases.map(|(name, options)| (&**name, options)))?.into(),
    })
}

fn models(
    serving: &Serving,
    project: Option<&Arc<Project>>,
    warehouses: &Warehouses,
) -> Result<Models, Error> {
    let has = |hook| project.filter(|project| project.has(hook));
    let visible = Arc::new(serving.visible.clone());
    if let Some(project) = has("repositoryFactory") {
        tracing::info!("the data model is what `repositoryFactory` gives for each caller");
        return Ok(Models::of_project(Arc::clone(project), visible));
    }
    let opened = compiler::open_folder(&serving.model_folder, serving.visible.clone())?;
    match &opened {
        Opened::ForAll { compiled, is_packed, .. } => {
            // Where code says where the rows are, it is asked about every data source.
            if let Warehouses::ForAll(databases) = warehouses {
                check_data_sources(&compiled.model, databases)?;
            }
            tracing::info!(cubes = compiled.model.len(), is_packed, "data model read");
            let warnings = compiled.warnings.iter();
            warnings.for_each(|warning| tracing::warn!(%warning, "in the data model"));
        }
        Opened::ByContext { .. } => {
            tracing::info!("data model read: it is compiled for each COMPILE_CONTEXT");
        }
    }
    if has("schemaVersion").is_none() {
        return Models::of(opened).map_err(Error::Model);
    }
    let folder = serving.model_folder.clone();
    let read = move || compiler::read_folder(&folder).map_err(|error| error.to_string());
    Models::of_versions(opened, visible, Arc::new(read)).map_err(Error::Model)
}
