//! A value that is fetched when it is needed, kept while it is good, and fetched once for all who
//! wait for it.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::{Clock, KeyError, Moment};

/// How often a secret is fetched, and how long it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// A value of this age is fetched again, and no attempt is made more often.
    pub refresh: Duration,
    /// A value that cannot be fetched again is used up to this age.
    pub keep: Duration,
    /// How far apart fetches are that a token with an unknown signature causes.
    pub forced: Duration,
    /// How long nothing is tried after a failure, when there is no value to go on with.
    pub retry: Duration,
}

impl Default for Intervals {
    /// Five minutes, an hour, thirty seconds, a second.
    fn default() -> Self {
        Self {
            refresh: Duration::from_mins(5),
            keep: Duration::from_hours(1),
            forced: Duration::from_secs(30),
            retry: Duration::from_secs(1),
        }
    }
}

pub(crate) struct Refreshed<T> {
    intervals: Intervals,
    clock: Clock,
    held: RwLock<Option<Held<T>>>,
    /// Whoever has the lock is the one who fetches.
    attempts: Mutex<Attempts>,
}

struct Held<T> {
    value: Arc<T>,
    fetched: Moment,
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), fetched: self.fetched }
    }
}

#[derive(Default)]
struct Attempts {
    last: Option<Moment>,
    last_failed: bool,
}

impl Attempts {
    fn within(&self, interval: Duration, now: Moment) -> bool {
        self.last.is_some_and(|last| now.since(last) < interval)
    }
}

impl<T> Refreshed<T> {
    pub(crate) fn new(intervals: Intervals, clock: Clock) -> Self {
        Self { intervals, clock, held: RwLock::new(None), attempts: Mutex::default() }
    }

    /// The value, while it is young enough to need no fetch.
    pub(crate) fn fresh(&self) -> Option<Arc<T>> {
        let held = self.held()?;
        self.is_fresh(&held).then_some(held.value)
    }

    /// The value; fetched by this request when it is old, waited for when there is none.
    ///
    /// # Errors
    /// What `fetch` fails with, or [`KeyError::CoolingDown`], when nothing usable is held.
    pub(crate) async fn get(
        &self,
        fetch: impl Future<Output = Result<T, KeyError>>,
    ) -> Result<Arc<T>, KeyError> {
        if let Some(held) = self.usable() {
            if self.is_fresh(&held) {
                return Ok(held.value);
            }
            // One request refreshes; the others go on with what there is.
            let Ok(mut attempts) = self.attempts.try_lock() else { return Ok(held.value) };
            if attempts.within(self.refresh_interval(&held), (self.clock)()) {
                return Ok(held.value);
            }
            return Ok(match self.fetch(&mut attempts, fetch).await {
                Ok(value) => value,
                Err(error) => {
                    tracing::warn!(%error, "secret not refreshed, the one held is still used");
                    held.value
                }
            });
        }
        let mut attempts = self.attempts.lock().await;
        if let Some(held) = self.usable() {
            return Ok(held.value);
        }
        if attempts.last_failed && attempts.within(self.intervals.retry, (self.clock)()) {
            return Err(KeyError::CoolingDown);
        }
        self.fetch(&mut attempts, fetch).await
    }

    /// A value newer than `seen`, which lacked something: fetched unless a fetch is too recent.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<T>,
        fetch: impl Future<Output = Result<T, KeyError>>,
    ) -> Option<Arc<T>> {
        let mut attempts = self.attempts.lock().await;
        if let Some(held) = self.usable()
            && !Arc::ptr_eq(seen, &held.value)
        {
            return Some(held.value);
        }
        if attempts.within(self.intervals.forced, (self.clock)()) {
            return None;
        }
        match self.fetch(&mut attempts, fetch).await {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::warn!(%error, "secret not refreshed after an unknown signature");
                None
            }
        }
    }

    async fn fetch(
        &self,
        attempts: &mut Attempts,
        fetch: impl Future<Output = Result<T, KeyError>>,
    ) -> Result<Arc<T>, KeyError> {
        // Written first: a request that is given up half-way counts as an attempt too.
        *attempts = Attempts { last: Some((self.clock)()), last_failed: true };
        let value = Arc::new(fetch.await?);
        attempts.last_failed = false;
        let held = Held { value: Arc::clone(&value), fetched: (self.clock)() };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(value)
    }

    fn held(&self) -> Option<Held<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn usable(&self) -> Option<Held<T>> {
        self.held().filter(|held| (self.clock)().since(held.fetched) < self.intervals.keep)
    }

    fn is_fresh(&self, held: &Held<T>) -> bool {
        (self.clock)().since(held.fetched) < self.refresh_interval(held)
    }

    /// Up to a tenth shorter, by the nanosecond of the fetch: instances that were started together
    /// do not ask together for ever.
    fn refresh_interval(&self, held: &Held<T>) -> Duration {
        let tenth = self.intervals.refresh / 10;
        let part = f64::from(held.fetched.wall.subsec_nanos()) / 1e9;
        self.intervals.refresh.saturating_sub(tenth.mul_f64(part))
    }
}

#[cfg(test)]
#[path = "refreshed_tests.rs"]
mod tests;
