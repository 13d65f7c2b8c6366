//! One connection, from its handshake to its end.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower::Service;

use crate::activity::{Activity, Patience, Watched};
use crate::limits::Limits;
use crate::stop::Stop;
use crate::tls::{HTTP_2, Tls};

pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Serves one connection until it ends, for whatever reason.
pub(crate) async fn run<S, B>(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    service: S,
    limits: Limits,
    stop: Stop,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Cause>> + Send + Unpin + 'static,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    let ended = match tls {
        None => over_http_1(stream, service, limits, stop).await,
        Some(tls) => match timeout(limits.handshake, tls.acceptor().accept(stream)).await {
            Err(_) => return tracing::debug!("no TLS handshake in time"),
            Ok(Err(error)) => return tracing::debug!(%error, "no TLS connection"),
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) => {
                over_http_2(stream, service, limits, stop).await
            }
            Ok(Ok(stream)) => over_http_1(stream, service, limits, stop).await,
        },
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

async fn over_http_1<S, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S,
    limits: Limits,
    stop: Stop,
) -> Result<(), hyper::Error>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Cause>> + Send + Unpin + 'static,
{
    let activity = Arc::default();
    let connection = http1::Builder::new()
        // Without a timer hyper has no limit of its own: `Activity` has one.
        .max_buf_size(bytes(limits.head_bytes))
        .serve_connection(TokioIo::new(stream), watched(service, &activity));
    until_it_ends(connection, &activity, limits, stop).await
}

async fn over_http_2<S, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S,
    limits: Limits,
    stop: Stop,
) -> Result<(), hyper::Error>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Cause>> + Send + Unpin + 'static,
{
    let activity = Arc::default();
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), watched(service, &activity));
    until_it_ends(connection, &activity, limits, stop).await
}

/// The service, with what it does noted as activity.
fn watched<S, B>(
    service: S,
    activity: &Arc<Activity>,
) -> impl HttpService<
    Incoming,
    ResBody = Watched<B>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Watched<B>>, Infallible>> + Send + use<S, B>,
> + use<S, B>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Cause>> + Send + Unpin + 'static,
{
    let activity = Arc::clone(activity);
    let service = TowerToHyperService::new(service);
    service_fn(move |request| {
        let under_way = activity.begin();
        let answer = service.call(request);
        async move { Ok(answer.await?.map(|body| under_way.answered(body))) }
    })
}

/// Drives a connection to its end. It is asked to end when it is time to stop or nothing happens,
/// and ends without its client's consent when nothing happens then either.
async fn until_it_ends<C: GracefulConnection>(
    connection: C,
    activity: &Arc<Activity>,
    limits: Limits,
    stop: Stop,
) -> Result<(), C::Error> {
    let mut connection: Pin<&mut C> = pin!(connection);
    let mut watch = Watch::begin(Arc::clone(activity), limits, stop);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        _ = &mut watch.reason => {}
    }
    let farewell = Patience { head: limits.farewell, answer: limits.farewell };
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection => ended,
        () = activity.stalls(farewell) => Ok(()),
    }
}

/// A task that knows when a connection is to end. It is one of its own, so that a request does not
/// have to ask each time whether it is time to stop, and whether nothing happens.
struct Watch {
    reason: oneshot::Receiver<()>,
    task: JoinHandle<()>,
}

impl Watch {
    fn begin(activity: Arc<Activity>, limits: Limits, mut stop: Stop) -> Self {
        let (sender, reason) = oneshot::channel();
        let patience = Patience { head: limits.head, answer: limits.stall };
        let task = tokio::spawn(async move {
            tokio::select! {
                () = stop.requested() => {}
                () = activity.stalls(patience) => {}
            }
            // Nobody listens any more when the connection has ended.
            let _ = sender.send(());
        });
        Self { reason, task }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
