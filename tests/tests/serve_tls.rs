//! TLS of `tessera serve` from outside: who is let in, over which versions, and what starts at all.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::authority::{Authority, Identity};
use harness::command::Folder;
use harness::server::Server;
use harness::{http, leak, root, token, variable};
use serde_json::json;

/// A project whose database is not there, and these variables besides.
fn environment(more: &[(String, String)]) -> Vec<(String, String)> {
    let database = [variable("CUBEJS_DB_NAME", "shop"), variable("CUBEJS_DB_USER", "me")];
    [&database, more].concat()
}

fn project() -> PathBuf {
    root().join("tests/conformance")
}

/// An authority, its file, and the variables of a certificate of it.
fn certificate(folder: &Folder) -> (Authority, PathBuf, Vec<(String, String)>) {
    let authority = Authority::new();
    let identity = authority.issue(&["127.0.0.1"]);
    let files = pair(folder, "server", &identity);
    let variables = vec![
        variable("CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE", files.0.to_str().unwrap()),
        variable("CUBEJS_TLS_PRIVATE_KEY_FILE", files.1.to_str().unwrap()),
    ];
    let trusted = folder.write("authority.pem", authority.pem());
    (authority, trusted, variables)
}

fn pair(folder: &Folder, name: &str, identity: &Identity) -> (PathBuf, PathBuf) {
    let chain = folder.write(&format!("{name}.pem"), identity.pem());
    (chain, folder.write(&format!("{name}.key"), identity.key_pem()))
}

/// What curl is answered: status, version of HTTP and the exit code.
fn curl(url: &str, authority: &Path, options: &[&str]) -> (String, Option<i32>) {
    let output = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{http_version}"])
        .args(["--max-time", "10", "--cacert", authority.to_str().unwrap()])
        .args(options)
        .arg(url)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn the_same_routes_are_served_over_both_versions_of_http() {
    let folder = Folder::new();
    let (_, trusted, variables) = certificate(&folder);
    let server = Server::start_encrypted(&project(), environment(&variables));
    let url = format!("https://127.0.0.1:{}/cubejs-api/v1/meta", server.tls_port);
    let good = format!("authorization: {}", token::good(&json!({})));
    assert_eq!(curl(&url, &trusted, &["--http2", "--header", &good]), ("200 2".into(), Some(0)));
    assert_eq!(curl(&url, &trusted, &["--http1.1", "-H", &good]), ("200 1.1".into(), Some(0)));
    assert_eq!(curl(&url, &trusted, &["--http2"]).0, "403 2");
    // One token, whatever carries it: two in one request are none.
    assert_eq!(curl(&url, &trusted, &["--http2", "-H", &good, "-H", &good]).0, "403 2");
    leak::check_log(&server.log(), &[&good]);
}

#[test]
fn the_plain_port_leads_to_the_encrypted_one() {
    let folder = Folder::new();
    let (_, trusted, variables) = certificate(&folder);
    let server = Server::start_encrypted(&project(), environment(&variables));
    let answer = http::send("GET", &server.url("/cubejs-api/v1/meta?extended=true"), &[], "");
    assert_eq!(answer.status, 308);
    let place = format!("https://127.0.0.1:{}/cubejs-api/v1/meta?extended=true", server.tls_port);
    assert_eq!(answer.header("location"), Some(place.as_str()));
    assert_eq!(answer.body, "");
    let answer = http::send("POST", &server.url("/cubejs-api/v1/load"), &[], "{\"query\": {}}");
    assert_eq!(answer.status, 308, "a body is not read");
    // Nothing else is answered there: neither with a token nor to a probe.
    assert_eq!(http::send("GET", &server.url("/livez"), &[], "").status, 308);
    assert_eq!(curl(&server.url("/livez"), &trusted, &["--location"]).0, "200 2");
}

#[test]
fn old_versions_of_tls_are_refused() {
    let folder = Folder::new();
    let (_, trusted, variables) = certificate(&folder);
    let server = Server::start_encrypted(&project(), environment(&variables));
    let shake_hands = |options: &[&str]| {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &format!("127.0.0.1:{}", server.tls_port)])
            .args(["-verify_return_error", "-CAfile", trusted.to_str().unwrap()])
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let (is_good, said, _) = shake_hands(&[version]);
        assert!(is_good && said.contains(name), "{said}");
    }
    // What this OpenSSL itself does not offer unless it is told to.
    let old = ["-cipher", "ALL:@SECLEVEL=0"];
    for version in ["-tls1", "-tls1_1"] {
        let (is_good, said, complaint) = shake_hands(&[&[version], &old[..]].concat());
        assert!(!is_good, "{version}: {said}");
        assert!(complaint.contains("SSL alert number"), "{version}: {complaint}");
    }
    for weak in ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "NULL-SHA256"] {
        let cipher = format!("{weak}:@SECLEVEL=0");
        let (is_good, said, _) = shake_hands(&["-tls1_2", "-cipher", &cipher]);
        assert!(!is_good, "{weak}: {said}");
    }
    // HTTP on the port of TLS is no handshake, and no answer in plain text.
    assert!(!http::raw(server.tls_port, b"GET / HTTP/1.1\r\n\r\n").contains("HTTP"));
}

#[test]
fn only_clients_with_a_certificate_of_the_authority_are_let_in() {
    let folder = Folder::new();
    let (authority, trusted, mut variables) = certificate(&folder);
    let clients = Authority::new();
    let known = folder.write("clients.pem", clients.pem());
    variables.push(variable("TESSERA_TLS_CLIENT_CA_FILE", known.to_str().unwrap()));
    variables.push(variable("TESSERA_TLS_RELOAD", "100ms"));
    let server = Server::start_encrypted(&project(), environment(&variables));
    let url = format!("https://127.0.0.1:{}/livez", server.tls_port);
    let ask = |name: &str, identity: Option<&Identity>| {
        let Some(identity) = identity else { return curl(&url, &trusted, &[]).0 };
        let (chain, key) = pair(&folder, name, identity);
        let shown = ["--cert", chain.to_str().unwrap(), "--key", key.to_str().unwrap()];
        curl(&url, &trusted, &shown).0
    };
    let good = clients.issue(&["client"]);
    assert_eq!(ask("good", Some(&good)), "200 2");
    assert!(ask("nobody", None).starts_with("000"), "without a certificate");
    for (name, wrong) in [
        ("expired", clients.issue_expired(&["client"])),
        ("another", authority.issue(&["client"])),
        ("own", Identity::self_signed(&["client"])),
    ] {
        assert!(ask(name, Some(&wrong)).starts_with("000"), "{name}");
    }
    // Another authority takes over: whoever was let in by the former one is not any more.
    let later = Authority::new();
    std::fs::write(&known, later.pem()).unwrap();
    harness::wait_until("the other authority", Duration::from_secs(20), || {
        ask("later", Some(&later.issue(&["client"]))) == "200 2"
    });
    assert!(ask("good", Some(&good)).starts_with("000"));
}

#[test]
fn without_a_certificate_the_process_makes_one() {
    let server = Server::start_encrypted(
        &project(),
        environment(&[variable("TESSERA_TLS_NAMES", "shop.example,127.0.0.1")]),
    );
    let is_over_in = |seconds: u32| {
        let script = format!(
            "openssl s_client -connect 127.0.0.1:{} </dev/null 2>/dev/null \
             | openssl x509 -noout -ext subjectAltName -checkend {seconds}",
            server.tls_port
        );
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("DNS:shop.example, IP Address:127.0.0.1"), "{said}");
        !output.status.success()
    };
    let two_days = 2 * 24 * 60 * 60;
    assert!(is_over_in(two_days + 1) && !is_over_in(two_days - 60));
    assert!(!server.log().contains("PRIVATE KEY"));
}

/// `tessera serve` must end with status 1 and say these words.
fn refuses_to_start(variables: &[(String, String)], words: &[&str]) {
    let mut server = Server::launch_encrypted(&project(), environment(variables));
    let status = server.process().wait_for_end(Duration::from_secs(30));
    let said = server.log();
    assert_eq!(status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    assert!(!said.contains("panicked") && !said.contains("PRIVATE KEY"), "{said}");
}

#[test]
fn what_cannot_be_served_does_not_start() {
    const CHAIN: &str = "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE";
    const KEY: &str = "CUBEJS_TLS_PRIVATE_KEY_FILE";
    let folder = Folder::new();
    let authority = Authority::new();
    let (one, other) = (authority.issue(&["127.0.0.1"]), authority.issue(&["127.0.0.1"]));
    let good = pair(&folder, "good", &one);
    let expired = pair(&folder, "expired", &authority.issue_expired(&["127.0.0.1"]));
    let key = folder.write("other.key", other.key_pem());
    let torn = folder.write("torn.pem", &one.pem()[..one.pem().len() / 2]);
    let encrypted = folder.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let files = |chain: &Path, key: &Path| {
        [variable(CHAIN, chain.to_str().unwrap()), variable(KEY, key.to_str().unwrap())]
    };
    for (variables, word) in [
        (files(Path::new("/nonexistent.pem"), &good.1), "/nonexistent.pem cannot be read"),
        (files(&good.0, &key), "the key is not that of the first certificate"),
        (files(&good.1, &good.0), "key"),
        (files(&torn, &good.1), "cut off"),
        (files(&good.0, &encrypted), "encrypted"),
        (files(&expired.0, &expired.1), "expired"),
    ] {
        refuses_to_start(&variables, &[CHAIN, KEY, word]);
    }
    refuses_to_start(&files(&good.0, &good.1)[..1], &[KEY, "is required"]);
    refuses_to_start(&[variable("TESSERA_TLS_NAMES", "no host name")], &["TESSERA_TLS_NAMES"]);
    let clients = variable("TESSERA_TLS_CLIENT_CA_FILE", good.1.to_str().unwrap());
    refuses_to_start(&[&files(&good.0, &good.1)[..], &[clients]].concat(), &["authorities"]);
}
