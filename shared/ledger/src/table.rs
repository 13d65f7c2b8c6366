//! The table, and how it is reached.

use aws::Patience;
use aws_sdk_dynamodb::Client;
use tokio::sync::OnceCell;

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
    Client::new(&Patience::HURRIED.loader().load().await)
}
