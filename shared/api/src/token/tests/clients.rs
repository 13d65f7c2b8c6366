//! Clients at `/auth/*`.

use super::*;

#[tokio::test]
async fn a_client_gets_its_fixed_claims_for_an_hour() {
    let (status, answer) = send(&router(), get_as(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::OK);
    let context = context(&answer["token"]);
    assert_eq!(context.claims()["tenant_id"], 7);
    assert_eq!(context.claims()["exp"], NOW + 3_600);
    assert_eq!(answer.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_chooses_from_its_lists_by_any_of_the_names() {
    for body in [
        json!({"claims": {"user_id": 42}, "expires_in": 60}),
        json!({"payload": {"user_id": 42}, "ttl": 60}),
    ] {
        let (status, answer) = post(body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let context = context(&answer["token"]);
        assert_eq!(context.claims()["user_id"], 42);
        assert_eq!(context.claims()["exp"], NOW + 60);
    }
    let shown = json!({"client_id": "shop", "client_secret": SECRET}).to_string();
    let request = post_to("/auth/token", "application/json", shown);
    assert_eq!(send(&router(), request).await.0, StatusCode::OK);
}

/// T-01
#[tokio::test]
async fn every_wrong_credential_reads_the_same() {
    let (_, answer) = send(&router(), get_as(&basic("shop", SECRET))).await;
    let token_of_load = format!("Bearer {}", answer["token"].as_str().unwrap());
    for authorization in [
        basic("shop", "wrong"),
        basic("nobody", SECRET),
        token_of_load,
        "x".to_owned(),
        "Negotiate x".to_owned(),
        "Bearer".to_owned(),
    ] {
        let (status, answer) = send(&router(), get_as(&authorization)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{authorization}");
        assert_eq!(answer, json!({"error": "Invalid credentials"}), "{authorization}");
    }
    let (status, answer) = send(&router(), get_with(&[])).await;
    assert_eq!((status, answer), (StatusCode::FORBIDDEN, json!({"error": "Invalid credentials"})));
}

#[tokio::test]
async fn a_client_without_the_right_gets_no_token() {
    let (status, answer) = send(&router(), get_as(&basic("ops", OPS_SECRET))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(answer["error"].as_str().unwrap().contains("right"), "{answer}");
}

/// T-02 and T-03
#[tokio::test]
async fn nobody_chooses_what_is_reserved_or_not_on_the_list() {
    for (claims, expected) in [
        (json!({"exp": 1}), StatusCode::BAD_REQUEST),
        (json!({"u": {"id": 1}}), StatusCode::BAD_REQUEST),
        (json!({"user_id": 43}), StatusCode::FORBIDDEN),
        (json!({"tenant_id": 8}), StatusCode::FORBIDDEN),
        (json!({"__proto__": "x"}), StatusCode::FORBIDDEN),
    ] {
        let (status, answer) = post(json!({ "claims": claims })).await;
        assert_eq!(status, expected, "{claims}");
        let name = claims.as_object().unwrap().keys().next().unwrap();
        let said = answer["error"].as_str().unwrap();
        assert_eq!(said.contains(name), expected == StatusCode::BAD_REQUEST, "{said}");
    }
    let mut parts = parts();
    parts.policy.claims_namespace = Some("https://app/claims".to_owned());
    let body = json!({"claims": {"https://app/claims": {"user_id": 42}}}).to_string();
    let (status, _) = send(&token_router(parts), post_raw(body)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

/// T-04
#[tokio::test]
async fn a_life_time_is_whole_seconds_up_to_a_day() {
    for bad in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("3600"),
        json!(86_401),
        json!(1e18),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
    ] {
        let (status, _) = post(json!({ "ttl": bad })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(post(json!({ "ttl": 86_400 })).await.0, StatusCode::OK);
    let mut parts = parts();
    parts.policy.max_token_life_s = Some(5);
    let (_, answer) = send(&token_router(parts), get_as(&basic("shop", SECRET))).await;
    assert_eq!(context(&answer["token"]).claims()["exp"], NOW + 5);
}

/// T-05
#[tokio::test]
async fn a_request_is_bounded_before_it_is_understood() {
    let nested = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    let many: Vec<String> = (0..65).map(|n| format!("\"c{n}\":1")).collect();
    let many = many.join(",");
    for (body, expected) in [
        (format!(r#"{{"payload":{nested}}}"#), StatusCode::BAD_REQUEST),
        (format!(r#"{{"payload":{{{many}}}}}"#), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a":1,"a":2}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a\u0000":1}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":{"a":["\u0000"]}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":1}"#.to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"payload":"{}"}"#.to_owned(), StatusCode::BAD_REQUEST),
        ("[]".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        (
            format!(r#"{{"payload":{{"a":"{}"}}}}"#, "x".repeat(4_097)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (" ".repeat(20_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, _) = send(&router(), post_raw(body.clone())).await;
        assert_eq!(status, expected, "{}", body.get(..60).unwrap_or(&body));
    }
    let (status, _) = send(&router(), post_raw(b"{\"payload\":\"\xff\"}".to_vec())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for kind in ["text/plain", "application/json; charset=utf-16", "application/jsonx", ""] {
        let mut request = post_raw("{}");
        request.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
        assert_eq!(send(&router(), request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
}

/// T-05: what a client may have is bounded too, by what `load` accepts.
#[tokio::test]
async fn a_token_that_load_would_refuse_for_its_length_is_not_issued() {
    let claims = json!({"text": "x".repeat(8_000)});
    let grants = json!({"clients": [{"id": "shop", "secret": SECRET, "claims": claims}]});
    let mut parts = parts();
    parts.grants = Document::fixed(issuance::Policy::read(&grants.to_string()).unwrap());
    let (status, answer) = send(&token_router(parts), get_as(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "The claims do not fit into a token");
}

/// T-06
#[tokio::test]
async fn nobody_chooses_the_key_or_the_header() {
    for body in [
        json!({"alg": "none"}),
        json!({"kid": "x"}),
        json!({"header": {"jku": "https://evil.example"}}),
        json!({"claims": {}, "payload": {}}),
        json!({"client_id": "shop", "client_secret": SECRET}),
    ] {
        assert_eq!(post(body.clone()).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
}

/// T-08
#[tokio::test]
async fn the_current_key_signs_whatever_else_verifies() {
    let named = |byte, stage, kid: &str| HmacKey::new(&[byte; 64], stage).with_kid(kid.to_owned());
    let keys = vec![
        named(1, Stage::Pending, "pending"),
        named(2, Stage::Previous, "previous"),
        named(3, Stage::Current, "current"),
    ];
    let keys = KeySet::new(keys, &Algorithms::of_shared_secrets()).unwrap();
    let mut parts = parts();
    parts.signer = signer(keys);
    let (_, answer) = send(&token_router(parts), get_as(&basic("shop", SECRET))).await;
    let header = answer["token"].as_str().unwrap().split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "HS256", "kid": "current", "typ": "JWT"}));
}

#[tokio::test]
async fn other_methods_and_paths_have_no_token() {
    for (method, path, expected) in [
        (Method::POST, "/auth/cubejs-token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/auth/token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/oauth/token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/oauth/revoke", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/auth/token/", StatusCode::NOT_FOUND),
        (Method::GET, "/cubejs-api/v1/load", StatusCode::NOT_FOUND),
    ] {
        let mut request = get_as(&basic("shop", SECRET));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(send(&router(), request).await.0, expected, "{path}");
    }
}

#[tokio::test]
async fn without_a_key_to_sign_with_the_answer_is_later() {
    let mut parts = parts();
    let pending = HmacKey::new(&[7; 64], Stage::Pending);
    parts.signer = signer(KeySet::new(vec![pending], &policy().algorithms).unwrap());
    let request = get_as(&basic("shop", SECRET));
    let (status, headers, answer) = exchange(&token_router(parts), request).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(answer["error"], "Authentication is temporarily unavailable");
    assert!(answer["requestId"].is_string());
}
