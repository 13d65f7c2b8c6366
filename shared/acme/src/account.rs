//! The account at an authority, and when it would have a certificate renewed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use certificate::CertificateDer;
use instant_acme::{AccountCredentials, CertificateIdentifier, NewAccount};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Error;

/// Where an authority is, and how it reaches us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The address of its directory.
    pub url: String,
    /// Its own root, where it is not one that everybody trusts.
    pub root: Option<PathBuf>,
    /// `mailto:` addresses.
    pub contacts: Vec<String>,
}

/// An account at an authority.
pub struct Account {
    pub(crate) account: instant_acme::Account,
}

/// When an authority would have a certificate renewed (RFC 9773), since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Not before.
    pub start: Duration,
    /// Not after.
    pub end: Duration,
}

impl Account {
    /// The account that was stored. Its authority is the one it was made at.
    ///
    /// # Errors
    /// [`Error::Account`] for what is none; [`Error::Unavailable`].
    pub async fn open(directory: &Directory, stored: &SecretString) -> Result<Self, Error> {
        let credentials: AccountCredentials =
            serde_json::from_str(stored.expose_secret()).map_err(|_| Error::Account)?;
        let account = Box::pin(builder(directory)?.from_credentials(credentials)).await?;
        Ok(Self { account })
    }

    /// A new account with a new key, and what is to be stored of it. Its terms of service are agreed
    /// to by whoever configures an authority.
    ///
    /// # Errors
    /// As [`Account::open`]; [`Error::Refused`].
    pub async fn create(directory: &Directory) -> Result<(Self, SecretString), Error> {
        let contacts: Vec<&str> = directory.contacts.iter().map(String::as_str).collect();
        let new = NewAccount {
            contact: &contacts,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let made = builder(directory)?.create(&new, directory.url.clone(), None);
        let (account, credentials) = Box::pin(made).await?;
        let stored = serde_json::to_string(&credentials).map_err(|_| Error::Account)?;
        Ok((Self { account }, stored.into()))
    }

    /// When the authority would have this certificate renewed; `None` when it does not say so of any.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Refused`]
    pub async fn window(&self, certificate: &CertificateDer<'_>) -> Result<Option<Window>, Error> {
        let Ok(id) = CertificateIdentifier::try_from(certificate) else { return Ok(None) };
        let told = match Box::pin(self.account.renewal_info(&id)).await {
            Ok((told, _)) => told.suggested_window,
            Err(instant_acme::Error::Unsupported(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let since = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let (start, end) = (since(told.start.unix_timestamp()), since(told.end.unix_timestamp()));
        // One that ends before it begins says nothing (RFC 9773 §4.2).
        Ok((start < end).then_some(Window { start, end }))
    }
}

fn builder(directory: &Directory) -> Result<instant_acme::AccountBuilder, Error> {
    Ok(match &directory.root {
        Some(root) => instant_acme::Account::builder_with_root(root)?,
        None => instant_acme::Account::builder()?,
    })
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("id", &self.account.id()).finish_non_exhaustive()
    }
}
