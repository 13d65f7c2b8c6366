//! What `driverFactory` says of a database: an object of Cube's driver options, or a
//! `PostgresDriver` that was made with one.
//!
//! Names: Cube 1.7.25, `packages/cubejs-postgres-driver/src/PostgresDriver.ts`, and those of the npm
//! package `pg` that it hands on. A name that is not known, and one whose value is `undefined`, are
//! faults: what is left out comes from the environment, and that may be another tenant's database.

mod fault;
mod tls;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::options::nearest;
use crate::project::Held;

pub use fault::DriverFault;
pub use tls::DriverTls;

/// How to reach a database. What is nothing here is for the environment to say.
///
/// Shows nothing but which data source's variables it stands over.
#[derive(Clone, Default)]
pub struct Driver {
    /// `connectionString`
    pub url: Option<SecretString>,
    /// `host`; a folder when it begins with `/`: that of a Unix socket.
    pub host: Option<String>,
    /// `port`
    pub port: Option<u16>,
    /// `database`
    pub database: Option<String>,
    /// `user`
    pub user: Option<String>,
    /// `password`
    pub password: Option<SecretString>,
    /// `ssl`
    pub tls: Option<DriverTls>,
    /// `max`, `maxPoolSize`
    pub max_pool: Option<u16>,
    /// `connectionTimeoutMillis`
    pub connect_timeout: Option<Duration>,
    /// `acquireTimeoutMillis`
    pub acquire_timeout: Option<Duration>,
    /// `idleTimeoutMillis`
    pub idle_timeout: Option<Duration>,
    /// The least of `executionTimeout` (seconds), `query_timeout` and `statement_timeout`.
    pub query_timeout: Option<Duration>,
    /// `dataSource`: whose variables say the rest, when it is not the one that was asked for.
    pub data_source: Option<String>,
    /// What was accepted without effect.
    pub notices: Vec<&'static str>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("data_source", &self.data_source).finish_non_exhaustive()
    }
}

/// What becomes of an option.
#[derive(Clone, Copy)]
enum Reading {
    Type,
    Url,
    Host,
    Port,
    Database,
    User,
    Password,
    Tls,
    MaxPool,
    ConnectTimeout,
    AcquireTimeout,
    IdleTimeout,
    QueryMilliseconds,
    QuerySeconds,
    DataSource,
    TimeZone,
    /// It does nothing here that could be missed.
    Ignored,
    /// It cannot be honoured, for this reason.
    Refused(&'static str),
}

use Reading::{Ignored, Refused};

const OPTIONS: &[(&str, Reading)] = &[
    ("type", Reading::Type),
    ("connectionString", Reading::Url),
    ("host", Reading::Host),
    ("port", Reading::Port),
    ("database", Reading::Database),
    ("user", Reading::User),
    ("password", Reading::Password),
    ("ssl", Reading::Tls),
    ("max", Reading::MaxPool),
    ("maxPoolSize", Reading::MaxPool),
    ("connectionTimeoutMillis", Reading::ConnectTimeout),
    ("acquireTimeoutMillis", Reading::AcquireTimeout),
    ("idleTimeoutMillis", Reading::IdleTimeout),
    ("query_timeout", Reading::QueryMilliseconds),
    ("statement_timeout", Reading::QueryMilliseconds),
    ("executionTimeout", Reading::QuerySeconds),
    ("dataSource", Reading::DataSource),
    ("storeTimezone", Reading::TimeZone),
    ("options", Refused("no settings can be given to the server with a connection")),
    ("stream", Refused("connections are made here")),
    ("types", Refused("values arrive in PostgreSQL's own text")),
    ("replication", Refused("a driver is for queries")),
    ("min", Ignored),
    ("minPoolSize", Ignored),
    ("readOnly", Ignored),
    ("preAggregations", Ignored),
    ("testConnectionTimeout", Ignored),
    ("evictionRunIntervalMillis", Ignored),
    ("softIdleTimeoutMillis", Ignored),
    ("maxUses", Ignored),
    ("maxLifetimeSeconds", Ignored),
    ("allowExitOnIdle", Ignored),
    ("keepAlive", Ignored),
    ("keepAliveInitialDelayMillis", Ignored),
    ("application_name", Ignored),
    ("fallback_application_name", Ignored),
    ("client_encoding", Ignored),
    ("binary", Ignored),
    ("log", Ignored),
    ("lock_timeout", Ignored),
    ("idle_in_transaction_session_timeout", Ignored),
    ("exportBucketCsvEscapeSymbol", Ignored),
];

const ONLY: &str = "postgres";

impl Driver {
    /// What the options say.
    ///
    /// # Errors
    /// The first that cannot be honoured.
    pub(crate) fn read(options: impl Iterator<Item = (String, Held)>) -> Result<Self, DriverFault> {
        let mut driver = Self::default();
        let mut has_type = false;
        for (name, held) in options {
            let known = OPTIONS.iter().find(|(known, _)| *known == name);
            let Some((name, reading)) = known else {
                let nearest = nearest(&name, OPTIONS.iter().map(|(known, _)| *known));
                return Err(DriverFault::Unknown { name, nearest });
            };
            has_type |= matches!(reading, Reading::Type);
            driver.option(name, *reading, held)?;
        }
        if has_type { Ok(driver) } else { Err(DriverFault::NoType) }
    }

    fn option(
        &mut self,
        name: &'static str,
        reading: Reading,
        held: Held,
    ) -> Result<(), DriverFault> {
        let is_nothing = held == Held::Value(Value::Null);
        match reading {
            Ignored => {}
            Refused(_)
            | Reading::Tls
            | Reading::MaxPool
            | Reading::ConnectTimeout
            | Reading::AcquireTimeout
            | Reading::IdleTimeout
            | Reading::QueryMilliseconds
            | Reading::QuerySeconds
            | Reading::TimeZone
                if is_nothing => {}
            _ if is_nothing => return Err(DriverFault::Nothing { name }),
            Refused(reason) => return Err(DriverFault::Refused { name, reason }),
            Reading::Type => check_type(&text(name, &held)?)?,
            Reading::Url => self.url = Some(text(name, &held)?.into()),
            Reading::Host => self.host = Some(text(name, &held)?),
            Reading::Port => self.port = Some(number(name, &held, "a TCP port")?),
            Reading::Database => self.database = Some(text(name, &held)?),
            Reading::User => self.user = Some(text(name, &held)?),
            Reading::Password => self.password = Some(password(name, &held)?),
            Reading::Tls => self.tls = Some(DriverTls::read(held, &mut self.notices)?),
            Reading::MaxPool => {
                self.max_pool = Some(number(name, &held, "a number of connections")?);
            }
            Reading::ConnectTimeout => self.connect_timeout = Some(milliseconds(name, &held)?),
            Reading::AcquireTimeout => self.acquire_timeout = Some(milliseconds(name, &held)?),
            Reading::IdleTimeout => self.idle_timeout = Some(milliseconds(name, &held)?),
            Reading::QueryMilliseconds => self.limit(milliseconds(name, &held)?),
            Reading::QuerySeconds => {
                self.limit(Duration::from_secs(number(name, &held, "a number of seconds")?));
            }
            Reading::DataSource => self.data_source = Some(text(name, &held)?),
            Reading::TimeZone if text(name, &held)?.eq_ignore_ascii_case("utc") => {}
            Reading::TimeZone => {
                let reason = "times without a zone are always read in UTC";
                return Err(DriverFault::Refused { name, reason });
            }
        }
        Ok(())
    }

    fn limit(&mut self, time: Duration) {
        self.query_timeout = Some(self.query_timeout.map_or(time, |known| known.min(time)));
    }
}

fn check_type(kind: &str) -> Result<(), DriverFault> {
    let is_word = kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match kind {
        ONLY => Ok(()),
        _ if is_word && kind.len() <= 32 => Err(DriverFault::Type(kind.to_owned())),
        _ => Err(DriverFault::Form { name: "type", expected: "`postgres`" }),
    }
}

/// A text that is not empty.
fn text(name: &'static str, held: &Held) -> Result<String, DriverFault> {
    let text = held.text().filter(|text| !text.is_empty()).map(str::to_owned);
    text.ok_or(DriverFault::Form { name, expected: "a text that is not empty" })
}

fn password(name: &'static str, held: &Held) -> Result<SecretString, DriverFault> {
    if *held == Held::Function {
        let reason = "give the password itself: `driverFactory` is asked for every request";
        return Err(DriverFault::Refused { name, reason });
    }
    held.text().map(SecretString::from).ok_or(DriverFault::Form { name, expected: "a text" })
}

/// A whole number, or the text of one as the environment has them; more than 0.
fn number<T>(name: &'static str, held: &Held, expected: &'static str) -> Result<T, DriverFault>
where
    T: std::str::FromStr + Default + PartialEq,
{
    let text = if let Held::Value(Value::Number(number)) = held {
        Some(number.to_string())
    } else {
        held.text().map(|text| text.trim().to_owned())
    };
    let number = text.and_then(|text| text.parse().ok()).filter(|number| *number != T::default());
    number.ok_or(DriverFault::Form { name, expected })
}

fn milliseconds(name: &'static str, held: &Held) -> Result<Duration, DriverFault> {
    number(name, held, "a number of milliseconds").map(Duration::from_millis)
}

#[cfg(test)]
mod tests;
