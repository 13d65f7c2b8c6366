//! `cargo bench -p server`: our listener beside bare hyper and bare rustls, the same constant answer, in turns.
//!
//! Wall-clock rates of a shared machine say little. What is compared is how many requests or handshakes the thread of a
//! server does in a second of its own CPU time, and what is printed is the median of the ratios of neighbouring turns.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench fails by panicking, and prints what it measured"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use certificate::{Pair, Profile, self_signed};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use server::{Limits, Stop, Tls, serve};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const CONNECTIONS: usize = 16;
const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 7;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const SWAP_EVERY: Duration = Duration::from_millis(10);

async fn answer<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"{\"data\":[]}"))))
}

fn main() {
    let pair = pair();
    let tls = Arc::new(Tls::new(&pair, None).unwrap());
    let clients = client_config(&pair);
    let ours = (start_ours(None), start_ours(Some(Arc::clone(&tls))));
    let bare = (start_bare(None), start_bare(Some(server_config(&pair))));

    let requests = |server: Server, config: Option<Arc<ClientConfig>>| {
        server.rate(move |until| keep_alive(server.address, config.clone(), until))
    };
    compare(
        "requests per CPU second, plain, keep-alive",
        || requests(ours.0, None),
        || requests(bare.0, None),
    );
    compare(
        "requests per CPU second, TLS 1.3, keep-alive",
        || requests(ours.1, Some(Arc::clone(&clients))),
        || requests(bare.1, Some(Arc::clone(&clients))),
    );
    let handshakes = |server: Server| {
        let config = Arc::clone(&clients);
        server.rate(move |until| shake_hands(server.address, Arc::clone(&config), until))
    };
    compare(
        "handshakes per CPU second, TLS 1.3, none resumed",
        || handshakes(ours.1),
        || handshakes(bare.1),
    );
    swaps(ours.1.address, &tls, &pair, &clients);
}

/// Turns of both, and the median of the ratios of neighbours.
fn compare(what: &str, ours: impl Fn() -> f64, bare: impl Fn() -> f64) {
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        // Whoever is first in one turn is second in the next.
        let (mine, theirs) = if turn % 2 == 0 {
            let mine = ours();
            (mine, bare())
        } else {
            let theirs = bare();
            (ours(), theirs)
        };
        rates.push((mine, theirs));
        ratios.push(mine / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    rates.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mine, theirs) = rates[TURNS / 2];
    println!(
        "{what}: ours {mine:.0}, bare {theirs:.0}, ratio {:.3} ({:.3} to {:.3})",
        ratios[TURNS / 2],
        ratios[0],
        ratios[TURNS - 1]
    );
}

/// A server with a thread of its own.
#[derive(Clone, Copy)]
struct Server {
    address: SocketAddr,
    thread: u32,
}

impl Server {
    /// What all connections together do in a second of the server's CPU time.
    fn rate<F>(self, one: impl Fn(Instant) -> F) -> f64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        let before = self.cpu();
        let count = all(one);
        count / self.cpu().saturating_sub(before).as_secs_f64()
    }

    fn cpu(self) -> Duration {
        cpu(self.thread)
    }
}

/// How long a thread has been running.
fn cpu(thread: u32) -> Duration {
    let file = format!("/proc/self/task/{thread}/schedstat");
    let text = std::fs::read_to_string(file).unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// The number of this thread.
fn this_thread() -> u32 {
    let own = std::fs::read_link("/proc/thread-self").unwrap();
    own.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

/// What all connections together do in a turn.
fn all<F>(one: impl Fn(Instant) -> F) -> f64
where
    F: Future<Output = u64> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let began = Instant::now();
    let count: u64 = runtime.block_on(async {
        let tasks: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(one(began + TURN))).collect();
        let mut count = 0;
        for task in tasks {
            count += task.await.unwrap();
        }
        count
    });
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let count = count as f64;
    count
}

async fn keep_alive(address: SocketAddr, config: Option<Arc<ClientConfig>>, until: Instant) -> u64 {
    let stream = connect(address).await;
    match config {
        None => ask(stream, until, |_| {}).await,
        Some(config) => ask(encrypt(stream, config).await, until, |_| {}).await,
    }
}

/// Asks until it is time, and says how long each took.
async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    until: Instant,
    mut took: impl FnMut(Duration),
) -> u64 {
    let (mut count, mut buffer) = (0, vec![0; 4096]);
    loop {
        let began = Instant::now();
        if began > until {
            return count;
        }
        stream.write_all(REQUEST).await.unwrap();
        stream.flush().await.unwrap();
        let mut length = 0;
        while !buffer[..length].ends_with(b"{\"data\":[]}") {
            let read = stream.read(&mut buffer[length..]).await.unwrap();
            assert!(read > 0, "the connection was dropped");
            length += read;
        }
        took(began.elapsed());
        count += 1;
    }
}

async fn shake_hands(address: SocketAddr, config: Arc<ClientConfig>, until: Instant) -> u64 {
    let mut count = 0;
    while Instant::now() < until {
        drop(encrypt(connect(address).await, Arc::clone(&config)).await);
        count += 1;
    }
    count
}

/// The slowest requests over open connections, with and without swaps; and the CPU time of a swap, which is the most that
/// a request can wait for one when both have one processor.
fn swaps(address: SocketAddr, tls: &Arc<Tls>, pair: &Pair, clients: &Arc<ClientConfig>) {
    for is_swapping in [false, true, false, true, false, true] {
        let is_over = Arc::new(AtomicBool::new(false));
        let swapper = is_swapping.then(|| {
            let (tls, is_over) = (Arc::clone(tls), Arc::clone(&is_over));
            let chain = pair.chain_pem();
            let pair = Pair::read(
                chain.as_bytes(),
                secrecy::ExposeSecret::expose_secret(&pair.key_pem()).as_bytes(),
            )
            .unwrap();
            std::thread::spawn(move || {
                let mut count = 0;
                while !is_over.load(Ordering::SeqCst) {
                    tls.replace(&pair, None).unwrap();
                    count += 1;
                    std::thread::sleep(SWAP_EVERY);
                }
                (count, cpu(this_thread()))
            })
        });
        let slowest_us = Arc::new(AtomicU64::new(0));
        let over_5_ms = Arc::new(AtomicU64::new(0));
        let requests = all(|until| {
            let (slowest, over) = (Arc::clone(&slowest_us), Arc::clone(&over_5_ms));
            let config = Arc::clone(clients);
            async move {
                let stream = encrypt(connect(address).await, config).await;
                ask(stream, until, |took| {
                    let us = u64::try_from(took.as_micros()).unwrap();
                    slowest.fetch_max(us, Ordering::Relaxed);
                    over.fetch_add(u64::from(us > 5_000), Ordering::Relaxed);
                })
                .await
            }
        });
        is_over.store(true, Ordering::SeqCst);
        let (swaps, cpu) = swapper.map(|swapper| swapper.join().unwrap()).unwrap_or_default();
        println!(
            "swaps: {swaps} (CPU {:?} each); {requests:.0} requests, slowest {} us, over 5 ms: {}",
            cpu.checked_div(swaps).unwrap_or_default(),
            slowest_us.load(Ordering::Relaxed),
            over_5_ms.load(Ordering::Relaxed),
        );
    }
}

/// A runtime of one thread for each server, so that all have the same.
fn on_a_thread<F>(serve: impl FnOnce(TcpListener) -> F + Send + 'static) -> Server
where
    F: Future<Output = ()>,
{
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        sender.send(this_thread()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { serve(TcpListener::from_std(socket).unwrap()).await });
    });
    Server { address, thread: receiver.recv().unwrap() }
}

fn start_ours(tls: Option<Arc<Tls>>) -> Server {
    on_a_thread(async move |listener| {
        let stop = Stop::when(std::future::pending());
        serve(listener, tls, tower::service_fn(answer::<Incoming>), Limits::default(), stop).await;
    })
}

fn start_bare(config: Option<Arc<ServerConfig>>) -> Server {
    on_a_thread(async move |listener| {
        let acceptor = config.map(TlsAcceptor::from);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let service = hyper::service::service_fn(answer);
                let builder = http1::Builder::new();
                // A client that leaves ends its connection.
                let _ = match acceptor {
                    None => builder.serve_connection(TokioIo::new(stream), service).await,
                    Some(acceptor) => match acceptor.accept(stream).await {
                        Ok(stream) => builder.serve_connection(TokioIo::new(stream), service).await,
                        Err(_) => return,
                    },
                };
            });
        }
    })
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

async fn encrypt(
    stream: TcpStream,
    config: Arc<ClientConfig>,
) -> tokio_rustls::client::TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(config).connect(name, stream).await.unwrap()
}

fn pair() -> Pair {
    let names = vec!["localhost".parse().unwrap()];
    let profile = Profile::server(names, Duration::from_hours(48)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "clients look at a clock")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    self_signed(&profile, now).unwrap()
}

fn client_config(pair: &Pair) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(pair.chain()[0].clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

fn server_config(pair: &Pair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(pair.chain().to_vec(), pair.key())
        .unwrap();
    Arc::new(config)
}
