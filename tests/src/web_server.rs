//! A web server that has a few texts, and nothing else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::listener::Listener;

/// A port of HTTP that is answered until this is dropped.
#[derive(Debug)]
pub struct WebServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _listener: Listener,
}

impl WebServer {
    /// Starts it; `text` is what is at a path, asked for whenever somebody asks.
    pub fn start(text: impl Fn(&str) -> Option<String> + Clone + Send + 'static) -> Self {
        let (port, listener) = Listener::start(0, move |stream| serve(stream, text.clone()));
        Self { port, _listener: listener }
    }
}

/// One request, one answer.
async fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Option<String>) {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = answer(path).map_or((404, String::new()), |body| (200, body));
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await;
}
