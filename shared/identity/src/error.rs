//! Why a user pool signs nobody in, or does not answer.

use aws::Failure;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

/// Why there is no token, attribute or group. Says a code, never a name or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The user pool does not know the name, the password or the token; or the user may not sign in.
    #[error("the user pool refuses: {code}")]
    Refused {
        /// `NotAuthorizedException`, `UserNotFoundException`, ...
        code: String,
    },
    /// The user has to do more than show a password.
    #[error("the user pool asks for more: {challenge}")]
    Challenge {
        /// `NEW_PASSWORD_REQUIRED`, `SOFTWARE_TOKEN_MFA`, ...
        challenge: String,
    },
    /// Too many attempts, says the user pool.
    #[error("the user pool was asked too often: {code}")]
    TooOften {
        /// `TooManyRequestsException`, ...
        code: String,
    },
    /// An application with a secret cannot use a refresh token without the name of the user.
    #[error("the user's name is needed to refresh with a client secret")]
    NameNeeded,
    /// No answer, or one that is of no use.
    #[error("the user pool is unavailable: {code}")]
    Unavailable {
        /// `timeout`, `ResourceNotFoundException`, `AccessDeniedException`, ...
        code: String,
    },
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        match Failure::from(&error) {
            Failure::Refused(code) => refused(code),
            failure @ (Failure::NotBuilt
            | Failure::NotReached
            | Failure::TimedOut
            | Failure::Unreadable) => Self::Unavailable { code: failure.to_string() },
        }
    }
}

/// What a code of the user pool's means.
fn refused(code: String) -> Error {
    match code.as_str() {
        "NotAuthorizedException"
        | "UserNotFoundException"
        | "UserNotConfirmedException"
        | "PasswordResetRequiredException"
        | "InvalidPasswordException"
        | "InvalidParameterException"
        | "UserLambdaValidationException"
        | "ForbiddenException" => Error::Refused { code },
        "TooManyRequestsException"
        | "LimitExceededException"
        | "TooManyFailedAttemptsException" => Error::TooOften { code },
        _ => Error::Unavailable { code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_trouble() {
        for code in ["NotAuthorizedException", "UserNotFoundException"] {
            assert_eq!(refused(code.to_owned()), Error::Refused { code: code.to_owned() });
        }
        let code = "TooManyRequestsException".to_owned();
        assert_eq!(refused(code.clone()), Error::TooOften { code });
        for code in ["ResourceNotFoundException", "AccessDeniedException", "unknown error"] {
            assert_eq!(refused(code.to_owned()), Error::Unavailable { code: code.to_owned() });
        }
    }
}
