//! What became of a call that failed.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A service's codes are shorter; what is longer is none.
const CODE_CHARS_MAX: usize = 64;

/// Why a call brought nothing. Its text is a word or a code; the error's own sentence is not kept,
/// because it may name the account and what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing was sent.
    #[error("request not built")]
    NotBuilt,
    /// The service could not be reached.
    #[error("no connection")]
    NotReached,
    /// There was no connection, or no answer, in time.
    #[error("timeout")]
    TimedOut,
    /// What came is no answer of such a service.
    #[error("unreadable answer")]
    Unreadable,
    /// The service answered that it did not do it, with this code: `ThrottlingException`,
    /// `AccessDeniedException`, ...
    #[error("{0}")]
    Refused(String),
}

impl<E: ProvideErrorMetadata, R> From<&SdkError<E, R>> for Failure {
    fn from(error: &SdkError<E, R>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => Self::NotBuilt,
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::TimedOut,
            SdkError::DispatchFailure(_) => Self::NotReached,
            SdkError::ResponseError(_) => Self::Unreadable,
            SdkError::ServiceError(_) | _ => Self::Refused(code(error.code())),
        }
    }
}

/// A code as it may stand in a line of the log.
fn code(given: Option<&str>) -> String {
    let given = given.unwrap_or("unknown error");
    given.chars().filter(|letter| matches!(letter, ' '..='~')).take(CODE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Call = SdkError<ErrorMetadata, ()>;

    fn refused(metadata: ErrorMetadata) -> String {
        Failure::from(&Call::service_error(metadata, ())).to_string()
    }

    #[test]
    fn a_call_that_had_no_answer_is_told_by_a_word() {
        for (error, word) in [
            (Call::construction_failure("arn:secret"), "request not built"),
            (Call::timeout_error("arn:secret"), "timeout"),
            (Call::dispatch_failure(ConnectorError::timeout("arn:secret".into())), "timeout"),
            (Call::dispatch_failure(ConnectorError::io("arn:secret".into())), "no connection"),
            (Call::response_error("arn:secret", ()), "unreadable answer"),
        ] {
            assert_eq!(Failure::from(&error).to_string(), word, "{error:?}");
        }
    }

    #[test]
    fn a_refusal_is_told_by_its_code_and_never_by_its_sentence() {
        let answer = ErrorMetadata::builder().code("AccessDeniedException").message("arn:secret");
        assert_eq!(refused(answer.build()), "AccessDeniedException");
        assert_eq!(
            refused(ErrorMetadata::builder().message("arn:secret").build()),
            "unknown error"
        );
        let long = "x\n".repeat(100);
        assert_eq!(refused(ErrorMetadata::builder().code(long).build()), "x".repeat(64));
    }
}
