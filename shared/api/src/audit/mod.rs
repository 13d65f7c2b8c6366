//! Who asked for what, whether it was allowed, and how it ended: what audit lines say of requests.
//!
//! Every request to a route of the API has one line that says `allowed` or `refused`, written before
//! the first byte of its answer leaves, and an allowed one has another, `finished` or `aborted`. None
//! holds a token, a claim that was not asked for, a value of a query, or SQL.

mod body;
mod claims;
mod record;
mod span;
mod timing;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::audit::{Line, Log, Outcome, Refusal};
use metrics::{Measure, Metrics};
use tokio::{runtime::Handle, time::sleep};
use traces::Traces;

use crate::error::Error;
use claims::ShownClaim;
pub(crate) use record::Record;
pub use span::Invocation;
pub(crate) use timing::Stage;

/// After so long a second is over.
const SECOND: Duration = Duration::from_secs(1);

/// The audit log of this process, and which claims its lines show.
#[derive(Debug)]
pub(crate) struct Auditor {
    log: Log,
    claims: Vec<ShownClaim>,
    metrics: Option<Metrics>,
    traces: Option<Arc<Traces>>,
    /// Whether no request has ended yet.
    is_cold: AtomicBool,
    /// Whether a task waits to write how many refusals were left out.
    is_settling: AtomicBool,
}

impl Auditor {
    /// Lines go to `log`, and show the claims at these paths; numbers go to `metrics` and spans to `traces`, if anywhere.
    pub(crate) fn new(
        log: Log,
        claims: &[String],
        metrics: Option<Metrics>,
        traces: Option<Arc<Traces>>,
    ) -> Arc<Self> {
        let claims = claims.iter().map(|name| ShownClaim::new(name)).collect();
        Arc::new(Self {
            log,
            claims,
            metrics,
            traces,
            is_cold: AtomicBool::new(true),
            is_settling: AtomicBool::new(false),
        })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// [`Error::NotAudited`]: what it would tell of must not happen.
    pub(crate) fn write(
        &self,
        outcome: Outcome,
        fields: impl FnOnce(&mut Line<'_>),
    ) -> Result<(), Error> {
        self.log.write(outcome, fields).map_err(|error| Error::NotAudited(Arc::new(error)))
    }

    /// Writes the line of a refusal, or counts it when there are too many of this reason. A caller is
    /// refused all the same when it cannot be written.
    pub(crate) fn refuse(
        self: &Arc<Self>,
        reason: &'static str,
        fields: impl FnOnce(&mut Line<'_>),
    ) {
        match self.log.refuse(reason, fields) {
            Ok(Refusal::Written) => {}
            Ok(Refusal::Omitted) => self.settle_later(),
            Err(error) => tracing::error!(%error, "the audit log cannot be written"),
        }
    }

    /// Whether the request that has ended is the first of this process. To be asked once for each.
    pub(crate) fn is_cold(&self) -> bool {
        self.is_cold.swap(false, Ordering::AcqRel)
    }

    /// Writes a line of metrics, if they go anywhere.
    pub(crate) fn measure<'a>(&self, is_cold: bool, line: impl FnOnce() -> metrics::Line<'a>) {
        let Some(metrics) = &self.metrics else { return };
        let mut line = line();
        line.measures.push(Measure::count("ColdStarts", u64::from(is_cold)));
        if let Err(error) = metrics.write(&line) {
            tracing::error!(%error, "metrics cannot be written");
        }
    }

    /// Has the count of refusals that were left out written when their second is over, even if no
    /// request comes that would do so.
    fn settle_later(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else { return };
        if self.is_settling.swap(true, Ordering::AcqRel) {
            return;
        }
        let auditor = Arc::clone(self);
        runtime.spawn(async move {
            loop {
                sleep(SECOND).await;
                // What is left out from here on finds either this task or the next one at work.
                auditor.is_settling.store(false, Ordering::Release);
                let is_settled = auditor.log.settle().unwrap_or_else(|error| {
                    tracing::error!(%error, "the audit log cannot be written");
                    true
                });
                if is_settled || auditor.is_settling.swap(true, Ordering::AcqRel) {
                    break;
                }
            }
        });
    }
}
