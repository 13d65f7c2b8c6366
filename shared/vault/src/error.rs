//! Why the store gave no answer.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

/// Why AWS Secrets Manager gave no answer that can be used. Says a code, never a name or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer, or one that is an error.
    #[error("AWS Secrets Manager did not do what it was asked: {code}")]
    Unavailable {
        /// `ThrottlingException`, `AccessDeniedException`, `timeout`, ...
        code: String,
    },
    /// A version that is not of the documented form.
    #[error("a version of the secret is malformed: {reason}")]
    Malformed {
        /// What is wrong, without the value.
        reason: &'static str,
    },
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        let kind = match &error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "unreadable answer",
            SdkError::ConstructionFailure(_) => "request not built",
            SdkError::ServiceError(_) | _ => error.code().unwrap_or("unknown error"),
        };
        let code = kind.chars().filter(|letter| matches!(letter, ' '..='~')).take(64).collect();
        Self::Unavailable { code }
    }
}
