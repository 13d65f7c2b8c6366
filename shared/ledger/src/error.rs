//! Why the table gave no answer.

use aws::Failure;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why the table gave no answer that can be used. Says a code, never a name or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer, or one that is an error.
    #[error("the table is unavailable: {code}")]
    Unavailable {
        /// `ThrottlingException`, `AccessDeniedException`, `timeout`, ...
        code: String,
    },
    /// An item that is not of the documented form.
    #[error("the table is malformed: {reason}")]
    Malformed {
        /// What is wrong, without names.
        reason: &'static str,
    },
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        Self::Unavailable { code: Failure::from(&error).to_string() }
    }
}
