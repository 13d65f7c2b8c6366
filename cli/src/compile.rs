//! `tessera compile`: the compiled data model as a file, for the package of the function `load`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use compiler::PACKED_FILE;

use crate::files;
use crate::project::ProjectArguments;
use crate::validate;

/// Options of `tessera compile`.
#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// File to write [default: `model.tessera` in the folder of the model]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Compiles the model and writes it down.
///
/// # Errors
/// A sentence for the caller of the command: the model cannot be read, is no model (after each
/// mistake was written to standard error), or the file cannot be written.
pub(crate) fn run(arguments: &CompileArguments) -> Result<(), Box<dyn Error>> {
    let environment = arguments.project.environment()?;
    let folder = arguments.project.existing_model_folder(&environment)?;
    let sources = validate::read(&folder)?;
    let (compiled, reads_context) = validate::compile(&sources, &environment)?;
    if reads_context {
        return Err(
            "the data model reads COMPILE_CONTEXT and is compiled for each caller: deploy its \
                    files instead"
                .into(),
        );
    }
    let bytes = compiler::pack(&compiled.model, &sources)?;
    let output = arguments.output.clone().unwrap_or_else(|| folder.join(PACKED_FILE));
    files::replace(&output, &bytes, files::SHARED)?;
    writeln!(
        std::io::stdout(),
        "{}\n{} ({} bytes)",
        validate::summary(&compiled),
        output.display(),
        bytes.len()
    )?;
    Ok(())
}
