//! AWS Secrets Manager as a TLS server that holds one secret and answers at once: what it costs to ask it.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::authority::Identity;
use crate::listener::Listener;
use crate::recorder::Request;

const VERSION: &str = "6f1b2c3d-0a1b-4c2d-8e3f-405060708090";

/// A running store.
#[derive(Debug)]
pub struct SecretStore {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _listener: Listener,
}

impl SecretStore {
    /// A store whose every secret has this value, in one version that is in force.
    pub fn start(identity: &Identity, text: &str) -> Self {
        let acceptor = TlsAcceptor::from(identity.config());
        let text: Arc<str> = text.into();
        let (port, listener) = Listener::start(0, move |stream| {
            let (acceptor, text) = (acceptor.clone(), Arc::clone(&text));
            async move {
                // A client that goes away in the middle is none of ours to report.
                let _ = serve(&acceptor, stream, &text).await;
            }
        });
        Self { port, _listener: listener }
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}

async fn serve(acceptor: &TlsAcceptor, stream: TcpStream, text: &str) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let (mut seen, mut piece) = (Vec::new(), vec![0; 16_384]);
    loop {
        let length @ 1.. = stream.read(&mut piece).await? else { return Ok(()) };
        seen.extend_from_slice(&piece[..length]);
        while let Some(request) = Request::take(&mut seen) {
            let (status, body) = answer(&request.body, text);
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await?;
            stream.flush().await?;
        }
    }
}

/// The answer to `GetSecretValue`.
fn answer(request: &[u8], text: &str) -> (u16, String) {
    let request: Value = serde_json::from_slice(request).unwrap();
    if request["VersionStage"].as_str().is_some_and(|stage| stage != "AWSCURRENT") {
        let absent = json!({ "__type": "ResourceNotFoundException", "Message": "no such version" });
        return (400, absent.to_string());
    }
    let version = json!({
        "ARN": request["SecretId"], "Name": "secret", "VersionId": VERSION, "SecretString": text,
        "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_700_000_000,
    });
    (200, version.to_string())
}
