//! Spans that wait to be sent, within a limit.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::span::Span;

/// So many spans are sent at once, and so many wait at most: the standard's own defaults (OpenTelemetry Specification,
/// "Batch Span Processor").
pub(crate) const BATCH: usize = 512;
pub(crate) const CAPACITY: usize = 2048;

/// The spans that wait.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    spans: VecDeque<Span>,
    /// How many found no room since that was last said.
    dropped: usize,
}

impl Queue {
    /// Adds the spans of one request, all or none of them; says whether they complete a batch.
    pub(crate) fn push(&self, spans: Vec<Span>) -> bool {
        let mut waiting = self.lock();
        let before = waiting.spans.len();
        if before + spans.len() > CAPACITY {
            waiting.dropped += spans.len();
            return false;
        }
        waiting.spans.extend(spans);
        before < BATCH && waiting.spans.len() >= BATCH
    }

    /// Takes the oldest out.
    pub(crate) fn take(&self) -> Vec<Span> {
        let mut waiting = self.lock();
        let count = waiting.spans.len().min(BATCH);
        waiting.spans.drain(..count).collect()
    }

    /// Puts back what was taken out; what came since makes room for it.
    pub(crate) fn put_back(&self, spans: Vec<Span>) {
        let mut waiting = self.lock();
        for span in spans.into_iter().rev() {
            waiting.spans.push_front(span);
        }
        let excess = waiting.spans.len().saturating_sub(CAPACITY);
        waiting.spans.truncate(CAPACITY);
        waiting.dropped += excess;
    }

    /// Counts spans that are gone.
    pub(crate) fn lose(&self, spans: usize) {
        self.lock().dropped += spans;
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().spans.len()
    }

    /// How many were lost since this was last asked.
    pub(crate) fn take_dropped(&self) -> usize {
        std::mem::take(&mut self.lock().dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
