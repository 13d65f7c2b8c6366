//! Statements in, rows out.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use crate::error::{Error, Origins, Outage};
use crate::identity::Identity;
use crate::options::Options;
use crate::pool::{Lease, Pool};
use crate::prepared::Prepared;
use crate::row_security::{BoundRoles, RowSecurity};
use crate::rows::{Rest, Rows, settle, stop};
use crate::transaction::Transaction;

/// Most parameters of a statement: the protocol counts them in 16 bits.
const MAX_PARAMETERS: usize = u16::MAX as usize;

/// How much longer than the server we wait for a statement whose time is up, so that it is the
/// server that ends it, in good order, whenever it can.
const GRACE: Duration = Duration::from_millis(300);

/// What the server says of a NUL character in text (`character_not_in_repertoire`). It ends strings
/// in the protocol, so it must not get that far.
const NUL_SQLSTATE: &str = "22021";

/// One PostgreSQL database.
pub struct Database {
    identity: Identity,
    pool: Arc<Pool>,
    bound_roles: BoundRoles,
    query_timeout: Duration,
    connect_timeout: Duration,
    probe_timeout: Duration,
    keeps_statements: bool,
}

impl Database {
    /// The database that `options` describe. No connection is made yet.
    ///
    /// # Errors
    /// [`Error::Options`] for certificates, keys or names that cannot work.
    pub fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self {
            identity: Identity::of(options),
            pool: Arc::new(Pool::new(options)?),
            bound_roles: BoundRoles::default(),
            query_timeout: options.query_timeout,
            connect_timeout: options.connect_timeout,
            probe_timeout: options.probe_timeout,
            keeps_statements: options.keeps_statements,
        })
    }

    /// What tells it from others.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Closes the connections that have been idle for too long.
    pub(crate) fn close_idle(&self) {
        self.pool.close_idle();
    }

    /// Runs a statement in a read-only transaction of its own and returns its rows.
    ///
    /// Returns with the first row, or with the end of a result without rows. `time_limit` counts
    /// from now, waiting for a connection included, and only shortens
    /// [`Options::query_timeout`]. A connection that breaks before the first row costs one more
    /// attempt on a new one.
    ///
    /// # Errors
    /// Any of [`Error`] but `Options`.
    pub async fn query(
        &self,
        statement: &sql::Statement,
        time_limit: Option<Duration>,
    ) -> Result<Rows, Error> {
        self.query_for(&RowSecurity::default(), statement, time_limit).await
    }

    /// Runs a statement as [`query`](Self::query) does, and tells the database on whose behalf: in the same round trip, but
    /// for the first one of a role, whose bounds are looked at before.
    ///
    /// # Errors
    /// As `query`, and [`Error::RowSecurity`].
    pub async fn query_for(
        &self,
        caller: &RowSecurity,
        statement: &sql::Statement,
        time_limit: Option<Duration>,
    ) -> Result<Rows, Error> {
        check(statement)?;
        let limit = time_limit.map_or(self.query_timeout, |limit| limit.min(self.query_timeout));
        let deadline = Instant::now() + limit;
        let lease = self.pool.lease(deadline).await?;
        match self.attempt(lease, caller, statement, deadline).await {
            Err((error, Some(mut lease))) if error.is_worth_a_retry() => {
                tracing::warn!(%error, "database statement is tried again");
                lease.renew();
                self.attempt(lease, caller, statement, deadline).await.map_err(|(error, _)| error)
            }
            outcome => outcome.map_err(|(error, _)| error),
        }
    }

    /// Whether the database answers: one round trip, on a connection from the pool if there is one.
    ///
    /// With every connection at work it is taken to be there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&self) -> Result<(), Error> {
        if self.pool.is_busy() {
            return Ok(());
        }
        let mut lease = self.pool.lease(Instant::now() + self.connect_timeout).await?;
        if lease.is_from_pool() {
            if self.probe(&mut lease, self.probe_timeout).await.is_ok() {
                return Ok(());
            }
            lease.renew();
        }
        self.probe(&mut lease, self.connect_timeout).await
    }

    async fn probe(&self, lease: &mut Lease, patience: Duration) -> Result<(), Error> {
        let client = Arc::clone(lease.begin().await?.client());
        timeout(patience, client.batch_execute("SELECT 1"))
            .await
            .map_err(|_| Error::unavailable(Outage::Lost))?
            .map_err(|error| Error::because(Outage::Lost, error))?;
        lease.finish();
        Ok(())
    }

    /// Runs the statement once. A failure comes with the lease when another attempt makes sense.
    async fn attempt(
        &self,
        mut lease: Lease,
        caller: &RowSecurity,
        statement: &sql::Statement,
        deadline: Instant,
    ) -> Result<Rows, (Error, Option<Lease>)> {
        let is_from_pool = lease.is_from_pool();
        let (client, kept) = match timeout_at(deadline, lease.begin()).await {
            Ok(Ok(session)) => (Arc::clone(session.client()), Arc::clone(session.prepared())),
            Ok(Err(error)) => return Err((error, None)),
            Err(_) => return Err((Error::Timeout, None)),
        };
        let limit = deadline.saturating_duration_since(Instant::now());
        let patience = if is_from_pool { self.probe_timeout.min(limit) } else { limit };
        let ready = self.get_ready(&client, &kept, caller, statement, limit);
        let prepared = match timeout(patience, ready).await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(error)) => {
                if !matches!(error, Error::Unavailable { .. }) {
                    lease.finish();
                }
                return Err((error, Some(lease)));
            }
            Err(_) if is_from_pool => {
                return Err((Error::unavailable(Outage::Lost), Some(lease)));
            }
            Err(_) => return Err((stop(lease).await, None)),
        };
        let Transaction { begun, told, rows, ended } =
            Transaction::send(&client, statement, prepared.as_ref(), caller, limit).await;
        let origins = Origins::of(statement);
        match timeout(patience, begun).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                return Err(settle(lease, ended, Error::of_statement(error, origins)).await);
            }
            Err(_) if is_from_pool => {
                return Err((Error::unavailable(Outage::Lost), Some(lease)));
            }
            Err(_) => return Err((stop(lease).await, None)),
        }
        let late = deadline + GRACE;
        let answer = async {
            told.await.map_err(Error::of_row_security)?;
            rows.await.map_err(|error| {
                if prepared.is_some() && is_stale(&error) {
                    // On the connection of the next attempt it is prepared anew.
                    kept.forget(&statement.text);
                    return Error::because(Outage::Lost, error);
                }
                Error::of_statement(error, origins)
            })
        };
        match timeout_at(late, answer).await {
            Ok(Ok(stream)) => {
                let (stream, deadline) = (Box::pin(stream), Box::pin(sleep_until(late)));
                Rows::open(Rest { stream, ended, lease, deadline, origins }).await
            }
            Ok(Err(error)) => Err(settle(lease, ended, error).await),
            Err(_) => Err((stop(lease).await, None)),
        }
    }

    /// What has to be there before the statement can be sent: the bounds of its role are known, and it is prepared, if
    /// statements are kept.
    async fn get_ready(
        &self,
        client: &Client,
        kept: &Prepared,
        caller: &RowSecurity,
        statement: &sql::Statement,
        limit: Duration,
    ) -> Result<Option<Statement>, Error> {
        if caller.is_used() {
            self.bound_roles.check(client, caller.role.as_ref()).await?;
        }
        if !self.keeps_statements {
            return Ok(None);
        }
        let prepared = kept.get(client, statement, limit).await;
        prepared.map(Some).map_err(|error| Error::of_statement(error, Origins::of(statement)))
    }
}

/// Whether the server does not take a statement that it took before: a table has changed under it (`feature_not_supported`,
/// "cached plan must not change result type"), or there is none of that name (`invalid_sql_statement_name`).
fn is_stale(error: &tokio_postgres::Error) -> bool {
    matches!(error.code().map(SqlState::code), Some("0A000" | "26000"))
}

/// Refuses what the protocol cannot carry, before anything is sent.
fn check(statement: &sql::Statement) -> Result<(), Error> {
    let count = statement.parameters.len();
    if count > MAX_PARAMETERS {
        return Err(Error::TooManyParameters { count });
    }
    if statement.parameters.iter().any(|value| value.contains('\0')) {
        return Err(Error::InvalidValue {
            sqlstate: NUL_SQLSTATE.to_owned(),
            has_context_parameters: statement.has_context_parameters,
        });
    }
    if statement.text.contains('\0') {
        return Err(Error::Statement {
            sqlstate: NUL_SQLSTATE.to_owned(),
            message: "the statement holds a NUL character".to_owned(),
        });
    }
    Ok(())
}
