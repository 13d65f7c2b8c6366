//! Each behaviour as a client sees it: the faults are the faults they are called.

use std::io::{Read as _, Write as _};
use std::net::TcpStream as Client;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use super::*;
use crate::authority::Authority;
use crate::http;

fn get(server: &KeyServer) -> http::Answer {
    http::send("GET", &server.url(KEYS), &[], "")
}

/// The whole answer for a path that nobody has said anything about.
const NOT_FOUND: &str = "HTTP/1.1 404 Of The Test\r\ncontent-length: 0\r\n\r\n";

/// A connection that has asked for the key set and gives up after a while.
fn asked(server: &KeyServer, patience: Duration) -> Client {
    let mut client = Client::connect(("127.0.0.1", server.port)).unwrap();
    client.set_read_timeout(Some(patience)).unwrap();
    client.write_all(format!("GET {KEYS} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).unwrap();
    client
}

#[test]
fn keys_and_discovery_are_served_and_counted() {
    let server = KeyServer::plain();
    assert_eq!(get(&server).status, 404);
    let (first, second) = (SigningKey::es256("one"), SigningKey::ed25519("two"));
    server.publish(&[&first]);
    assert_eq!(get(&server).json(), json!({ "keys": [first.jwk()] }));
    server.publish(&[&first, &second]);
    assert_eq!(get(&server).json()["keys"][1], second.jwk());
    assert_eq!(server.requests(KEYS), 3);

    server.publish_discovery();
    let document = http::send("GET", &server.url(DISCOVERY), &[], "").json();
    assert_eq!(document["jwks_uri"], server.url(KEYS));
    assert_eq!(document["issuer"], server.url(""));
    assert_eq!(server.requests(DISCOVERY), 1);
}

#[test]
fn a_connection_is_kept_for_several_requests() {
    let server = KeyServer::plain();
    let mut client = asked(&server, Duration::from_secs(5));
    let request = format!("GET {KEYS} HTTP/1.1\r\nhost: x\r\n\r\n");
    for asked in 1..=3 {
        let mut answer = vec![0; NOT_FOUND.len()];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer, NOT_FOUND.as_bytes());
        assert_eq!((server.requests(KEYS), server.connections()), (asked, 1));
        client.write_all(request.as_bytes()).unwrap();
    }
}

#[test]
fn any_status_header_and_body_can_be_had() {
    let server = KeyServer::plain();
    for status in [204, 404, 429, 500] {
        server.answer(KEYS, Reply::empty(status));
        let answer = get(&server);
        assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    }
    server.answer(KEYS, Reply::redirect(307, "http://169.254.169.254/"));
    assert_eq!(get(&server).header("location"), Some("http://169.254.169.254/"));
    server.answer(KEYS, Reply::new(200, "text/html", "<p>").with("cache-control", "max-age=1"));
    let answer = get(&server);
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.header("cache-control"), Some("max-age=1"));
    assert_eq!(answer.body, "<p>");
}

#[test]
fn it_goes_down_and_comes_up_on_its_port() {
    let mut server = KeyServer::plain();
    server.publish(&[]);
    let port = server.port;
    server.pause();
    assert!(http::try_send("GET", &server.url(KEYS), &[], "").is_err());
    server.resume();
    assert_eq!(server.port, port);
    assert_eq!(get(&server).status, 200);
    assert_eq!(server.requests(KEYS), 1);
}

#[test]
fn an_answer_may_be_late_slow_endless_or_never_come() {
    let server = KeyServer::plain();
    server.answer(KEYS, Reply::json(&json!({})).after(Duration::from_millis(50)));
    let started = Instant::now();
    assert_eq!(get(&server).body, "{}");
    assert!(started.elapsed() >= Duration::from_millis(50));

    server.answer(KEYS, Reply::json(&json!({})).dripping(Duration::from_mins(1)));
    let mut head = [0; 512];
    let mut client = asked(&server, Duration::from_millis(300));
    let read = client.read(&mut head).unwrap();
    assert!(head[..read].ends_with(b"\r\n\r\n"), "the head comes at once");
    assert!(client.read(&mut head).is_err(), "the body does not");

    for claimed in [Some(1 << 30), None] {
        server.answer(KEYS, Reply::endless(claimed));
        let mut much = vec![0; 1 << 20];
        asked(&server, Duration::from_secs(5)).read_exact(&mut much).unwrap();
        let claims = String::from_utf8_lossy(&much).contains("content-length: 1073741824");
        assert_eq!(claims, claimed.is_some());
    }

    server.answer(KEYS, Reply::never());
    assert!(asked(&server, Duration::from_millis(200)).read(&mut head).is_err());
    server.publish(&[]);
    assert_eq!(get(&server).status, 200, "the others do not wait");
    server.fall_silent();
    assert!(asked(&server, Duration::from_millis(200)).read(&mut head).is_err());
    server.speak();
    assert_eq!(get(&server).status, 200);
}

#[test]
fn a_bomb_is_small_and_inflates_to_much() {
    let server = KeyServer::plain();
    server.answer(KEYS, Reply::gzip_bomb());
    let mut answer = Vec::new();
    let mut client = asked(&server, Duration::from_millis(500));
    while let Ok(1..) = (&mut client).take(1 << 16).read_to_end(&mut answer) {}
    let start = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    assert!(answer.len() - start < 64 * 1024, "{} bytes", answer.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer[start..]).read_to_string(&mut text).unwrap();
    assert!(text.len() > 20 << 20);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["keys"], json!([]));
}

/// What a client that trusts this authority alone makes of the server's certificate.
fn handshake(server: &KeyServer, authority: &Authority) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut client = Client::connect(("127.0.0.1", server.port)).unwrap();
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut client) {
            return Err(error.downcast::<rustls::Error>().unwrap());
        }
    }
    Ok(())
}

#[test]
fn certificates_are_good_or_wrong_in_the_way_they_say() {
    let authority = Authority::new();
    let server = KeyServer::over_tls(&authority.issue(&["127.0.0.1", "localhost"]));
    assert_eq!(handshake(&server, &authority), Ok(()));
    let reason = |server: &KeyServer| match handshake(server, &authority) {
        Err(rustls::Error::InvalidCertificate(reason)) => reason,
        other => panic!("{other:?}"),
    };
    server.present(&authority.issue_expired(&["127.0.0.1"]));
    assert!(matches!(
        reason(&server),
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    ));
    server.present(&authority.issue(&["keys.example"]));
    assert!(matches!(
        reason(&server),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ));
    server.present(&Identity::self_signed(&["127.0.0.1"]));
    assert_eq!(reason(&server), CertificateError::UnknownIssuer);
    server.present(&Authority::new().issue(&["127.0.0.1"]));
    assert_eq!(reason(&server), CertificateError::BadSignature, "another authority of that name");
}
