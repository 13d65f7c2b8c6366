//! K-04: key servers that take their time, and those that do not wait for them.

use std::time::Duration;

use harness::authority::Authority;
use harness::key_server::{DISCOVERY, KEYS, KeyServer, Reply};
use harness::signing_key::SigningKey;
use serde_json::json;

use crate::{
    Accepted, FRESH_1S, NO_LONGER_FRESH, PATIENCE, Unavailable, good_of, serve, serve_issuers,
    timed_verdict, verdict,
};

/// The issuers, and the one that answers.
const SLOW: [&str; 3] = ["https://byte-by-byte/", "https://no-answer/", "https://no-handshake/"];
const QUICK: &str = "https://quick/";

/// A key server for each, all with this key.
struct Servers {
    authority: Authority,
    all: Vec<(&'static str, KeyServer)>,
}

impl Servers {
    fn start(key: &SigningKey) -> Self {
        let authority = Authority::new();
        let over_tls = |name| (name, KeyServer::over_tls(&authority.issue(&["127.0.0.1"])));
        let all: Vec<_> = SLOW.into_iter().chain([QUICK]).map(over_tls).collect();
        for (_, keys) in &all {
            keys.publish(&[key]);
        }
        Self { authority, all }
    }

    fn serve(&self, variables: &[(&str, &str)]) -> harness::server::Server {
        let issuers: Vec<_> = self.all.iter().map(|(name, keys)| (*name, keys.url(KEYS))).collect();
        let authority = [("TESSERA_KEY_SERVER_CA", self.authority.pem())];
        serve_issuers(&issuers, &[&authority, variables].concat())
    }

    fn slow_down(&self, key: &SigningKey) {
        let dripping = Reply::keys(&[key]).dripping(Duration::from_secs(1));
        self.all[0].1.answer(KEYS, dripping);
        self.all[1].1.answer(KEYS, Reply::never());
        self.all[2].1.fall_silent();
    }
}

#[test]
fn a_slow_key_server_is_503_in_time_and_other_issuers_do_not_wait() {
    let key = SigningKey::es256("one");
    let servers = Servers::start(&key);
    servers.slow_down(&key);
    let server = servers.serve(&[]);
    std::thread::scope(|scope| {
        let waiting: Vec<_> = SLOW
            .map(|issuer| scope.spawn(|| timed_verdict(&server, &good_of(&key, issuer))))
            .into();
        std::thread::sleep(Duration::from_millis(300));
        for _ in 0..10 {
            let (quick, took) = timed_verdict(&server, &good_of(&key, QUICK));
            assert_eq!(quick, Accepted);
            assert!(took < Duration::from_secs(2), "{took:?}");
        }
        for (issuer, waited) in SLOW.iter().zip(waiting) {
            let (slow, took) = waited.join().unwrap();
            assert_eq!(slow, Unavailable, "{issuer}");
            assert!(took < PATIENCE, "{issuer}: {took:?}");
        }
    });
}

#[test]
fn a_key_server_that_becomes_slow_is_not_waited_for_longer_and_its_keys_serve_on() {
    let key = SigningKey::es256("one");
    let servers = Servers::start(&key);
    let server = servers.serve(&FRESH_1S);
    for issuer in SLOW {
        assert_eq!(verdict(&server, &good_of(&key, issuer)), Accepted, "{issuer}");
    }
    servers.slow_down(&key);
    std::thread::sleep(NO_LONGER_FRESH);
    std::thread::scope(|scope| {
        for issuer in SLOW {
            let (server, key) = (&server, &key);
            scope.spawn(move || {
                // The first waits for the refresh that it began; the next do not begin another at once.
                for patience in [PATIENCE, Duration::from_millis(500)] {
                    let (from_cache, took) = timed_verdict(server, &good_of(key, issuer));
                    assert_eq!(from_cache, Accepted, "{issuer}");
                    assert!(took < patience, "{issuer}: {took:?}");
                }
            });
        }
    });
}

/// Discovery and key set are one fetch, with one time for both.
#[test]
fn a_slow_discovery_leaves_the_key_set_only_what_is_left() {
    let keys = KeyServer::plain();
    let document = json!({ "issuer": keys.url(""), "jwks_uri": keys.url(KEYS) });
    keys.answer(DISCOVERY, Reply::json(&document).after(Duration::from_secs(4)));
    keys.answer(KEYS, Reply::never());
    let issuers = json!([{ "issuer": keys.url(""), "audience": "api" }]);
    let server = serve(&[("TESSERA_ISSUERS", &issuers.to_string())]);
    let token = good_of(&SigningKey::es256("one"), &keys.url(""));
    let (slow, took) = timed_verdict(&server, &token);
    assert_eq!(slow, Unavailable);
    assert!(took < PATIENCE, "{took:?}");
}

/// `CUBEJS_JWK_URL` without `CUBEJS_JWT_ISSUER` is anybody's, but whoever a token names is asked first.
#[test]
fn a_slow_key_server_of_no_name_is_not_asked_for_the_tokens_of_others() {
    let key = SigningKey::es256("one");
    let (slow, quick) = (KeyServer::plain(), KeyServer::plain());
    slow.answer(KEYS, Reply::never());
    quick.publish(&[&key]);
    let (slow_url, quick_url) = (slow.url(KEYS), quick.url(KEYS));
    let server = serve_issuers(&[(QUICK, quick_url)], &[("CUBEJS_JWK_URL", slow_url.as_str())]);
    let (told, took) = timed_verdict(&server, &good_of(&key, QUICK));
    assert_eq!(told, Accepted);
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(slow.connections(), 0);
}
