//! What a process that issues tokens is told.

use super::*;
use crate::{Map, clock};

const SECRET: (&str, &str) = ("CUBEJS_API_SECRET", "a-secret-of-more-than-32-bytes-a-secret");
const LIST: (&str, &str) =
    ("TESSERA_CLIENTS", r#"{"clients":[{"id":"shop","secret":"0123456789abcdef"}]}"#);

fn read(pairs: &[(&str, &str)]) -> Result<Issuing, String> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Issuing::read(&pairs.collect::<Map>(), &clock()).map_err(|errors| errors.to_string())
}

/// What is said of these beside a secret and a list of clients.
fn refused(pairs: &[(&str, &str)]) -> String {
    read(&[&[SECRET, LIST], pairs].concat()).unwrap_err()
}

#[test]
fn the_policy_is_a_file_or_a_secret_and_a_list_of_clients_is_one_too() {
    let file = std::env::temp_dir().join(format!("tessera-policy-{}.yml", std::process::id()));
    std::fs::write(&file, "clients: []").unwrap();
    let path = file.to_string_lossy();
    let grants = |pair| read(&[SECRET, pair]).unwrap().grants;
    let TextSource::Here { origin, .. } = grants((POLICY, &path)) else { panic!("not here") };
    assert!(origin.starts_with("TESSERA_TOKEN_POLICY (") && origin.ends_with(".yml)"), "{origin}");
    assert!(matches!(grants(LIST), TextSource::Here { origin, .. } if origin == CLIENTS));
    for variable in [POLICY_ARN, CLIENTS_ARN] {
        let stored = grants((variable, "arn"));
        assert!(matches!(stored, TextSource::SecretsManager { arn, .. } if arn == "arn"));
    }
    std::fs::remove_file(&file).unwrap();
    assert!(read(&[SECRET, (POLICY, &path)]).unwrap_err().starts_with("TESSERA_TOKEN_POLICY must"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let said = read(&[("CUBEJS_JWT_ALGS", "none"), (SESSION_COOKIE, "a b")]).unwrap_err();
    for variable in ["CUBEJS_JWT_ALGS", "CUBEJS_API_SECRET", POLICY, SESSION_COOKIE] {
        assert!(said.contains(variable), "{said}");
    }
    let whole = read(&[SECRET, LIST, ("TESSERA_CORS_ORIGINS", "https://shop.example")]).unwrap();
    assert_eq!(whole.cors_origins.unwrap(), ["https://shop.example"]);
    assert!(whole.user_pool.is_none() && whole.ledger.is_none() && whole.login_url.is_none());
}

#[test]
fn no_policy_and_two_are_refused() {
    assert!(read(&[SECRET]).unwrap_err().starts_with("TESSERA_TOKEN_POLICY is required"));
    for second in [CLIENTS_ARN, POLICY_ARN, POLICY] {
        let said = refused(&[(second, "x")]);
        assert!(said.contains(second) && said.contains("TESSERA_CLIENTS"), "{said}");
        assert!(!said.contains("0123456789abcdef"), "{said}");
    }
}

#[test]
fn beside_cubes_key_server_a_secret_signs_in_vain() {
    let url = ("CUBEJS_JWK_URL", "https://login.example.com/jwks.json");
    assert!(refused(&[url]).starts_with("CUBEJS_JWK_URL and CUBEJS_API_SECRET are both set"));
    let signed = read(&[url, LIST, ("TESSERA_SIGNING_KEY_ARN", "arn")]).unwrap();
    assert_eq!(signed.issuers.iter().count(), 1);
    let own = [url, LIST, ("TESSERA_SIGNING_KEY_ARN", "arn"), (ISSUER, "https://own.example")];
    let listed =
        read(&[&own[..], &[("CUBEJS_JWT_ISSUER", "https://a/,https://own.example")]].concat());
    let names =
        listed.unwrap().issuers.iter().map(|one| one.policy.issuers.clone()).collect::<Vec<_>>();
    assert_eq!(names, [["https://a/"]], "we are no provider of ours");
    let own = [own.as_slice(), &[("CUBEJS_JWT_ISSUER", "https://own.example")]].concat();
    assert_eq!(read(&own).unwrap().issuers.iter().count(), 0);
    let alone = read(&[LIST, ("TESSERA_SIGNING_KEY_ARN", "arn")]).unwrap();
    assert_eq!(alone.issuers.iter().count(), 0, "nobody's tokens are exchanged");
}

#[test]
fn our_name_is_a_variable_of_its_own_or_the_first_that_load_accepts() {
    let named = read(&[SECRET, LIST, ("CUBEJS_JWT_ISSUER", "https://a/,https://b/")]).unwrap();
    assert_eq!(named.policy.issuers, ["https://a/", "https://b/"]);
    let own = (ISSUER, "https://tokens.example.com");
    let named = read(&[SECRET, LIST, own, ("CUBEJS_JWT_ISSUER", "https://a/")]).unwrap();
    assert_eq!(named.policy.issuers, ["https://tokens.example.com"]);
    for bad in ["tokens", "http://tokens.example.com", "https://tokens.example.com/#x"] {
        assert!(refused(&[(ISSUER, bad)]).starts_with("TESSERA_TOKEN_ISSUER must be"), "{bad}");
    }
}

#[test]
fn a_user_pool_signs_in_with_its_first_client() {
    let pool = [(POOL, "eu-central-1_abc"), ("TESSERA_COGNITO_CLIENT_IDS", "one, two")];
    let read_pool = |more: &[(&str, &str)]| {
        read(&[&[SECRET, LIST], &pool[..], more].concat()).map(|read| read.user_pool.unwrap())
    };
    let read = read_pool(&[]).unwrap();
    assert_eq!((read.id.as_str(), read.client_id.as_str()), ("eu-central-1_abc", "one"));
    assert!(read.client_secret.is_none() && !read.has_id_tokens);
    let secret = read_pool(&[(CLIENT_SECRET, "hunter2"), ("TESSERA_COGNITO_TOKEN_USE", "id")]);
    let secret = secret.unwrap();
    assert!(secret.has_id_tokens && matches!(secret.client_secret, Some(TextSource::Here { .. })));
    assert!(!format!("{secret:?}").contains("hunter2"));
    let stored = read_pool(&[(CLIENT_SECRET_ARN, "arn")]).unwrap();
    assert!(matches!(stored.client_secret, Some(TextSource::SecretsManager { .. })));
    let both = read_pool(&[(CLIENT_SECRET, "hunter2"), (CLIENT_SECRET_ARN, "arn")]).unwrap_err();
    assert!(both.contains(CLIENT_SECRET_ARN) && !both.contains("hunter2"), "{both}");
    let said = refused(&[(CLIENT_SECRET, "hunter2")]);
    assert!(said.starts_with("TESSERA_COGNITO_CLIENT_SECRET is refused"), "{said}");
}

#[test]
fn a_cookie_has_a_name_and_a_login_an_address_of_ours_or_of_the_web() {
    for good in ["/login", "/login?to=dashboard", "https://login.example.com/x?y=z"] {
        let url = read(&[SECRET, LIST, (LOGIN_URL, good)]).unwrap().login_url;
        assert_eq!(url.as_deref(), Some(good));
    }
    for bad in ["login", "//evil.example", "/\\evil.example", "http://a.example", "javascript:x"] {
        assert!(refused(&[(LOGIN_URL, bad)]).starts_with("TESSERA_LOGIN_URL must be"), "{bad}");
    }
    let cookie = read(&[SECRET, LIST, (SESSION_COOKIE, "__Host-session")]).unwrap();
    assert_eq!(cookie.session_cookie.as_deref(), Some("__Host-session"));
    for bad in ["a b", "a=b", "a;b", "é"] {
        assert!(refused(&[(SESSION_COOKIE, bad)]).starts_with("TESSERA_SESSION_COOKIE"), "{bad}");
    }
}
