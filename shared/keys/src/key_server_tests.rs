//! Against a server on this machine that answers what a test says, on a clock that is set by hand.
//! What is seen of TLS, slowness and load is in `tests/tests/key_sets.rs`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const SET: &str = "/keys.json";
const DOCUMENT: &str = "/.well-known/openid-configuration";

/// Paths, and what is sent for them byte for byte.
#[derive(Clone, Default)]
struct Answers {
    by_path: Arc<Mutex<HashMap<&'static str, String>>>,
    asked: Arc<AtomicUsize>,
}

impl Answers {
    fn set(&self, path: &'static str, headers: &str, body: &str) {
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{headers}\r\n");
        self.raw(path, format!("{head}{body}"));
    }

    fn raw(&self, path: &'static str, answer: String) {
        self.by_path.lock().unwrap().insert(path, answer);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answers.clone().answer(stream));
            }
        });
        address
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            request.push(byte);
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let request = String::from_utf8(request).unwrap();
        assert!(!request.to_ascii_lowercase().contains("accept-encoding"), "{request}");
        let path = request.split(' ').nth(1).unwrap();
        let answer = self.by_path.lock().unwrap().get(path).cloned();
        let answer = answer
            .unwrap_or_else(|| "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned());
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

struct World {
    answers: Answers,
    address: SocketAddr,
    server: KeyServer,
    now_s: Arc<AtomicU64>,
}

impl World {
    async fn at(location: impl FnOnce(SocketAddr) -> KeySetLocation) -> Self {
        let answers = Answers::default();
        let address = answers.start().await;
        let now_s = Arc::new(AtomicU64::new(1_000_000));
        let hand = Arc::clone(&now_s);
        let clock = move || {
            let wall = Duration::from_secs(AtomicU64::load(&hand, Ordering::SeqCst));
            Moment { wall, monotonic: Duration::ZERO }
        };
        let web = Web::new(None, Duration::from_secs(5)).unwrap();
        let server = KeyServer::new(
            location(address),
            web,
            Intervals::OF_KEY_SETS,
            Freshness::DEFAULT,
            Arc::new(clock),
        );
        Self { answers, address, server, now_s }
    }

    async fn new() -> Self {
        Self::at(|address| {
            let url = format!("http://{address}{SET}");
            KeySetLocation::At(WebAddress::parse(&url).unwrap())
        })
        .await
    }

    async fn with_discovery() -> Self {
        Self::at(|address| KeySetLocation::discovered(&format!("http://{address}/")).unwrap()).await
    }

    fn pass(&self, seconds: u64) {
        self.now_s.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Whether a request gets a key set with keys, after the refresh that it sees.
    async fn has_keys(&self) -> Result<bool, KeyError> {
        let Held { value, refresh } = self.server.get().await?;
        let newest = match refresh {
            Some(refresh) => refresh.outcome().await.unwrap_or(value),
            None => value,
        };
        Ok(!newest.is_empty())
    }
}

fn set_of(kids: &[&str]) -> String {
    let key = |kid: &&str| {
        // RFC 8037, appendix A.2.
        json!({
            "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "use": "sig",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        })
    };
    json!({ "keys": kids.iter().map(key).collect::<Vec<_>>() }).to_string()
}

#[tokio::test]
async fn what_the_server_says_of_freshness_is_believed_within_limits() {
    for (headers, fresh_s) in [
        ("", 300),
        ("cache-control: max-age=600\r\n", 600),
        ("cache-control: max-age=1\r\n", 60),
        ("cache-control: no-store\r\n", 60),
        ("cache-control: max-age=86400\r\n", 3_600),
        ("cache-control: max-age=soon\r\n", 300),
    ] {
        let world = World::new().await;
        world.answers.set(SET, headers, &set_of(&["a"]));
        assert_eq!(world.has_keys().await, Ok(true));
        world.pass(fresh_s - 1);
        assert_eq!(world.has_keys().await, Ok(true));
        assert_eq!(world.answers.asked(), 1, "{headers}");
        world.pass(1);
        assert_eq!(world.has_keys().await, Ok(true));
        assert_eq!(world.answers.asked(), 2, "{headers}");
    }
}

/// K-02, K-03, K-05
#[tokio::test]
async fn an_answer_that_is_no_key_set_keeps_the_one_there_is_for_two_hours() {
    let many = format!("{{\"keys\":[{}null]}}", "null,".repeat(10_000));
    let long = format!("{{\"keys\":[],\"pad\":\"{}\"}}", "x".repeat(65 * 1024));
    let mut broken: Vec<String> = [
        "<html></html>",
        "",
        r#"{"keys":[{"kty":"#,
        "{}",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        &many,
        &long,
    ]
    .iter()
    .map(|body| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    .collect();
    broken.extend(
        ["500 X", "404 X", "429 X", "204 X", "301 X\r\nlocation: http://127.0.0.1/", "200"]
            .map(|status| format!("HTTP/1.1 {status}\r\ncontent-length: 7\r\n\r\n{{")),
    );
    for answer in broken {
        let world = World::new().await;
        world.answers.set(SET, "", &set_of(&["a"]));
        assert_eq!(world.has_keys().await, Ok(true));
        world.answers.raw(SET, answer.clone());
        for _ in 0..3 {
            world.pass(2_390);
            assert_eq!(world.has_keys().await, Ok(true), "{answer}");
        }
        world.pass(30);
        assert!(world.has_keys().await.is_err(), "{answer}");
        world.answers.set(SET, "", &set_of(&["b"]));
        world.pass(31);
        assert_eq!(world.has_keys().await, Ok(true), "it recovers by itself: {answer}");
    }
}

/// K-05
#[tokio::test]
async fn a_set_without_usable_keys_is_believed_when_it_stays_so_for_a_minute() {
    for empty in [r#"{"keys":[]}"#, r#"{"keys":[null,{"kty":"oct","k":"AAAA"}]}"#] {
        let world = World::new().await;
        world.answers.set(SET, "", &set_of(&["a"]));
        assert_eq!(world.has_keys().await, Ok(true));
        world.answers.set(SET, "", empty);
        world.pass(300);
        assert_eq!(world.has_keys().await, Ok(true), "seen once");
        world.pass(59);
        assert_eq!(world.has_keys().await, Ok(true), "seen twice, too soon");
        world.pass(2);
        assert_eq!(world.has_keys().await, Ok(false));
    }
}

#[tokio::test]
async fn a_set_that_is_empty_for_a_moment_changes_nothing() {
    let world = World::new().await;
    world.answers.set(SET, "", &set_of(&["a"]));
    assert_eq!(world.has_keys().await, Ok(true));
    for _ in 0..3 {
        world.answers.set(SET, "", r#"{"keys":[]}"#);
        world.pass(300);
        assert_eq!(world.has_keys().await, Ok(true));
        world.answers.set(SET, "", &set_of(&["a"]));
        world.pass(300);
        assert_eq!(world.has_keys().await, Ok(true));
    }
}

#[tokio::test]
async fn the_discovery_document_says_where_the_set_is() {
    let world = World::with_discovery().await;
    let issuer = format!("http://{}/", world.address);
    let document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}keys.json")});
    world.answers.set(DOCUMENT, "", &document.to_string());
    world.answers.set(SET, "", &set_of(&["a"]));
    assert_eq!(world.has_keys().await, Ok(true));
    world.pass(300);
    assert_eq!(world.has_keys().await, Ok(true));
    assert_eq!(world.answers.asked(), 3, "the document is read once");
    // The set moves: the document is read again after the old place has failed.
    world.answers.raw(SET, "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n".to_owned());
    let moved = json!({"issuer": issuer, "jwks_uri": format!("{issuer}moved.json")});
    world.answers.set(DOCUMENT, "", &moved.to_string());
    world.answers.set("/moved.json", "", &set_of(&["b"]));
    world.pass(7_200);
    assert!(world.has_keys().await.is_err());
    world.pass(1);
    assert_eq!(world.has_keys().await, Ok(true));
}

/// K-17
#[tokio::test]
async fn a_discovery_document_of_another_issuer_or_server_is_refused() {
    let world = World::with_discovery().await;
    let issuer = format!("http://{}/", world.address);
    let keys = format!("{issuer}keys.json");
    world.answers.set(SET, "", &set_of(&["a"]));
    for document in [
        json!({"issuer": issuer.trim_end_matches('/'), "jwks_uri": keys}),
        json!({"issuer": "https://other.example/", "jwks_uri": keys}),
        json!({"issuer": [issuer], "jwks_uri": keys}),
        json!({"jwks_uri": keys}),
        json!({"issuer": issuer}),
        json!({"issuer": issuer, "jwks_uri": "http://localhost:1/keys.json"}),
        json!({"issuer": issuer, "jwks_uri": "https://other.example/keys.json"}),
        json!({"issuer": issuer, "jwks_uri": "http://other.example/keys.json"}),
        json!({"issuer": issuer, "jwks_uri": "/keys.json"}),
        json!([issuer]),
    ] {
        world.answers.set(DOCUMENT, "", &document.to_string());
        let refused = world.has_keys().await;
        assert!(matches!(refused, Err(KeyError::KeySet { .. })), "{document}: {refused:?}");
        world.pass(60);
    }
    let good = json!({"issuer": issuer, "jwks_uri": keys});
    world.answers.set(DOCUMENT, "", &good.to_string());
    assert_eq!(world.has_keys().await, Ok(true));
}

#[test]
fn an_issuer_without_https_has_no_document() {
    for issuer in ["http://a.example", "a.example", "", "https://me@a.example"] {
        assert!(KeySetLocation::discovered(issuer).is_err(), "{issuer}");
    }
    let with = KeySetLocation::discovered("https://a.example/pool/").unwrap();
    let without = KeySetLocation::discovered("https://a.example/pool").unwrap();
    let document = "https://a.example/pool/.well-known/openid-configuration";
    for location in [with, without] {
        let KeySetLocation::Discovered { document: found, .. } = location else { panic!("at") };
        assert_eq!(found, WebAddress::parse(document).unwrap());
    }
}
