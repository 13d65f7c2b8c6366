//! Node's `https` client, which keeps asking over TLS.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::tools::root;

/// Asks `/livez` over one connection, and over new ones beside it, until it is ended.
#[derive(Debug)]
pub struct Node(Child);

impl Node {
    /// Asks the server at this port of 127.0.0.1, whose certificate is from the authority in this PEM file.
    pub fn start(port: u16, authority: &Path) -> Self {
        let client = Command::new("node")
            .arg(root().join("tests/peers/tls/client.mjs"))
            .arg(format!("https://127.0.0.1:{port}/livez"))
            .arg(authority)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Self(client.unwrap())
    }

    /// Ends it: what it counted.
    pub fn end(mut self) -> Value {
        drop(self.0.stdin.take());
        serde_json::from_slice(&self.0.wait_with_output().unwrap().stdout).unwrap()
    }
}
