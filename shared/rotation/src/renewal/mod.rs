//! The renewal of a certificate: one run looks at what there is everywhere, and does what is left to
//! do. It may be called at any time, twice at once, and ended at any moment.
//!
//! | what there is | what a run makes of it |
//! |---|---|
//! | the trust bundle | the roots in force, before anything is issued below a new one |
//! | the secret | a pair that is good and not due: a whole new version, then its label |
//! | AWS Certificate Manager | the pair of the secret, under the ARN that is there |
//!
//! | file | what |
//! |---|---|
//! | `plan` | what is renewed, and where it goes |
//! | `places` | the calls that rotations have no use for |
//! | `run` | one run |
//! | `signer` | who issues: the key itself, an authority of ours, or a public one |
//! | `report` | what is told of it: to the log, as metrics, and to a topic |

mod places;
mod plan;
mod report;
mod run;
mod signer;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use keys::Clock;
use serde_json::Value;
use tokio::time::timeout;
use vault::{Destinations, Vault};

use crate::Error;
use crate::outside::Checkpoint;

pub use plan::{Issuer, Plan, Public, Trust};
pub use report::Answer;
pub use run::Outcome;

/// Of the time that is left, what is kept for telling that it is over.
const RESERVE: Duration = Duration::from_secs(5);

/// A renewal function: what it renews, and what it does that with.
pub struct Renewal {
    plan: Plan,
    vault: Vault,
    destinations: Destinations,
    clock: Clock,
    checkpoint: Checkpoint,
}

impl Renewal {
    /// The renewal of the certificate of a plan.
    pub fn new(plan: Plan, vault: Vault, destinations: Destinations, clock: Clock) -> Self {
        let checkpoint: Checkpoint = Arc::new(|_| ControlFlow::Continue(()));
        Self { plan, vault, destinations, clock, checkpoint }
    }

    /// The same, asking `checkpoint` after every call to the outside whether to go on.
    #[must_use]
    pub fn with_checkpoint(self, checkpoint: Checkpoint) -> Self {
        Self { checkpoint, ..self }
    }

    /// Does one run, for an event of a schedule, in the time that is left. Logs what came of it, and
    /// tells the topic of the plan when it failed or when little of the certificate's life is left.
    pub async fn answer(&self, event: &Value, time_left: Duration) -> Answer {
        let mut served = None;
        let run = async {
            read(event)?;
            // In a box: the futures of the SDK in it are deep.
            let run = Box::pin(self.run(&mut served));
            timeout(time_left.saturating_sub(RESERVE), run).await.unwrap_or(Err(Error::OutOfTime))
        };
        let outcome = run.await;
        let answer = Answer::new(&self.plan, served.as_ref(), outcome, self.now());
        answer.log();
        if let (Some(topic), Some(message)) = (&self.plan.topic, answer.message()) {
            let told = self.destinations.tell(topic, report::SUBJECT, &message);
            let told = timeout(RESERVE.mul_f32(0.8), told).await;
            if let Err(error) = told.unwrap_or(Ok(())) {
                tracing::error!(%error, "nobody was told");
            }
        }
        answer
    }

    fn now(&self) -> Duration {
        (self.clock)().wall
    }
}

/// Whether an event is one of AWS's, by schedule or by rule. What time it is meant for does not
/// matter: late or for the second time, it asks for the same.
///
/// # Errors
/// [`Error::Request`]
fn read(event: &Value) -> Result<(), Error> {
    let source = event.get("source").and_then(Value::as_str);
    if matches!(source, Some("aws.scheduler" | "aws.events")) {
        return Ok(());
    }
    Err(Error::Request { reason: "its `source` is not aws.scheduler or aws.events" })
}

impl fmt::Debug for Renewal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Renewal").field("plan", &self.plan).finish_non_exhaustive()
    }
}
