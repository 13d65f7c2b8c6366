//! What is rotated.

use std::time::Duration;

use secrecy::SecretString;
use vault::{Labels, Version};

use crate::outside::Outside;
use crate::{DatabaseRotation, Error, KeyRotation};

/// What a function rotates.
#[derive(Debug)]
pub enum Subject {
    /// A secret, key pair or key ring that signs tokens.
    Key(Box<KeyRotation>),
    /// The credentials of a database.
    Database(Box<DatabaseRotation>),
}

impl Subject {
    /// The value that follows the one in force.
    pub(crate) fn next(
        &self,
        labels: &Labels,
        current: &Version,
        version: &str,
        now: Duration,
    ) -> Result<SecretString, Error> {
        match self {
            Self::Key(rotation) => rotation.next(labels, current, version, now),
            Self::Database(rotation) => rotation.next(current),
        }
    }

    /// Makes the pending value known where it is to be accepted.
    pub(crate) async fn set(&self, outside: &Outside<'_>, pending: &Version) -> Result<(), Error> {
        match self {
            // Whoever verifies tokens reads pending versions.
            Self::Key(_) => Ok(()),
            Self::Database(rotation) => rotation.set(outside, pending).await,
        }
    }

    /// Tries the pending value where it is to be accepted.
    pub(crate) async fn test(
        &self,
        outside: &Outside<'_>,
        pending: &Version,
        now: impl Fn() -> Duration,
    ) -> Result<(), Error> {
        match self {
            Self::Key(rotation) => rotation.test(outside, pending, now).await,
            Self::Database(rotation) => rotation.test(outside, pending).await,
        }
    }

    /// How long the pending version must still wait before it takes over.
    pub(crate) fn rest(&self, pending: &Version, now: Duration) -> Duration {
        match self {
            Self::Key(rotation) => {
                rotation.overlap.may_take_over_from(pending.written).saturating_sub(now)
            }
            Self::Database(_) => Duration::ZERO,
        }
    }

    /// Whether it is too late for the pending version to take over.
    pub(crate) fn is_too_old(&self, pending: &Version, now: Duration) -> bool {
        match self {
            Self::Key(rotation) => now > rotation.overlap.may_take_over_until(pending.written),
            Self::Database(_) => false,
        }
    }
}
