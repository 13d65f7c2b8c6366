//! Why a project cannot be served.

use std::path::PathBuf;

/// Why a project cannot be served, in words for its operator and its author.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Settings.
    #[error(transparent)]
    Settings(#[from] settings::Errors),
    /// `cube.js`
    #[error(transparent)]
    Project(#[from] project::Error),
    /// Code in a language that is not run here.
    #[error(
        "{} is not supported, and serving the project without its rules would hand out rows: write \
         them in cube.js", path.display()
    )]
    Python {
        /// The file.
        path: PathBuf,
    },
    /// Two files of which either could be meant.
    #[error("there are both {} and {}: keep one", one.display(), other.display())]
    SeveralFiles {
        /// One.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// A file of the project that the system did not hand out.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// Code nobody wrote by hand.
    #[error("{} is larger than any file of code: {max_bytes} bytes are read", path.display())]
    TooLarge {
        /// Which one.
        path: PathBuf,
        /// What is read.
        max_bytes: u64,
    },
    /// The data model's folder.
    #[error(transparent)]
    Open(#[from] compiler::OpenError),
    /// The data model, in words for its author.
    #[error("{0}")]
    Model(String),
    /// The data model, beside the databases there are.
    #[error(transparent)]
    DataSource(#[from] api::MissingDataSource),
    /// The database's settings.
    #[error(transparent)]
    Database(#[from] database::Error),
}
