//! Where certificates are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certificate::{Name, Pair};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// Where the pair is, and whose clients are let in.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where the certificate and its key are.
    pub pair: PairSource,
    /// A file of the authorities one of which every client needs a certificate of. Read again with
    /// the pair.
    pub client_authorities: Option<PathBuf>,
}

/// Where a certificate and its key are.
#[derive(Clone)]
pub enum PairSource {
    /// In two files.
    Files {
        /// The certificate and those between it and its authority, PEM.
        chain: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
    /// Somewhere else, such as AWS Secrets Manager.
    Stored(Fetch),
    /// Nowhere: they are made here, for two days each, and never leave the process.
    SelfSigned(Vec<Name>),
}

/// Brings the value of a secret that holds a pair ([`Pair::from_secret`]), or says in a word why not,
/// nothing secret.
pub type Fetch = Arc<dyn Fn() -> BoxFuture<'static, Result<SecretString, String>> + Send + Sync>;

impl fmt::Debug for PairSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files { chain, key } => {
                formatter.debug_struct("Files").field("chain", chain).field("key", key).finish()
            }
            Self::Stored(_) => formatter.debug_struct("Stored").finish_non_exhaustive(),
            Self::SelfSigned(names) => formatter.debug_tuple("SelfSigned").field(names).finish(),
        }
    }
}

/// What a source holds at a moment, unread.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    pub(crate) pair: PairText,
    pub(crate) client_authorities: Option<String>,
}

/// A pair, unread.
#[derive(Debug, Clone)]
pub(crate) enum PairText {
    Files {
        chain: String,
        key: SecretString,
    },
    Secret(SecretString),
    /// There is none: it is made here.
    Made,
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.pair.texts() == other.pair.texts()
            && self.client_authorities == other.client_authorities
    }
}

impl PairText {
    fn texts(&self) -> [&str; 2] {
        match self {
            Self::Files { chain, key } => [chain, key.expose_secret()],
            Self::Secret(value) => [value.expose_secret(), ""],
            Self::Made => [""; 2],
        }
    }

    /// The pair; `None` where it is made here.
    ///
    /// # Errors
    /// What of it cannot be read.
    pub(crate) fn read(&self) -> Result<Option<Pair>, certificate::Error> {
        match self {
            Self::Files { chain, key } => {
                Pair::read(chain.as_bytes(), key.expose_secret().as_bytes()).map(Some)
            }
            Self::Secret(value) => Pair::from_secret(value).map(Some),
            Self::Made => Ok(None),
        }
    }
}

impl Source {
    /// # Errors
    /// [`Error::Unreadable`], [`Error::NotFetched`]
    pub(crate) async fn read(&self) -> Result<Texts, Error> {
        let pair = match &self.pair {
            PairSource::Files { chain, key } => {
                PairText::Files { chain: read(chain).await?, key: read(key).await?.into() }
            }
            PairSource::Stored(fetch) => {
                let fetched = fetch().await;
                PairText::Secret(fetched.map_err(|reason| Error::NotFetched { reason })?)
            }
            PairSource::SelfSigned(_) => PairText::Made,
        };
        let client_authorities = match &self.client_authorities {
            Some(path) => Some(read(path).await?),
            None => None,
        };
        Ok(Texts { pair, client_authorities })
    }
}

async fn read(path: &Path) -> Result<String, Error> {
    let read = tokio::fs::read_to_string(path).await;
    read.map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}
