//! A value that is fetched when it is needed, kept while it is good, and fetched once for all who
//! wait for it.
//!
//! | age | what a request gets |
//! |---|---|
//! | fresh | the value |
//! | stale, but kept | the value, and the refresh that this or another request has begun |
//! | past keeping, or none | what the fetch brings, which it waits for |
//!
//! A fetch is a task of its own: a caller who leaves does not end it for those who wait.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::{Clock, KeyError, Moment};

/// No fetch takes longer: its timeouts are shorter. One that does was frozen with the process.
const FETCH_ENDS_WITHIN: Duration = Duration::from_secs(15);

/// At most one warning about a source that cannot be reached in this time.
const WARNED_EVERY: Duration = Duration::from_mins(1);

/// How often a value is fetched, and how long it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// A value of this age is fetched again, unless the fetch itself said how long it is fresh.
    pub refresh: Duration,
    /// A value that cannot be fetched again is used up to this age.
    pub keep: Duration,
    /// How far apart fetches are that a token with an unknown key causes.
    pub forced: Duration,
    /// How long nothing is tried after a failure when there is no value to go on with.
    pub retry: Backoff,
    /// The same when there is one.
    pub retry_held: Backoff,
}

/// A pause that doubles with every failure.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Backoff {
    /// Always this pause.
    pub const fn constant(pause: Duration) -> Self {
        Self { first: pause, longest: pause }
    }

    fn pause(self, failures: u32) -> Duration {
        let doubled = 2_u32.checked_pow(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

impl Intervals {
    /// Those of secrets: five minutes, an hour, thirty seconds. Nothing is tried for a second after
    /// a failure, and with a secret at hand for another five minutes: the store throttles.
    pub const OF_SECRETS: Self = Self {
        refresh: Duration::from_mins(5),
        keep: Duration::from_hours(1),
        forced: Duration::from_secs(30),
        retry: Backoff::constant(Duration::from_secs(1)),
        retry_held: Backoff::constant(Duration::from_mins(5)),
    };

    /// Those of key sets: five minutes, two hours, thirty seconds; after failures pauses from one
    /// second to thirty.
    pub const OF_KEY_SETS: Self = Self {
        refresh: Duration::from_mins(5),
        keep: Duration::from_hours(2),
        forced: Duration::from_secs(30),
        retry: KEY_SERVER_BACKOFF,
        retry_held: KEY_SERVER_BACKOFF,
    };
}

const KEY_SERVER_BACKOFF: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

/// Why a value is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is none, or it is old.
    Due,
    /// A token has an unknown key: caches on the way are to be passed by.
    Forced,
}

/// What a fetch brings.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    /// How long the source says that it is fresh.
    pub(crate) fresh_for: Option<Duration>,
}

/// Fetches a value.
pub(crate) type Fetch<T> =
    Arc<dyn Fn(Reason) -> BoxFuture<'static, Result<Fetched<T>, KeyError>> + Send + Sync>;

/// A value, and who refreshes it.
#[derive(Debug)]
pub struct Held<T> {
    /// The value to go on with.
    pub value: Arc<T>,
    /// A fetch that is under way because the value is stale.
    pub refresh: Option<Refresh<T>>,
}

/// A fetch that is under way.
pub struct Refresh<T>(Shared<BoxFuture<'static, Result<Arc<T>, KeyError>>>);

impl<T> Refresh<T> {
    /// What it brings; the same for all who wait.
    ///
    /// # Errors
    /// Why it brought nothing.
    pub async fn outcome(self) -> Result<Arc<T>, KeyError> {
        self.0.await
    }
}

impl<T> Clone for Refresh<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Refresh<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Refresh").finish_non_exhaustive()
    }
}

/// The holder. Cheap to clone; all clones hold the same value.
pub(crate) struct Refreshed<T>(Arc<Inner<T>>);

impl<T> Clone for Refreshed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Inner<T> {
    /// What it is, for the log.
    what: &'static str,
    intervals: Intervals,
    clock: Clock,
    fetch: Fetch<T>,
    /// Whether what is fetched because it is due may come from a cache, and be old.
    has_cache: bool,
    state: Mutex<State<T>>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    flight: Option<Flight<T>>,
    /// How many fetches have begun.
    fetches: u64,
    last_attempt: Option<Moment>,
    last_reason: Reason,
    /// How many have failed since the last that did not.
    failures: u32,
    last_failure: Option<Moment>,
    warned: Option<Moment>,
}

struct Kept<T> {
    value: Arc<T>,
    /// Which fetch brought it.
    number: u64,
    fetched: Moment,
    fresh_for: Duration,
}

struct Flight<T> {
    number: u64,
    reason: Reason,
    begun: Moment,
    refresh: Refresh<T>,
}

impl<T> State<T> {
    /// Whether the last attempts failed and it is too early for another; never while one runs.
    /// Counted from the end of an attempt: one that hangs is longer than the first pauses.
    fn is_pausing(&self, now: Moment, backoff: Backoff) -> bool {
        let is_recent = |failure: Moment| now.since(failure) < backoff.pause(self.failures);
        self.failures > 0 && self.flight.is_none() && self.last_failure.is_some_and(is_recent)
    }
}

impl<T: Send + Sync + 'static> Refreshed<T> {
    pub(crate) fn new(
        what: &'static str,
        intervals: Intervals,
        clock: Clock,
        fetch: Fetch<T>,
    ) -> Self {
        Self::behind(false, what, intervals, clock, fetch)
    }

    /// The same, behind a cache or not: one that a forced fetch passes by.
    pub(crate) fn behind(
        has_cache: bool,
        what: &'static str,
        intervals: Intervals,
        clock: Clock,
        fetch: Fetch<T>,
    ) -> Self {
        let state = State {
            kept: None,
            flight: None,
            fetches: 0,
            last_attempt: None,
            last_reason: Reason::Due,
            failures: 0,
            last_failure: None,
            warned: None,
        };
        let state = Mutex::new(state);
        Self(Arc::new(Inner { what, intervals, clock, fetch, has_cache, state }))
    }

    /// The value; fetched beside this request when it is old, waited for when there is none.
    ///
    /// # Errors
    /// What the fetch fails with, or [`KeyError::CoolingDown`], when nothing usable is kept.
    pub(crate) async fn get(&self) -> Result<Held<T>, KeyError> {
        let refresh = {
            let now = self.now();
            let mut state = self.state();
            let usable = self.usable(&state, now);
            if let Some(kept) = usable {
                let value = Arc::clone(&kept.value);
                let is_fresh = now.since(kept.fetched) < kept.fresh_for;
                let waits = state.is_pausing(now, self.0.intervals.retry_held);
                let refresh =
                    (!is_fresh && !waits).then(|| self.flight(&mut state, now, Reason::Due));
                return Ok(Held { value, refresh });
            }
            if state.is_pausing(now, self.0.intervals.retry) {
                return Err(KeyError::CoolingDown);
            }
            self.flight(&mut state, now, Reason::Due)
        };
        Ok(Held { value: refresh.outcome().await?, refresh: None })
    }

    /// A value newer than `seen`, which lacked something: fetched unless a fetch is too recent that
    /// would have brought it.
    pub(crate) async fn newer_than(&self, seen: &Arc<T>) -> Option<Arc<T>> {
        let refresh = {
            let now = self.now();
            let mut state = self.state();
            if let Some(kept) = self.usable(&state, now)
                && !Arc::ptr_eq(seen, &kept.value)
            {
                return Some(Arc::clone(&kept.value));
            }
            let is_recent = |attempt: Moment| now.since(attempt) < self.0.intervals.forced;
            let was_direct = self.is_direct(state.last_reason);
            let is_recent = was_direct && state.last_attempt.is_some_and(is_recent);
            if state.flight.is_none() && is_recent {
                return None;
            }
            self.flight(&mut state, now, Reason::Forced)
        };
        let newer = refresh.outcome().await.ok()?;
        (!Arc::ptr_eq(seen, &newer)).then_some(newer)
    }

    fn now(&self) -> Moment {
        (self.0.clock)()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing in the sections under this lock can panic.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usable<'s>(&self, state: &'s State<T>, now: Moment) -> Option<&'s Kept<T>> {
        let kept = state.kept.as_ref();
        kept.filter(|kept| now.since(kept.fetched) < self.0.intervals.keep)
    }

    /// Whether no cache is between when this is the reason.
    fn is_direct(&self, reason: Reason) -> bool {
        reason == Reason::Forced || !self.0.has_cache
    }

    /// The fetch that is under way, begun now if there is none that will do.
    fn flight(&self, state: &mut State<T>, now: Moment, reason: Reason) -> Refresh<T> {
        if let Some(flight) = &state.flight
            && now.since(flight.begun) < FETCH_ENDS_WITHIN
            && (reason == Reason::Due || self.is_direct(flight.reason))
        {
            return flight.refresh.clone();
        }
        (state.last_attempt, state.last_reason) = (Some(now), reason);
        state.fetches += 1;
        let number = state.fetches;
        let (holder, fetch) = (self.clone(), (self.0.fetch)(reason));
        let task = tokio::spawn(async move {
            let fetched = tokio::time::timeout(FETCH_ENDS_WITHIN, fetch).await;
            let fetched = fetched.unwrap_or(Err(KeyError::unavailable("timeout")));
            holder.finish(number, fetched)
        });
        let outcome = task.map(|ended| ended.unwrap_or(Err(KeyError::unavailable("lost"))));
        let refresh = Refresh(outcome.boxed().shared());
        state.flight = Some(Flight { number, reason, begun: now, refresh: refresh.clone() });
        refresh
    }

    fn finish(
        &self,
        number: u64,
        fetched: Result<Fetched<T>, KeyError>,
    ) -> Result<Arc<T>, KeyError> {
        let now = self.now();
        let mut state = self.state();
        // One that was frozen and given up does not stand for the one that took its place.
        state.flight.take_if(|flight| flight.number == number);
        match fetched {
            Ok(Fetched { value, fresh_for }) => {
                let value = Arc::new(value);
                let fresh_for = self.fresh_for(fresh_for, now);
                if state.kept.as_ref().is_none_or(|kept| kept.number < number) {
                    let value = Arc::clone(&value);
                    state.kept = Some(Kept { value, number, fetched: now, fresh_for });
                    state.failures = 0;
                }
                Ok(value)
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.last_failure = Some(now);
                if state.warned.is_none_or(|warned| now.since(warned) >= WARNED_EVERY) {
                    state.warned = Some(now);
                    let is_held = self.usable(&state, now).is_some();
                    tracing::warn!(%error, is_held, "{} not fetched", self.0.what);
                }
                Err(error)
            }
        }
    }

    /// Up to a tenth shorter, by the nanosecond of the fetch: instances that were started together
    /// do not ask together for ever.
    fn fresh_for(&self, said: Option<Duration>, fetched: Moment) -> Duration {
        let whole = said.unwrap_or(self.0.intervals.refresh);
        let part = f64::from(fetched.wall.subsec_nanos()) / 1e9;
        whole.saturating_sub((whole / 10).mul_f64(part))
    }
}

#[cfg(test)]
#[path = "refreshed_tests.rs"]
mod tests;
