//! A proxy before moto that writes down which AWS action each caller asks for, as IAM calls it.
//!
//! Who asks is the access key it signs with. What is not signed needs no permission, and is not written down.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::listener::Listener;

/// One kind of call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The access key.
    pub caller: String,
    /// `secretsmanager:GetSecretValue`
    pub action: String,
    /// The name or ARN of what it is about, if the request says so.
    pub resource: Option<String>,
}

/// The proxy.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    calls: Arc<Mutex<BTreeSet<Call>>>,
    _listener: Listener,
}

impl Recorder {
    /// Listens before the moto server on this port.
    pub fn start(upstream: u16) -> Self {
        let calls = Arc::<Mutex<BTreeSet<Call>>>::default();
        let written = Arc::clone(&calls);
        let (port, listener) = Listener::start(0, move |client| {
            let calls = Arc::clone(&written);
            async move { pass(client, upstream, &calls).await }
        });
        Self { port, calls, _listener: listener }
    }

    /// What was asked for so far.
    pub fn calls(&self) -> BTreeSet<Call> {
        self.calls.lock().unwrap().clone()
    }
}

/// Passes requests on, one after the other, and answers back as they come.
async fn pass(client: TcpStream, upstream: u16, calls: &Mutex<BTreeSet<Call>>) {
    let server = TcpStream::connect(("127.0.0.1", upstream)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut seen = Vec::new();
    let mut piece = vec![0; 65_536];
    while let Ok(length @ 1..) = from_client.read(&mut piece).await {
        seen.extend_from_slice(&piece[..length]);
        while let Some(request) = Request::take(&mut seen) {
            calls.lock().unwrap().extend(request.call());
        }
        if to_server.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

/// A request that is complete.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Takes the first request off, once all of it is there.
    pub(crate) fn take(seen: &mut Vec<u8>) -> Option<Self> {
        let end = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(seen[..end].to_vec()).unwrap();
        let request = Self { head, body: Vec::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        let body = seen.get(end..end + length)?.to_vec();
        seen.drain(..end + length);
        Some(Self { body, ..request })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn path(&self) -> Option<&str> {
        self.head.split(' ').nth(1)
    }

    /// Who asks for what, when the request is signed.
    fn call(&self) -> Option<Call> {
        let scope = self.header("authorization")?.split("Credential=").nth(1)?;
        let mut scope = scope.split(',').next()?.split('/');
        let (caller, service) = (scope.next()?.to_owned(), scope.nth(2)?);
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let names = ["SecretId", "TableName", "KeyId", "UserPoolId", "CertificateArn"];
        let named = names.iter().find_map(|name| body[*name].as_str());
        let action = match self.header("x-amz-target") {
            Some(target) => target.rsplit('.').next()?.to_owned(),
            None => self.operation(service)?,
        };
        // Route 53 has them in the path.
        let zone = || self.path()?.split("/hostedzone/").nth(1)?.split('/').next();
        Some(Call {
            caller,
            action: format!("{service}:{action}"),
            resource: named.or_else(zone).map(str::to_owned),
        })
    }

    /// The operation of a request that does not name it in a header.
    fn operation(&self, service: &str) -> Option<String> {
        let (method, path) = (self.head.split(' ').next()?, self.path()?);
        let form = String::from_utf8_lossy(&self.body).into_owned();
        let of_form = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let name = match (service, method) {
            (_, "POST") if of_form.is_some() => of_form?,
            ("s3", "PUT") => "PutObject",
            ("s3", "GET") => "GetObject",
            ("route53", "POST") if path.contains("/rrset") => "ChangeResourceRecordSets",
            ("route53", "GET") if path.contains("/change/") => "GetChange",
            // IAM knows the methods of API Gateway's own API.
            ("apigateway", _) => method,
            _ => panic!("nobody knows what this asks for: {service} {method} {path}"),
        };
        Some(name.to_owned())
    }
}
