//! How long a service is waited for.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};

/// How long one call may take, retries with their pauses included, and how often it is tried.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For all attempts together.
    pub operation: Duration,
    /// For a connection of one attempt.
    pub connect: Duration,
    /// The first one included.
    pub attempts: u32,
}

impl Patience {
    /// Where a request waits for the answer.
    pub const HURRIED: Self =
        Self { operation: Duration::from_secs(4), connect: Duration::from_secs(1), attempts: 2 };

    /// Where nobody waits: throttled calls are tried again after pauses that double.
    pub const PATIENT: Self =
        Self { operation: Duration::from_secs(20), connect: Duration::from_secs(2), attempts: 5 };

    /// What finds region, credentials and endpoint as the SDK does, for clients of this patience.
    pub fn loader(self) -> ConfigLoader {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_timeout(self.operation)
            .build();
        aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(self.retries())
    }

    /// Its attempts alone, for a client that is configured by hand.
    pub fn retries(self) -> RetryConfig {
        RetryConfig::standard().with_max_attempts(self.attempts)
    }
}
