//! Why a certificate cannot be served.

use std::path::PathBuf;

use certificate::{Faults, Reason};

/// Why a certificate cannot be served. Says nothing of what the key is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The place where the pair is stored does not give it.
    #[error("the stored certificate cannot be read: {reason}")]
    NotFetched {
        /// A word about it, nothing secret.
        reason: String,
    },
    /// No certificate is stored where it is kept.
    #[error("there is no certificate yet")]
    NotYet,
    /// The authority did not do what it was asked.
    #[error(transparent)]
    Authority(#[from] acme::Error),
    /// It took too long.
    #[error("the authority did not come to an end in time")]
    OutOfTime,
    /// It issued something else.
    #[error("what the authority has issued cannot be used: {because}")]
    NotFit {
        /// What would have it renewed at once.
        because: Reason,
    },
    /// The texts are no certificates and key, or none can be made.
    #[error(transparent)]
    Pair(#[from] certificate::Error),
    /// They are, and clients would refuse them.
    #[error(transparent)]
    Faulty(#[from] Faults),
    /// The key is of a kind that TLS does not know.
    #[error("the key cannot be used for TLS")]
    UnusableKey,
    /// What should be the authorities of clients is no list of PEM certificates.
    #[error("the authorities of clients: {0}")]
    ClientAuthorities(#[source] certificate::Error),
    /// One of them cannot be one.
    #[error("the authorities of clients: one of the certificates cannot be an authority's")]
    NoClientAuthority,
}
