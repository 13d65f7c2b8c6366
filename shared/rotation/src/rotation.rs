//! The steps.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use keys::Clock;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use vault::{Label, Labels, Vault, Version};

use crate::outside::{Checkpoint, Outside};
use crate::{Course, Error, Request, Step, Subject, course};

/// Of the time that is left, what is kept for saying that it is over.
const RESERVE: Duration = Duration::from_secs(1);

/// A rotation function: what it rotates, and what it does that with.
pub struct Rotation {
    subject: Subject,
    vault: Vault,
    clock: Clock,
    checkpoint: Checkpoint,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It had been done before.
    NothingToDo,
}

impl Rotation {
    /// The rotation of `subject` among the secrets of `vault`.
    pub fn new(subject: Subject, vault: Vault, clock: Clock) -> Self {
        Self { subject, vault, clock, checkpoint: Arc::new(|_| ControlFlow::Continue(())) }
    }

    /// The same, asking `checkpoint` after every call to the outside whether to go on.
    #[must_use]
    pub fn with_checkpoint(self, checkpoint: Checkpoint) -> Self {
        Self { checkpoint, ..self }
    }

    /// Does the step of an event in the time that is left, and logs what came of it.
    ///
    /// # Errors
    /// [`Error`]; the step may be asked for again.
    pub async fn answer(&self, event: &Value, time_left: Duration) -> Result<Outcome, Error> {
        let answered = async {
            let request = Request::read(event)?;
            let step = request.step.name();
            // In a box: the futures of the SDK in it are deep.
            let run = Box::pin(self.run(&request));
            let outcome = timeout(time_left.saturating_sub(RESERVE), run).await;
            let outcome = outcome.unwrap_or(Err(Error::OutOfTime))?;
            tracing::info!(step, version = request.version, ?outcome, "secret rotated");
            Ok(outcome)
        };
        let answered: Result<Outcome, Error> = answered.await;
        answered.inspect_err(|error| tracing::error!(%error, "secret not rotated"))
    }

    /// Does a step, however long it takes.
    ///
    /// # Errors
    /// [`Error`]
    pub async fn run(&self, request: &Request) -> Result<Outcome, Error> {
        let outside =
            Outside { vault: &self.vault, secret: &request.secret, checkpoint: &self.checkpoint };
        let labels = outside.labels().await?;
        let version = request.version.as_str();
        match course(&labels, request)? {
            Course::Nothing => return Ok(Outcome::NothingToDo),
            Course::Tidy => {
                outside.end_pending(version).await?;
                return Ok(Outcome::Done);
            }
            Course::Work => {}
        }
        let pending = outside.version(version).await?;
        if pending.as_ref().is_some_and(|pending| self.subject.is_too_old(pending, self.now())) {
            outside.end_pending(version).await?;
            return Err(Error::TooOld);
        }
        match (request.step, pending) {
            (Step::Create, Some(_)) => return Ok(Outcome::NothingToDo),
            (Step::Create, None) => self.create(&outside, &labels, version).await?,
            (_, None) => return Err(Error::NoValue),
            (Step::Set, Some(pending)) => self.subject.set(&outside, &pending).await?,
            (Step::Test, Some(pending)) => self.test(&outside, &pending).await?,
            (Step::Finish, Some(pending)) => self.finish(&outside, &labels, &pending).await?,
        }
        Ok(Outcome::Done)
    }

    async fn create(
        &self,
        outside: &Outside<'_>,
        labels: &Labels,
        version: &str,
    ) -> Result<(), Error> {
        let current = outside.labelled(Label::Current).await?.ok_or(Error::NoCurrent)?;
        let next = self.subject.next(labels, &current, version, self.now())?;
        outside.put_pending(version, &next).await
    }

    async fn test(&self, outside: &Outside<'_>, pending: &Version) -> Result<(), Error> {
        self.subject.test(outside, pending, || self.now()).await
    }

    /// The labels do not say whether the test was passed: what has not passed it now is not put
    /// into force.
    async fn finish(
        &self,
        outside: &Outside<'_>,
        labels: &Labels,
        pending: &Version,
    ) -> Result<(), Error> {
        let current = labels.version(Label::Current).ok_or(Error::NoCurrent)?;
        self.test(outside, pending).await?;
        sleep(self.subject.rest(pending, self.now())).await;
        if self.subject.is_too_old(pending, self.now()) {
            outside.end_pending(&pending.id).await?;
            return Err(Error::TooOld);
        }
        outside.make_current(&pending.id, current).await?;
        outside.end_pending(&pending.id).await
    }

    fn now(&self) -> Duration {
        (self.clock)().wall
    }
}

impl fmt::Debug for Rotation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rotation").field("subject", &self.subject).finish_non_exhaustive()
    }
}
