//! The project's own code: `cube.js` and the files it imports.

use std::path::Path;
use std::sync::Arc;

use keys::Clock;
use project::{Given, Project, TokenRules};
use settings::Environment;

use crate::error::Error;
use crate::{folders, imports};

/// The names `cube.js` may have.
const FILES: &[&str] = &["cube.js", "cube.ts", "cube.mjs", "cube.cjs"];
const PYTHON: &str = "cube.py";

/// Loads the project's code; nothing when it has none.
///
/// # Errors
/// Those of the files and of the code.
pub(crate) fn load(
    environment: &dyn Environment,
    root: &Path,
    clock: &Clock,
) -> Result<Option<Project>, Error> {
    let python = root.join(PYTHON);
    if python.exists() {
        return Err(Error::Python { path: python });
    }
    let mut found = FILES.iter().filter(|name| root.join(name).is_file());
    let Some(entry) = found.next() else { return Ok(None) };
    if let Some(other) = found.next() {
        return Err(Error::SeveralFiles { one: root.join(entry), other: root.join(other) });
    }
    let files = imports::read_with_imports(root, Path::new(entry))?;
    let clock = Arc::clone(clock);
    let folder = root.to_owned();
    // What is wrong with these variables is said when all are read.
    let authentication = settings::Authentication::read(environment, &mut Vec::new());
    let given = Given {
        environment: settings::visible_to_code(environment),
        clock: Some(Arc::new(move || clock().wall.as_secs_f64() * 1000.0)),
        token_rules: TokenRules {
            require_exp: authentication.policy.require_exp,
            max_token_life_s: authentication.policy.max_token_life_s,
            allows_short_secrets: authentication.is_development,
        },
        read_folder: Some(Arc::new(move |arguments| folders::read(&folder, arguments).map(Some))),
    };
    let (project, log) = Project::load(files, entry, given)?;
    project::log(log);
    project.notices().iter().for_each(|notice| tracing::warn!("{notice}"));
    Ok(Some(project))
}
