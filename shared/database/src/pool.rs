//! The pool: how many connections there are, who waits, which are kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::connector::Connector;
use crate::error::Error;
use crate::options::Options;
use crate::session::Session;

/// Connections to one database, opened when they are needed.
pub(crate) struct Pool {
    connector: Arc<Connector>,
    /// One place for everyone inside: at work or waiting.
    places: Arc<Semaphore>,
    /// One turn for everyone at work.
    turns: Arc<Semaphore>,
    acquire_timeout: Duration,
    idle_timeout: Duration,
    /// The most recently used last.
    idle: Mutex<Vec<Session>>,
}

/// The right to a connection, and the connection once there is one.
///
/// Dropped after [`Lease::finish`] it leaves the connection to the next; dropped without, the
/// statement is cancelled and the connection closed.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    session: Option<Session>,
    is_from_pool: bool,
    is_finished: bool,
    permits: Option<Permits>,
}

struct Permits {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Pool {
    /// # Errors
    /// [`Error::Options`] for certificates that cannot work.
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let turns = options.max_pool.clamp(1, Semaphore::MAX_PERMITS / 2);
        let waiting = options.max_queue.min(Semaphore::MAX_PERMITS / 2);
        Ok(Self {
            connector: Arc::new(Connector::new(options)?),
            places: Arc::new(Semaphore::new(turns + waiting)),
            turns: Arc::new(Semaphore::new(turns)),
            acquire_timeout: options.acquire_timeout,
            idle_timeout: options.idle_timeout,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Whether everyone's turn is taken at present.
    pub(crate) fn is_busy(&self) -> bool {
        self.turns.available_permits() == 0
    }

    /// Waits for a turn, at most until `deadline`.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait already, or the wait is too long.
    pub(crate) async fn lease(self: &Arc<Self>, deadline: Instant) -> Result<Lease, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let patience = deadline.min(Instant::now() + self.acquire_timeout);
        let turn = timeout_at(patience, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| Error::Overloaded)?
            .map_err(|_| Error::Overloaded)?;
        let session = self.take_idle();
        Ok(Lease {
            pool: Arc::clone(self),
            is_from_pool: session.is_some(),
            session,
            is_finished: true,
            permits: Some(Permits { _place: place, _turn: turn }),
        })
    }

    /// The connection used last, if it may still live. Closes those that do not.
    fn take_idle(&self) -> Option<Session> {
        self.live().pop()
    }

    /// Closes the connections that are dead or have been idle for too long.
    pub(crate) fn close_idle(&self) {
        drop(self.live());
    }

    /// The idle connections, without those that are dead or too old.
    fn live(&self) -> MutexGuard<'_, Vec<Session>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|session| !session.is_closed() && session.idle_for() < self.idle_timeout);
        idle
    }

    fn put_back(&self, mut session: Session) {
        session.touch();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

impl Lease {
    /// The connection, opened now if need be. From here on it is in use until [`Lease::finish`].
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn begin(&mut self) -> Result<&Session, Error> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(Arc::clone(&self.pool.connector)).await?,
        };
        self.is_finished = false;
        Ok(self.session.insert(session))
    }

    /// Whether the connection has been used before.
    pub(crate) fn is_from_pool(&self) -> bool {
        self.is_from_pool
    }

    /// The server has answered everything and no transaction is open.
    pub(crate) fn finish(&mut self) {
        self.is_finished = true;
    }

    /// Gives the connection up, so that [`Lease::begin`] opens another.
    pub(crate) fn renew(&mut self) {
        self.is_from_pool = false;
        self.is_finished = true;
        if let Some(session) = self.session.take() {
            drop(end(session, None));
        }
    }

    /// Cancels the statement. The turn is free once the server is done with it.
    pub(crate) fn cancel(mut self) -> Option<JoinHandle<()>> {
        let session = self.session.take()?;
        end(session, self.permits.take())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        if !self.is_finished {
            drop(end(session, self.permits.take()));
        } else if !session.is_closed() {
            self.pool.put_back(session);
        }
    }
}

/// Ends a connection that is in use, on the runtime if there still is one.
fn end(session: Session, permits: Option<Permits>) -> Option<JoinHandle<()>> {
    let Ok(runtime) = Handle::try_current() else {
        session.cut();
        return None;
    };
    Some(runtime.spawn(async move {
        session.cancel().await;
        drop(permits);
    }))
}
