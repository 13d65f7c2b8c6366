//! Credentials that change while the process runs.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use crate::options::Options;

/// Where credentials are read that may change: fetched for the first connection, and again when the
/// server lets the ones at hand in no more.
#[derive(Clone)]
pub struct Logins {
    name: String,
    fetch: Arc<dyn Fn() -> BoxFuture<'static, Result<Vec<Login>, String>> + Send + Sync>,
}

/// Credentials, and what they say of the place that they are for. Shows nothing of them.
#[derive(Clone)]
pub struct Login {
    /// Role to log in as.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Host, where [`Options`] do not say it.
    pub host: Option<String>,
    /// TCP port, where they do not say it.
    pub port: Option<u16>,
    /// Database, where they do not say it.
    pub name: Option<String>,
}

impl Logins {
    /// Those that `fetch` brings, the ones in force first; `name` tells their place from others.
    ///
    /// `fetch` answers in a word what went wrong, without anything that is secret.
    pub fn new(
        name: String,
        fetch: impl Fn() -> BoxFuture<'static, Result<Vec<Login>, String>> + Send + Sync + 'static,
    ) -> Self {
        Self { name, fetch: Arc::new(fetch) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn fetch(&self) -> Result<Vec<Login>, String> {
        (self.fetch)().await
    }
}

impl Login {
    /// The same database with these credentials. What `options` say of the place holds.
    pub(crate) fn over(&self, options: &Options) -> Options {
        let mut with = options.clone();
        with.logins = None;
        with.tokens = None;
        (with.user, with.password) = (self.user.clone(), self.password.clone());
        if let Some(host) = self.host.as_ref().filter(|_| with.host.is_empty()) {
            with.host.clone_from(host);
        }
        if let Some(port) = self.port.filter(|_| with.port == 0) {
            with.port = port;
        }
        if let Some(name) = self.name.as_ref().filter(|_| with.name.is_empty()) {
            with.name.clone_from(name);
        }
        with
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_options_say_of_the_place_holds() {
        let login = Login {
            user: "shop".to_owned(),
            password: "hunter2".into(),
            host: Some("db".to_owned()),
            port: Some(6432),
            name: Some("warehouse".to_owned()),
        };
        assert!(!format!("{login:?}").contains("hunter2"));
        let nowhere = Options { host: String::new(), port: 0, ..Options::default() };
        let with = login.over(&nowhere);
        assert_eq!((with.host.as_str(), with.port, with.name.as_str()), ("db", 6432, "warehouse"));
        assert_eq!(with.user, "shop");
        // A tenant's database is not another's because they share credentials.
        let tenant = Options { name: "tenant".to_owned(), ..Options::default() };
        let with = login.over(&tenant);
        assert_eq!(
            (with.host.as_str(), with.port, with.name.as_str()),
            ("localhost", 5432, "tenant")
        );
    }
}
