//! A port -> connections, until it is time to stop.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tower::Service;

use crate::connection::{self, Cause};
use crate::limits::Limits;
use crate::stop::Stop;
use crate::tls::Tls;

/// How long to wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(50);
/// That every place is taken is said no more often.
const FULL_NOTICE: Duration = Duration::from_mins(1);

/// Accepts connections on `listener` until it is time to stop, then lets running requests finish.
///
/// With `tls` HTTP/1.1 and HTTP/2, as the client prefers; without it HTTP/1.1.
pub async fn serve<S, B>(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    service: S,
    limits: Limits,
    mut stop: Stop,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Cause>> + Send + Unpin + 'static,
{
    let mut places = Places::new(limits.connections);
    loop {
        let next = async {
            let place = places.take().await;
            (accepted(&listener).await, place)
        };
        let (stream, place) = tokio::select! {
            next = next => next,
            () = stop.requested() => break,
        };
        let one = connection::run(stream, tls.clone(), service.clone(), limits, stop.clone());
        tokio::spawn(async move {
            one.await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(limits.stop, places.all_free()).await.is_err() {
        tracing::warn!("requests were still running and are ended");
    }
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                // Out of file descriptors, mostly: it passes when connections end.
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One place for every connection that may be open.
struct Places {
    semaphore: Arc<Semaphore>,
    count: u32,
    noticed: Option<Instant>,
}

impl Places {
    fn new(count: u32) -> Self {
        let permits = usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS);
        Self { semaphore: Arc::new(Semaphore::new(permits)), count, noticed: None }
    }

    /// A place, as soon as there is one.
    async fn take(&mut self) -> Option<OwnedSemaphorePermit> {
        let is_notice_due = self.noticed.is_none_or(|last| last.elapsed() > FULL_NOTICE);
        if self.semaphore.available_permits() == 0 && is_notice_due {
            self.noticed = Some(Instant::now());
            tracing::warn!(connections = self.count, "every connection is in use: others wait");
        }
        // Never an error: nobody closes it.
        Arc::clone(&self.semaphore).acquire_owned().await.ok()
    }

    async fn all_free(&self) {
        let _ = self.semaphore.acquire_many(self.count).await;
    }
}
