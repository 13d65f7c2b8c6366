//! With what others verify our tokens, whether a token is good, and how it is taken back.

use auth::JwkSet;

use super::*;

const US: &str = "https://tokens.example.com";

/// An installation that signs with a private key under a name of its own.
fn signing_parts() -> TokenParts {
    let key = private_key(OUR_KEY, Some("2026-11"));
    let public = key.public_key().unwrap().clone();
    let keys = KeySet::of_public_keys(vec![public]).with_private_key(key, 0, None);
    let algorithms = Algorithms::of_public_keys();
    TokenParts {
        signer: TokenSigner::Keys {
            source: KeySource::Environment(Arc::new(keys)),
            policy: Box::new(Policy::new(algorithms)),
        },
        policy: Policy {
            issuers: vec![US.to_owned()],
            audiences: vec!["api".to_owned()],
            ..policy()
        },
        ..parts()
    }
}

async fn document(router: &Router, path: &str) -> (StatusCode, HeaderMap, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, headers, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn our_tokens_verify_with_the_keys_that_are_published() {
    let router = token_router(signing_parts());
    let (status, headers, set) = document(&router, "/.well-known/jwks.json").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[CACHE_CONTROL], "public, max-age=300");
    assert!(set["keys"][0].get("d").is_none(), "{set}");
    let keys = JwkSet::read(set.to_string().as_bytes()).unwrap();
    assert!(keys.left_out.is_empty());
    let keys = KeySet::of_public_keys(keys.keys);
    let (_, answer) = send(&router, get_as(&basic("shop", SECRET))).await;
    let demanded = Policy {
        issuers: vec![US.to_owned()],
        audiences: vec!["api".to_owned()],
        ..Policy::new(Algorithms::from_names(["ES256"]).unwrap())
    };
    let claims = verify(answer["token"].as_str().unwrap(), &keys, &demanded, NOW).unwrap();
    assert_eq!(claims.get("tenant_id"), Some(&json!(7)));
}

#[tokio::test]
async fn the_discovery_document_names_what_there_is() {
    let router = token_router(signing_parts());
    let (status, _, found) = document(&router, "/.well-known/openid-configuration").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(found["issuer"], US);
    assert_eq!(found["jwks_uri"], format!("{US}/.well-known/jwks.json"));
    assert_eq!(found["token_endpoint"], format!("{US}/oauth/token"));
    assert_eq!(found["id_token_signing_alg_values_supported"], json!(["ES256"]));
    let grants = found["grant_types_supported"].as_array().unwrap();
    assert!(!grants.contains(&json!("password")), "there is no user pool");
    let mut parts = signing_parts();
    parts.policy.issuers.clear();
    let (status, ..) = document(&token_router(parts), "/.well-known/openid-configuration").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody knows where we are");
}

#[tokio::test]
async fn a_shared_secret_is_published_to_nobody() {
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        let (status, _, answer) = document(&router(), path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(answer.get("keys").is_none());
    }
}

/// T-07 with a private key: the same name and key as ours, whoever verifies them.
#[tokio::test]
async fn a_token_of_our_private_key_is_no_credential() {
    let router = token_router(signing_parts());
    let (_, answer) = send(&router, get_as(&basic("shop", SECRET))).await;
    let token = format!("Bearer {}", answer["token"].as_str().unwrap());
    let (status, answer) = send(&router, get_as(&token)).await;
    assert_eq!((status, answer), (StatusCode::FORBIDDEN, json!({"error": "Invalid credentials"})));
}

async fn as_client(
    router: &Router,
    path: &str,
    id: &str,
    secret: &str,
    token: &str,
) -> (StatusCode, Value) {
    let body = json!({"client_id": id, "client_secret": secret, "token": token});
    send(router, post_to(path, "application/json", body.to_string())).await
}

#[tokio::test]
async fn a_client_with_the_right_is_told_whether_a_token_is_good() {
    let ask = |router: &Router, token: &str| {
        let (router, token) = (router.clone(), token.to_owned());
        async move { as_client(&router, "/oauth/introspect", "ops", OPS_SECRET, &token).await }
    };
    for parts in [parts, signing_parts] {
        let router = token_router(parts());
        let (_, answer) = send(&router, get_as(&basic("shop", SECRET))).await;
        let (status, told) = ask(&router, answer["token"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!((&told["active"], &told["exp"]), (&json!(true), &json!(NOW + 3_600)), "{told}");
        assert!(told["jti"].is_string() && told.get("tenant_id").is_none(), "{told}");
        let (_, told) = ask(&router, &providers_token()).await;
        assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("alice")), "{told}");
        let ended = token_of(PROVIDERS_KEY, json!({"aud": "other"}), 60);
        for token in ["x", ended.as_str(), &format!("{}x", providers_token())] {
            let (status, told) = ask(&router, token).await;
            assert_eq!((status, told), (StatusCode::OK, json!({"active": false})));
        }
    }
}

#[tokio::test]
async fn nobody_else_is_told_or_takes_anything_back() {
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let token = providers_token();
        let (status, answer) = as_client(&router(), path, "shop", SECRET, &token).await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::BAD_REQUEST, &json!("unauthorized_client"))
        );
        let (status, answer) = as_client(&router(), path, "ops", "wrong", &token).await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::UNAUTHORIZED, &json!("invalid_client"))
        );
        let mut request = post_to(path, "application/json", json!({ "token": token }).to_string());
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        assert_eq!(send(&router(), request).await.0, StatusCode::UNAUTHORIZED);
        let (status, answer) = as_client(&router(), path, "ops", OPS_SECRET, "").await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
    }
}

#[tokio::test]
async fn without_a_ledger_nothing_is_taken_back_and_that_is_said() {
    let (status, answer) =
        as_client(&router(), "/oauth/revoke", "ops", OPS_SECRET, &providers_token()).await;
    assert_eq!(status, StatusCode::NOT_IMPLEMENTED);
    assert_eq!(answer["error"], "server_error");
}
