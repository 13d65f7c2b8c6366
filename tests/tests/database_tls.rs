//! TLS to the database: whom we talk to, what we show, and never in plain text (attacks.md P-07, P-08).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use harness::authority::{Authority, Identity};
use harness::command::Folder;
use harness::fault_proxy::FaultProxy;
use harness::http::Answer;
use harness::postgres::{Cluster, connection};
use harness::server::Server;
use harness::{leak, root, variable, wait_until};
use serde_json::{Value, json};

fn project() -> PathBuf {
    root().join("tests/conformance")
}

fn count() -> Value {
    json!({ "measures": ["Orders.count"] })
}

const TLS: &[(&str, &str)] =
    &[("ssl", "on"), ("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")];

fn cluster(identity: &Identity) -> Cluster {
    let files = [("server.crt", identity.pem()), ("server.key", identity.key_pem())];
    Cluster::start_with(&project().join("seed.sql"), TLS, &files)
}

/// Asks a new `tessera serve` for rows of the database behind `port`, over TLS.
fn ask(port: u16, authority: &Authority) -> Answer {
    let mut environment = connection(port);
    environment.extend([
        variable("CUBEJS_DB_SSL", "true"),
        variable("CUBEJS_DB_SSL_CA", authority.pem()),
        // Asking for less than a checked certificate changes nothing.
        variable("CUBEJS_DB_SSL_REJECT_UNAUTHORIZED", "false"),
    ]);
    let server = Server::start(&project(), environment);
    let answer = server.load(&count(), &json!({}));
    leak::check_log(&server.log(), &[]);
    answer
}

fn assert_unavailable(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.body);
    assert_eq!(answer.error(), "Database is unavailable", "{what}");
    leak::check(answer);
}

#[test]
fn a_certificate_that_is_wrong_in_any_way_is_no_database() {
    let authority = Authority::new();
    let good = authority.issue(&["127.0.0.1"]);
    let mut cluster = cluster(&good);
    assert_eq!(ask(cluster.port, &authority).status, 200);
    assert_unavailable("another authority", &ask(cluster.port, &Authority::new()));
    for (what, wrong) in [
        ("expired", authority.issue_expired(&["127.0.0.1"])),
        ("another host", authority.issue(&["127.0.0.2", "db.example.com"])),
        ("nobody's", Identity::self_signed(&["127.0.0.1"])),
    ] {
        cluster.pause();
        cluster.write("server.crt", wrong.pem());
        cluster.write("server.key", wrong.key_pem());
        cluster.resume();
        assert_unavailable(what, &ask(cluster.port, &authority));
    }
}

/// A server that answers the request for TLS with these bytes; all that it was sent on one connection.
fn answering(bytes: &'static [u8]) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = vec![0; 8];
        stream.read_exact(&mut received).unwrap();
        stream.write_all(bytes).unwrap();
        let _ = stream.read_to_end(&mut received);
        received
    });
    (port, thread)
}

#[test]
fn no_tls_or_an_old_one_is_no_database_and_nothing_is_said_in_plain_text() {
    // A ServerHello of TLS 1.1 with a suite that clients of its time knew (RFC 4346 section 7.4.1.3).
    const OLD: &[u8] = b"S\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02\
        ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF\x00\xc0\x14\x00";
    for (what, bytes) in [("refused", b"N".as_slice()), ("TLS 1.1", OLD), ("garbage", b"SHello")] {
        let (port, server) = answering(bytes);
        let answer = ask(port, &Authority::new());
        assert_unavailable(what, &answer);
        let received = server.join().unwrap();
        assert_eq!(received[..8], [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f], "a request for TLS");
        // What follows is TLS or nothing: neither user nor password nor the name of the database.
        assert!(received.len() == 8 || received[8] == 0x16 || received[8] == 0x15, "{what}");
        let text = String::from_utf8_lossy(&received);
        for canary in [harness::postgres::PASSWORD, harness::postgres::DATABASE] {
            assert!(!text.contains(canary), "{what}");
        }
    }
}

#[test]
fn a_client_certificate_that_is_replaced_is_used_without_a_restart() {
    let (authority, clients, later) = (Authority::new(), Authority::new(), Authority::new());
    let identity = authority.issue(&["127.0.0.1"]);
    let (first, second) = (clients.issue(&["tessera"]), later.issue(&["tessera"]));
    let settings = [TLS, &[("ssl_ca_file", "clients.crt")]].concat();
    let access = "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n";
    let mut cluster = Cluster::start_with(
        &project().join("seed.sql"),
        &settings,
        &[
            ("server.crt", identity.pem()),
            ("server.key", identity.key_pem()),
            ("clients.crt", clients.pem()),
            ("pg_hba.conf", access),
        ],
    );
    let folder = Folder::new();
    let certificate = folder.write("client.crt", first.pem());
    let key = folder.write("client.key", first.key_pem());
    let mut environment = cluster.environment();
    environment.extend([
        variable("CUBEJS_DB_SSL", "true"),
        variable("CUBEJS_DB_SSL_CA", authority.pem()),
        variable("CUBEJS_DB_SSL_CERT", certificate.to_str().unwrap()),
        variable("CUBEJS_DB_SSL_KEY", key.to_str().unwrap()),
    ]);
    let server = Server::start(&project(), environment);
    assert_eq!(server.load(&count(), &json!({})).status, 200);

    // The database trusts the next authority from here on, and the files are still the old ones.
    cluster.pause();
    cluster.write("clients.crt", later.pem());
    cluster.resume();
    assert_eq!(server.load(&count(), &json!({})).status, 503);
    // Half of the new pair is none: the old one stays in use, and the log says so.
    std::fs::write(&certificate, second.pem()).unwrap();
    assert_eq!(server.load(&count(), &json!({})).status, 503);
    assert!(server.log().contains("new certificates for the database are not used"));
    std::fs::write(&key, second.key_pem()).unwrap();
    let answer = server.load(&count(), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    // And when both are torn afterwards, connections go on with what was read last.
    std::fs::write(&certificate, &second.pem()[..second.pem().len() / 2]).unwrap();
    std::fs::remove_file(&key).unwrap();
    cluster.pause();
    cluster.resume();
    wait_until("rows over a new connection", Duration::from_secs(10), || {
        server.load(&count(), &json!({})).status == 200
    });
    leak::check_log(&server.log(), &[]);
}

#[test]
fn a_failover_costs_no_more_than_a_request_per_connection() {
    let authority = Authority::new();
    let identity = authority.issue(&["127.0.0.1"]);
    let mut primary = cluster(&identity);
    let standby = cluster(&identity);
    let proxy = FaultProxy::start(primary.port);
    let mut environment = connection(proxy.port);
    environment.extend([
        variable("CUBEJS_DB_SSL", "true"),
        variable("CUBEJS_DB_SSL_CA", authority.pem()),
        variable("CUBEJS_DB_MAX_POOL", "4"),
    ]);
    let server = Server::start(&project(), environment);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(server.load(&count(), &json!({})).status, 200));
        }
    });
    primary.pause();
    proxy.point_to(standby.port);
    let began = Instant::now();
    let failed = (0..20).filter(|_| server.load(&count(), &json!({})).status != 200).count();
    assert!(failed <= 4, "{failed} requests failed");
    assert_eq!(server.load(&count(), &json!({})).status, 200);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
