//! The project that a command works on: its folder, its settings, the folder of its model.

use std::path::{Path, PathBuf};

use clap::Args;
use settings::{Environment, Layered, Map, Process};

/// The environment over the project's `.env`.
pub(crate) type ProjectEnvironment = Layered<Process, Map>;

/// Which project, and where its model is.
#[derive(Debug, Args)]
pub(crate) struct ProjectArguments {
    /// Folder of the project: its model, and a `.env` when there is one
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Folder of the data model, relative to the project [default: `CUBEJS_SCHEMA_PATH`, else
    /// `model`, else `schema`]
    #[arg(short = 'p', long, value_name = "FOLDER")]
    schema_path: Option<PathBuf>,
}

impl ProjectArguments {
    /// The settings of the project.
    ///
    /// # Errors
    /// A sentence: there is no such folder, or its `.env` cannot be read.
    pub(crate) fn environment(&self) -> Result<ProjectEnvironment, String> {
        read_environment(&self.project)
    }

    /// The folder of the project.
    pub(crate) fn folder(&self) -> &Path {
        &self.project
    }

    /// The folder of the model, which need not be there.
    pub(crate) fn model_folder(&self, environment: &dyn Environment) -> PathBuf {
        match &self.schema_path {
            Some(path) => self.project.join(path),
            None => settings::model_folder(environment, &self.project),
        }
    }

    /// The folder of the model.
    ///
    /// # Errors
    /// A sentence: there is no such folder.
    pub(crate) fn existing_model_folder(
        &self,
        environment: &dyn Environment,
    ) -> Result<PathBuf, String> {
        let folder = self.model_folder(environment);
        if folder.is_dir() {
            return Ok(folder);
        }
        Err(format!(
            "there is no model in {}: name its folder with --schema-path, or run the command in \
             the folder of the project",
            folder.display()
        ))
    }
}

/// The settings of the project in a folder.
///
/// # Errors
/// A sentence: there is no such folder, or its `.env` cannot be read.
pub(crate) fn read_environment(project: &Path) -> Result<ProjectEnvironment, String> {
    if !project.is_dir() {
        return Err(format!("{} is not a folder", project.display()));
    }
    let under = settings::read_dotenv(&project.join(".env")).map_err(|error| error.to_string())?;
    Ok(Layered { over: Process, under })
}
