//! Users at `/auth/*`: a provider's token in the header or in the session's cookie.

use super::*;

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A router whose tokens have a name for us, and its answer to a bearer token.
async fn ask(token: &str) -> (StatusCode, Value) {
    send(&router(), get_as(&bearer(token))).await
}

#[tokio::test]
async fn a_providers_token_is_exchanged_for_what_the_policy_copies() {
    let token = token_of(PROVIDERS_KEY, json!({"tenant_id": 8, "role": "admin", "u": 1}), 600);
    let (status, answer) = ask(&token).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let payload = Value::Object(context(&answer["token"]).payload().clone());
    let expected = json!({
        "sub": "alice", "u": {"id": "alice", "tenant": 7},
        "iat": NOW, "exp": NOW + 600, "jti": payload["jti"],
    });
    assert_eq!(payload, expected, "it ends when the provider's token does");
    let bare = send(&router(), get_as(&token)).await;
    assert_eq!(bare.0, StatusCode::OK, "Cube's bare form is as good");
}

#[tokio::test]
async fn a_user_chooses_from_the_lists_of_its_provider() {
    let choose = |body: Value| {
        let mut request = post_raw(body.to_string());
        let authorization = bearer(&providers_token()).parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, authorization);
        async move { send(&router(), request).await }
    };
    let (status, answer) = choose(json!({"claims": {"view": "stock"}, "expires_in": 60})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let context = context(&answer["token"]);
    assert_eq!(
        (&context.claims()["view"], &context.claims()["exp"]),
        (&json!("stock"), &json!(NOW + 60))
    );
    for claims in [json!({"view": "all"}), json!({"org": {"id": 8}}), json!({"user_id": 42})] {
        let (status, answer) = choose(json!({ "claims": claims })).await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (StatusCode::FORBIDDEN, Some("claim not allowed"))
        );
    }
    assert_eq!(choose(json!({"claims": {"sub": "bob"}})).await.0, StatusCode::BAD_REQUEST);
    let two = json!({"client_id": "shop", "client_secret": SECRET});
    assert_eq!(choose(two).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_token_that_is_not_a_providers_is_refused_with_the_same_words() {
    let of_provider = |claims| token_of(PROVIDERS_KEY, claims, 3_600);
    for token in [
        of_provider(json!({"aud": "other"})),
        of_provider(json!({"iss": "https://evil.example/"})),
        of_provider(json!({"iss": "https://third.example/"})),
        of_provider(json!({"iss": null})),
        of_provider(json!({"nbf": NOW + 3_600})),
        token_of(OUR_KEY, json!({}), 3_600),
        format!("{}x", providers_token()),
        "a.b.c".to_owned(),
    ] {
        let (status, answer) = ask(&token).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
        assert_eq!(answer, json!({"error": "Invalid credentials"}));
    }
    let without_right = of_provider(json!({"iss": "https://partner.example.org/"}));
    assert_eq!(ask(&without_right).await.0, StatusCode::FORBIDDEN);
}

/// T-07
#[tokio::test]
async fn a_token_that_load_accepts_of_us_is_no_credential() {
    // Whoever has one, or the secret itself, and says to be anybody.
    let (_, answer) = send(&router(), get_as(&basic("shop", SECRET))).await;
    assert_eq!(ask(answer["token"].as_str().unwrap()).await.0, StatusCode::FORBIDDEN);
    let key = key_set().signing_key(&Algorithms::of_shared_secrets(), NOW).unwrap();
    let claims = json!({"iss": PROVIDER, "aud": "dashboard", "sub": "alice"});
    let claims = serde_json::from_value(claims).unwrap();
    let token = mint(claims, &key, NOW, Lifetime::Seconds(60)).unwrap();
    let (status, answer) = ask(&token).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer, json!({"error": "Invalid credentials"}));
    // The same when our name stands among the providers, and when somebody copies it.
    let mut parts = parts();
    parts.policy.issuers = vec![PROVIDER.to_owned()];
    let request = get_as(&bearer(&providers_token()));
    assert_eq!(send(&token_router(parts), request).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_of_our_origin_shows_the_token_in_its_cookie() {
    let cookie = format!("theme=dark; session={}", providers_token());
    let same = ("sec-fetch-site", "same-origin");
    let (status, answer) = send(&router(), get_with(&[("cookie", &cookie), same])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(context(&answer["token"]).payload()["sub"], "alice");
    let mut request = post_to("/auth/token", "application/json", r#"{"claims":{"view":"sales"}}"#);
    for (name, value) in
        [("cookie", cookie.as_str()), ("origin", "https://a.example"), ("host", "a.example")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(send(&router(), request).await.0, StatusCode::OK);
    for headers in [
        &[("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")][..],
        &[("cookie", &cookie), ("sec-fetch-site", "same-site")],
        &[("cookie", &cookie), ("origin", "https://evil.example"), ("host", "a.example")],
        &[("cookie", &cookie)],
    ] {
        let (status, answer) = send(&router(), get_with(headers)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer["error"].as_str().unwrap().contains("cookie"), "{answer}");
    }
    let mut parts = parts();
    parts.session_cookie = None;
    let refused = send(&token_router(parts), get_with(&[("cookie", &cookie), same])).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN, "no cookie counts unless it is configured");
}

#[tokio::test]
async fn what_authorization_shows_is_more_than_a_cookie() {
    let cookie = format!("session={}", providers_token());
    let headers = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("authorization", &basic("shop", SECRET)),
    ];
    let (_, answer) = send(&router(), get_with(&headers)).await;
    assert_eq!(context(&answer["token"]).payload()["tenant_id"], 7);
    let headers = [headers[0], headers[1], ("authorization", "Bearer a.b.c")];
    assert_eq!(send(&router(), get_with(&headers)).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_browser_that_shows_nothing_is_sent_to_the_login() {
    let mut parts = parts();
    parts.login_url = Some("/login".to_owned());
    let router = token_router(parts);
    let page = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    let (status, headers, _) = exchange(&router, get_with(&[page])).await;
    assert_eq!((status, &headers["location"]), (StatusCode::FOUND, &"/login".parse().unwrap()));
    // A script cannot follow to another page; who shows something wrong is told so.
    for headers in [
        &[("accept", "application/json")][..],
        &[("accept", "*/*")],
        &[],
        &[page, ("authorization", "Bearer a.b.c")],
    ] {
        assert_eq!(send(&router, get_with(headers)).await.0, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let (status, _) = send(&super::router(), get_with(&[page])).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "there is no login");
}
