//! The files of a model folder.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Many times the largest model file seen.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// Many times the largest model seen.
const MAX_FILES: usize = 5_000;
/// Folders in folders.
const MAX_FOLDER_DEPTH: usize = 32;

/// One file of the model folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// As shown in errors, relative to the project: `model/cubes/orders.yml`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file or folder that the system did not hand out.
    #[error("cannot read {path}")]
    Io {
        /// Which one.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// Model files in a language that is not served yet.
    #[error(
        "{} not served yet, and serving the model without them would leave out what they say: {}",
        if paths.len() == 1 { "this file is" } else { "these files are" },
        paths.join(", ")
    )]
    NotServedYet {
        /// Every such file, in order.
        paths: Vec<String>,
    },
    /// A file that no author wrote by hand.
    #[error("{path} has more than {MAX_FILE_BYTES} bytes")]
    TooLarge {
        /// Which one.
        path: String,
    },
    /// More files than any model has.
    #[error("the model folder holds more than {MAX_FILES} files")]
    TooMany,
    /// Folders in folders, deeper than any model nests them.
    #[error("{path} is nested deeper than {MAX_FOLDER_DEPTH} folders")]
    TooDeep {
        /// Which one.
        path: String,
    },
    /// Two files of one name.
    #[error("{path} is there twice: keep one")]
    Twice {
        /// Which one.
        path: String,
    },
    /// A file that is not text.
    #[error("{path} is not UTF-8 text")]
    NotText {
        /// Which one.
        path: String,
    },
}

/// Reads the `*.yml`, `*.yaml` and `*.jinja` files of a folder and the folders in it, sorted by path;
/// with the feature `javascript` also `*.js`, `*.mjs`, `*.cjs`, `*.ts`, `*.mts` and `*.cts`.
///
/// Paths start with the folder's own name. Hidden files and folders, `node_modules` and files of
/// other kinds are passed over; symbolic links are followed, a folder is read once.
///
/// # Errors
/// [`ReadError::NotServedYet`] when the folder holds Python or `*.jinja2` files, or without the feature
/// JavaScript, whose rules would be lost; the others when a file cannot be read or a bound is passed.
pub fn read_folder(path: &Path) -> Result<Vec<ModelFile>, ReadError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut walk = Walk::default();
    walk.folder(path, &name.unwrap_or_default(), 0)?;
    walk.found.sort();
    walk.refused.sort();
    if !walk.refused.is_empty() {
        return Err(ReadError::NotServedYet { paths: walk.refused });
    }
    walk.found.into_iter().map(|(shown, path)| read_file(&path, shown)).collect()
}

/// Files that stand in no folder, as [`read_folder`] would have found them in one called `model`:
/// sorted, those of other kinds passed over.
///
/// # Errors
/// As [`read_folder`], and [`ReadError::Twice`].
pub fn named_files(
    files: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<ModelFile>, ReadError> {
    let mut found = Vec::new();
    let mut refused = Vec::new();
    for (name, text) in files {
        let path = format!("model/{}", name.trim_start_matches("./").trim_start_matches('/'));
        match Kind::of(&path) {
            Kind::Model => found.push(ModelFile { path, text }),
            Kind::Refused => refused.push(path),
            Kind::Other => {}
        }
    }
    refused.sort();
    if !refused.is_empty() {
        return Err(ReadError::NotServedYet { paths: refused });
    }
    if found.len() > MAX_FILES {
        return Err(ReadError::TooMany);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    if let Some(file) = found.iter().find(|file| file.text.len() as u64 > MAX_FILE_BYTES) {
        return Err(ReadError::TooLarge { path: file.path.clone() });
    }
    let mut pairs = found.iter().zip(found.iter().skip(1));
    if let Some((one, _)) = pairs.find(|(one, other)| one.path == other.path) {
        return Err(ReadError::Twice { path: one.path.clone() });
    }
    Ok(found)
}

/// What a file is, by the ending of its name.
enum Kind {
    Model,
    /// Part of a model in a language that is not served yet.
    Refused,
    Other,
}

impl Kind {
    fn of(path: &str) -> Self {
        let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
        match extension.map(|(_, extension)| extension.to_lowercase()).as_deref() {
            Some("yml" | "yaml" | "jinja") => Self::Model,
            // A declaration of types says nothing about the model.
            Some("ts") if path.ends_with(".d.ts") => Self::Other,
            Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts") if cfg!(feature = "javascript") => {
                Self::Model
            }
            Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "py" | "jinja2") => Self::Refused,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Default)]
struct Walk {
    /// As shown, and where it is.
    found: Vec<(String, PathBuf)>,
    refused: Vec<String>,
    /// Folders by their real path, so that a link to one of them ends.
    seen: HashSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, path: &Path, shown: &str, depth: usize) -> Result<(), ReadError> {
        let failed = |source| ReadError::Io { path: show(path, shown), source };
        if depth > MAX_FOLDER_DEPTH {
            return Err(ReadError::TooDeep { path: shown.to_owned() });
        }
        if !self.seen.insert(path.canonicalize().map_err(failed)?) {
            return Ok(());
        }
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name == "node_modules" || name == "__pycache__" {
                continue;
            }
            let shown = if shown.is_empty() { name } else { format!("{shown}/{name}") };
            self.entry(&entry.path(), shown, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, shown: String, depth: usize) -> Result<(), ReadError> {
        // `metadata` follows links, `DirEntry::file_type` does not.
        let metadata =
            fs::metadata(path).map_err(|source| ReadError::Io { path: shown.clone(), source })?;
        if metadata.is_dir() {
            return self.folder(path, &shown, depth + 1);
        }
        if !metadata.is_file() {
            return Ok(());
        }
        match Kind::of(&shown) {
            Kind::Model => self.found.push((shown, path.to_owned())),
            Kind::Refused => self.refused.push(shown),
            Kind::Other => {}
        }
        if self.found.len() + self.refused.len() > MAX_FILES {
            return Err(ReadError::TooMany);
        }
        Ok(())
    }
}

fn show(path: &Path, shown: &str) -> String {
    if shown.is_empty() { path.display().to_string() } else { shown.to_owned() }
}

fn read_file(path: &Path, shown: String) -> Result<ModelFile, ReadError> {
    let failed = |source| ReadError::Io { path: shown.clone(), source };
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge { path: shown });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(ModelFile { path: shown, text }),
        Err(_) => Err(ReadError::NotText { path: shown }),
    }
}
