//! When it is time to stop.

use tokio::sync::watch;

/// Known to everybody who serves, at once.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// When `signal` comes. Must be called on a runtime.
    pub fn when(signal: impl Future<Output = ()> + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signal.await;
            sender.send_replace(true);
        });
        Self(receiver)
    }

    /// Returns when it is time; at once when it has been for a while.
    pub async fn requested(&mut self) {
        // Without a sender nobody will ask any more: the runtime is about to end.
        let _ = self.0.wait_for(|is_time| *is_time).await;
    }
}
