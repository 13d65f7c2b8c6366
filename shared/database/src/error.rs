//! Why there are no rows.

use std::{fmt, io};

use tokio_postgres::error::{DbError, SqlState};

/// Why there are no rows. The text is for the log: it holds no password and no value of a query,
/// but it may hold what the database said about the author's SQL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options cannot work.
    #[error("database options: {reason}")]
    Options {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The database cannot be had at present. Nothing is wrong with the statement.
    #[error("database is unavailable: {reason}")]
    Unavailable {
        /// What happened.
        reason: Outage,
        /// Who said so, unless we did.
        #[source]
        source: Option<Cause>,
    },
    /// The statement did not finish in its time, or somebody cancelled it.
    #[error("statement did not finish in time")]
    Timeout,
    /// Every connection is in use and enough requests wait already.
    #[error("every database connection is in use")]
    Overloaded,
    /// The server refused a value (SQLSTATE class 22).
    #[error("the database refused a value (SQLSTATE {sqlstate})")]
    InvalidValue {
        /// Five characters.
        sqlstate: String,
        /// Whether a parameter of the statement came from the security context.
        has_context_parameters: bool,
    },
    /// More parameters than the protocol can carry.
    #[error("{count} parameters are more than a statement can have")]
    TooManyParameters {
        /// How many there were.
        count: usize,
    },
    /// The statement needs an extension that the database does not have.
    #[error("the database lacks the extension {name}")]
    MissingExtension {
        /// As in `CREATE EXTENSION`.
        name: &'static str,
    },
    /// The row security that was asked for does not hold: a mistake of the configuration, or of the database's.
    #[error("row security: {reason}")]
    RowSecurity {
        /// What is wrong.
        reason: &'static str,
    },
    /// The server refused the statement: a mistake of the data model.
    #[error("the database refused the statement (SQLSTATE {sqlstate}): {message}")]
    Statement {
        /// Five characters.
        sqlstate: String,
        /// PostgreSQL's sentence; empty where it could repeat a value.
        message: String,
    },
}

/// What stands behind an outage.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum Cause {
    /// Name lookup, or the socket.
    Socket(#[from] io::Error),
    /// The protocol, TLS or the server.
    Driver(#[from] tokio_postgres::Error),
}

/// Why the database cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// No connection: name, address, TLS, or a server that is starting or stopping.
    Connect,
    /// The server did not let us in.
    Login,
    /// There are no credentials: they could not be read.
    Credentials,
    /// The server has no connection or memory left.
    Exhausted,
    /// The connection broke, or the server ended it.
    Lost,
    /// The server runs with other duties than we expect: read-only after a failover, or replaying a
    /// change that conflicts with our reading.
    Failover,
}

impl fmt::Display for Outage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "no connection",
            Self::Login => "login refused",
            Self::Credentials => "no credentials",
            Self::Exhausted => "the server is full",
            Self::Lost => "connection lost",
            Self::Failover => "the server has changed its role",
        })
    }
}

/// Where the values of a statement came from: who is to blame for one that the server refuses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    has_parameters: bool,
    pub(crate) has_context_parameters: bool,
}

impl Origins {
    /// Of a statement that is ours alone.
    pub(crate) const NONE: Self = Self { has_parameters: false, has_context_parameters: false };

    pub(crate) fn of(statement: &sql::Statement) -> Self {
        Self {
            has_parameters: !statement.parameters.is_empty(),
            has_context_parameters: statement.has_context_parameters,
        }
    }
}

impl Error {
    pub(crate) fn unavailable(reason: Outage) -> Self {
        Self::Unavailable { reason, source: None }
    }

    pub(crate) fn because(reason: Outage, cause: impl Into<Cause>) -> Self {
        Self::Unavailable { reason, source: Some(cause.into()) }
    }

    /// What a failure to connect means.
    pub(crate) fn of_connecting(error: tokio_postgres::Error) -> Self {
        let reason = match error.code().map(SqlState::code) {
            Some(code) if matches!(code.get(..2), Some("28" | "3D")) => Outage::Login,
            Some(code) if code.starts_with("53") => Outage::Exhausted,
            _ => Outage::Connect,
        };
        Self::because(reason, error)
    }

    /// What a failure of a statement with these `origins` means.
    pub(crate) fn of_statement(error: tokio_postgres::Error, origins: Origins) -> Self {
        match error.as_db_error() {
            None => Self::because(Outage::Lost, error),
            Some(database) => match refusal(database, origins) {
                Ok(refused) => refused,
                Err(reason) => Self::because(reason, error),
            },
        }
    }

    /// What a refusal to act for a caller means: that the role is none, or not one that the login may take on.
    pub(crate) fn of_row_security(error: tokio_postgres::Error) -> Self {
        let meant = Self::of_statement(error, Origins::NONE);
        let Self::Statement { sqlstate, message } = &meant else { return meant };
        tracing::error!(sqlstate, message, "the database does not act for the caller");
        Self::RowSecurity { reason: "the login may not act as the role" }
    }

    /// Whether the same statement may succeed at once on another connection.
    pub(crate) fn is_worth_a_retry(&self) -> bool {
        matches!(self, Self::Unavailable { reason: Outage::Lost | Outage::Failover, .. })
    }
}

/// What the server's refusal means, or the outage that it is.
fn refusal(error: &DbError, origins: Origins) -> Result<Error, Outage> {
    let code = error.code().code();
    let sqlstate = code.to_owned();
    let message = error.message().to_owned();
    match (code, code.get(..2).unwrap_or_default()) {
        // Cancelled (by its own time limit, by us, by an operator), or kept waiting for a lock.
        ("57014" | "55P03", _) => Ok(Error::Timeout),
        // Conflict with recovery on a standby comes as a serialization failure too.
        ("25006" | "40001" | "40P01", _) => Err(Outage::Failover),
        // The parameters do not fit the statement: ours, unless the connection went with it.
        ("08P01", _) if !is_fatal(error) => Ok(Error::Statement { sqlstate, message }),
        (_, "08" | "57" | "58") => Err(Outage::Lost),
        (_, "28") => Err(Outage::Login),
        (_, "53") => Err(Outage::Exhausted),
        ("42883", _) if error.message().contains("hll") => {
            Ok(Error::MissingExtension { name: "hll" })
        }
        // The data's doing, whatever the parameters are.
        ("22012", _) => Ok(Error::Statement { sqlstate, message }),
        (_, "22") if origins.has_parameters => Ok(Error::InvalidValue {
            sqlstate,
            has_context_parameters: origins.has_context_parameters,
        }),
        // Sentences of these classes repeat values: of rows, of parameters, or what a function of
        // the author's made of them.
        (_, "22" | "23" | "P0") => Ok(Error::Statement { sqlstate, message: String::new() }),
        _ if is_fatal(error) => Err(Outage::Lost),
        _ => Ok(Error::Statement { sqlstate, message }),
    }
}

fn is_fatal(error: &DbError) -> bool {
    matches!(error.severity(), "FATAL" | "PANIC")
}
