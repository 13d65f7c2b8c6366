//! A TCP proxy that fails on command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What the proxy does to connections, present and to come.
#[derive(Default)]
pub struct Faults {
    /// Bytes go nowhere in either direction, and nobody is told.
    pub is_black_hole: AtomicBool,
    /// Present connections are cut once the server has sent this much more; 0 never.
    pub cut_after_bytes: AtomicUsize,
    /// How many connections there have been.
    pub connections: AtomicUsize,
}

/// Passes connections to a port of this machine until the runtime of the test ends.
pub struct Proxy {
    pub port: u16,
    pub faults: Arc<Faults>,
}

impl Proxy {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own_port = listener.local_addr().expect("its address").port();
        let faults = Arc::new(Faults::default());
        let shared = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                // A connection that was there before the hole stays in it.
                let hole = Arc::new(AtomicBool::new(false));
                tokio::spawn(pass(
                    from_client,
                    to_server,
                    Arc::clone(&shared),
                    false,
                    Arc::clone(&hole),
                ));
                tokio::spawn(pass(from_server, to_client, Arc::clone(&shared), true, hole));
            }
        });
        Self { port: own_port, faults }
    }

    pub fn connections(&self) -> usize {
        self.faults.connections.load(Ordering::SeqCst)
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    faults: Arc<Faults>,
    is_from_server: bool,
    hole: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if faults.is_black_hole.load(Ordering::SeqCst) {
            hole.store(true, Ordering::SeqCst);
        }
        if hole.load(Ordering::SeqCst) {
            continue;
        }
        let left = faults.cut_after_bytes.load(Ordering::SeqCst);
        if is_from_server && left > 0 && count >= left {
            faults.cut_after_bytes.store(0, Ordering::SeqCst);
            let _ = to.write_all(&buffer[..left]).await;
            // Both halves go: the client sees the end of the stream in the middle of a message.
            return;
        }
        if is_from_server && left > 0 {
            faults.cut_after_bytes.store(left - count, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
