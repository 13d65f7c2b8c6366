//! `tessera generate`: a data model for the tables of the database.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use compiler::{ModelFile, PACKED_FILE};
use database::Database;
use model::{Part, Source};
use scaffold::{KnownCube, Language, Table};
use settings::Environment;

use crate::files;
use crate::project::ProjectArguments;

/// The folder of generated files in the folder of the model.
const CUBES: &str = "cubes";

/// Options of `tessera generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// Tables with commas between: `orders,shop."Order Items"` [default: every table that is no
    /// view]
    #[arg(short, long, value_name = "TABLES")]
    tables: Option<String>,
    /// Data source of the tables
    #[arg(short, long, alias = "dataSource", value_name = "NAME", default_value = "default")]
    data_source: String,
    /// Language of the files
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// Replace files that this command would write and that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Yaml,
    Js,
}

/// Asks the database for its tables and writes one model file for each.
///
/// # Errors
/// A sentence for the caller of the command: the settings or the options cannot be used, the
/// database does not answer, or the model would not compile with the new files. Nothing is written
/// then.
pub(crate) fn run(arguments: &GenerateArguments) -> Result<(), Box<dyn Error>> {
    let environment = arguments.project.environment()?;
    if arguments.data_source != "default" {
        let name = &arguments.data_source;
        return Err(
            format!("data source `{name}` is not supported yet: there is only default").into()
        );
    }
    let language = match arguments.format {
        Format::Yaml => Language::Yaml,
        Format::Js => Language::JavaScript,
    };
    let folder = arguments.project.model_folder(&environment);
    let tables = read_tables(&environment)?;
    let chosen = scaffold::choose(&tables, arguments.tables.as_deref())?;
    if chosen.is_empty() {
        return Err("the database has no table that this user may see".into());
    }
    let names = scaffold::cube_names(&tables);
    let path = |name: &str| PathBuf::from(CUBES).join(format!("{name}.{}", language.extension()));
    let written: Vec<(&str, PathBuf)> = chosen
        .iter()
        .filter_map(|&index| names.get(index))
        .map(|name| (name.as_str(), path(name)))
        .collect();
    let existing = Existing::read(&folder, if arguments.force { &written } else { &[] })?;
    let mut drafts = Vec::new();
    let mut stderr = std::io::stderr();
    for cube in scaffold::plan(&tables, &chosen, &existing.cubes(&environment)?) {
        match cube {
            Ok(cube) => drafts.push(Draft {
                path: path(&cube.name),
                text: language.write(&cube),
                notes: cube.notes,
            }),
            Err(reason) => writeln!(stderr, "skipped {reason}")?,
        }
    }
    if drafts.is_empty() {
        return Err("nothing was written: --force replaces files that this command wrote".into());
    }
    check(&folder, existing.kept, &drafts, arguments.force, &environment)?;
    write(&folder, &drafts)
}

/// A file to be written.
struct Draft {
    /// In the folder of the model.
    path: PathBuf,
    text: String,
    notes: Vec<String>,
}

/// Every table of the database, read in one statement.
fn read_tables(environment: &dyn Environment) -> Result<Vec<Table>, Box<dyn Error>> {
    let database = Database::new(&settings::read_database(environment)?)?;
    let statement = sql::Statement {
        text: scaffold::CATALOG.to_owned(),
        parameters: Vec::new(),
        has_context_parameters: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut rows = database.query(&statement, None).await?;
        let mut tables = Vec::new();
        while let Some(row) = rows.next().await? {
            tables.push(scaffold::read_table(row.raw(0).unwrap_or_default())?);
        }
        Ok(tables)
    })
}

/// The model that is there.
struct Existing {
    /// The files that stay.
    kept: Vec<ModelFile>,
    /// Those that will be replaced.
    replaced: Vec<ModelFile>,
    /// The cubes that these have now.
    replaced_cubes: Vec<String>,
}

impl Existing {
    /// Reads the folder; `written` are the cubes whose files are to be replaced.
    fn read(folder: &Path, written: &[(&str, PathBuf)]) -> Result<Self, Box<dyn Error>> {
        let files = if folder.is_dir() { compiler::read_folder(folder)? } else { Vec::new() };
        let mut existing =
            Self { kept: Vec::new(), replaced: Vec::new(), replaced_cubes: Vec::new() };
        for file in files {
            // Paths start with the folder's own name.
            let inside = file.path.split_once('/').map(|(_, path)| Path::new(path));
            match written.iter().find(|(_, path)| inside == Some(path)) {
                Some((name, _)) => {
                    existing.replaced_cubes.push((*name).to_owned());
                    existing.replaced.push(file);
                }
                None => existing.kept.push(file),
            }
        }
        Ok(existing)
    }

    /// The cubes that stay.
    ///
    /// What is replaced is asked only where the rest is no model without it, because it joins it:
    /// a file with mistakes can be replaced too.
    fn cubes(&self, environment: &dyn Environment) -> Result<Vec<KnownCube>, Box<dyn Error>> {
        let model = if let Ok(model) = compiler::compile(&self.kept) {
            model
        } else {
            let all = [self.kept.as_slice(), &self.replaced].concat();
            crate::validate::compile(&all, environment)
                .map_err(|reason| format!("nothing was written, because {reason} already"))?
                .0
                .model
        };
        let cubes = model.cubes().map(|(_, cube)| KnownCube {
            name: cube.name.clone(),
            table: table_name(&cube.source),
            has_key: cube.primary_keys().next().is_some(),
        });
        Ok(cubes.filter(|cube| !self.replaced_cubes.contains(&cube.name)).collect())
    }
}

/// What a cube selects from, when that is nothing but a name.
fn table_name(source: &Source) -> Option<String> {
    match source {
        Source::Table(template) => match template.parts.as_slice() {
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        },
        Source::Query(_) | Source::View(_) => None,
    }
}

/// Makes sure that no file is in the way and that the model compiles with the new ones.
fn check(
    folder: &Path,
    mut files: Vec<ModelFile>,
    drafts: &[Draft],
    may_replace: bool,
    environment: &dyn Environment,
) -> Result<(), Box<dyn Error>> {
    let is_taken = |draft: &&Draft| folder.join(&draft.path).symlink_metadata().is_ok();
    if !may_replace && let Some(draft) = drafts.iter().find(is_taken) {
        let file = folder.join(&draft.path);
        return Err(format!(
            "nothing was written, because {} is there already: --force replaces it",
            file.display()
        )
        .into());
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    files.extend(drafts.iter().map(|draft| ModelFile {
        path: format!("{name}/{}", draft.path.display()),
        text: draft.text.clone(),
    }));
    crate::validate::compile(&files, environment)
        .map(drop)
        .map_err(|reason| format!("nothing was written, because with it {reason}").into())
}

fn write(folder: &Path, drafts: &[Draft]) -> Result<(), Box<dyn Error>> {
    let mut stdout = std::io::stdout();
    let mut stderr = std::io::stderr();
    let cubes = folder.join(CUBES);
    std::fs::create_dir_all(&cubes)
        .map_err(|error| format!("cannot make the folder {}: {error}", cubes.display()))?;
    for draft in drafts {
        let file = folder.join(&draft.path);
        files::replace(&file, draft.text.as_bytes(), files::SHARED)?;
        writeln!(stdout, "{}", file.display())?;
        for note in &draft.notes {
            writeln!(stderr, "{}: {note}", file.display())?;
        }
    }
    let packed = folder.join(PACKED_FILE);
    if packed.exists() {
        writeln!(stderr, "{} is out of date now: run `tessera compile`", packed.display())?;
    }
    Ok(())
}
