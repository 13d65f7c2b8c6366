//! Certificates that are replaced under a running `tessera serve`, as its clients see it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what it counted"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harness::authority::{Authority, Identity};
use harness::command::Folder;
use harness::moto::Moto;
use harness::server::Server;
use harness::tls_client::Node;
use harness::{root, variable, wait_until};
use serde_json::json;

const RENEWALS: usize = 100;

/// A project whose database is not there: it lives, and that is all that is asked.
fn start(environment: &[(String, String)]) -> Server {
    let database = [variable("CUBEJS_DB_NAME", "shop"), variable("CUBEJS_DB_USER", "me")];
    Server::start_encrypted(&root().join("tests/conformance"), [&database, environment].concat())
}

fn issue(authority: &Authority) -> Identity {
    authority.issue(&["127.0.0.1", "localhost"])
}

/// The serial number of the certificate that a new connection is shown; fails when the handshake does.
fn serial(port: u16, authority: &Path) -> String {
    let output = openssl(port, authority, &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("Verify return code: 0 (ok)"), "{said}");
    let mut reader = Command::new("openssl")
        .args(["x509", "-noout", "-serial"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(&output.stdout).unwrap();
    String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap()
}

fn openssl(port: u16, authority: &Path, options: &[&str]) -> Output {
    Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-verify_return_error"])
        .args(["-verify_ip", "127.0.0.1", "-CAfile", authority.to_str().unwrap()])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .output()
        .unwrap()
}

/// Two requests over one connection, and a third over another one.
fn curl(port: u16, authority: &Path) -> bool {
    let url = format!("https://127.0.0.1:{port}/livez");
    let authority = authority.to_str().unwrap();
    let one = ["--silent", "--fail", "--output", "/dev/null", "--cacert", authority];
    let other = ["--next", "--http1.1"].iter().chain(&one);
    let output = Command::new("curl").args(one).args([&url, &url]).args(other).arg(&url).output();
    output.unwrap().status.success()
}

#[test]
fn a_hundred_renewals_fail_no_handshake_and_drop_no_connection() {
    let authority = Authority::new();
    let folder = Folder::new();
    let first = issue(&authority);
    let chain = folder.write("chain.pem", first.pem());
    let key = folder.write("key.pem", first.key_pem());
    let trusted = folder.write("authority.pem", authority.pem());
    let server = start(&[
        variable("CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE", chain.to_str().unwrap()),
        variable("CUBEJS_TLS_PRIVATE_KEY_FILE", key.to_str().unwrap()),
        variable("TESSERA_TLS_RELOAD", "100ms"),
    ]);
    let port = server.tls_port;
    let is_over = AtomicBool::new(false);
    let node = Node::start(port, &trusted);
    let (serials, curls) = std::thread::scope(|scope| {
        let handshakes = scope.spawn(|| {
            let mut serials = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                serials.push(serial(port, &trusted));
            }
            serials
        });
        let requests = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::SeqCst) {
                assert!(curl(port, &trusted), "curl failed after {count} times");
                count += 1;
            }
            count
        });
        for _ in 0..RENEWALS {
            let next = issue(&authority);
            // Not atomic, and the key first: for a moment they do not belong together.
            std::fs::write(&key, next.key_pem()).unwrap();
            std::fs::write(&chain, next.pem()).unwrap();
            let served = || server.log().matches("another certificate is served").count();
            let before = served();
            wait_until("the next certificate", Duration::from_secs(20), || served() > before);
        }
        is_over.store(true, Ordering::SeqCst);
        (handshakes.join().unwrap(), requests.join().unwrap())
    });
    let node = node.end();
    assert_eq!(node["failures"], json!([]));
    assert_eq!(node["sockets"], 1, "the connection that is kept open was dropped: {node}");
    let seen: BTreeSet<_> = serials.iter().collect();
    println!(
        "{RENEWALS} renewals; openssl: {} handshakes, {} certificates; curl: {curls} times three requests; node: {node}",
        serials.len(),
        seen.len()
    );
    assert!(seen.len() > RENEWALS / 4, "openssl saw {} certificates", seen.len());
    assert!(node["serials"].as_u64().unwrap() > RENEWALS as u64 / 2, "{node}");
}

#[test]
fn a_certificate_in_secrets_manager_is_followed() {
    let moto = Moto::start();
    let authority = Authority::new();
    let folder = Folder::new();
    let trusted = folder.write("authority.pem", authority.pem());
    let value = |identity: &Identity| {
        json!({ "Certificate": identity.pem(), "PrivateKey": identity.key_pem() }).to_string()
    };
    let arn = moto.create_secret("certificate", &value(&issue(&authority)));
    let mut environment = moto.environment();
    environment.extend([
        variable("TESSERA_TLS_SECRET_ARN", &arn),
        variable("TESSERA_TLS_RELOAD", "200ms"),
    ]);
    let server = start(&environment);
    let first = serial(server.tls_port, &trusted);
    moto.put_secret(&arn, "{\"Certificate\": \"canary-91\"}", &"1".repeat(32));
    wait_until("the complaint", Duration::from_secs(20), || {
        server.log().contains("a new certificate is not used")
    });
    assert!(!server.log().contains("canary-91"));
    assert_eq!(serial(server.tls_port, &trusted), first);
    moto.put_secret(&arn, &value(&issue(&authority)), &"2".repeat(32));
    wait_until("the next certificate", Duration::from_secs(20), || {
        serial(server.tls_port, &trusted) != first
    });
}
