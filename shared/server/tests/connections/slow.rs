//! Clients that take their time, and more of them than there is room for.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Running, SHORT, until_the_end};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_handshake_that_does_not_come_ends() {
    let server = Running::start(true).await;
    let mut silent = server.plain().await;
    let (said, took) = until_the_end(&mut silent).await;
    assert!(said.is_empty());
    assert!(took >= SHORT.handshake && took < SHORT.handshake * 4, "{took:?}");
    let mut slow = server.plain().await;
    // The first bytes of a record that is promised to be longer.
    slow.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
    assert!(until_the_end(&mut slow).await.1 < SHORT.handshake * 4);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_ends() {
    for is_encrypted in [false, true] {
        let server = Running::start(is_encrypted).await;
        let began = Instant::now();
        let (sent, said) = if is_encrypted {
            drip(server.encrypted(b"http/1.1").await).await
        } else {
            drip(server.plain().await).await
        };
        assert!(sent < GET.len() * 4, "everything was sent");
        assert!(!said.starts_with("HTTP/1.1 200"), "{said}");
        assert!(began.elapsed() < SHORT.head * 5, "{:?}", began.elapsed());
    }
}

/// Sends a head that never ends, a byte every 50 ms, until the server has enough.
async fn drip(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
) -> (usize, String) {
    let head = [&GET[..GET.len() - 2], &[b'x'; 200]].concat();
    let mut said = Vec::new();
    let mut buffer = [0; 1024];
    for (sent, byte) in head.iter().enumerate() {
        if stream.write_all(&[*byte]).await.is_err() {
            return (sent, String::from_utf8_lossy(&said).into_owned());
        }
        match timeout(Duration::from_millis(50), stream.read(&mut buffer)).await {
            Err(_) => {}
            Ok(Ok(count)) if count > 0 => said.extend_from_slice(&buffer[..count]),
            Ok(_) => return (sent, String::from_utf8_lossy(&said).into_owned()),
        }
    }
    (head.len(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn a_head_of_any_length_is_not_read() {
    let server = Running::start(false).await;
    let mut stream = server.plain().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ").await.unwrap();
    let _ = stream.write_all(&vec![b'x'; 64 * 1024]).await;
    let mut said = Vec::new();
    let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut said)).await.unwrap();
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 431"), "{said:?}");
}

#[tokio::test]
async fn an_answer_that_nobody_takes_ends_the_connection() {
    let server = Running::start(false).await;
    let mut stream = server.plain().await;
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(SHORT.stall + SHORT.farewell * 4).await;
    let mut said = Vec::new();
    let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut said)).await.unwrap();
    assert!(said.len() < 8 << 20, "all of it came");
}

#[tokio::test]
async fn a_long_query_is_waited_for() {
    let server = Running::start(false).await;
    let mut stream = server.plain().await;
    // Longer than everything that may be slow.
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let (said, _) = until_the_end(&mut stream).await;
    assert!(said.ends_with(b"slow"));
}

#[tokio::test]
async fn who_comes_when_it_is_full_waits_and_is_served() {
    let server = Running::start(false).await;
    let mut first = Vec::new();
    for _ in 0..SHORT.connections {
        let mut stream = server.plain().await;
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        first.push(stream);
    }
    sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    let mut late = server.plain().await;
    late.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let (said, _) = until_the_end(&mut late).await;
    assert!(said.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&said));
    // Not before one of the others had its answer and was idle for as long as it may be.
    assert!(began.elapsed() >= Duration::from_millis(800), "{:?}", began.elapsed());
    drop(first);
}
