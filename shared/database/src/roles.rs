//! The roles of a server and their passwords, as a rotation changes them.

use std::time::Duration;

use postgres_protocol::password::scram_sha_256;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::connector::Connector;
use crate::database::Database;
use crate::error::{Error, Origins, Outage};
use crate::options::Options;

/// A change of a role takes no longer, unless something holds its row.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the server lets these credentials in: one connection, one round trip.
///
/// # Errors
/// [`Error`] when the server cannot be asked.
pub async fn can_log_in(options: &Options) -> Result<bool, Error> {
    match Database::new(options)?.ping().await {
        Ok(()) => Ok(true),
        Err(Error::Unavailable { reason: Outage::Login, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A connection that may change roles.
pub struct Roles {
    client: Client,
}

impl Roles {
    /// Logs in; `None` when the server does not let these credentials in.
    ///
    /// # Errors
    /// [`Error`] when the server cannot be asked.
    pub async fn connect(options: &Options) -> Result<Option<Self>, Error> {
        match Connector::new(options)?.connect().await {
            Ok((client, _)) => Ok(Some(Self { client })),
            Err(Error::Unavailable { reason: Outage::Login, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is such a role.
    ///
    /// # Errors
    /// [`Error`]
    pub async fn exists(&self, role: &str) -> Result<bool, Error> {
        let rows = self.run(&sql::find_role(role)).await?;
        Ok(rows.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))))
    }

    /// Gives a role another password. The server gets what it keeps of it (SCRAM-SHA-256), not the
    /// password. Every role may do this to itself.
    ///
    /// # Errors
    /// [`Error`]
    pub async fn set_password(&self, role: &str, password: &SecretString) -> Result<(), Error> {
        let verifier = scram_sha_256(password.expose_secret().as_bytes());
        self.run(&sql::set_password(role, &verifier)).await?;
        Ok(())
    }

    /// Makes a role that may log in and do what `of` may.
    ///
    /// # Errors
    /// [`Error`]; nothing is made then.
    pub async fn create_member(
        &self,
        role: &str,
        of: &str,
        password: &SecretString,
    ) -> Result<(), Error> {
        let verifier = scram_sha_256(password.expose_secret().as_bytes());
        self.run(&sql::create_member(role, of, &verifier)).await?;
        Ok(())
    }

    async fn run(&self, text: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        timeout(PATIENCE, self.client.simple_query(text))
            .await
            .map_err(|_| Error::Timeout)?
            .map_err(|error| Error::of_statement(error, Origins::NONE))
    }
}
