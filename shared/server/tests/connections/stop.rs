//! A signal to stop.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::client::{Running, until_the_end};

#[tokio::test]
async fn running_requests_finish_and_idle_connections_end_at_once() {
    let mut server = Running::start(false).await;
    let mut idle = server.plain().await;
    let mut busy = server.plain().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.stop();
    assert!(until_the_end(&mut idle).await.1 < Duration::from_millis(500));
    let (said, _) = until_the_end(&mut busy).await;
    assert!(said.ends_with(b"slow"), "{}", String::from_utf8_lossy(&said));
    server.ended.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_handshake_that_does_not_come_does_not_keep_the_server() {
    let mut server = Running::start(true).await;
    let _silent = server.plain().await;
    sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    server.stop();
    server.ended.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
