//! Statements that are being executed, so that a repeated request joins instead of repeating.
//!
//! Nothing is cached: a result is kept only until those who wait for it have it, or, after an
//! answer of `Continue wait`, until the client that was told to come back has come.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::AbortHandle, time::Instant};

/// How long a statement goes on, or its result is kept, while nobody asks for it: a client repeats
/// at once after `Continue wait`, and after five seconds when the network failed.
const LEASE: Duration = Duration::from_secs(15);

/// Running work by what decides its result. Cheap to clone; every clone is the same.
#[derive(Debug)]
pub(crate) struct Running<K, T>(Arc<Shared<K, T>>);

#[derive(Debug)]
struct Shared<K, T> {
    entries: Mutex<Entries<K, T>>,
    capacity: usize,
}

#[derive(Debug)]
struct Entries<K, T> {
    by_key: HashMap<K, Entry<T>>,
    next_number: u64,
}

#[derive(Debug)]
struct Entry<T> {
    /// Tells this work from an earlier one under the same key.
    number: u64,
    result: watch::Receiver<Option<T>>,
    task: AbortHandle,
    waiters: usize,
    leased_until: Option<Instant>,
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// It runs on; the same key joins it.
    StillRunning,
    /// The work ended without a result: it panicked.
    Lost,
    /// Too much is running already; nothing was started.
    Full,
}

/// How long to wait, and what becomes of the work then.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// The work goes on for a client that will come back.
    UntilContinueWait(Instant),
    /// The work is cancelled unless others wait for it.
    UntilDeadline(Instant),
}

impl<K: Eq + Hash + Clone, T: Clone> Running<K, T>
where
    K: Send + 'static,
    T: Send + Sync + 'static,
{
    /// Room for `capacity` pieces of work at a time.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            entries: Mutex::new(Entries { by_key: HashMap::new(), next_number: 0 }),
            capacity,
        }))
    }

    /// Waits for the result of the work under `key`, which `start` begins unless it runs already.
    ///
    /// A caller that stops waiting (its future is dropped) cancels the work, unless others wait.
    ///
    /// # Errors
    /// [`NoResult`] as `patience` and the work decide.
    pub(crate) async fn join<F>(
        &self,
        key: K,
        start: impl FnOnce() -> F,
        patience: Patience,
    ) -> Result<T, NoResult>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut waiter = self.enter(key, start)?;
        let (Patience::UntilContinueWait(until) | Patience::UntilDeadline(until)) = patience;
        let arrived = waiter.result.wait_for(Option::is_some);
        let outcome = match tokio::time::timeout_at(until, arrived).await {
            Ok(Ok(result)) => result.clone().ok_or(NoResult::Lost),
            Ok(Err(_closed)) => Err(NoResult::Lost),
            Err(_elapsed) => Err(NoResult::StillRunning),
        };
        if matches!(outcome, Err(NoResult::StillRunning))
            && matches!(patience, Patience::UntilContinueWait(_))
        {
            waiter.lease();
        }
        outcome
    }

    fn enter<F>(&self, key: K, start: impl FnOnce() -> F) -> Result<Waiter<K, T>, NoResult>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut entries = self.0.lock();
        if let Some(entry) = entries.by_key.get_mut(&key) {
            entry.waiters += 1;
            return Ok(Waiter {
                shared: Arc::clone(&self.0),
                key,
                number: entry.number,
                result: entry.result.clone(),
            });
        }
        if entries.by_key.len() >= self.0.capacity {
            return Err(NoResult::Full);
        }
        let (sender, result) = watch::channel(None);
        let work = start();
        let task = tokio::spawn(async move {
            sender.send_replace(Some(work.await));
        });
        entries.next_number += 1;
        let number = entries.next_number;
        entries.by_key.insert(
            key.clone(),
            Entry {
                number,
                result: result.clone(),
                task: task.abort_handle(),
                waiters: 1,
                leased_until: None,
            },
        );
        Ok(Waiter { shared: Arc::clone(&self.0), key, number, result })
    }

    /// How many pieces of work are known.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().by_key.len()
    }
}

impl<K, T> Shared<K, T> {
    fn lock(&self) -> MutexGuard<'_, Entries<K, T>> {
        // The map is never left half-changed: nothing in these sections can panic.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T> Shared<K, T> {
    /// Drops the work when nobody waits for it and no lease protects it.
    fn release(&self, key: &K, number: u64) {
        let mut entries = self.lock();
        let Some(entry) = entries.by_key.get(key) else {
            return;
        };
        let is_leased = entry.leased_until.is_some_and(|until| Instant::now() < until);
        if entry.number != number || entry.waiters > 0 || is_leased {
            return;
        }
        entry.task.abort();
        entries.by_key.remove(key);
    }
}

/// One request that waits.
struct Waiter<K: Eq + Hash, T> {
    shared: Arc<Shared<K, T>>,
    key: K,
    number: u64,
    result: watch::Receiver<Option<T>>,
}

impl<K, T> Waiter<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Send + Sync + 'static,
{
    /// Keeps the work for the client's next request.
    fn lease(&self) {
        let until = Instant::now() + LEASE;
        if let Some(entry) = self.shared.lock().by_key.get_mut(&self.key)
            && entry.number == self.number
        {
            entry.leased_until = Some(until);
        }
        let (shared, key, number) = (Arc::clone(&self.shared), self.key.clone(), self.number);
        tokio::spawn(async move {
            tokio::time::sleep_until(until).await;
            shared.release(&key, number);
        });
    }
}

impl<K: Eq + Hash, T> Drop for Waiter<K, T> {
    fn drop(&mut self) {
        let is_finished = self.result.borrow().is_some();
        if let Some(entry) = self.shared.lock().by_key.get_mut(&self.key)
            && entry.number == self.number
        {
            entry.waiters -= 1;
            if is_finished {
                // It has been picked up: the lease has served its purpose.
                entry.leased_until = None;
            }
        }
        self.shared.release(&self.key, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    type Counted = Running<&'static str, usize>;

    /// Work that takes `seconds`, counts how often it began, and how often it came to its end.
    fn work(
        begun: &Arc<AtomicUsize>,
        seconds: u64,
    ) -> impl FnOnce() -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>> + use<> {
        let begun = Arc::clone(begun);
        move || {
            Box::pin(async move {
                let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                number
            })
        }
    }

    fn patient(seconds: u64) -> Patience {
        Patience::UntilContinueWait(Instant::now() + Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn identical_work_runs_once() {
        let running = Counted::new(8);
        let begun = Arc::default();
        let (one, two) = tokio::join!(
            running.join("a", work(&begun, 2), patient(5)),
            running.join("a", work(&begun, 2), patient(5)),
        );
        assert_eq!((one, two), (Ok(1), Ok(1)));
        assert_eq!(running.len(), 0);
        assert_eq!(running.join("a", work(&begun, 2), patient(5)).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn after_continue_wait_the_repeated_request_joins() {
        let running = Counted::new(8);
        let begun = Arc::default();
        let first = running.join("a", work(&begun, 8), patient(5)).await;
        assert_eq!(first, Err(NoResult::StillRunning));
        assert_eq!(running.join("a", work(&begun, 8), patient(5)).await, Ok(1));
        assert_eq!(running.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_waits_for_its_client_but_not_for_ever() {
        let running = Counted::new(8);
        let begun = Arc::default();
        let waited = running.join("a", work(&begun, 8), patient(5)).await;
        assert_eq!(waited, Err(NoResult::StillRunning));
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(running.len(), 1);
        tokio::time::sleep(LEASE).await;
        assert_eq!(running.len(), 0);
        assert_eq!(running.join("a", work(&begun, 0), patient(5)).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn work_nobody_waits_for_is_cancelled() {
        let running = Counted::new(8);
        let begun = Arc::default();
        let deadline = Patience::UntilDeadline(Instant::now() + Duration::from_secs(1));
        let late = running.join("a", work(&begun, 60), deadline).await;
        assert_eq!(late, Err(NoResult::StillRunning));
        assert_eq!(running.len(), 0);

        let gone = running.join("b", work(&begun, 60), patient(50));
        assert!(tokio::time::timeout(Duration::from_secs(1), gone).await.is_err());
        assert_eq!(running.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_house_starts_nothing() {
        let running = Counted::new(1);
        let begun = Arc::default();
        let waited = running.join("a", work(&begun, 60), patient(1)).await;
        assert_eq!(waited, Err(NoResult::StillRunning));
        let refused = running.join("b", work(&begun, 1), patient(1)).await;
        assert_eq!(refused, Err(NoResult::Full));
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_panic_is_a_lost_result() {
        let running = Running::<&str, usize>::new(1);
        let lost = running.join("a", || async { unreachable!("on purpose") }, patient(5)).await;
        assert_eq!(lost, Err(NoResult::Lost));
        assert_eq!(running.len(), 0);
    }
}
