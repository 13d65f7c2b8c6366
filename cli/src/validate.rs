//! `tessera validate`: every mistake of a data model and of a token policy with its place, and what
//! the model holds.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use compiler::{Attempt, CompileContext, Compiled, ModelFile};
use settings::Environment;

use crate::project::ProjectArguments;

/// Options of `tessera validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    #[command(flatten)]
    project: ProjectArguments,
}

/// Compiles the model and says what is in it; nothing is served and no database is asked.
///
/// # Errors
/// A sentence for the caller of the command: the model cannot be read, or how many mistakes it has
/// after each was written to standard error.
pub(crate) fn run(arguments: &ValidateArguments) -> Result<(), Box<dyn Error>> {
    let environment = arguments.project.environment()?;
    let folder = arguments.project.existing_model_folder(&environment)?;
    let (compiled, reads_context) = compile(&read(&folder)?, &environment)?;
    let each = if reads_context { " (with an empty COMPILE_CONTEXT)" } else { "" };
    writeln!(std::io::stdout(), "{}{each}", summary(&compiled))?;
    match policy_file(arguments.project.folder(), &environment) {
        Some(file) => check_policy(&file),
        None => Ok(()),
    }
}

/// The policy of the token function: what `TESSERA_TOKEN_POLICY` names, else the file that `make
/// build` packs.
fn policy_file(project: &Path, environment: &dyn Environment) -> Option<PathBuf> {
    match settings::text(environment, "TESSERA_TOKEN_POLICY") {
        Some(named) => Some(project.join(named)),
        None => Some(project.join("token-policy.yml")).filter(|file| file.is_file()),
    }
}

/// Reads a policy and says whether it is one; whose tokens are verified is not looked at.
fn check_policy(file: &Path) -> Result<(), Box<dyn Error>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    match issuance::Policy::read(&text) {
        Ok(_) => Ok(writeln!(std::io::stdout(), "the token policy is valid")?),
        Err(issuance::Mistakes(mistakes)) => {
            for mistake in &mistakes {
                writeln!(std::io::stderr(), "{name}:{mistake}")?;
            }
            Err(format!("the token policy has {}", count(mistakes.len(), "mistake")).into())
        }
    }
}

/// The files of a model's folder, of which there is at least one.
///
/// # Errors
/// A sentence: they cannot be read, or there are none.
pub(crate) fn read(folder: &Path) -> Result<Vec<ModelFile>, Box<dyn Error>> {
    let files = compiler::read_folder(folder)?;
    if files.is_empty() {
        return Err(format!("there is no model file in {}", folder.display()).into());
    }
    Ok(files)
}

/// Compiles, and writes every warning and every mistake to standard error, one per line. The second
/// answer: whether the model reads `COMPILE_CONTEXT`, which is empty here.
///
/// # Errors
/// How many mistakes there are.
pub(crate) fn compile(
    files: &[ModelFile],
    environment: &dyn Environment,
) -> Result<(Compiled, bool), Box<dyn Error>> {
    let mut stderr = std::io::stderr();
    let environment = Arc::new(settings::visible(environment));
    let context = CompileContext { environment, ..CompileContext::default() };
    let Attempt { reads, outcome } = compiler::compile_for(files, &context);
    match outcome {
        Ok(compiled) => {
            for warning in &compiled.warnings {
                writeln!(stderr, "{warning} (warning)")?;
            }
            Ok((compiled, !reads.is_empty()))
        }
        Err(errors) => {
            writeln!(stderr, "{errors}")?;
            let each = if reads.is_empty() { "" } else { " with an empty COMPILE_CONTEXT" };
            Err(format!("the data model has {}{each}", count(errors.0.len(), "mistake")).into())
        }
    }
}

/// What a model holds, in one line.
pub(crate) fn summary(compiled: &Compiled) -> String {
    let (mut cubes, mut views, mut members) = (0, 0, 0);
    for (_, cube) in compiled.model.cubes() {
        *(if cube.is_view() { &mut views } else { &mut cubes }) += 1;
        members += cube.measures.len() + cube.dimensions.len() + cube.segments.len();
    }
    let mut text = format!(
        "the data model is valid: {}, {}, {}",
        count(cubes, "cube"),
        count(views, "view"),
        count(members, "member")
    );
    if !compiled.warnings.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, "; {}", count(compiled.warnings.len(), "warning"));
    }
    text
}

/// `1 cube`, `2 cubes`.
fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
