//! Where certificates are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certificate::Name;
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

/// Brings a pair, or says in a word why not, nothing secret.
pub type Fetch = Arc<dyn Fn() -> BoxFuture<'static, Result<StoredPair, String>> + Send + Sync>;

/// A chain and its private key, PEM.
#[derive(Debug, Clone)]
pub struct StoredPair {
    /// The server's certificate first.
    pub chain: String,
    /// The key of that one.
    pub key: SecretString,
}

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
    /// `None` for a pair that is made here.
    pub(crate) pair: Option<StoredPair>,
    pub(crate) client_authorities: Option<String>,
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        let pair = |texts: &Self| {
            let pair = texts.pair.as_ref();
            pair.map(|pair| (pair.chain.clone(), pair.key.expose_secret().to_owned()))
        };
        pair(self) == pair(other) && self.client_authorities == other.client_authorities
    }
}

impl Source {
    /// # Errors
    /// [`Error::Unreadable`], [`Error::NotFetched`]
    pub(crate) async fn read(&self) -> Result<Texts, Error> {
        let pair = match &self.pair {
            PairSource::Files { chain, key } => {
                let (chain, key) = (read(chain).await?, read(key).await?.into());
                Some(StoredPair { chain, key })
            }
            PairSource::Stored(fetch) => {
                Some(fetch().await.map_err(|reason| Error::NotFetched { reason })?)
            }
            PairSource::SelfSigned(_) => None,
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
