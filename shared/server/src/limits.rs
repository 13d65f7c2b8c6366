//! How much of everything a client may have.

use std::time::Duration;

/// What connections may take and how long they may be slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time. Others wait to be accepted.
    pub connections: u32,
    /// Longest that a TLS handshake may take.
    pub handshake: Duration,
    /// Longest from the end of an answer, or from the start, to the end of the next request's head:
    /// connections that nobody uses end, too.
    pub head: Duration,
    /// Longest that no part of an answer may be taken.
    pub stall: Duration,
    /// How long a connection that is asked to end may take for it when nothing happens on it.
    pub farewell: Duration,
    /// Longest that running requests may go on after a signal to stop.
    pub stop: Duration,
    /// Bytes of a request's head, and of what is read ahead of a body.
    pub head_bytes: u32,
    /// Requests that one connection over HTTP/2 may have running.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_000,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            stall: Duration::from_mins(1),
            farewell: Duration::from_secs(5),
            stop: Duration::from_secs(10),
            head_bytes: 128 * 1024,
            streams: 100,
        }
    }
}
