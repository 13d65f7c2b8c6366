//! `tessera serve` with a certificate that it gets from a public authority itself: Pebble, one that
//! is not there, and one that says what Pebble does not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what it counted"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use acme::{Account, Directory};
use certificate::{Pair, Profile, self_signed};
use harness::authority::Authority;
use harness::command::Folder;
use harness::key_server::{KeyServer, Reply};
use harness::pebble::Pebble;
use harness::server::Server;
use harness::tls_client::Node;
use harness::{free_port, http, root, tired_authority, wait_until};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(30);

fn now() -> Duration {
    settings::clock()().wall
}

/// The variables of a project whose database is not there, and of its certificate.
fn environment(directory: &str, root: &Path, folder: &Path) -> Vec<(String, String)> {
    [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_CERTIFICATE_ACME_DIRECTORY", directory),
        ("TESSERA_CERTIFICATE_ACME_CA", root.to_str().unwrap()),
        ("TESSERA_CERTIFICATE_ACME_CONTACTS", "mailto:operator@shop.example"),
        ("TESSERA_CERTIFICATE_NAMES", "shop.example,127.0.0.1"),
        ("TESSERA_CERTIFICATE_FOLDER", folder.to_str().unwrap()),
        ("TESSERA_TLS_RELOAD", "100ms"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn project() -> PathBuf {
    root().join("tests/conformance")
}

/// Where the certificate of an authority is below the folder.
fn kept(folder: &Folder, directory: &str) -> PathBuf {
    let name = directory.strip_prefix("https://").unwrap().replace([':', '/'], "-");
    folder.path().join("tls").join(name)
}

/// The serial number of the certificate in a folder.
fn serial(kept: &Path) -> Option<String> {
    let text = std::fs::read_to_string(kept.join("certificate.json")).ok()?;
    Some(Pair::from_secret(&text.into()).unwrap().facts()[0].serial.clone())
}

/// The status of a request for `/livez` by a client that trusts this authority.
fn status(port: u16, trusted: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"])
        .args(["--resolve", &format!("shop.example:{port}:127.0.0.1")])
        .args(trusted)
        .arg(format!("https://shop.example:{port}/livez"))
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn attempts(kept: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(kept.join("attempts.json")).unwrap()).unwrap()
}

/// Says that the last attempt began so long ago, in one step: the server is looking.
fn age_attempts(kept: &Path, age: Duration, failures: u32) {
    let at = now().saturating_sub(age).as_secs();
    let draft = kept.join("draft");
    std::fs::write(&draft, json!({ "at": at, "failures": failures }).to_string()).unwrap();
    std::fs::rename(draft, kept.join("attempts.json")).unwrap();
}

#[test]
fn a_server_gets_its_certificate_keeps_it_over_a_restart_and_renews_it_under_its_clients() {
    let plain_port = free_port();
    let pebble = Pebble::start(plain_port, |_| Vec::new());
    let folder = Folder::new();
    let kept = kept(&folder, &pebble.directory());
    let variables = environment(&pebble.directory(), &pebble.root(), &folder.path().join("tls"));
    let server = Server::start_encrypted_at(plain_port, &project(), variables.clone());
    let trusted = pebble.issuing_root();
    let trust = ["--cacert", trusted.to_str().unwrap()];
    let is_trusted = |server: &Server| status(server.tls_port, &trust) == "200";
    wait_until("the first certificate", LONG, || is_trusted(&server));
    let first = serial(&kept).unwrap();
    for file in ["certificate.json", "account.json", "attempts.json"] {
        let mode = std::fs::metadata(kept.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o700);
    // Whoever else comes to the plain port is led away, now that the authority has looked.
    let path = "/.well-known/acme-challenge/token";
    assert_eq!(http::send("GET", &server.url(path), &[], "").status, 308);
    assert!(!server.log().contains("PRIVATE KEY"));
    drop(server);
    // Another process goes on with what is there.
    let server = Server::start_encrypted_at(plain_port, &project(), variables);
    assert!(is_trusted(&server), "from the first connection on");
    assert!(!server.log().contains("stands in"), "{}", server.log());
    let node = Node::start(server.tls_port, &trusted);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((pebble.issued(), serial(&kept).unwrap()), (1, first.clone()));
    // Without it another is ordered, though not within the hour.
    std::fs::remove_file(kept.join("certificate.json")).unwrap();
    wait_until("the notice", LONG, || server.log().contains("the order of a certificate waits"));
    assert_eq!(pebble.ordered(), 1);
    age_attempts(&kept, Duration::from_secs(3_601), 0);
    wait_until("the next certificate", LONG, || {
        server.log().contains("another certificate is served")
    });
    assert_ne!(serial(&kept).unwrap(), first);
    std::thread::sleep(Duration::from_secs(1));
    let node = node.end();
    println!("{node}");
    assert_eq!(node["failures"], json!([]));
    assert_eq!((&node["sockets"], &node["serials"]), (&json!(1), &json!(2)), "{node}");
    assert_eq!((pebble.ordered(), pebble.issued()), (2, 2));
}

#[test]
fn until_there_is_a_certificate_one_that_signs_itself_stands_in_and_nobody_is_pressed() {
    let authority = Authority::new();
    let folder = Folder::new();
    let root = folder.write("root.pem", authority.pem());
    let server = KeyServer::over_tls(&authority.issue(&["127.0.0.1"]));
    server.answer("/dir", Reply::empty(503).with("connection", "close"));
    let directory = server.url("/dir");
    let kept = kept(&folder, &directory);
    let variables = environment(&directory, &root, &folder.path().join("tls"));
    let mut serve = Server::start_encrypted(&project(), variables.clone());
    let fails = |serve: &Server| {
        wait_until("the failure", LONG, || serve.log().contains("certificate not renewed"));
        assert!(serve.log().contains("stands in"), "{}", serve.log());
    };
    fails(&serve);
    assert_eq!(status(serve.tls_port, &["--insecure"]), "200");
    assert_eq!(attempts(&kept)["failures"], 1);
    // Neither looking again nor a process that starts again and again asks for more.
    let asked = server.requests("/dir");
    for _ in 0..2 {
        drop(serve);
        serve = Server::start_encrypted(&project(), variables.clone());
        wait_until("the notice", LONG, || serve.log().contains("the order of a certificate waits"));
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(serve.log().matches("the order of a certificate waits").count(), 1);
    }
    assert_eq!((server.requests("/dir"), &attempts(&kept)["failures"]), (asked, &json!(1)));
    // A quarter of an hour later.
    age_attempts(&kept, Duration::from_secs(901), 1);
    fails(&serve);
    assert_eq!(attempts(&kept)["failures"], 2);
    assert!(server.requests("/dir") > asked);
    assert_eq!(status(serve.tls_port, &["--insecure"]), "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_says_when_to_renew_and_a_limit_leaves_the_old_certificate() {
    let authority = Authority::new();
    let folder = Folder::new();
    let root = folder.write("root.pem", authority.pem());
    let server = KeyServer::over_tls(&authority.issue(&["127.0.0.1"]));
    tired_authority::answer_as_one(&server);
    let url = server.url("/dir");
    let kept = kept(&folder, &url);
    let names = ["shop.example", "127.0.0.1"].map(|name| name.parse().unwrap()).into();
    let profile = Profile::server(names, Duration::from_hours(24 * 90)).unwrap();
    let pair = self_signed(&profile, now()).unwrap();
    let directory = Directory { url: url.clone(), root: Some(root.clone()), contacts: vec![] };
    let (account, stored) = Account::create(&directory).await.unwrap();
    account.window(&pair.chain()[0]).await.unwrap_err();
    let path = server.paths().into_iter().find(|path| path.starts_with("/renewal/")).unwrap();
    tired_authority::advise(&server, &path, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z");
    std::fs::create_dir_all(&kept).unwrap();
    let write = |name: &str, text: &str| std::fs::write(kept.join(name), text).unwrap();
    write("certificate.json", pair.to_secret().expose_secret());
    write("account.json", stored.expose_secret());
    let trusted = folder.write("trusted.pem", &pair.chain_pem());
    let variables = environment(&url, &root, &folder.path().join("tls"));
    let serve = Server::start_encrypted(&project(), variables);
    wait_until("the limit", LONG, || serve.log().contains("certificate not renewed"));
    let log = serve.log();
    assert!(log.contains("its authority would have it renewed"), "{log}");
    assert!(log.contains("5 of this week"), "{log}");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((server.requests("/order"), server.requests(&path)), (1, 2));
    assert_eq!(attempts(&kept)["failures"], 3, "an hour's pause");
    assert_eq!(status(serve.tls_port, &["--cacert", trusted.to_str().unwrap()]), "200");
    assert_eq!(serial(&kept).unwrap(), pair.facts()[0].serial);
}

#[test]
fn what_is_torn_or_over_in_the_folder_is_not_served_and_is_ordered_again() {
    let names = || vec!["shop.example".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let profile = Profile::server(names(), Duration::from_hours(24)).unwrap();
    let good = self_signed(&profile, now()).unwrap().to_secret();
    let expired = self_signed(&profile, now().saturating_sub(Duration::from_hours(48))).unwrap();
    let torn = &good.expose_secret()[..200];
    for text in ["", torn, expired.to_secret().expose_secret()] {
        let plain_port = free_port();
        let pebble = Pebble::start(plain_port, |_| Vec::new());
        let folder = Folder::new();
        let kept = kept(&folder, &pebble.directory());
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(kept.join("certificate.json"), text).unwrap();
        std::fs::write(kept.join("attempts.json"), "{").unwrap();
        let variables =
            environment(&pebble.directory(), &pebble.root(), &folder.path().join("tls"));
        let server = Server::start_encrypted_at(plain_port, &project(), variables);
        let trusted = pebble.issuing_root();
        wait_until("a certificate", LONG, || {
            status(server.tls_port, &["--cacert", trusted.to_str().unwrap()]) == "200"
        });
        assert!(server.log().contains("stands in"), "{}", server.log());
        assert_eq!(pebble.issued(), 1);
    }
}

/// C-17
#[test]
fn a_server_that_is_killed_at_any_moment_leaves_whole_files_and_is_made_good() {
    const MOMENTS: u64 = 10;
    let plain_port = free_port();
    let pebble = Pebble::start(plain_port, |_| Vec::new());
    let folder = Folder::new();
    let kept = kept(&folder, &pebble.directory());
    let variables = environment(&pebble.directory(), &pebble.root(), &folder.path().join("tls"));
    let start = || Server::start_encrypted_at(plain_port, &project(), variables.clone());
    let mut left = Vec::new();
    for number in 0..MOMENTS {
        // Each of them orders at once.
        let _ = std::fs::remove_file(kept.join("certificate.json"));
        let _ = std::fs::remove_file(kept.join("attempts.json"));
        let server = start();
        std::thread::sleep(Duration::from_millis(250 * number));
        server.kill();
        let files = ["certificate.json", "account.json", "attempts.json"].map(|file| {
            let text = std::fs::read_to_string(kept.join(file)).ok()?;
            Some(serde_json::from_str::<Value>(&text).expect(file))
        });
        left.push(files.map(|file| file.is_some()));
    }
    println!("killed at {MOMENTS} moments: {left:?}; {} orders", pebble.ordered());
    assert!(left.iter().any(|[is_issued, ..]| !is_issued), "none was killed in time");
    let _ = std::fs::remove_file(kept.join("attempts.json"));
    let server = start();
    let trusted = pebble.issuing_root();
    wait_until("a certificate", LONG, || {
        status(server.tls_port, &["--cacert", trusted.to_str().unwrap()]) == "200"
    });
}

#[test]
fn what_leads_to_no_certificate_does_not_start() {
    let folder = Folder::new();
    let file = folder.write("file", "");
    let variables = environment("https://127.0.0.1:1/dir", &file, folder.path());
    let below = file.join("tls");
    for (name, value, words) in [
        ("TESSERA_CERTIFICATE_FOLDER", below.to_str().unwrap(), "cannot be written"),
        ("TESSERA_CERTIFICATE_FOLDER", "", "is required"),
        ("TESSERA_CERTIFICATE_ACME_DIRECTORY", "", "is required"),
        ("TESSERA_CERTIFICATE_ACME_DIRECTORY", "http://127.0.0.1:1/dir", "an https URL"),
        ("TESSERA_CERTIFICATE_ACME_CA", "/nonexistent.pem", "PEM file"),
        ("TESSERA_CERTIFICATE_NAMES", "*.shop.example", "cannot prove a wildcard"),
        ("TESSERA_TLS_SECRET_ARN", "arn", "drop one"),
    ] {
        let mut variables = variables.clone();
        variables.retain(|(other, _)| other != name);
        variables.push((name.to_owned(), value.to_owned()));
        let mut server = Server::launch_encrypted(&project(), variables);
        let status = server.process().wait_for_end(LONG);
        let said = server.log();
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(said.contains(name) && said.contains(words), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
