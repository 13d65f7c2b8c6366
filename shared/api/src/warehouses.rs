//! Where the rows of a data source are: in one place for everybody, or where the project's
//! `driverFactory` says for a caller.
//!
//! `driverFactory` is asked for every request that reads rows. An answer that was kept for an
//! application id, as Cube keeps it, would be the answer to somebody else's context wherever an
//! author forgot a part of the id. What is kept are the pools, by all that was said of a database.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, sync::Arc};

use axum::http::request::Parts;
use database::{Database, Databases, Identity, Options, Pem, Pools, Ssl, VerifyFull};
use futures_util::future::try_join_all;
use planner::Plan;
use project::{Driver, DriverTls, Project};
use secrecy::ExposeSecret;

use crate::{authorize::Caller, error::Error, hooks};

/// Databases that are kept open: those that were used last.
const POOLS_KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// As many connections to one database as the environment may ask for.
const MAX_POOL: u16 = 1_000;

/// Where the rows of every data source are.
pub enum Warehouses {
    /// In the same place for all callers.
    ForAll(Databases),
    /// Where the project's code says.
    ByCaller(Drivers),
}

impl From<Databases> for Warehouses {
    fn from(databases: Databases) -> Self {
        Self::ForAll(databases)
    }
}

impl From<Drivers> for Warehouses {
    fn from(drivers: Drivers) -> Self {
        Self::ByCaller(drivers)
    }
}

/// What `driverFactory` says of databases, and those that are open.
pub struct Drivers {
    project: Arc<Project>,
    defaults: BTreeMap<String, Options>,
    pools: Pools,
}

impl Drivers {
    /// Asks the `driverFactory` of `project`. What it leaves out of a database stands in `defaults`,
    /// by data source.
    pub fn new(
        project: Arc<Project>,
        defaults: impl IntoIterator<Item = (String, Options)>,
    ) -> Self {
        Self { project, defaults: defaults.into_iter().collect(), pools: Pools::new(POOLS_KEPT) }
    }

    async fn find(
        &self,
        parts: &Parts,
        caller: &Caller,
        data_source: &str,
    ) -> Result<Arc<Database>, Error> {
        let driver = hooks::driver(&self.project, parts, caller, data_source).await?;
        let unusable = |reason| Error::Driver { hook: self.project.hook("driverFactory"), reason };
        let defaults = self.defaults.get(driver.data_source.as_deref().unwrap_or(data_source));
        let options = described(defaults, &driver).map_err(unusable)?;
        if let Some(database) = self.pools.find(Identity::of(&options)) {
            return Ok(database);
        }
        driver.notices.iter().for_each(|notice| tracing::warn!("driverFactory: {notice}"));
        self.pools.open(&options).map_err(|error| {
            if let database::Error::Options { reason } = error {
                unusable(reason)
            } else {
                Error::Database(Arc::new(error))
            }
        })
    }
}

impl Warehouses {
    /// The database of each plan, for this caller.
    ///
    /// # Errors
    /// [`Error::NoDataSource`]; [`Error::Hook`] and [`Error::Driver`] when the project's code
    /// refuses or says nothing of use.
    pub(crate) async fn find(
        &self,
        parts: &Parts,
        caller: &Caller,
        plans: &[Plan],
    ) -> Result<Vec<Arc<Database>>, Error> {
        let mut found: BTreeMap<&str, Arc<Database>> = BTreeMap::new();
        let mut of_plans = Vec::with_capacity(plans.len());
        for plan in plans {
            let data_source = plan.projection.data_source.as_str();
            let database = match (found.get(data_source), self) {
                (Some(database), _) => Arc::clone(database),
                (None, Self::ForAll(databases)) => databases
                    .find(data_source)
                    .cloned()
                    .ok_or_else(|| Error::NoDataSource(data_source.to_owned()))?,
                (None, Self::ByCaller(drivers)) => drivers.find(parts, caller, data_source).await?,
            };
            found.insert(data_source, Arc::clone(&database));
            of_plans.push(database);
        }
        Ok(of_plans)
    }

    /// Whether the databases of all callers answer. Where each caller has one, none is everybody's.
    pub(crate) async fn ping(&self) -> Result<(), database::Error> {
        match self {
            Self::ForAll(databases) => {
                try_join_all(databases.all().map(|database| database.ping())).await.map(|_| ())
            }
            Self::ByCaller(_) => Ok(()),
        }
    }
}

/// What a driver says of a database, over what the environment says of it.
fn described(defaults: Option<&Options>, driver: &Driver) -> Result<Options, &'static str> {
    let mut options = defaults.cloned().unwrap_or_default();
    set_place(&mut options, driver)?;
    if let Some(tls) = &driver.tls {
        options.ssl = ssl(tls);
    }
    if let Some(max) = driver.max_pool {
        options.max_pool = usize::from(max.min(MAX_POOL));
    }
    let times = [
        (driver.connect_timeout, &mut options.connect_timeout),
        (driver.acquire_timeout, &mut options.acquire_timeout),
        (driver.idle_timeout, &mut options.idle_timeout),
        (driver.query_timeout, &mut options.query_timeout),
    ];
    for (said, time) in times {
        *time = said.unwrap_or(*time);
    }
    if options.socket_path.is_some() && matches!(options.ssl, Ssl::VerifyFull(_)) {
        return Err("a Unix socket has no TLS: leave `ssl` out");
    }
    if options.name.is_empty() && options.logins.is_none() {
        return Err("neither `database` nor the environment names the database");
    }
    if options.user.is_empty() && options.logins.is_none() {
        return Err("neither `user` nor the environment names the database user");
    }
    Ok(options)
}

fn set_place(options: &mut Options, driver: &Driver) -> Result<(), &'static str> {
    if let Some(url) = &driver.url {
        options.set_url(url.expose_secret()).map_err(
            |_| "`connectionString` must be postgres://user:password@host:port/database",
        )?;
    }
    if let Some(host) = &driver.host {
        // As `pg` has it: a path is the folder of a Unix socket.
        options.socket_path = host.starts_with('/').then(|| PathBuf::from(host));
        options.host.clone_from(host);
    }
    options.port = driver.port.unwrap_or(options.port);
    if let Some(name) = &driver.database {
        options.name.clone_from(name);
    }
    // Whoever names a role or a password does not mean those of the secret.
    if let Some(user) = &driver.user {
        options.user.clone_from(user);
        options.logins = None;
    }
    if let Some(password) = &driver.password {
        options.password = password.clone();
        options.logins = None;
        options.tokens = None;
    }
    Ok(())
}

fn ssl(tls: &DriverTls) -> Ssl {
    match tls.clone() {
        DriverTls::Off => Ssl::Disabled,
        DriverTls::On { ca, cert, key, server_name } => Ssl::VerifyFull(VerifyFull {
            ca_pem: ca.map(Pem::from),
            server_name,
            client_cert_pem: cert.map(Pem::from),
            client_key_pem: key.map(Pem::Text),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Options {
        Options {
            host: "shared.example".to_owned(),
            name: "shared".to_owned(),
            user: "everybody".to_owned(),
            password: "default".into(),
            socket_path: Some("/var/run".into()),
            ..Options::default()
        }
    }

    fn of(driver: &Driver) -> Options {
        described(Some(&defaults()), driver).unwrap()
    }

    /// A driver that says this of a database, by `database`, `user`, `host`.
    fn driver(said: [Option<&str>; 3]) -> Driver {
        let [database, user, host] = said.map(|text| text.map(str::to_owned));
        Driver { database, user, host, ..Driver::default() }
    }

    #[test]
    fn what_is_left_out_is_the_environments() {
        let options = of(&driver([Some("acme"), None, None]));
        assert_eq!((&*options.name, &*options.user), ("acme", "everybody"));
        assert!(options.socket_path.is_some());
        let options =
            of(&Driver { port: Some(6432), ..driver([None, None, Some("acme.example")]) });
        assert_eq!(
            (&*options.host, options.port, options.socket_path),
            ("acme.example", 6432, None)
        );
        let options = of(&driver([None, None, Some("/tmp/acme")]));
        assert_eq!(options.socket_path, Some(PathBuf::from("/tmp/acme")));
    }

    #[test]
    fn whoever_names_a_role_or_a_password_does_not_get_those_of_the_secret() {
        let none = || Box::pin(std::future::ready(Ok(Vec::new()))) as _;
        let logins = Some(database::Logins::new("secret".to_owned(), none));
        let (name, user) = (String::new(), String::new());
        let defaults = Options { logins, name, user, ..defaults() };
        let of = |driver: &Driver| described(Some(&defaults), driver);
        let options = of(&driver([Some("acme"), None, None])).unwrap();
        assert!(options.logins.is_some() && options.name == "acme");
        assert!(of(&driver([Some("acme"), Some("me"), None])).unwrap().logins.is_none());
        let url = Driver { url: Some("postgres://me:p@a/acme".into()), ..Driver::default() };
        assert!(of(&url).unwrap().logins.is_none());
        let password = Driver { password: Some("p".into()), ..driver([Some("acme"), None, None]) };
        assert!(of(&password).unwrap_err().contains("`user`"));
    }

    #[test]
    fn a_url_leaves_nothing_of_the_environments_place() {
        let url = |url: &str| Driver { url: Some(url.into()), ..Driver::default() };
        let options = of(&url("postgres://me:hunter2@acme.example/acme?sslmode=require"));
        assert_eq!((&*options.host, options.port), ("acme.example", 5432));
        assert_eq!((&*options.name, &*options.user), ("acme", "me"));
        assert_eq!(options.password.expose_secret(), "hunter2");
        assert!(options.socket_path.is_none() && matches!(options.ssl, Ssl::VerifyFull(_)));
        for half in ["postgres://acme.example/acme", "postgres://me@acme.example", "mysql://a/b"] {
            assert!(described(Some(&defaults()), &url(half)).is_err(), "{half}");
        }
    }

    #[test]
    fn a_data_source_without_variables_has_to_be_described() {
        let refused = |said| described(None, &driver(said)).unwrap_err();
        assert!(refused([Some("acme"), None, None]).contains("`user`"));
        assert!(refused([None, Some("me"), None]).contains("`database`"));
        let options = described(None, &driver([Some("acme"), Some("me"), None])).unwrap();
        assert_eq!(options.host, "localhost");
    }

    #[test]
    fn tls_is_as_it_was_said_last() {
        let server_name = Some("db".to_owned());
        let on = DriverTls::On { ca: None, cert: None, key: None, server_name };
        let secure = of(&Driver { tls: Some(on.clone()), ..driver([None, None, Some("a")]) });
        let Ssl::VerifyFull(verify) = &secure.ssl else { panic!("plain text") };
        assert_eq!(verify.server_name.as_deref(), Some("db"));
        let silent = described(Some(&secure), &driver([None, None, Some("b")])).unwrap();
        assert!(matches!(silent.ssl, Ssl::VerifyFull(_)));
        let on_a_socket = Driver { tls: Some(on), ..Driver::default() };
        assert!(described(Some(&defaults()), &on_a_socket).unwrap_err().contains("no TLS"));
    }
}
