//! K-05, K-06 and K-14: what key servers answer instead of a key set.

use std::time::Duration;

use harness::key_server::{KEYS, KeyServer, Reply};
use harness::server::Server;
use harness::signing_key::{SigningKey, key_set};
use harness::{root, wait_until};
use serde_json::{Value, json};

use crate::{
    Accepted, FRESH_1S, NO_LONGER_FRESH, Unavailable, Verdict, good, good_of, serve_issuers,
    serve_keys_of, verdict,
};

/// How much a process may grow that reads all of the nonsense.
const GROWTH_KIB: u64 = 1024;

/// A key server with one path for each kind of nonsense, and an issuer for each path.
struct Liar {
    keys: KeyServer,
    /// Where the redirects lead.
    elsewhere: KeyServer,
    /// The name of the issuer, which is the path too, and what it answers.
    answers: Vec<(String, Reply)>,
}

impl Liar {
    fn new() -> Self {
        let (keys, elsewhere) = (KeyServer::plain(), KeyServer::plain());
        let mut answers = nonsense();
        let to = [elsewhere.url(KEYS), "http://169.254.169.254/latest/meta-data/".to_owned()];
        for (status, to) in [301, 302, 303, 307, 308]
            .into_iter()
            .flat_map(|status| to.iter().map(move |to| (status, to)))
        {
            answers.push((format!("{status} to {to}"), Reply::redirect(status, to)));
        }
        let name = |(number, (name, reply)): (usize, (String, Reply))| {
            (format!("/{number}-{}", name.replace([' ', ':', '/', ','], "-")), reply)
        };
        let answers = answers.into_iter().enumerate().map(name).collect();
        Self { keys, elsewhere, answers }
    }

    fn serve(&self, variables: &[(&str, &str)]) -> Server {
        let names = self.answers.iter().map(|(name, _)| (name.as_str(), self.keys.url(name)));
        serve_issuers(&names.collect::<Vec<_>>(), variables)
    }

    fn lie(&self) {
        for (name, reply) in &self.answers {
            self.keys.answer(name, reply.clone());
        }
    }

    /// A token of every issuer, all at once: they all fare like this.
    fn ask_all(&self, server: &Server, key: &SigningKey, expected: Verdict) {
        std::thread::scope(|scope| {
            for (name, _) in &self.answers {
                let token = good_of(key, name);
                scope.spawn(move || assert_eq!(verdict(server, &token), expected, "{name}"));
            }
        });
    }

    fn publish(&self, key: &SigningKey) {
        for (name, _) in &self.answers {
            self.keys.answer(name, Reply::keys(&[key]));
        }
    }
}

/// Answers that hold no key set.
fn nonsense() -> Vec<(String, Reply)> {
    let json = |text: &str| Reply::new(200, "application/json", text);
    let key = SigningKey::rs256("one").jwk();
    let many: Vec<&Value> = std::iter::repeat_n(&key, 10_000).collect();
    let padded = json!({ "keys": [key], "padding": " ".repeat(65 * 1024) });
    let answers = [
        ("an empty body", json("")),
        ("no list", json("{}")),
        ("null for the list", json(r#"{"keys":null}"#)),
        ("null in the list", json(r#"{"keys":[null]}"#)),
        ("an object for the list", json(r#"{"keys":{}}"#)),
        ("no keys", json(r#"{"keys":[]}"#)),
        ("half of it", json(r#"{"keys":[{"kty":"RSA","#)),
        ("HTML", Reply::new(200, "text/html", "<!doctype html><title>Sign in</title>")),
        ("65 KiB", Reply::json(&padded)),
        ("10,000 keys", Reply::json(&json!({ "keys": many }))),
        ("a gibibyte", Reply::endless(Some(1 << 30))),
        ("no end", Reply::endless(None)),
        ("a bomb", Reply::gzip_bomb()),
    ];
    let statuses = [204, 404, 429, 500].map(|status| ("a status", Reply::empty(status)));
    answers.into_iter().chain(statuses).map(|(name, reply)| (name.to_owned(), reply)).collect()
}

/// The most memory that a process ever had.
fn peak_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn an_answer_that_is_no_key_set_is_503_at_cold_start() {
    let liar = Liar::new();
    let key = SigningKey::es256("one");
    liar.elsewhere.publish(&[&key]);
    liar.lie();
    let server = liar.serve(&[]);
    liar.ask_all(&server, &key, Unavailable);
    for (name, _) in &liar.answers {
        assert!(liar.keys.requests(name) > 0, "{name}");
    }
    assert_eq!(liar.elsewhere.connections(), 0, "a redirect was followed");
}

#[test]
fn an_answer_that_is_no_key_set_never_replaces_one() {
    let liar = Liar::new();
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    liar.elsewhere.publish(&[&new]);
    liar.publish(&old);
    let server = liar.serve(&FRESH_1S);
    liar.ask_all(&server, &old, Accepted);
    std::thread::sleep(NO_LONGER_FRESH);
    liar.ask_all(&server, &old, Accepted);
    let before_kib = peak_kib(&server);

    liar.lie();
    std::thread::sleep(NO_LONGER_FRESH);
    let asked = |name: &str| liar.keys.requests(name);
    let before: Vec<u32> = liar.answers.iter().map(|(name, _)| asked(name)).collect();
    liar.ask_all(&server, &old, Accepted);
    liar.ask_all(&server, &old, Accepted);
    for ((name, _), before) in liar.answers.iter().zip(before) {
        wait_until(name, Duration::from_secs(5), || asked(name) > before);
    }
    let grown_kib = peak_kib(&server) - before_kib;
    assert!(grown_kib < GROWTH_KIB, "the process grew by {grown_kib} KiB");
    assert_eq!(liar.elsewhere.connections(), 0, "a redirect was followed");

    liar.publish(&new);
    for (name, _) in &liar.answers {
        wait_until(name, Duration::from_secs(20), || {
            verdict(&server, &good_of(&new, name)) == Accepted
        });
    }
}

/// K-14.
#[test]
fn keys_that_cannot_be_used_do_not_spoil_their_neighbours() {
    let vectors = root().join("shared/auth/tests/vectors/jwt-edge.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(vectors).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"] == "jwks-with-unusable-neighbours").unwrap();
    let mut neighbours = case["config"]["trusted"][0]["jwks"].clone();
    let (rsa, p256) = (SigningKey::rs256("ours"), SigningKey::es256("ours-too"));
    let list = neighbours["keys"].as_array_mut().unwrap();
    assert!(list.len() > 4);
    list.extend(key_set(&[&rsa, &p256])["keys"].as_array().unwrap().clone());
    let keys = KeyServer::plain();
    keys.answer(KEYS, Reply::json(&neighbours));
    let server = serve_keys_of(&keys, &[]);
    for key in [&rsa, &p256] {
        assert_eq!(verdict(&server, &good(key)), Accepted, "{}", key.kid());
    }
}
