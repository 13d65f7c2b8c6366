//! A server with short limits, and raw connections to it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use certificate::{Pair, Profile, self_signed};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use server::{Limits, Stop, Tls, serve};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) const SHORT: Limits = Limits {
    connections: 3,
    handshake: Duration::from_millis(300),
    head: Duration::from_millis(300),
    stall: Duration::from_millis(600),
    farewell: Duration::from_millis(200),
    stop: Duration::from_secs(2),
    head_bytes: 16 * 1024,
    streams: 10,
};

/// A server that answers `/slow` after a second, `/large` with a mebibyte, and else one word.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pair: Pair,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) ended: JoinHandle<()>,
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    // Whatever was sent is read, so that a connection can go on.
    let _ = request.into_body().collect().await;
    let body = match path.as_str() {
        "/slow" => {
            sleep(Duration::from_secs(1)).await;
            Bytes::from_static(b"slow")
        }
        "/large" => Bytes::from(vec![b'x'; 8 << 20]),
        _ => Bytes::from_static(b"word"),
    };
    Ok(Response::new(Full::new(body)))
}

impl Running {
    pub(crate) async fn start(is_encrypted: bool) -> Self {
        let names = vec!["localhost".parse().unwrap()];
        let profile = Profile::server(names, Duration::from_hours(48)).unwrap();
        let pair = self_signed(&profile, now()).unwrap();
        let tls = Arc::new(Tls::new(&pair, None).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = oneshot::channel::<()>();
        let stop = Stop::when(async move {
            let _ = receiver.await;
        });
        let tls = is_encrypted.then_some(tls);
        let served = serve(listener, tls, tower::service_fn(answer), SHORT, stop);
        Self { address, pair, stop: Some(sender), ended: tokio::spawn(served) }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A TLS connection that offers this protocol.
    pub(crate) async fn encrypted(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.pair.chain()[0].clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, self.plain().await);
        stream.await.unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "clients look at a clock")]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}

/// All that the server says until it ends the connection, and how long that took.
pub(crate) async fn until_the_end(stream: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, Duration) {
    let (began, mut said) = (Instant::now(), Vec::new());
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await;
    assert!(read.is_ok(), "the connection was kept open");
    (said, began.elapsed())
}
