//! Why a user pool signs nobody in, or does not answer.

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
        let kind = match &error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "unreadable answer",
            SdkError::ConstructionFailure(_) => "request not built",
            SdkError::ServiceError(_) | _ => return of_service(error.code()),
        };
        Self::Unavailable { code: kind.to_owned() }
    }
}

fn of_service(code: Option<&str>) -> Error {
    let code: String = code
        .unwrap_or("unknown error")
        .chars()
        .filter(|letter| matches!(letter, ' '..='~'))
        .take(64)
        .collect();
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
        let refused = |code: &str| Error::Refused { code: code.to_owned() };
        for code in ["NotAuthorizedException", "UserNotFoundException"] {
            assert_eq!(of_service(Some(code)), refused(code));
        }
        let code = "TooManyRequestsException".to_owned();
        assert_eq!(of_service(Some(&code)), Error::TooOften { code });
        for code in ["ResourceNotFoundException", "AccessDeniedException", "InternalErrorException"]
        {
            assert_eq!(of_service(Some(code)), Error::Unavailable { code: code.to_owned() });
        }
        assert_eq!(of_service(None), Error::Unavailable { code: "unknown error".to_owned() });
        let long = "x\n".repeat(100);
        assert_eq!(of_service(Some(&long)), Error::Unavailable { code: "x".repeat(64) });
    }
}
