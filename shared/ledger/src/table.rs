//! The table, and how it is reached.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use tokio::sync::OnceCell;

/// A request that waits for the table waits no longer than this, retries included.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_ATTEMPTS: u32 = 2;

/// One table. The client is made when it is first used.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) table: String,
    client: OnceCell<Client>,
}

impl Ledger {
    /// The table of this name or ARN. Region, credentials and endpoint are the SDK's to find.
    pub fn new(table: String) -> Self {
        Self { table, client: OnceCell::new() }
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
