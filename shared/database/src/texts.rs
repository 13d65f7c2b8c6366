//! The PEM texts of a connection, as they are now.

use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::options::{Pem, VerifyFull};

const UNREADABLE: Error = Error::Options { reason: "a file of certificates cannot be read" };

/// What [`VerifyFull`] says, read.
#[derive(Clone)]
pub(crate) struct Texts {
    pub(crate) ca: Option<SecretString>,
    pub(crate) client_cert: Option<SecretString>,
    pub(crate) client_key: Option<SecretString>,
}

impl Texts {
    /// # Errors
    /// [`Error::Options`] for a file that cannot be read.
    pub(crate) fn read(options: &VerifyFull) -> Result<Self, Error> {
        Ok(Self {
            ca: options.ca_pem.as_ref().map(read).transpose()?,
            client_cert: options.client_cert_pem.as_ref().map(read).transpose()?,
            client_key: options.client_key_pem.as_ref().map(read).transpose()?,
        })
    }

    /// The same from within a task, which is not to wait for a disk.
    ///
    /// # Errors
    /// As [`Texts::read`].
    pub(crate) async fn read_again(options: &VerifyFull) -> Result<Self, Error> {
        let options = options.clone();
        let read = tokio::task::spawn_blocking(move || Self::read(&options)).await;
        read.unwrap_or(Err(UNREADABLE))
    }

    fn all(&self) -> [Option<&str>; 3] {
        [&self.ca, &self.client_cert, &self.client_key]
            .map(|text| text.as_ref().map(ExposeSecret::expose_secret))
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

fn read(pem: &Pem) -> Result<SecretString, Error> {
    match pem {
        Pem::Text(text) => Ok(text.clone()),
        Pem::File(path) => {
            std::fs::read_to_string(path).map(Into::into).map_err(|_unreadable| UNREADABLE)
        }
    }
}
