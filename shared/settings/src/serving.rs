//! Everything that serving queries needs, read at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::auth::Policy;
use ::database::Options;
use ::keys::{Clock, DenyListSource, Issuers};
use traces::Traces;
use tracing::Level;

use crate::auth::or_report;
use crate::deny_list::deny_list;
use crate::issuers::read_issuers;
use crate::{
    Authentication, DatabasesFrom, Environment, Errors, Http, Masks, RowSecurity, data_sources,
    database, export, log, notices, short_secret_notice,
    value::{flag, text},
    visible,
};

const OPEN_FILTERS: &str = "TESSERA_OPEN_FILTERS";

/// The settings of a process that serves queries.
#[derive(Debug)]
pub struct Serving {
    /// Who is trusted to issue tokens.
    pub issuers: Issuers,
    /// Which tokens were taken back, if that is looked at.
    pub deny_list: Option<DenyListSource>,
    /// What holds for contexts that the project's own code gives.
    pub policy: Policy,
    /// Whether a missing token is an empty security context.
    pub is_development: bool,
    /// Whether a row filter passes every row when its claim is missing.
    pub has_open_filters: bool,
    /// What stands in the place of values that a caller may not see.
    pub masks: Masks,
    /// What the databases are told of a caller.
    pub row_security: RowSecurity,
    /// Where the warehouses are, by the names of their data sources.
    pub databases: Vec<(String, Options)>,
    /// What the routes need to know.
    pub http: Http,
    /// Where spans go, if anywhere.
    pub traces: Option<Arc<Traces>>,
    /// Folder of the data model.
    pub model_folder: PathBuf,
    /// What of the environment the data model may read.
    pub visible: BTreeMap<String, String>,
}

impl Serving {
    /// Reads every variable; relative folders are those of the project at `root`.
    ///
    /// # Errors
    /// Everything that is unsafe, incomplete or unreadable, at once.
    pub fn read(
        environment: &dyn Environment,
        root: &Path,
        from: DatabasesFrom,
        clock: Clock,
    ) -> Result<Self, Errors> {
        let mut errors = Vec::new();
        let authentication = Authentication::read(environment, &mut errors);
        let issuers = read_issuers(environment, &authentication, &clock, &mut errors);
        let traces = export::traces(environment, &clock, &mut errors);
        let deny_list = deny_list(environment, clock, &mut errors);
        let has_open_filters = or_report(flag(environment, OPEN_FILTERS, false), &mut errors);
        let masks = Masks::read(environment, &mut errors);
        let row_security = RowSecurity::read(environment, &mut errors);
        let databases = data_sources::read(environment, from, &mut errors);
        let http = Http::read(environment, &mut errors);
        if let Err(error) = log::level(environment) {
            errors.push(error);
        }
        match issuers {
            Some(issuers) if errors.is_empty() => Ok(Self {
                issuers,
                deny_list,
                policy: authentication.policy,
                is_development: authentication.is_development,
                has_open_filters: has_open_filters.unwrap_or_default(),
                masks,
                row_security,
                databases,
                http,
                traces,
                model_folder: model_folder(environment, root),
                visible: visible(environment),
            }),
            _ => Err(Errors(errors)),
        }
    }
}

/// Where the warehouse is, for a command that serves nothing.
///
/// # Errors
/// Everything that is unsafe, incomplete or unreadable, at once.
pub fn read_database(environment: &dyn Environment) -> Result<Options, Errors> {
    let mut errors = Vec::new();
    let database = database::read(environment, DatabasesFrom::Variables, &mut errors);
    if errors.is_empty() { Ok(database) } else { Err(Errors(errors)) }
}

/// The folder of the data model of the project at `root`: `CUBEJS_SCHEMA_PATH`, else `model`, else
/// `schema` where there is no `model` (Cube 1.7.25,
/// `packages/cubejs-server-core/src/core/OptsHandler.ts`).
pub fn model_folder(environment: &dyn Environment, root: &Path) -> PathBuf {
    if let Some(path) = text(environment, "CUBEJS_SCHEMA_PATH") {
        return root.join(path);
    }
    let (model, schema) = (root.join("model"), root.join("schema"));
    if !model.is_dir() && schema.is_dir() { schema } else { model }
}

/// How much is logged: `CUBEJS_LOG_LEVEL`, or `info` when that cannot be read.
pub fn log_level(environment: &dyn Environment) -> Level {
    log::level(environment).unwrap_or(Level::INFO)
}

/// Logs, once, every variable that is set and changes nothing, and what development mode allows.
pub fn log_notices(environment: &dyn Environment) {
    for notice in notices(environment) {
        tracing::warn!("{notice}");
    }
    if flag(environment, OPEN_FILTERS, false).unwrap_or_default() {
        tracing::warn!("{OPEN_FILTERS}: row filters pass every row when their claim is missing");
    }
    let mut errors = Vec::new();
    if Authentication::read(environment, &mut errors).is_development {
        tracing::warn!("development mode: requests without a token are answered");
        if let Some(notice) = short_secret_notice(environment) {
            tracing::warn!("{notice}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Map, clock};

    const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret";

    fn read(pairs: &[(&str, &str)]) -> Result<Serving, Errors> {
        let map: Map =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Serving::read(&map, Path::new("/nonexistent"), DatabasesFrom::Variables, clock())
    }

    #[test]
    fn a_secret_and_a_database_are_enough() {
        let serving = read(&[
            ("CUBEJS_API_SECRET", SECRET),
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "me"),
        ])
        .unwrap();
        assert!(!serving.is_development);
        assert_eq!(serving.model_folder, Path::new("/nonexistent/model"));
        assert!(!format!("{serving:?}").contains(SECRET));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_no_value_is() {
        let Errors(errors) = read(&[
            ("CUBEJS_API_SECRET", "hunter2"),
            ("CUBEJS_DB_PORT", "hunter2"),
            ("CUBEJS_DB_QUERY_LIMIT", "hunter2"),
            ("CUBEJS_LOG_LEVEL", "hunter2"),
        ])
        .unwrap_err();
        let said = Errors(errors).to_string();
        for variable in [
            "CUBEJS_API_SECRET",
            "CUBEJS_DB_PORT",
            "CUBEJS_DB_NAME",
            "CUBEJS_DB_QUERY_LIMIT",
            "CUBEJS_LOG_LEVEL",
        ] {
            assert!(said.contains(variable), "{said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn development_mode_on_real_lambda_is_no_configuration() {
        let refused = read(&[
            ("CUBEJS_API_SECRET", SECRET),
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "me"),
            ("CUBEJS_DEV_MODE", "true"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ]);
        assert!(refused.unwrap_err().to_string().starts_with("CUBEJS_DEV_MODE is refused"));
    }

    #[test]
    fn the_model_is_in_schema_when_there_is_no_model() {
        let root = std::env::temp_dir().join(format!("tessera-settings-{}", std::process::id()));
        std::fs::create_dir_all(root.join("schema")).unwrap();
        assert_eq!(model_folder(&Map::default(), &root), root.join("schema"));
        std::fs::create_dir_all(root.join("model")).unwrap();
        assert_eq!(model_folder(&Map::default(), &root), root.join("model"));
        let named = Map::from([("CUBEJS_SCHEMA_PATH", "cubes")]);
        assert_eq!(model_folder(&named, &root), root.join("cubes"));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
