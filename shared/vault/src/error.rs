//! Why the store gave no answer.

use aws::Failure;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

/// Why a service of AWS gave no answer that can be used. Says a code, never a name or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer, or one that is an error.
    #[error("{service} did not do what it was asked: {code}")]
    Unavailable {
        /// Who was asked.
        service: &'static str,
        /// `ThrottlingException`, `AccessDeniedException`, `timeout`, ...
        code: String,
    },
    /// What came is not of the documented form.
    #[error("what is stored is malformed: {reason}")]
    Malformed {
        /// What is wrong, without the value.
        reason: &'static str,
    },
}

impl Error {
    /// That of a service.
    pub(crate) fn of<E: ProvideErrorMetadata>(service: &'static str, error: &SdkError<E>) -> Self {
        Self::Unavailable { service, code: Failure::from(error).to_string() }
    }
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        Self::of("AWS Secrets Manager", &error)
    }
}
