//! The user pool, and how it is reached.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::Client;
use tokio::sync::OnceCell;

/// A sign-in waits no longer than this, retries included.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_ATTEMPTS: u32 = 2;

/// A user pool of Amazon Cognito, and the application of it that signs users in. The client is made
/// when it is first used.
#[derive(Debug)]
pub struct UserPool {
    pub(crate) id: String,
    pub(crate) client_id: String,
    client: OnceCell<Client>,
}

impl UserPool {
    /// The pool and the application of these ids. Region, credentials and endpoint are the SDK's to
    /// find.
    pub fn new(id: String, client_id: String) -> Self {
        Self { id, client_id, client: OnceCell::new() }
    }

    pub(crate) async fn client(&self) -> &Client {
        self.client.get_or_init(connect).await
    }
}

async fn connect() -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .load()
        .await;
    Client::new(&config)
}
