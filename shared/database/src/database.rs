//! Statements in, rows out.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_postgres::error::SqlState;

use crate::error::{Error, Origins, Outage};
use crate::identity::Identity;
use crate::options::Options;
use crate::pool::{Lease, Pool};
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
        let origins = Origins::of(statement);
        let limit = deadline.saturating_duration_since(Instant::now());
        let patience = if is_from_pool { self.probe_timeout.min(limit) } else { limit };
        if caller.is_used() {
            let checked = self.bound_roles.check(&client, caller.role.as_ref());
            match timeout(patience, checked).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    if matches!(error, Error::RowSecurity { .. }) {
                        lease.finish();
                    }
                    return Err((error, Some(lease)));
                }
                Err(_) if is_from_pool => {
                    return Err((Error::unavailable(Outage::Lost), Some(lease)));
                }
                Err(_) => return Err((stop(lease).await, None)),
            }
        }
        let prepared = if self.keeps_statements {
            match timeout(patience, kept.get(&client, statement, limit)).await {
                Ok(Ok(prepared)) => Some(prepared),
                Ok(Err(error)) => {
                    if error.as_db_error().is_some() {
                        lease.finish();
                    }
                    return Err((Error::of_statement(error, origins), Some(lease)));
                }
                Err(_) if is_from_pool && patience < limit => {
                    return Err((Error::unavailable(Outage::Lost), Some(lease)));
                }
                Err(_) => return Err((stop(lease).await, None)),
            }
        } else {
            None
        };
        let Transaction { begun, told, rows, ended } =
            Transaction::send(&client, statement, prepared.as_ref(), caller, limit).await;
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
        match timeout_at(late, told).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                return Err(settle(lease, ended, Error::of_row_security(error)).await);
            }
            Err(_) => return Err((stop(lease).await, None)),
        }
        match timeout_at(late, rows).await {
            Ok(Ok(stream)) => {
                Rows::open(Rest {
                    stream: Box::pin(stream),
                    ended,
                    lease,
                    deadline: Box::pin(sleep_until(late)),
                    origins,
                })
                .await
            }
            Ok(Err(error)) => {
                let error = if prepared.is_some() && is_stale(&error) {
                    // On this connection it is prepared anew.
                    kept.forget(&statement.text);
                    Error::because(Outage::Lost, error)
                } else {
                    Error::of_statement(error, origins)
                };
                Err(settle(lease, ended, error).await)
            }
            Err(_) => Err((stop(lease).await, None)),
        }
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
