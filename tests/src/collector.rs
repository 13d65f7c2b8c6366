//! A collector of OpenTelemetry's spans on loopback, which keeps what it is sent and answers as the test says.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::listener::Listener;
use crate::recorder::Request;

/// The collector.
#[derive(Debug)]
pub struct Collector {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    script: Arc<Mutex<Script>>,
    _listener: Listener,
}

#[derive(Debug, Default)]
struct Script {
    received: Vec<Received>,
    /// Of all answers; none for silence.
    status: Option<u16>,
}

/// A document with the line and headers that it came with.
#[derive(Debug, Clone)]
pub struct Received {
    /// `POST /v1/traces HTTP/1.1`, and headers.
    pub head: String,
    /// The spans, flat.
    pub spans: Vec<Value>,
    /// All of it.
    pub document: Value,
}

impl Collector {
    /// One that takes everything.
    pub fn start() -> Self {
        let script = Arc::new(Mutex::new(Script { received: Vec::new(), status: Some(200) }));
        let shared = Arc::clone(&script);
        let (port, listener) = Listener::start(0, move |stream| {
            let script = Arc::clone(&shared);
            async move { converse(stream, &script).await }
        });
        Self { port, script, _listener: listener }
    }

    /// What the variable `OTEL_EXPORTER_OTLP_ENDPOINT` is to hold.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers with this status from now on, or not at all. What came is kept all the same.
    pub fn answer(&self, status: Option<u16>) {
        self.script.lock().unwrap().status = status;
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.script.lock().unwrap().received.clone()
    }

    /// The spans of all that came so far.
    pub fn spans(&self) -> Vec<Value> {
        self.received().into_iter().flat_map(|received| received.spans).collect()
    }
}

async fn converse(mut stream: TcpStream, script: &Mutex<Script>) {
    let (mut seen, mut piece) = (Vec::new(), vec![0; 65_536]);
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        seen.extend_from_slice(&piece[..length]);
        while let Some(request) = Request::take(&mut seen) {
            let status = {
                let mut script = script.lock().unwrap();
                script.received.push(Received::of(request));
                script.status
            };
            let Some(status) = status else { return std::future::pending().await };
            let answer = format!(
                "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
            );
            // Clients do not read all of it, and leave.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }
}

impl Received {
    fn of(request: Request) -> Self {
        let document: Value = serde_json::from_slice(&request.body).unwrap();
        let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
        let spans = spans.as_array().unwrap().clone();
        Self { head: request.head, spans, document }
    }
}

/// The value of a span's attribute, whatever its type; null when it has none.
pub fn attribute(span: &Value, key: &str) -> Value {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    let value = found.and_then(|attribute| attribute["value"].as_object()?.values().next());
    value.cloned().unwrap_or_default()
}

/// When a span began and ended, nanoseconds.
pub fn times(span: &Value) -> (u128, u128) {
    let time = |key: &str| span[key].as_str().unwrap().parse().unwrap();
    (time("startTimeUnixNano"), time("endTimeUnixNano"))
}
