//! A key server on loopback that answers as the test says, and counts what it is asked.

mod reply;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, BufStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::authority::Identity;
use crate::listener::Listener;
use crate::signing_key::SigningKey;

pub use reply::Reply;

/// The path of the key set.
pub const KEYS: &str = "/.well-known/jwks.json";
/// The path of the discovery document (OpenID Connect Discovery 1.0 §4).
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

/// More than any request line and headers of ours.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// A key server. Paths without an answer are 404.
#[derive(Debug)]
pub struct KeyServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    scheme: &'static str,
    script: Arc<Script>,
    listener: Option<Listener>,
}

/// What the test said, and what was counted.
#[derive(Debug, Default)]
struct Script(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    identity: Option<Arc<rustls::ServerConfig>>,
    is_silent: bool,
    replies: BTreeMap<String, Reply>,
    requests: BTreeMap<String, u32>,
    connections: u32,
}

impl KeyServer {
    /// One that speaks plain HTTP.
    pub fn plain() -> Self {
        Self::start("http", Lines::default())
    }

    /// One that speaks HTTPS with this certificate.
    pub fn over_tls(identity: &Identity) -> Self {
        Self::start("https", Lines { identity: Some(identity.config()), ..Lines::default() })
    }

    fn start(scheme: &'static str, lines: Lines) -> Self {
        let script = Arc::new(Script(Mutex::new(lines)));
        let mut server = Self { port: 0, scheme, script, listener: None };
        server.resume();
        server
    }

    /// Stops listening: connections end, new ones are refused.
    pub fn pause(&mut self) {
        self.listener = None;
    }

    /// Listens again after [`KeyServer::pause`], on the same port.
    pub fn resume(&mut self) {
        let script = Arc::clone(&self.script);
        let (port, listener) = Listener::start(self.port, move |stream| {
            let script = Arc::clone(&script);
            async move { script.converse(stream).await }
        });
        self.port = port;
        self.listener = Some(listener);
    }

    /// From now on connections are accepted and nothing is answered: a TLS handshake hangs, and so does a request on a
    /// connection from before.
    pub fn fall_silent(&self) {
        self.script.lines(|lines| lines.is_silent = true);
    }

    /// Reads and answers again.
    pub fn speak(&self) {
        self.script.lines(|lines| lines.is_silent = false);
    }

    /// Shows another certificate to those who connect from now on.
    pub fn present(&self, identity: &Identity) {
        self.script.lines(|lines| lines.identity = Some(identity.config()));
    }

    /// Answers requests for a path with this from now on.
    pub fn answer(&self, path: &str, reply: Reply) {
        self.script.lines(|lines| lines.replies.insert(path.to_owned(), reply));
    }

    /// Serves these keys at [`KEYS`].
    pub fn publish(&self, keys: &[&SigningKey]) {
        self.answer(KEYS, Reply::keys(keys));
    }

    /// Serves a discovery document at [`DISCOVERY`] that names this server as the issuer, and its [`KEYS`].
    pub fn publish_discovery(&self) {
        let document = json!({ "issuer": self.url(""), "jwks_uri": self.url(KEYS) });
        self.answer(DISCOVERY, Reply::json(&document));
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    /// How often a path was asked for.
    pub fn requests(&self, path: &str) -> u32 {
        self.script.lines(|lines| lines.requests.get(path).copied().unwrap_or_default())
    }

    /// The paths that were asked for, in order of their names.
    pub fn paths(&self) -> Vec<String> {
        self.script.lines(|lines| lines.requests.keys().cloned().collect())
    }

    /// How many connections came, whatever became of them.
    pub fn connections(&self) -> u32 {
        self.script.lines(|lines| lines.connections)
    }
}

impl Script {
    fn lines<T>(&self, read: impl FnOnce(&mut Lines) -> T) -> T {
        read(&mut self.0.lock().unwrap())
    }

    async fn converse(&self, stream: TcpStream) {
        let (is_silent, identity) = self.lines(|lines| {
            lines.connections += 1;
            (lines.is_silent, lines.identity.clone())
        });
        if is_silent {
            return std::future::pending().await;
        }
        // Clients give up, and some refuse our certificate: that is what the test is about.
        let _ = match identity {
            None => self.serve(stream).await,
            Some(config) => match TlsAcceptor::from(config).accept(stream).await {
                Ok(stream) => self.serve(stream).await,
                Err(refused) => Err(refused),
            },
        };
    }

    /// Answers the requests of one connection until the client ends it, or an answer without a length does.
    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut stream = BufStream::new(stream);
        while let Some(path) = requested_path(&mut stream).await? {
            let reply = self.lines(|lines| {
                *lines.requests.entry(path.clone()).or_default() += 1;
                match lines.replies.get(&path) {
                    _ if lines.is_silent => Reply::never(),
                    Some(reply) => reply.clone(),
                    None => Reply::empty(404),
                }
            });
            reply.write(&mut stream).await?;
        }
        Ok(())
    }
}

/// The path of the next request; `None` when the client has closed. Bodies are not expected: keys are read with GET.
async fn requested_path(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(head.len() < MAX_HEAD_BYTES, "a request without an end");
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) if head.is_empty() && error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    Ok(head.split(' ').nth(1).map(str::to_owned))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
