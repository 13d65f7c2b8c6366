//! One instance of a function, as AWS Lambda runs it: a process, and the Runtime API that hands it one event at a time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::environment::variables;
use crate::process::{Child, Program};
use crate::tools::binary;

/// How long an event may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The side of AWS Lambda: a Runtime API that one process polls.
#[derive(Debug)]
pub struct RuntimeApi {
    listener: TcpListener,
    /// Over which it is polled; there from the first poll on.
    connection: Option<BufReader<TcpStream>>,
    /// Whether the function waits for an event.
    is_polled: bool,
    events: u32,
}

impl Default for RuntimeApi {
    fn default() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self { listener, connection: None, is_polled: false, events: 0 }
    }
}

impl RuntimeApi {
    /// What AWS Lambda tells the process of `function`.
    pub fn variables(&self, function: &str) -> Vec<(String, String)> {
        let address = self.listener.local_addr().unwrap().to_string();
        variables(&[
            ("AWS_LAMBDA_RUNTIME_API", &address),
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ])
    }

    /// Waits until the process asks for an event; `None` when it is gone.
    pub fn wait_for_poll(&mut self) -> Option<()> {
        if self.is_polled {
            return Some(());
        }
        if self.connection.is_none() {
            let (stream, _) = self.listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            self.connection = Some(BufReader::new(stream));
        }
        let (line, _) = self.read()?;
        assert!(line.starts_with("GET /2018-06-01/runtime/invocation/next"), "{line}");
        self.is_polled = true;
        Some(())
    }

    /// Hands over an event: where the answer to it is sent, and the answer; `None` when the process is gone.
    pub fn send(&mut self, event: &Value) -> Option<(String, String)> {
        self.wait_for_poll()?;
        self.is_polled = false;
        self.events += 1;
        let body = event.to_string();
        let deadline_ms = (crate::token::now() + 29) * 1000;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Lambda-Runtime-Aws-Request-Id: request-{}\r\nLambda-Runtime-Deadline-Ms: {deadline_ms}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n\r\n",
            body.len(),
            self.events,
        );
        self.write(&format!("{head}{body}"));
        let answer = self.read()?;
        self.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        Some(answer)
    }

    fn write(&mut self, text: &str) {
        self.connection.as_mut().unwrap().get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// First line and body of the next request.
    fn read(&mut self) -> Option<(String, String)> {
        let connection = self.connection.as_mut().unwrap();
        let (mut first, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let lower = line.to_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            assert!(!lower.starts_with("transfer-encoding:"), "{line}");
            if first.is_empty() {
                line.clone_into(&mut first);
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).ok()?;
        Some((first, String::from_utf8(body).unwrap()))
    }
}

/// A `GET` with a token, as API Gateway hands it over.
pub fn get(path: &str, query: &str, token: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": { "authorization": token, "host": "api.example.com" },
        "requestContext": {
            "stage": "$default", "timeEpoch": 0, "requestId": "r", "accountId": "1", "apiId": "a",
            "domainName": "api.example.com", "domainPrefix": "api", "routeKey": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t" },
        },
        "isBase64Encoded": false,
    })
}

/// A running instance.
#[derive(Debug)]
pub struct Instance {
    process: Child,
    runtime: RuntimeApi,
}

impl Instance {
    /// Starts a process of `function` with these variables and nothing else.
    pub fn start(function: &str, environment: &[(String, String)]) -> Self {
        let runtime = RuntimeApi::default();
        let variables = [runtime.variables(function).as_slice(), environment].concat();
        let process = Child::start(Program {
            name: function,
            command: vec![binary(function).to_string_lossy().into_owned()],
            environment: variables,
            folder: Path::new("/"),
            signal: "TERM",
            user: None,
            scratch: None,
        });
        Self { process, runtime }
    }

    /// Hands over an event: the answer, and how long it took.
    pub fn send(&mut self, event: &Value) -> (Value, Duration) {
        let polled = self.runtime.wait_for_poll();
        let started = Instant::now();
        let answered = polled.and_then(|()| self.runtime.send(event));
        let took = started.elapsed();
        let (line, answer) = answered.unwrap_or_else(|| panic!("gone: {}", self.log()));
        assert!(line.contains("/response "), "{line} {answer} {}", self.log());
        (serde_json::from_str(&answer).unwrap(), took)
    }

    /// A `GET` with a token: status and body.
    pub fn get(&mut self, path: &str, query: &str, token: &str) -> (u64, String, Duration) {
        let (answer, took) = self.send(&get(path, query, token));
        let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("{answer}"));
        (status, answer["body"].as_str().unwrap_or_default().to_owned(), took)
    }

    /// All it has logged so far.
    pub fn log(&self) -> String {
        self.process.output()
    }
}
