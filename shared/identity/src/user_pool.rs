//! The user pool, and how it is reached.

use std::time::Duration;

use aws::Patience;
use aws_sdk_cognitoidentityprovider::Client;
use tokio::sync::OnceCell;

/// Longer than for other services: a sign-in may call a function of the pool's owner, which Amazon
/// Cognito gives five seconds.
const OF_A_SIGN_IN: Patience = Patience { operation: Duration::from_secs(5), ..Patience::HURRIED };

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
    Client::new(&OF_A_SIGN_IN.loader().load().await)
}
