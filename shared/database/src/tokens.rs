//! Tokens that stand in the place of a password.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

/// Where a token is to let in, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The role.
    pub user: String,
}

/// Makes a token for every connection, because they last for minutes: one that is kept would be
/// refused when it is needed.
#[derive(Clone)]
pub struct Tokens(
    Arc<dyn Fn(Place) -> BoxFuture<'static, Result<SecretString, String>> + Send + Sync>,
);

impl Tokens {
    /// Those that `make` brings. It answers in a word what went wrong, without anything secret.
    pub fn new(
        make: impl Fn(Place) -> BoxFuture<'static, Result<SecretString, String>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(make))
    }

    pub(crate) async fn make(&self, place: Place) -> Result<SecretString, String> {
        (self.0)(place).await
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}
