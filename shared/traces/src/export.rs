//! When spans are sent: each second or as soon as a batch is complete where something runs beside requests, before the
//! answer where nothing does. A collector that fails is left alone for a while.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::queue::BATCH;
use crate::{Traces, document};

/// Spans wait no longer than this for others.
const INTERVAL: Duration = Duration::from_secs(1);
/// A collector that has failed is left alone for so long, each time twice as long.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Of these answers the protocol says that the same may be sent again (OTLP 1.x, "Retryable Response Codes").
const TRY_AGAIN: [u16; 4] = [429, 502, 503, 504];

/// The status of the collector's answer, or why there is none, in a word.
pub type Posted = Pin<Box<dyn Future<Output = Result<u16, &'static str>> + Send>>;

/// Sends a document to the collector.
pub type Post = Box<dyn Fn(Vec<u8>) -> Posted + Send + Sync>;

/// How long the collector is left alone.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    until: Option<Instant>,
    length: Duration,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// It is gone, for better or worse.
    Done,
    /// It waits again.
    Later,
}

impl Traces {
    /// Sends a batch of what waits, until `until` or the time that the collector has is over, whichever is first. Returns at
    /// once while a collector that failed is left alone, or somebody else is sending.
    pub async fn flush(&self, until: Instant) {
        let Ok(mut pause) = self.pause.try_lock() else { return };
        if !pause.is_on() {
            self.send(&mut pause, until).await;
        }
    }

    /// Sends what waits, each second or as soon as it is a batch. Never returns.
    pub async fn follow(self: Arc<Self>) {
        loop {
            // Either is a reason to look.
            let _ = tokio::time::timeout(INTERVAL, self.is_full.notified()).await;
            let mut pause = self.pause.lock().await;
            while !pause.is_on() {
                let sent = self.send(&mut pause, Instant::now() + self.options.timeout).await;
                if sent == Sent::Later || self.queue.len() < BATCH {
                    break;
                }
            }
        }
    }

    /// Sends all that waits, in the time that the collector has for one batch: the process is about to end.
    pub async fn finish(&self) {
        let until = Instant::now() + self.options.timeout;
        if let Ok(mut pause) = timeout_at(until, self.pause.lock()).await {
            while self.queue.len() > 0 && self.send(&mut pause, until).await == Sent::Done {}
        }
        while self.queue.len() > 0 {
            self.queue.lose(self.queue.take().len());
        }
        self.say_dropped();
    }

    async fn send(&self, pause: &mut Pause, until: Instant) -> Sent {
        self.say_dropped();
        let spans = self.queue.take();
        if spans.is_empty() {
            return Sent::Done;
        }
        let Ok(document) = document::write(&self.options.resource, &spans) else {
            self.queue.lose(spans.len());
            return Sent::Done;
        };
        let until = until.min(Instant::now() + self.options.timeout);
        let answered = timeout_at(until, (self.post)(document)).await.unwrap_or(Err("timeout"));
        let status = match answered {
            Ok(200..=299) => {
                *pause = Pause::default();
                return Sent::Done;
            }
            Ok(status) => Some(status),
            Err(_) => None,
        };
        pause.begin();
        let (reason, pause_s) = (answered.err(), pause.length.as_secs());
        tracing::warn!(status, reason, pause_s, "the collector took no spans");
        if status.is_none_or(|status| TRY_AGAIN.contains(&status)) {
            self.queue.put_back(spans);
            return Sent::Later;
        }
        self.queue.lose(spans.len());
        Sent::Done
    }

    fn say_dropped(&self) {
        let spans = self.queue.take_dropped();
        if spans > 0 {
            tracing::warn!(spans, "spans were dropped");
        }
    }
}

impl Pause {
    pub(crate) fn begin(&mut self) {
        self.length = (self.length * 2).clamp(PAUSES.0, PAUSES.1);
        self.until = Some(Instant::now() + self.length);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() < until)
    }
}
