use std::collections::HashSet;

use super::*;
use crate::{Map as Variables, clock};

const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret";
const URL: &str = "https://issuer.example/jwks.json";

/// An Ed25519 public key, RFC 8032 §7.1, test 1.
const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

fn read(pairs: &[(&str, &str)]) -> (Option<Issuers>, Vec<Error>) {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (map, mut errors) = (pairs.collect::<Variables>(), Vec::new());
    let authentication = Authentication::read(&map, &mut errors);
    (read_issuers(&map, &authentication, &clock(), &mut errors), errors)
}

fn good(pairs: &[(&str, &str)]) -> Vec<(Policy, &'static str)> {
    let (issuers, errors) = read(pairs);
    assert_eq!(errors, []);
    let kind = |keys: &KeySource| match keys {
        KeySource::Environment(_) => "environment",
        KeySource::SecretsManager(_) => "secret",
        KeySource::KeyServer(_) => "server",
    };
    issuers.unwrap().iter().map(|one| (one.policy.clone(), kind(&one.keys))).collect()
}

#[test]
fn an_api_secret_is_one_issuer() {
    let issuers = good(&[("CUBEJS_API_SECRET", SECRET)]);
    assert_eq!(issuers.len(), 1);
    assert_eq!(
        (&issuers[0].0.algorithms, issuers[0].1),
        (&Algorithms::of_shared_secrets(), "environment")
    );
}

#[test]
fn a_key_server_stands_in_the_place_of_secrets_as_in_cube() {
    let issuers = good(&[
        ("CUBEJS_JWK_URL", URL),
        ("CUBEJS_API_SECRET", SECRET),
        ("CUBEJS_JWT_ISSUER", "https://issuer.example/"),
        ("CUBEJS_JWT_AUDIENCE", "api"),
        ("CUBEJS_JWT_ALGS", "HS256,RS256"),
    ]);
    let [(policy, "server")] = issuers.as_slice() else { panic!("{issuers:?}") };
    assert_eq!(policy.algorithms, Algorithms::from_names(["RS256"]).unwrap());
    assert_eq!(policy.issuers, ["https://issuer.example/"]);
    assert_eq!(policy.audiences, ["api"]);
    let issuers = good(&[("CUBEJS_JWK_URL", URL)]);
    assert_eq!(issuers[0].0.algorithms, Algorithms::of_public_keys());
}

#[test]
fn a_public_key_verifies_the_algorithms_that_are_listed() {
    let issuers = good(&[("CUBEJS_JWT_KEY", PEM), ("CUBEJS_JWT_ALGS", "EdDSA")]);
    let [(policy, "environment")] = issuers.as_slice() else { panic!("{issuers:?}") };
    assert_eq!(policy.algorithms, Algorithms::from_names(["EdDSA"]).unwrap());
}

#[test]
fn several_issuers_have_keys_audience_and_algorithms_of_their_own() {
    let list = r#"[
        {"issuer": "https://a.example/", "audience": "api", "jwks_url": "https://keys.example/a"},
        {"issuer": "https://b.example", "audience": ["x", "y"], "algorithms": ["ES256"],
         "claims_namespace": "https://b.example/claims", "subject": null}
    ]"#;
    let issuers = good(&[
        ("TESSERA_ISSUERS", list),
        ("CUBEJS_API_SECRET", SECRET),
        ("CUBEJS_JWT_CLAIMS_NAMESPACE", "ns"),
        ("CUBEJS_JWT_ISSUER", "me"),
    ]);
    let [(own, "environment"), (a, "server"), (b, "server")] = issuers.as_slice() else {
        panic!("{issuers:?}")
    };
    assert_eq!(own.issuers, ["me"]);
    assert_eq!(
        (&a.issuers[..], &a.audiences[..]),
        (&["https://a.example/".into()][..], &["api".into()][..])
    );
    assert_eq!(
        (a.claims_namespace.as_deref(), b.claims_namespace.as_deref()),
        (Some("ns"), Some("https://b.example/claims"))
    );
    assert_eq!(b.audiences, ["x", "y"]);
    assert_eq!(b.algorithms, Algorithms::from_names(["ES256"]).unwrap());
    assert_eq!(a.algorithms, Algorithms::of_public_keys());
    // They need no API secret.
    assert_eq!(good(&[("TESSERA_ISSUERS", list)]).len(), 2);
}

#[test]
fn a_user_pool_gives_issuer_and_key_set() {
    let pool = ("TESSERA_COGNITO_USER_POOL_ID", "eu-central-1_AbC123");
    let clients = ("TESSERA_COGNITO_CLIENT_IDS", "shop, app");
    let issuers = good(&[pool, clients, ("CUBEJS_JWT_AUDIENCE", "ignored")]);
    let [(policy, "server")] = issuers.as_slice() else { panic!("{issuers:?}") };
    assert_eq!(
        policy.issuers,
        ["https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123"]
    );
    let client_ids = vec!["shop".to_owned(), "app".to_owned()];
    assert_eq!(policy.cognito, Some(Cognito { token_use: TokenUse::Access, client_ids }));
    assert!(policy.audiences.is_empty(), "an access token has none");
    let id = ("TESSERA_COGNITO_TOKEN_USE", "id");
    let keys = ("TESSERA_COGNITO_JWKS_URL", "http://localhost:5000/keys");
    let region = ("TESSERA_COGNITO_REGION", "eu-central-1");
    assert_eq!(good(&[pool, clients, id, keys, region]).len(), 1);
}

#[test]
fn the_playground_is_asked_last_and_only_for_its_scope() {
    let issuers = good(&[
        ("CUBEJS_API_SECRET", SECRET),
        ("CUBEJS_PLAYGROUND_AUTH_SECRET", SECRET),
        ("CUBEJS_JWT_ISSUER", "me"),
    ]);
    let scopes: Vec<_> = issuers.iter().map(|(policy, _)| policy.scope).collect();
    assert_eq!(scopes, [None, Some("dev-token")]);
    assert!(issuers[1].0.issuers.is_empty());
    let (none, errors) = read(&[("CUBEJS_PLAYGROUND_AUTH_SECRET", SECRET)]);
    assert!(none.is_none() && errors.len() == 1, "alone it is no configuration");
}

const BROKEN_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCovBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

const POOL_ID: (&str, &str) = (POOL, "eu-1_a");
const CLIENTS: (&str, &str) = (CLIENT_IDS, "a");
const ALGORITHMS: &str = "CUBEJS_JWT_ALGS";

/// The variable that the sentence names, and what is set.
const REFUSED: &[(&str, &[(&str, &str)])] = &[
    ("CUBEJS_API_SECRET", &[]),
    (JWK_URL, &[(JWK_URL, "http://hunter2.example/keys")]),
    (JWK_URL, &[(JWK_URL, "hunter2")]),
    (ALGORITHMS, &[(JWK_URL, URL), (ALGORITHMS, "HS256")]),
    (JWK_URL, &[(JWK_URL, URL), ("TESSERA_API_SECRET_ARN", "arn")]),
    (JWT_KEY, &[(JWT_KEY, PEM)]),
    (JWT_KEY, &[(JWT_KEY, PEM), (ALGORITHMS, "EdDSA,HS256")]),
    (JWT_KEY, &[(JWT_KEY, BROKEN_PEM), (ALGORITHMS, "EdDSA")]),
    (KEY_SERVER_CA, &[(JWK_URL, URL), (KEY_SERVER_CA, "/nonexistent")]),
    (ISSUERS, &[(ISSUERS, "hunter2")]),
    (ISSUERS, &[(ISSUERS, "{}")]),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"https://hunter2.example/"}]"#)]),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"https://hunter2.example/","audience":[]}]"#)]),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"https://hunter2.example/","audience":7}]"#)]),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"https://a.example","audience":"a","aud":"a"}]"#)]),
    (
        ISSUERS,
        &[(ISSUERS, r#"[{"issuer":"https://a.example","audience":"a","algorithms":["HS256"]}]"#)],
    ),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"https://a.example","audience":"a","algorithms":[]}]"#)]),
    (
        ISSUERS,
        &[(ISSUERS, r#"[{"issuer":"a","audience":"a","jwks_url":"http://hunter2.example"}]"#)],
    ),
    (ISSUERS, &[(ISSUERS, r#"[{"issuer":"hunter2","audience":"a"}]"#)]),
    (POOL, &[(POOL, "hunter2"), CLIENTS]),
    (POOL, &[(POOL, "eu-1_a/../b"), CLIENTS]),
    (CLIENT_IDS, &[POOL_ID]),
    (TOKEN_USE, &[POOL_ID, CLIENTS, (TOKEN_USE, "refresh")]),
    (REGION, &[POOL_ID, CLIENTS, (REGION, "us-1")]),
    (POOL_KEYS, &[POOL_ID, CLIENTS, (POOL_KEYS, "http://hunter2.example")]),
    (PLAYGROUND, &[("CUBEJS_API_SECRET", SECRET), (PLAYGROUND, "hunter2")]),
];

#[test]
fn unsafe_or_contradicting_values_are_refused_by_name_and_not_repeated() {
    let mut seen = HashSet::new();
    for (variable, pairs) in REFUSED {
        let (issuers, errors) = read(pairs);
        assert!(issuers.is_none(), "{pairs:?}");
        assert_eq!(errors.len(), 1, "{pairs:?} {errors:?}");
        let said = errors[0].to_string();
        assert!(said.contains(variable) && !said.contains("hunter2"), "{pairs:?}: {said}");
        seen.insert(said);
    }
    assert!(seen.len() > 12, "sentences tell what to change: {seen:?}");
}

#[test]
fn an_issuer_stands_once() {
    let one = r#"{"issuer":"https://a.example/","audience":"a"}"#;
    let (issuers, errors) = read(&[("TESSERA_ISSUERS", &format!("[{one},{one}]"))]);
    assert!(issuers.is_none() && errors.len() == 1);
}

/// attacks.md J-90: no variable, whatever it is set to, lets a bad token in, and one alone lets in
/// whoever has none.
#[test]
fn no_variable_lets_a_bad_token_in() {
    const NOW: u64 = 1_800_000_000;
    let token = |secret: &str, ends: u64| {
        let key = auth::SigningKey::new(secret.as_bytes(), auth::Algorithm::Hs256, None);
        let lifetime = auth::Lifetime::Seconds(60);
        auth::mint(Map::new(), &key, ends - 60, lifetime).unwrap()
    };
    let good = token(SECRET, NOW + 60);
    let unsigned = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.".to_owned();
    let strangers = token("another-secret-of-more-than-32-bytes-another", NOW + 60);
    let bad = [unsigned, strangers, token(SECRET, NOW - 3_600), format!("{good}A")];
    let mut accepting = 0;
    for variable in crate::variables() {
        let name = variable.name.replace('*', "X");
        for value in ["true", "false", "1", "*", "none", "development", "dev", "0"] {
            let secret = ("CUBEJS_API_SECRET".to_owned(), SECRET.to_owned());
            let map: Variables = [secret, (name.clone(), value.to_owned())].into_iter().collect();
            let mut errors = Vec::new();
            let authentication = Authentication::read(&map, &mut errors);
            let may_be_nobody = name == "CUBEJS_DEV_MODE" && value == "true";
            assert_eq!(authentication.is_development, may_be_nobody, "{name}={value}");
            let issuers = read_issuers(&map, &authentication, &clock(), &mut errors);
            let Some(issuers) = issuers.filter(|_| errors.is_empty()) else { continue };
            for issuer in issuers.iter() {
                let KeySource::Environment(keys) = &issuer.keys else { continue };
                let verdict = |token: &str| auth::verify(token, keys, &issuer.policy, NOW).is_ok();
                assert!(!bad.iter().any(|token| verdict(token)), "{name}={value}");
                accepting += usize::from(verdict(&good));
            }
        }
    }
    assert!(accepting > 100, "{accepting}");
}
