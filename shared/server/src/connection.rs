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
use tokio::time::timeout;
use tower::Service;

use crate::activity::{Activity, Watched};
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
    let activity = Activity::new();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
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
    let activity = Activity::new();
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
        let running = activity.begin();
        let answer = service.call(request);
        async move {
            let (head, body) = answer.await?.into_parts();
            Ok(Response::from_parts(head, running.answered(body)))
        }
    })
}

/// Drives a connection to its end. It is asked to end when it is time to stop or nothing happens,
/// and ends without its client's consent when nothing happens then either.
async fn until_it_ends<C: GracefulConnection>(
    connection: C,
    activity: &Activity,
    limits: Limits,
    mut stop: Stop,
) -> Result<(), C::Error> {
    let mut connection: Pin<&mut C> = pin!(connection);
    let farewell = async {
        tokio::select! {
            () = stop.requested() => {}
            () = activity.stalls(limits.stall) => {}
        }
    };
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = farewell => {}
    }
    activity.touch();
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection => ended,
        () = activity.stalls(limits.farewell) => Ok(()),
    }
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
