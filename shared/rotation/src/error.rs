//! Why a step was not done. The sentences are read by the operator, in the log and in the console:
//! they name no secret, no host and no value.

use std::time::Duration;

use certificate::{Reason, Unimportable, text_of};
use keys::{KeyError, NotRenewed};

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is not one of AWS Secrets Manager's.
    #[error("the event is no step of a rotation: {reason}")]
    Request {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody has asked for rotation.
    #[error("rotation is not enabled for the secret: configure it, then rotate")]
    NotRotated,
    /// The version is none of the secret's.
    #[error("the secret has no version of this rotation: begin it with RotateSecret")]
    UnknownVersion,
    /// The version has no part in a rotation.
    #[error("the version is not pending: another rotation has begun, or this one was given up")]
    NotPending,
    /// A step came too early.
    #[error("the pending version has no value yet: createSecret comes first")]
    NoValue,
    /// There is nothing to rotate.
    #[error("no version of the secret is in force: give the secret a value, then rotate")]
    NoCurrent,
    /// The store did not answer, or not as documented.
    #[error(transparent)]
    Store(#[from] vault::Error),
    /// There is no next value.
    #[error("there is no next value: {}", with_sources(.0))]
    NotRenewed(#[from] NotRenewed),
    /// The pending value is no key.
    #[error("the pending version cannot take over: {}", with_sources(.0))]
    BadKey(#[from] KeyError),
    /// The rotation took so long that living tokens would be refused.
    #[error(
        "the rotation took too long and was given up: tokens of the current version would be \
         refused before their end; the next rotation begins anew"
    )]
    TooOld,
    /// `load` does not know the pending key.
    #[error("`load` did not accept a token of the pending key: {answer}")]
    NotAccepted {
        /// What it answered last.
        answer: String,
    },
    /// Whatever answers there is not `load`.
    #[error("what answers at TESSERA_TEST_URL is not `load`: {answer}")]
    NotLoad {
        /// What it answered.
        answer: String,
    },
    /// Whatever answers there verifies nothing.
    #[error("what answers at TESSERA_TEST_URL accepts a token that nobody has signed")]
    AcceptsAnything,
    /// No token to test with.
    #[error("no token could be signed with the pending key")]
    NotSigned(#[from] auth::MintError),
    /// A secret that holds no credentials.
    #[error(transparent)]
    Login(#[from] vault::MalformedLogin),
    /// A secret of another place or role than it should be.
    #[error("the secrets of the database contradict each other: {reason}")]
    Contradiction {
        /// How.
        reason: &'static str,
    },
    /// The database lets nobody in.
    #[error("the database does not let in {who}")]
    NotLetIn {
        /// With which credentials.
        who: &'static str,
    },
    /// The database did not do what it was asked.
    #[error("the database did not do what it was asked: {reason}")]
    Database {
        /// In a word, or its SQLSTATE.
        reason: String,
    },
    /// A certificate, key or authority that cannot be read, or that cannot be issued.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    /// A certificate that was issued, and is of no use.
    #[error("the certificate that was issued is not put into force: {because}")]
    NotFit {
        /// What is wrong with it.
        because: Reason,
    },
    /// A certificate that AWS Certificate Manager would not take.
    #[error("nothing was imported: {0}")]
    NotImported(#[from] Unimportable),
    /// A public authority that issues nothing.
    #[error(transparent)]
    Authority(#[from] acme::Error),
    /// A clock that is wrong.
    #[error(
        "nothing is issued while the clock is wrong: it says {}, and AWS {}",
        text_of(*.ours), text_of(*.theirs)
    )]
    Clock {
        /// What it says, since 1970-01-01 UTC.
        ours: Duration,
        /// What AWS says.
        theirs: Duration,
    },
    /// A bucket that forgets what was in it.
    #[error(
        "the bucket of the trust bundle keeps no versions, and a domain reads one: enable them"
    )]
    NoVersions,
    /// The function is about to be ended.
    #[error(
        "the time of the function is over: raise its timeout (two minutes do for most settings)"
    )]
    OutOfTime,
    /// A checkpoint ended the step.
    #[error("the step was broken off")]
    BrokenOff,
}

impl From<auth::NotGenerated> for Error {
    fn from(error: auth::NotGenerated) -> Self {
        Self::NotRenewed(NotRenewed::NotGenerated(error))
    }
}

/// The database's own sentences name roles and places.
impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        let reason = match error {
            database::Error::Unavailable { reason, .. } => reason.to_string(),
            database::Error::Statement { sqlstate, .. }
            | database::Error::InvalidValue { sqlstate, .. } => format!("SQLSTATE {sqlstate}"),
            other @ (database::Error::Options { .. }
            | database::Error::Timeout
            | database::Error::Overloaded
            | database::Error::TooManyParameters { .. }
            | database::Error::RowSecurity { .. }
            | database::Error::MissingExtension { .. }) => other.to_string(),
        };
        Self::Database { reason }
    }
}

/// A sentence with those of its causes.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
