//! Whether anything happens on a connection.
//!
//! Requests only count here; a watch looks at the counts now and then. That costs a request a few
//! instructions, where a timer for each would cost as much as all the rest of a small request.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::time::sleep;

/// A watch looks this often within the time that is allowed.
const LOOKS: u32 = 8;

/// What is under way on a connection, and how much has happened.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// Requests that are computed.
    running: AtomicUsize,
    /// Answers that are not taken yet.
    answering: AtomicUsize,
    events: AtomicU64,
}

/// How long nothing may happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// While there is no request, or only a part of its head.
    pub(crate) head: Duration,
    /// While there is an answer.
    pub(crate) answer: Duration,
}

impl Activity {
    /// A request is computed until what this returns is dropped, or answered.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.running.fetch_add(1, Ordering::Relaxed);
        UnderWay { activity: Arc::clone(self), is_answered: false }
    }

    fn touch(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns when nothing has happened for as long as may be, or an eighth of that longer.
    pub(crate) async fn stalls(&self, patience: Patience) {
        let look = patience.head.min(patience.answer) / LOOKS;
        let (mut seen, mut quiet) = (self.events.load(Ordering::Relaxed), Duration::ZERO);
        loop {
            sleep(look).await;
            let events = self.events.load(Ordering::Relaxed);
            if events != seen || self.running.load(Ordering::Relaxed) > 0 {
                (seen, quiet) = (events, Duration::ZERO);
                continue;
            }
            quiet += look;
            let is_answering = self.answering.load(Ordering::Relaxed) > 0;
            if quiet >= if is_answering { patience.answer } else { patience.head } {
                return;
            }
        }
    }
}

/// A request that is computed, and then answered.
#[derive(Debug)]
pub(crate) struct UnderWay {
    activity: Arc<Activity>,
    is_answered: bool,
}

impl UnderWay {
    /// The answer is there: `body` is taken by the client, piece by piece.
    pub(crate) fn answered<B>(mut self, body: B) -> Watched<B> {
        self.activity.answering.fetch_add(1, Ordering::Relaxed);
        self.activity.running.fetch_sub(1, Ordering::Relaxed);
        self.is_answered = true;
        Watched { body, under_way: self }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.activity.touch();
        let Activity { running, answering, .. } = &*self.activity;
        let under_way = if self.is_answered { answering } else { running };
        under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body whose every piece is something that happens. A connection asks for one when the client
/// has taken most of those before.
#[derive(Debug)]
pub(crate) struct Watched<B> {
    body: B,
    under_way: UnderWay,
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.under_way.activity.touch();
        Pin::new(&mut self.body).poll_frame(context)
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
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Patience =
        Patience { head: Duration::from_secs(10), answer: Duration::from_mins(1) };

    async fn stalls_after(activity: &Activity) -> u64 {
        let began = Instant::now();
        activity.stalls(PATIENCE).await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_request_it_ends_soon() {
        let activity = Arc::new(Activity::default());
        assert_eq!(stalls_after(&activity).await, 10);
        drop(activity.begin().answered(()));
        assert_eq!(stalls_after(&activity).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_computed_is_no_stall_however_long_it_takes() {
        let activity = Arc::new(Activity::default());
        let running = activity.begin();
        let ends = async {
            sleep(PATIENCE.answer * 10).await;
            drop(running);
        };
        let (took, ()) = tokio::join!(stalls_after(&activity), ends);
        assert!((610..=612).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_a_stall() {
        let activity = Arc::new(Activity::default());
        let body = activity.begin().answered(());
        assert_eq!(stalls_after(&activity).await, 60);
        drop(body);
    }
}
