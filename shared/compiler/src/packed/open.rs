//! The model in a folder, compiled before or now.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use crate::packed::{PACKED_FILE, PackedError, sources_digest, unpack};
use crate::{
    Attempt, CompileContext, Compiled, Errors, ModelFile, ReadError, compile_for, read_folder,
};

/// Many times the largest compiled model seen.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a folder holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// One model for all callers.
    ForAll {
        /// The model. Without warnings when it was compiled before: they were given then.
        compiled: Compiled,
        /// [`sources_digest`] of the files it was compiled from.
        sources: [u8; 32],
        /// Whether it was compiled before, by `tessera compile`.
        is_packed: bool,
    },
    /// Files that read `COMPILE_CONTEXT`: a model for each value of what they read.
    ByContext {
        /// What is compiled for each.
        files: Vec<ModelFile>,
        /// What `env_var` finds.
        environment: Arc<BTreeMap<String, String>>,
    },
}

/// Why a folder gives no model.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The sources are no model.
    #[error(transparent)]
    Compile(#[from] Errors),
    /// The compiled model cannot be used.
    #[error("{PACKED_FILE} cannot be used: {0}; run `tessera compile` again")]
    Packed(#[from] PackedError),
    /// The sources are not those of the compiled model.
    #[error(
        "{PACKED_FILE} was compiled from other files than those beside it: run `tessera compile` \
         again, or remove it"
    )]
    Stale,
}

/// The model of a folder: `model.tessera` when it is there, else what the other files say.
///
/// Sources beside `model.tessera` must be those it was compiled from; without any it stands alone.
/// `environment` holds the variables that an author may see.
///
/// # Errors
/// [`OpenError`].
pub fn open_folder(
    folder: &Path,
    environment: BTreeMap<String, String>,
) -> Result<Opened, OpenError> {
    let packed = read_packed(folder)?;
    let files = read_folder(folder)?;
    let Some(bytes) = packed else {
        let environment = Arc::new(environment);
        let context =
            CompileContext { environment: Arc::clone(&environment), ..CompileContext::default() };
        let Attempt { reads, outcome } = compile_for(&files, &context);
        return Ok(if reads.is_empty() {
            let sources = sources_digest(&files);
            Opened::ForAll { compiled: outcome?, sources, is_packed: false }
        } else {
            Opened::ByContext { files, environment }
        });
    };
    let packed = unpack(&bytes)?;
    if !files.is_empty() && sources_digest(&files) != packed.sources {
        return Err(OpenError::Stale);
    }
    let compiled = Compiled { model: packed.model, warnings: Vec::new() };
    Ok(Opened::ForAll { compiled, sources: packed.sources, is_packed: true })
}

fn read_packed(folder: &Path) -> Result<Option<Vec<u8>>, OpenError> {
    let failed = |source| ReadError::Io { path: PACKED_FILE.to_owned(), source };
    let file = match fs::File::open(folder.join(PACKED_FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error).into()),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PackedError::Damaged.into());
    }
    Ok(Some(bytes))
}
