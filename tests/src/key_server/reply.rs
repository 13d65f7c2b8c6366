//! What a key server answers: a good key set, a bad one, something slow, or nothing.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::signing_key::{SigningKey, key_set};

const MIB: usize = 1 << 20;

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    delay: Duration,
}

#[derive(Debug, Clone)]
enum Body {
    /// All of it at once.
    Whole(Vec<u8>),
    /// A byte, a pause, a byte, ...
    Dripping(Vec<u8>, Duration),
    /// More and more of it, with this length claimed before, or none.
    Endless(Option<u64>),
    /// Not even a status: the connection stays open and silent.
    Never,
}

impl Reply {
    /// Any status with a body of any type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: Body::Whole(body.into()), delay: Duration::ZERO }
    }

    /// Status 200 and JSON.
    pub fn json(body: &Value) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    /// Status 200 and the public halves of these keys.
    pub fn keys(keys: &[&SigningKey]) -> Self {
        Self::json(&key_set(keys))
    }

    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self { headers: Vec::new(), ..Self::new(status, "", "") }
    }

    /// A redirect to another address.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::empty(status).with("location", to)
    }

    /// Nothing, on a connection that stays open.
    pub fn never() -> Self {
        Self { body: Body::Never, ..Self::empty(200) }
    }

    /// A JSON body that goes on for as long as it is read; its length is claimed, or left open.
    pub fn endless(claimed: Option<u64>) -> Self {
        Self { body: Body::Endless(claimed), ..Self::new(200, "application/json", "") }
    }

    /// A body of some 20 KiB that inflates to 20 MiB of JSON.
    pub fn gzip_bomb() -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(br#"{"keys":[],"padding":""#).unwrap();
        for _ in 0..20 {
            encoder.write_all(&vec![b' '; MIB]).unwrap();
        }
        encoder.write_all(br#""}"#).unwrap();
        Self::new(200, "application/json", encoder.finish().unwrap())
            .with("content-encoding", "gzip")
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, so much later.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The same with a pause before every byte of the body.
    #[must_use]
    pub fn dripping(self, pause: Duration) -> Self {
        let body = match self.body {
            Body::Whole(bytes) => Body::Dripping(bytes, pause),
            other @ (Body::Dripping(..) | Body::Endless(_) | Body::Never) => other,
        };
        Self { body, ..self }
    }

    /// Writes it; ends early when nobody reads any more.
    pub(super) async fn write(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> std::io::Result<()> {
        tokio::time::sleep(self.delay).await;
        if matches!(self.body, Body::Never) {
            return std::future::pending().await;
        }
        stream.write_all(self.head().as_bytes()).await?;
        match &self.body {
            Body::Whole(bytes) => stream.write_all(bytes).await?,
            Body::Dripping(bytes, pause) => {
                for byte in bytes {
                    stream.flush().await?;
                    tokio::time::sleep(*pause).await;
                    stream.write_u8(*byte).await?;
                }
            }
            Body::Endless(_) => {
                stream.write_all(br#"{"keys":["#).await?;
                loop {
                    stream.write_all(&[b' '; 16 * 1024]).await?;
                }
            }
            Body::Never => {}
        }
        stream.flush().await
    }

    fn head(&self) -> String {
        use std::fmt::Write as _;
        let mut head = format!("HTTP/1.1 {} Of The Test\r\n", self.status);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        let length = match &self.body {
            // RFC 9110 §8.6: no length where no body may be.
            _ if self.status == 204 => None,
            Body::Whole(bytes) | Body::Dripping(bytes, _) => Some(bytes.len() as u64),
            // Without a length the body lasts until the connection ends (RFC 9112 §6.3).
            Body::Endless(claimed) => *claimed,
            Body::Never => None,
        };
        if let Some(length) = length {
            write!(head, "content-length: {length}\r\n").unwrap();
        }
        head.push_str("\r\n");
        head
    }
}
