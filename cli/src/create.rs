//! `tessera create`: a new project that works.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use clap::Args;
use secrecy::ExposeSecret;

use crate::files;

/// Options of `tessera create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Name of the project, and of the folder that is made for it here
    name: String,
    /// Database of the project
    #[arg(short, long, value_name = "TYPE", default_value = "postgres")]
    db_type: String,
    /// What the project is made for
    #[arg(short, long, value_name = "TEMPLATE", default_value = "lambda")]
    template: String,
}

/// Makes the project's folder and its files.
///
/// # Errors
/// A sentence for the caller of the command: the name is none or taken, an option asks for something
/// else than there is, or a file cannot be written. What was there before is not touched, and
/// nothing half made is left.
pub(crate) fn run(arguments: &CreateArguments) -> Result<(), Box<dyn Error>> {
    let CreateArguments { name, db_type, template } = arguments;
    scaffold::check_name(name)?;
    if !matches!(db_type.as_str(), "postgres" | "postgresql") {
        return Err(format!("`{db_type}` is not supported: the database is postgres").into());
    }
    if template != "lambda" {
        return Err(format!("there is no template `{template}`: the one there is is lambda").into());
    }
    let folder = Path::new(name);
    std::fs::create_dir(folder).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            format!("there is a `{name}` here already: choose another name")
        } else {
            format!("cannot make the folder {name}: {error}")
        }
    })?;
    let made = auth::generate_secret()
        .map_err(|error| error.to_string())
        .and_then(|secret| write(folder, name, secret.expose_secret()));
    if let Err(reason) = made {
        // The folder is ours alone; what matters is why.
        let _ = std::fs::remove_dir_all(folder);
        return Err(reason.into());
    }
    writeln!(
        std::io::stdout(),
        "{name} is ready. Say in {name}/.env where the database is, then\n\n  cd {name}\n  \
         tessera serve"
    )?;
    Ok(())
}

fn write(folder: &Path, name: &str, secret: &str) -> Result<(), String> {
    for file in scaffold::project(name, secret) {
        let mode = if file.is_secret { files::SECRET } else { files::SHARED };
        files::create(&folder.join(file.path), file.text.as_bytes(), mode)?;
    }
    Ok(())
}
