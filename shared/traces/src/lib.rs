//! Requests as OpenTelemetry sees them: a span for each, and for each of its stages, sent to a collector
//! (OpenTelemetry Protocol 1.x, OTLP/HTTP with JSON).
//!
//! We write the JSON ourselves. The official exporter brings protobuf, a thread or a runtime of its own and a second
//! HTTP client into a function whose cold start is counted in pages that are read; what it would do is a page of serde.
//! A test reads what we write with the protocol's own types.
//!
//! A span never holds a token, a claim, a value of a query or a member's: who fills it in gives it words of the code's
//! own and numbers. A collector that is slow, silent or gone costs a bounded time, now and then, and never an answer.
//! Clock, chance and the client that sends are arguments.
//!
//! | file | what |
//! |---|---|
//! | `id` | ids of traces and spans |
//! | `caller` | the trace that a request is part of, as its headers name it |
//! | `sampler` | which requests become spans |
//! | `span` | a span and what it says |
//! | `queue` | spans that wait, within a limit |
//! | `export` | when they are sent, and when not |
//! | `document` | what is sent |

mod caller;
mod document;
mod export;
mod id;
mod queue;
mod sampler;
mod span;

use std::fmt;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

pub use caller::Caller;
pub use export::{Post, Posted};
pub use id::{SpanId, TraceId};
pub use sampler::Sampler;
pub use span::{Attribute, Kind, Value};

use export::Pause;
use queue::Queue;
use span::Span;

/// What an installation decides about its spans.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is true of all of them: `service.name` and the like.
    pub resource: Vec<Attribute>,
    /// Which requests become spans.
    pub sampler: Sampler,
    /// The collector has so long to answer.
    pub timeout: Duration,
}

/// Where the spans of one process go.
pub struct Traces {
    options: Options,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    random: Box<dyn Fn() -> Option<u128> + Send + Sync>,
    post: Post,
    queue: Queue,
    /// Told when a batch is complete.
    is_full: Notify,
    /// Held while something is sent.
    pause: Mutex<Pause>,
}

/// The span of a request that is being served.
#[derive(Debug)]
pub struct Begun {
    trace: TraceId,
    id: SpanId,
    parent: Option<SpanId>,
    /// Since 1970-01-01 UTC.
    at: Duration,
}

/// What is known of a request when it has ended.
#[derive(Debug)]
pub struct Request {
    /// Of its span: `GET /cubejs-api/v1/load`.
    pub name: String,
    /// From its beginning.
    pub took: Duration,
    /// What its span says.
    pub attributes: Vec<Attribute>,
    /// Whether it failed, and it was not the caller's fault.
    pub has_failed: bool,
    /// Its parts, which lie within it.
    pub stages: Vec<Stage>,
}

/// A part of a request.
#[derive(Debug)]
pub struct Stage {
    /// Of its span.
    pub name: &'static str,
    /// Whether somebody else is asked.
    pub kind: Kind,
    /// From the beginning of the request.
    pub after: Duration,
    /// From its own beginning.
    pub took: Duration,
    /// What its span says.
    pub attributes: Vec<Attribute>,
    /// Whether the request failed in it.
    pub has_failed: bool,
}

impl Traces {
    /// `clock` tells wall time since 1970-01-01 UTC, `random` gives 128 random bits, and `post` sends a document.
    pub fn new(
        options: Options,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
        random: impl Fn() -> Option<u128> + Send + Sync + 'static,
        post: Post,
    ) -> Self {
        Self {
            options,
            clock: Box::new(clock),
            random: Box::new(random),
            post,
            queue: Queue::default(),
            is_full: Notify::new(),
            pause: Mutex::default(),
        }
    }

    /// The span of a request that begins now, part of the trace that its caller names; nothing when it is not sampled,
    /// or the system gives no random bytes.
    pub fn begin(&self, caller: Option<&Caller<'_>>) -> Option<Begun> {
        let trace = match caller {
            Some(caller) => caller.trace,
            None => TraceId::new((self.random)()?)?,
        };
        let decided = caller.and_then(|caller| caller.is_sampled);
        if !self.options.sampler.takes(trace, decided) {
            return None;
        }
        let parent = caller.and_then(|caller| caller.parent);
        Some(Begun { trace, id: self.span_id()?, parent, at: (self.clock)() })
    }

    /// The request has ended: its spans wait to be sent, or are counted when too many do.
    pub fn end(&self, begun: &Begun, mut request: Request) {
        let stages = std::mem::take(&mut request.stages);
        let of_stage = |stage| Some(Span::of_stage(begun, self.span_id()?, stage));
        let mut spans: Vec<Span> = stages.into_iter().filter_map(of_stage).collect();
        spans.push(Span::of_request(begun, request));
        if self.queue.push(spans) {
            self.is_full.notify_one();
        }
    }

    fn span_id(&self) -> Option<SpanId> {
        SpanId::new((self.random)()?)
    }
}

impl Begun {
    /// The trace that the span is part of.
    pub fn trace(&self) -> TraceId {
        self.trace
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Traces").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
