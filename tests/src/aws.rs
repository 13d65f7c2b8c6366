//! AWS as moto emulates it, and before it what moto lacks: a domain of API Gateway that asks clients
//! for certificates, a topic whose messages can be read, and refusals on command.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use crate::form;
use crate::listener::Listener;
use crate::moto::Moto;

/// How much of a request tells whom it is for.
const HEAD_BYTES: usize = 4096;

/// moto with a server before it.
#[derive(Debug)]
pub struct Aws {
    /// Behind it.
    pub moto: Moto,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    state: Arc<Mutex<State>>,
    _listener: Listener,
}

#[derive(Debug, Default)]
struct State {
    domain: Value,
    messages: Vec<String>,
    refused: Option<Refusal>,
    refusals: usize,
    has_no_dates: bool,
}

/// Requests that are answered with an error.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What their first line or one of their headers holds.
    pub of: &'static str,
    /// The status.
    pub status: u16,
    /// The code of the error.
    pub code: &'static str,
}

impl Aws {
    /// Starts both, empty.
    pub fn start() -> Self {
        let moto = Moto::start();
        let (state, upstream) = (Arc::<Mutex<State>>::default(), moto.port);
        let shared = Arc::clone(&state);
        let (port, listener) =
            Listener::start(0, move |stream| serve(stream, upstream, Arc::clone(&shared)));
        Self { moto, port, state, _listener: listener }
    }

    /// The same, with answers that do not say when they are given: a clock of the test's may go ahead
    /// of them.
    pub fn without_dates() -> Self {
        let aws = Self::start();
        aws.state.lock().unwrap().has_no_dates = true;
        aws
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The version of the trust bundle that the domain reads.
    pub fn bundle_version(&self) -> Option<String> {
        let version = self.state.lock().unwrap().domain["truststoreVersion"].clone();
        version.as_str().map(str::to_owned)
    }

    /// What was told to topics, in order.
    pub fn messages(&self) -> Vec<String> {
        self.state.lock().unwrap().messages.clone()
    }

    /// Answers these requests with an error from now on, or none for `None`. Connections that are
    /// open go on.
    pub fn refuse(&self, refused: Option<Refusal>) {
        self.state.lock().unwrap().refused = refused;
    }

    /// How many requests were refused.
    pub fn refusals(&self) -> usize {
        self.state.lock().unwrap().refusals
    }
}

/// Whoever connects talks to one service only: the first request says which.
async fn serve(mut stream: TcpStream, upstream: u16, state: Arc<Mutex<State>>) {
    let mut head = [0; HEAD_BYTES];
    let is_whole = |head: &[u8]| head.windows(4).any(|end| end == b"\r\n\r\n");
    let read = loop {
        match stream.peek(&mut head).await {
            Ok(read @ 1..) if is_whole(&head[..read]) || read == HEAD_BYTES => break read,
            Ok(1..) => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
            _ => return,
        }
    };
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let refused = state.lock().unwrap().refused.clone();
    if refused.is_some_and(|refused| head.contains(refused.of))
        || head.contains("/v2/domainnames/")
        || head.contains("application/x-www-form-urlencoded")
    {
        answer_all(stream, &state).await;
    } else if let Ok(mut server) = TcpStream::connect(("127.0.0.1", upstream)).await {
        if !state.lock().unwrap().has_no_dates {
            let _ = copy_bidirectional(&mut stream, &mut server).await;
            return;
        }
        let (mut from_client, mut to_client) = stream.split();
        let (from_server, mut to_server) = server.split();
        tokio::join!(
            async {
                let _ = copy(&mut from_client, &mut to_server).await;
                let _ = to_server.shutdown().await;
            },
            pass_undated(from_server, &mut to_client),
        );
    }
}

/// Passes answers on with another name for their `Date`, of the same length.
async fn pass_undated(mut from: ReadHalf<'_>, to: &mut WriteHalf<'_>) {
    const DATE: &[u8] = b"\r\nDate: ";
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let found = buffer[..read].windows(DATE.len()).position(|bytes| bytes == DATE);
        if let Some(at) = found {
            buffer[at + 2] = b'X';
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

async fn answer_all(mut stream: TcpStream, state: &Mutex<State>) {
    while let Some((head, body)) = request(&mut stream).await {
        let (status, body) = answer(&head, &body, &mut state.lock().unwrap());
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; HEAD_BYTES]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}

fn answer(head: &str, body: &str, state: &mut State) -> (u16, String) {
    if let Some(Refusal { of, status, code }) = state.refused.clone()
        && head.contains(of)
    {
        state.refusals += 1;
        // S3 and SNS answer in XML, the others in JSON.
        let xml = format!("<Error><Code>{code}</Code><Message>secret-name</Message></Error>");
        let is_json = head.contains("x-amz-target") || head.contains("/v2/");
        let json = json!({ "__type": code, "message": "secret-name" }).to_string();
        return (status, if is_json { json } else { xml });
    }
    if head.contains("/v2/domainnames/") {
        if head.starts_with("PATCH") {
            let asked: Value = serde_json::from_str(body).unwrap();
            state.domain = asked["mutualTlsAuthentication"].clone();
        }
        let domain = json!({ "domainName": "api", "mutualTlsAuthentication": state.domain });
        return (200, domain.to_string());
    }
    let message = form::value(body, "Message").unwrap();
    state.messages.push(message);
    let result = "<PublishResult><MessageId>1</MessageId></PublishResult>";
    (200, format!("<PublishResponse>{result}</PublishResponse>"))
}
