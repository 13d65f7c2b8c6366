//! What all services of AWS have in common here: how they are reached, and what an error may say.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

use crate::KeyError;

/// A request that waits for an answer waits no longer than this, retries included.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_ATTEMPTS: u32 = 2;

/// Region, credentials and endpoint as the SDK finds them, with our limits.
pub(crate) async fn configuration() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .load()
        .await
}

/// What went wrong in a word; the error's own text may name the account and the resource.
pub(crate) fn unavailable<E: ProvideErrorMetadata>(error: &SdkError<E>) -> KeyError {
    let kind = match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable answer",
        SdkError::ConstructionFailure(_) => "request not built",
        SdkError::ServiceError(_) | _ => error.code().unwrap_or("unknown error"),
    };
    let code = kind.chars().filter(|letter| matches!(letter, ' '..='~')).take(64).collect();
    KeyError::Unavailable { code }
}
