//! What a policy may look like, and what is said of one that does not.

use serde_json::json;

use super::*;

const HASH: &str = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

/// What is said of a text, mistake by mistake.
fn said(text: &str) -> Vec<String> {
    let Err(Mistakes(mistakes)) = Policy::read(text) else { panic!("no mistake in {text}") };
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_secret_may_be_given_as_its_hash() {
    let text = format!(
        "clients:\n- {{id: a, secret: 0123456789abcdef, claims: {{role: x}}, allowed: {{n: [1, 2]}}}}\n\
         - {{id: b, secret_sha256: {HASH}}}\n"
    );
    let policy = Policy::read(&text).unwrap();
    assert_eq!(policy.clients[0].secret, policy.clients[1].secret);
    assert_eq!(policy.clients[0].grant.allowed["n"], [json!(1), json!(2)]);
    assert!(policy.clients[1].grant.allowed.is_empty());
}

#[test]
fn json_is_read_as_well() {
    let text = json!({"clients": [{
        "id": "shop", "secret": "a \"secret\" \\ of é 😀 \u{1}",
        "claims": {"tenant_id": 7, "path": "a/b", "rate": 1.5e3, "none": null, "u": {"id": [true]}},
        "allowed": {"user_id": [42, -43, "x\ty"]},
    }]});
    for text in [
        text.to_string(),
        serde_json::to_string_pretty(&text).unwrap(),
        serde_json::to_string_pretty(&text).unwrap().replace("  ", "\t"),
        text.to_string().replace("a/b", "a\\/b").replace('é', "\\u00e9"),
    ] {
        let policy = Policy::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let client = &policy.clients[0];
        assert_eq!(client.secret, Fingerprint::of("a \"secret\" \\ of é 😀 \u{1}".as_bytes()));
        let claims = client.grant.claims.of(&crate::Caller::default());
        let expected = json!({"tenant_id": 7, "path": "a/b", "rate": 1500.0, "none": null,
                              "u": {"id": [true]}});
        assert_eq!(Value::Object(claims), expected);
        assert_eq!(client.grant.allowed["user_id"], [json!(42), json!(-43), json!("x\ty")]);
    }
}

/// Each text has the mistake beside it, and no mistake shows a value.
fn check<const N: usize>(cases: [(String, &str); N]) {
    for (text, expected) in cases {
        let said = said(&text);
        assert!(said.iter().any(|said| said.contains(expected)), "{expected}: {said:?}");
        assert!(!said.concat().contains("hunter2"), "{said:?}");
    }
}

/// A policy of one client with this in its fourth line.
fn client(more: &str) -> String {
    format!("clients:\n- id: a\n  secret: 0123456789abcdef\n  {more}\n")
}

/// A policy of one issuer with this in its third line.
fn issuer(more: &str) -> String {
    format!("issuers:\n- issuer: https://a/\n  {more}\n")
}

#[test]
fn every_mistake_has_its_place_and_says_what_to_write() {
    check([
        (String::new(), "1:1: nothing is written here"),
        ("a policy".to_owned(), "1:1: a policy is a mapping of `clients` or `issuers`"),
        ("{}".to_owned(), "1:1: a policy has `clients`, `issuers` or both"),
        ("clients: {}".to_owned(), "1:10: `clients` is a list"),
        (
            "clients: []\nclient: []".to_owned(),
            "2:1: `client` is no key of a policy: write `clients`",
        ),
        ("clients:\n- hunter2".to_owned(), "2:3: a client is a mapping of `id`, `secret`"),
        ("clients:\n- secret: 0123456789abcdef".to_owned(), "2:3: a client has an `id`"),
        (
            "clients:\n- {id: 'a:b', secret: 0123456789abcdef}".to_owned(),
            "2:3: a client has an `id`",
        ),
        ("clients:\n- id: a".to_owned(), "2:3: a client has one of `secret`"),
        ("clients:\n- {id: a, secret: hunter2}".to_owned(), "2:19: a `secret` is a text of 16"),
        ("clients:\n- {id: a, secret: 1234567890123456}".to_owned(), "2:19: a `secret` is a text"),
        ("clients:\n- {id: a, secret_sha256: '12'}".to_owned(), "2:26: a `secret_sha256` is"),
        (client("secret_sha256: '12'"), "2:3: a client has one of"),
        (client("claim: {}"), "4:3: `claim` is no key of a client: write `id`"),
        (client("claims: []"), "4:11: `claims` is a mapping"),
        (client("claims: {exp: 1}"), "4:12: `exp` is written when a token is signed"),
        (client("claims: {scope: x}"), "4:12: `scope` is written"),
        (client("claims: {a: {from_token: sub}}"), "4:11: a client shows no token"),
        (client("allowed: []"), "4:12: `allowed` is a mapping"),
        (client("allowed: {n: 1}"), "4:16: `n` is a list of the values"),
        (client("allowed: {u: [1]}"), "4:13: nobody chooses `u`"),
        (client("claims: {n: 1}\n  allowed: {n: [1]}"), "5:13: `n` stands under `claims` too"),
        (client("rights: exchange"), "4:11: a right is `issue`, `revoke` or `introspect`"),
        (client("rights: []"), "4:11: `rights` is a text, or a list of texts"),
        (client("lifetime: 25h"), "4:13: `lifetime` is a time from 1s to 86400s"),
        (client("lifetime: 0"), "4:13: `lifetime` is a time"),
        (client("lifetime: soon"), "4:13: `lifetime` is a time"),
        (
            client("lifetime: 1h\n  max_lifetime: 30m"),
            "4:13: `lifetime` is a time from 1s to 1800s",
        ),
        (client("audience: 7"), "4:13: `audience` is a text"),
    ]);
}

#[test]
fn mistakes_in_what_is_copied_are_said_too() {
    check([
        (issuer("issuer: https://b/"), "3:3: `issuer` stands here twice"),
        (issuer("secret: x"), "3:3: `secret` is no key of an issuer"),
        (issuer("rights: [issue]"), "3:11: a right is `exchange`, `password` or `refresh`"),
        (issuer("claims: {a: {from_token: []}}"), "3:16: what is copied is written"),
        (issuer("claims: {a: {from_token: sub, b: 1}}"), "3:16: what is copied is written"),
        (issuer("claims: {a: {from_groups: readers}}"), "3:16: what is copied is written"),
        (issuer("claims: {a: [{from_token: sub}]}"), "3:15: what is copied is the value"),
        ("issuers:\n- claims: {}".to_owned(), "2:3: an issuer has an `issuer`"),
    ]);
}

#[test]
fn less_than_yaml_is_read() {
    check([
        ("clients: [".to_owned(), "no YAML: "),
        ("a: &x 1\nb: *x".to_owned(), "1:4: an anchor or a tag"),
        ("clients: !!seq []".to_owned(), "an anchor or a tag"),
        ("clients: []\n---\nclients: []".to_owned(), "a second document"),
        (client("claims: {n: \"\\0\"}"), "4:15: a text with NUL"),
        (client("claims: {n: yes}"), "4:15: `yes` is a number or a truth to some readers"),
        (client("claims: {n: 007}"), "4:15: `007` is a number"),
        (client("claims: {n: 18446744073709551616}"), "4:15: `18446744073709551616` is a number"),
    ]);
}

#[test]
fn all_mistakes_are_said_at_once_in_their_order() {
    let said = said("issuers:\n- {rights: x}\nclients:\n- {id: a, secret: short}\n- id: b");
    let places: Vec<&str> = said.iter().map(|said| said.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["2:3", "2:12", "4:19", "5:3"], "{said:?}");
}

#[test]
fn nobody_stands_in_it_twice() {
    let twice = "clients:\n- {id: a, secret: 0123456789abcdef}\n- {id: a, secret: 0123456789abcdef}\n\
                 issuers:\n- issuer: https://a/\n- issuer: https://a/";
    let said = said(twice);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("3:3: two clients") && said[1].starts_with("6:3: one `issuer`"));
}

#[test]
fn words_and_numbers_are_read_as_in_json() {
    let text = "clients: [{id: a, secret: 0123456789abcdef, claims: \
                {a: 7, b: -1.5, c: true, d: null, e: ~, f: 2024-01-01, g: '7', h: x y, 7: k}}]";
    let policy = Policy::read(text).unwrap();
    let expected = json!({"a": 7, "b": -1.5, "c": true, "d": null, "e": null, "f": "2024-01-01",
                          "g": "7", "h": "x y", "7": "k"});
    let claims = policy.clients[0].grant.claims.of(&crate::Caller::default());
    assert_eq!(Value::Object(claims), expected);
}

#[test]
fn a_text_without_end_is_refused() {
    let deep = |levels| format!("clients: {}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(said(&deep(16))[0].contains("nested deeper than 16"));
    assert!(said(&deep(10_000))[0].contains("no YAML"), "the parser has an end of its own");
    let long = format!("# {}\nclients: []", "x".repeat(MAX_TEXT_BYTES));
    assert!(said(&long)[0].contains("bytes"));
}
