//! A compiled model as a file, so that a cold start reads neither YAML nor JavaScript.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `TESSERA` and a line end |
//! | 8 | the fingerprint of the compiler that wrote it, little-endian (`build.rs`) |
//! | 32 | SHA-256 of everything after it |
//! | 32 | SHA-256 of the files it was compiled from |
//! | rest | the cubes and the groups of views, in `MessagePack` |
//!
//! The checksum tells damage, not forgery: who may write the file may write the model.
//! `MessagePack` is read with `rmp-serde`, which bounds the depth of what it reads and reserves no
//! memory for lengths that a file only claims to have.

mod open;
mod references;

pub use open::{OpenError, Opened, open_folder};

use model::{BuildError, Cube, DataModel, ViewGroup};
use rmp_serde::{Deserializer, Serializer};
use serde::{Deserialize as _, Serialize as _};
use sha2::{Digest as _, Sha256};

use crate::ModelFile;

/// The name of the file in the folder of the model.
pub const PACKED_FILE: &str = "model.tessera";

const MAGIC: &[u8; 8] = b"TESSERA\n";
/// Arrays and maps in one another. A template of the deepest kind takes some twenty; what is computed
/// on claims takes two or three for every operator in an operator.
const MAX_DEPTH: usize = 256;

/// A compiled model, and which files it was compiled from.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The model.
    pub model: DataModel,
    /// [`sources_digest`] of its files.
    pub sources: [u8; 32],
}

/// Why bytes are no compiled model of ours.
#[derive(Debug, thiserror::Error)]
pub enum PackedError {
    /// Something else altogether.
    #[error("it is not a compiled data model")]
    NotAModel,
    /// Written by another build.
    #[error("it was written by another version of tessera than the one that reads it")]
    OtherVersion,
    /// Cut off or changed.
    #[error("it is damaged: its checksum does not fit")]
    Damaged,
    /// The checksum fits and the content does not.
    #[error("its content is no data model: {0}")]
    Content(String),
    /// A reference leads nowhere.
    #[error("its content is no data model: a reference in it leads nowhere")]
    Dangling,
    /// Names are used twice.
    #[error("its content is no data model")]
    Build(#[from] BuildError),
    /// The model could not be written; no model is like that.
    #[error("the data model cannot be written: {0}")]
    Unwritable(String),
}

/// The bytes of a compiled model that was made from `files`.
///
/// # Errors
/// [`PackedError::Unwritable`].
pub fn pack(model: &DataModel, files: &[ModelFile]) -> Result<Vec<u8>, PackedError> {
    let mut content = sources_digest(files).to_vec();
    let cubes: Vec<&Cube> = model.cubes().map(|(_, cube)| cube).collect();
    (cubes, model.view_groups())
        .serialize(&mut Serializer::new(&mut content))
        .map_err(|error| PackedError::Unwritable(error.to_string()))?;
    // What is written can be read, also where an author nests deeper than we thought of.
    let cubes = content.get(32..).unwrap_or_default();
    read(cubes).map_err(|error| PackedError::Unwritable(error.to_string()))?;
    let checksum: [u8; 32] = Sha256::digest(&content).into();
    Ok([MAGIC.as_slice(), &fingerprint().to_le_bytes(), &checksum, &content].concat())
}

/// The model in `bytes`.
///
/// # Errors
/// Any of [`PackedError`] but `Unwritable`.
pub fn unpack(bytes: &[u8]) -> Result<Packed, PackedError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(PackedError::NotAModel)?;
    let (version, rest) = rest.split_first_chunk().ok_or(PackedError::Damaged)?;
    if u64::from_le_bytes(*version) != fingerprint() {
        return Err(PackedError::OtherVersion);
    }
    let (checksum, content) = rest.split_first_chunk::<32>().ok_or(PackedError::Damaged)?;
    if *checksum != <[u8; 32]>::from(Sha256::digest(content)) {
        return Err(PackedError::Damaged);
    }
    let (sources, cubes) = content.split_first_chunk().ok_or(PackedError::Damaged)?;
    Ok(Packed { model: read(cubes)?, sources: *sources })
}

fn read(bytes: &[u8]) -> Result<DataModel, PackedError> {
    let mut rest = bytes;
    let mut reader = Deserializer::new(&mut rest);
    reader.set_max_depth(MAX_DEPTH);
    let (cubes, groups) = <(Vec<Cube>, Vec<ViewGroup>)>::deserialize(&mut reader)
        .map_err(|error| PackedError::Content(error.to_string()))?;
    if !rest.is_empty() {
        return Err(PackedError::Content("something follows it".to_owned()));
    }
    let model = DataModel::new(cubes)?.with_view_groups(groups);
    if !references::lead_somewhere(&model) {
        return Err(PackedError::Dangling);
    }
    Ok(model)
}

/// What tells these files from others: their paths in the model's folder, and their texts.
pub fn sources_digest(files: &[ModelFile]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for file in files {
        // Without the folder's own name, which may be another where the model is served.
        let path = file.path.split_once('/').map_or(file.path.as_str(), |(_, path)| path);
        for text in [path, &file.text] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
    }
    hash.finalize().into()
}

/// Of this compiler and the types of the model.
fn fingerprint() -> u64 {
    // Decimal digits, by `build.rs`.
    env!("TESSERA_FINGERPRINT").bytes().fold(0_u64, |number, digit| {
        number.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

#[cfg(test)]
mod tests;
