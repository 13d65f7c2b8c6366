//! The two files of a pair, or one that holds both.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use certificate::Pair;
use clap::Args;
use secrecy::ExposeSecret as _;

use crate::files;

/// More than any chain or key has.
const BYTES_MAX: u64 = 2 << 20;

/// Where the two parts of a pair are.
#[derive(Debug, Args)]
pub(crate) struct PairFiles {
    /// The certificate, and those of the authorities above it
    #[arg(long, value_name = "FILE", default_value = "certificate.pem")]
    pub(crate) certificate: PathBuf,
    /// Its key; the same file for both is replaced in one step
    #[arg(long, value_name = "FILE", default_value = "key.pem")]
    pub(crate) key: PathBuf,
}

impl PairFiles {
    /// Reads both; `None` when neither is there.
    ///
    /// # Errors
    /// A sentence with the file's name: it cannot be opened. What is in them may be no pair.
    pub(crate) fn read(&self) -> Result<Option<Result<Pair, certificate::Error>>, String> {
        if !self.certificate.exists() && !self.key.exists() {
            return Ok(None);
        }
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        Ok(Some(Pair::read(&certificate, &key)))
    }

    /// Writes a pair where nothing is yet.
    ///
    /// # Errors
    /// A sentence with the file's name.
    pub(crate) fn create(&self, pair: &Pair) -> Result<(), String> {
        if self.is_one() {
            return files::create(&self.key, both(pair).as_bytes(), files::SECRET);
        }
        if self.certificate.exists() {
            return Err(format!("{} is there already", self.certificate.display()));
        }
        let key = pair.key_pem();
        files::create(&self.key, key.expose_secret().as_bytes(), files::SECRET)?;
        files::create(&self.certificate, pair.chain_pem().as_bytes(), files::SHARED)
    }

    /// Writes a pair in the place of what is there. Each file is the old or the new one at any
    /// time; who reads two may find the key new and the certificate old for a moment.
    ///
    /// # Errors
    /// A sentence with the file's name.
    pub(crate) fn replace(&self, pair: &Pair) -> Result<(), String> {
        if self.is_one() {
            return files::replace(&self.key, both(pair).as_bytes(), files::SECRET);
        }
        let key = pair.key_pem();
        files::replace(&self.key, key.expose_secret().as_bytes(), files::SECRET)?;
        files::replace(&self.certificate, pair.chain_pem().as_bytes(), files::SHARED)
    }

    fn is_one(&self) -> bool {
        self.certificate == self.key
    }
}

fn both(pair: &Pair) -> String {
    format!("{}{}", pair.chain_pem(), pair.key_pem().expose_secret())
}

/// The bytes of a file.
///
/// # Errors
/// A sentence with its name.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|error: io::Error| format!("cannot read {}: {error}", path.display()))?;
    Ok(bytes)
}
