//! K-07: who a key server must prove to be.

use std::time::Duration;

use harness::authority::{Authority, Identity};
use harness::key_server::{KEYS, KeyServer};
use harness::postgres::connection;
use harness::server::Server;
use harness::signing_key::SigningKey;
use harness::{free_port, root, variable, wait_until};

use crate::{Accepted, Unavailable, good, good_of, serve_issuers, serve_keys_of, verdict};

#[test]
fn a_certificate_that_is_wrong_in_any_way_is_no_key_server() {
    let key = SigningKey::es256("one");
    let authority = Authority::new();
    let servers = [
        ("https://expired/", authority.issue_expired(&["127.0.0.1"])),
        ("https://another-name/", authority.issue(&["keys.example"])),
        ("https://signed-by-itself/", Identity::self_signed(&["127.0.0.1"])),
        ("https://another-authority-of-that-name/", Authority::new().issue(&["127.0.0.1"])),
    ]
    .map(|(issuer, identity)| (issuer, KeyServer::over_tls(&identity)));
    let issuers: Vec<_> = servers.iter().map(|(issuer, keys)| (*issuer, keys.url(KEYS))).collect();
    let server = serve_issuers(&issuers, &[("TESSERA_KEY_SERVER_CA", authority.pem())]);
    for (issuer, keys) in &servers {
        keys.publish(&[&key]);
        assert_eq!(verdict(&server, &good_of(&key, issuer)), Unavailable, "{issuer}");
        assert!(keys.connections() > 0 && keys.requests(KEYS) == 0, "{issuer}");
    }
    for (issuer, keys) in &servers {
        keys.present(&authority.issue(&["127.0.0.1"]));
        wait_until(issuer, Duration::from_secs(40), || {
            verdict(&server, &good_of(&key, issuer)) == Accepted
        });
    }
}

#[test]
fn an_authority_that_nobody_named_is_not_trusted() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::over_tls(&Authority::new().issue(&["127.0.0.1"]));
    keys.publish(&[&key]);
    let server = serve_keys_of(&keys, &[]);
    assert_eq!(verdict(&server, &good(&key)), Unavailable);
    assert!(keys.connections() > 0 && keys.requests(KEYS) == 0);
}

#[test]
fn a_key_server_elsewhere_must_speak_https() {
    let mut environment = connection(free_port());
    environment.push(variable("CUBEJS_JWK_URL", "http://keys.example/jwks.json"));
    let mut server = Server::launch(&root().join("tests/conformance"), environment);
    let status = server.process().wait_for_end(Duration::from_secs(30));
    assert_eq!(status.code(), Some(1), "{}", server.log());
    for word in ["CUBEJS_JWK_URL", "https"] {
        assert!(server.log().contains(word), "{}", server.log());
    }
}
