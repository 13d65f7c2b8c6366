//! Servers of the tests' own: a thread that serves the connections to one port of 127.0.0.1.

use std::net::{SocketAddr, TcpListener as Socket};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A port that is listened on until this is dropped; then its connections end too, and new ones are refused.
#[derive(Debug)]
pub(crate) struct Listener {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens on `port`, or on a free one for 0, and hands every connection to `serve`; the port, too.
    pub(crate) fn start<F>(
        port: u16,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> (u16, Self)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let socket = Socket::bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
        socket.set_nonblocking(true).unwrap();
        let port = socket.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            crate::block_on(async {
                let listener = TcpListener::from_std(socket).unwrap();
                tokio::select! {
                    () = accept(&listener, serve) => {}
                    _ = stopped => {}
                }
            });
            // The runtime was dropped here, and with it every task and its connection.
        });
        (port, Self { stop: Some(stop), thread: Some(thread) })
    }
}

async fn accept<F>(listener: &TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(serve(stream));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
