//! Whether anything happens on a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep};

/// Counts the requests that are computed, and knows when something happened last.
#[derive(Debug)]
pub(crate) struct Activity {
    running: AtomicUsize,
    opened: Instant,
    last_ms: AtomicU64,
}

impl Activity {
    pub(crate) fn new() -> Arc<Self> {
        let (running, last_ms) = (AtomicUsize::new(0), AtomicU64::new(0));
        Arc::new(Self { running, opened: Instant::now(), last_ms })
    }

    /// A request is computed until what this returns is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(self))
    }

    /// Something happened.
    pub(crate) fn touch(&self) {
        self.last_ms.store(self.age_ms(), Ordering::Release);
    }

    /// Returns when nothing has happened for `limit`.
    pub(crate) async fn stalls(&self, limit: Duration) {
        loop {
            let left = self.left(limit);
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    fn left(&self, limit: Duration) -> Duration {
        if self.running.load(Ordering::Acquire) > 0 {
            return limit;
        }
        let quiet_ms = self.age_ms().saturating_sub(self.last_ms.load(Ordering::Acquire));
        limit.saturating_sub(Duration::from_millis(quiet_ms))
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A request that is computed.
#[derive(Debug)]
pub(crate) struct Running(Arc<Activity>);

impl Running {
    /// The answer is there: `body` is taken by the client, piece by piece.
    pub(crate) fn answered<B>(self, body: B) -> Watched<B> {
        Watched { body, activity: Arc::clone(&self.0) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.touch();
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A body whose every piece is something that happens. A connection asks for one when the client
/// has taken most of those before.
#[derive(Debug)]
pub(crate) struct Watched<B> {
    body: B,
    activity: Arc<Activity>,
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.activity.touch();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn nothing_for_the_whole_limit_is_a_stall() {
        let activity = Activity::new();
        let began = Instant::now();
        activity.stalls(LIMIT).await;
        assert_eq!(began.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_computed_is_no_stall_however_long_it_takes() {
        let activity = Activity::new();
        let running = activity.begin();
        let began = Instant::now();
        let ends = async {
            sleep(LIMIT * 10).await;
            drop(running);
        };
        tokio::join!(activity.stalls(LIMIT), ends);
        assert!(began.elapsed() >= LIMIT * 11, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_a_stall() {
        let activity = Activity::new();
        let body = activity.begin().answered(());
        let began = Instant::now();
        activity.stalls(LIMIT).await;
        assert_eq!(began.elapsed().as_secs(), 60);
        drop(body);
    }
}
