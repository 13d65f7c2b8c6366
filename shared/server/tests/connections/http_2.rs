//! HTTP/2, spoken by hand (RFC 9113).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use crate::client::{Running, SHORT, until_the_end};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame: length, type, flags, stream (section 4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// `GET` of a path of `https://a` (RFC 7541 appendix A: 2, 7, 4, 1).
fn get(path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    [&[0x82, 0x87, 0x44, length], path.as_bytes(), &[0x41, 1, b'a']].concat()
}

fn request(stream: u8, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &get(path))
}

/// The types of the frames that came, with the payloads of DATA put together.
fn frames(mut said: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut kinds, mut data) = (Vec::new(), Vec::new());
    while let [a, b, c, kind, _flags, _, _, _, _, rest @ ..] = said {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        kinds.push(*kind);
        if *kind == DATA {
            data.extend_from_slice(payload);
        }
        said = rest;
    }
    (kinds, data)
}

async fn read_for(stream: &mut (impl AsyncRead + Unpin), time: Duration) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = timeout(time, stream.read_to_end(&mut said)).await;
    said
}

#[tokio::test]
async fn requests_share_a_connection() {
    let server = Running::start(true).await;
    let mut stream = server.encrypted(b"h2").await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &request(1, "/"), &request(3, "/")].concat();
    stream.write_all(&hello).await.unwrap();
    let (kinds, data) = frames(&read_for(&mut stream, Duration::from_millis(300)).await);
    let heads: Vec<_> = kinds.iter().filter(|kind| **kind == HEADERS).collect();
    assert_eq!(heads.len(), 2, "{kinds:?}");
    assert_eq!(data, b"wordword");
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_said_good_bye_and_ended() {
    let server = Running::start(true).await;
    let mut stream = server.encrypted(b"h2").await;
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
    let (said, took) = until_the_end(&mut stream).await;
    assert!(frames(&said).0.contains(&GOAWAY));
    assert!(took >= SHORT.head && took < SHORT.head * 3, "{took:?}");
}

#[tokio::test]
async fn a_head_that_is_never_finished_ends_the_connection() {
    let server = Running::start(true).await;
    let mut stream = server.encrypted(b"h2").await;
    let half = frame(HEADERS, END_STREAM, 1, &get("/"));
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &half].concat()).await.unwrap();
    let (said, took) = until_the_end(&mut stream).await;
    assert!(!frames(&said).0.contains(&HEADERS));
    assert!(took < SHORT.head * 3, "{took:?}");
}

#[tokio::test]
async fn an_answer_without_room_for_it_ends_the_connection() {
    let server = Running::start(true).await;
    let mut stream = server.encrypted(b"h2").await;
    // SETTINGS_INITIAL_WINDOW_SIZE is nothing at all (section 6.5.2).
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    stream.write_all(&[PREFACE, &settings, &request(1, "/")].concat()).await.unwrap();
    let (said, took) = until_the_end(&mut stream).await;
    let (kinds, data) = frames(&said);
    assert!(kinds.contains(&HEADERS) && data.is_empty(), "{kinds:?}");
    assert!(took >= SHORT.stall && took < SHORT.stall * 3, "{took:?}");
}

#[tokio::test]
async fn a_signal_to_stop_says_good_bye_and_lets_requests_finish() {
    let mut server = Running::start(true).await;
    let mut stream = server.encrypted(b"h2").await;
    let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &request(1, "/slow")].concat();
    stream.write_all(&hello).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    server.stop();
    let (kinds, data) = frames(&read_for(&mut stream, Duration::from_secs(3)).await);
    assert!(kinds.contains(&GOAWAY), "{kinds:?}");
    assert_eq!(data, b"slow");
    server.ended.await.unwrap();
}
