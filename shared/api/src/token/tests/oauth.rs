//! `/oauth/token`: the grants of RFC 6749 and the exchange of RFC 8693.

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form with these fields.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn ask(fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
    exchange(&router(), post_to("/oauth/token", FORM, form(fields))).await
}

const CLIENT: [(&str, &str); 3] =
    [("grant_type", "client_credentials"), ("client_id", "shop"), ("client_secret", SECRET)];

/// The fields of an exchange of this token.
fn exchange_of(token: &str) -> [(&str, &str); 3] {
    [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
    ]
}

#[tokio::test]
async fn a_client_gets_a_bearer_token_by_form_or_json_and_in_the_header() {
    let choice = [("claims", r#"{"user_id":42}"#), ("expires_in", "60")];
    let of_form = post_to("/oauth/token", FORM, form(&[&CLIENT[..], &choice].concat()));
    let body = json!({
        "grant_type": "client_credentials", "client_id": "shop", "client_secret": SECRET,
        "claims": {"user_id": 42}, "expires_in": 60,
    });
    let of_json = post_to("/oauth/token", "application/json; charset=UTF-8", body.to_string());
    let fields = [&CLIENT[..2], &choice].concat();
    let mut in_header = post_to("/oauth/token", FORM, form(&fields));
    in_header.headers_mut().insert(AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
    for request in [of_form, of_json, in_header] {
        let (status, _, answer) = exchange(&router(), request).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let claims = context(&answer["access_token"]);
        assert_eq!(
            (&claims.claims()["user_id"], &claims.claims()["tenant_id"]),
            (&json!(42), &json!(7))
        );
        let expected = json!({
            "access_token": answer["access_token"], "token_type": "Bearer", "expires_in": 60,
        });
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_providers_token_is_exchanged() {
    let token = providers_token();
    let more = [
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("claims", r#"{"view":"sales"}"#),
        ("some_extension", "is ignored"),
    ];
    let (status, _, answer) = ask(&[&exchange_of(&token)[..], &more].concat()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    let payload = context(&answer["access_token"]).payload().clone();
    assert_eq!((&payload["sub"], &payload["view"]), (&json!("alice"), &json!("sales")));
    let as_client = [&exchange_of(&token)[..], &CLIENT[1..]].concat();
    assert_eq!(ask(&as_client).await.0, StatusCode::OK, "a client may say who it is");
    let as_nobody = [&exchange_of(&token)[..], &[("client_id", "shop"), ("client_secret", "x")]];
    assert_eq!(ask(&as_nobody.concat()).await.0, StatusCode::UNAUTHORIZED);
}

/// T-01 and T-07: RFC 8693 §2.2.2 has `invalid_request` for every token that is not accepted.
#[tokio::test]
async fn a_token_that_is_no_providers_is_not_exchanged() {
    let (_, _, ours) = ask(&CLIENT).await;
    let ours = ours["access_token"].as_str().unwrap();
    let foreign = token_of(OUR_KEY, json!({}), 60);
    let third = token_of(PROVIDERS_KEY, json!({"iss": "https://third.example/"}), 60);
    for token in [ours, &foreign, &third, "x"] {
        let (status, _, answer) = ask(&exchange_of(token)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let expected =
            json!({"error": "invalid_request", "error_description": "Invalid credentials"});
        assert_eq!(answer, expected);
    }
}

/// T-01
#[tokio::test]
async fn a_client_that_is_none_is_invalid_in_one_text() {
    let (id, secret) = (("client_id", "shop"), ("client_secret", SECRET));
    let grant = CLIENT[0];
    let requests = [
        form(&[grant]),
        form(&[grant, id]),
        form(&[grant, secret]),
        form(&[grant, id, ("client_secret", "wrong")]),
        form(&[grant, ("client_id", "nobody"), secret]),
    ]
    .map(|body| post_to("/oauth/token", FORM, body));
    let with_header = |authorization: &str| {
        let mut request = post_to("/oauth/token", FORM, form(&[grant]));
        request.headers_mut().insert(AUTHORIZATION, authorization.parse().unwrap());
        request
    };
    let more = [basic("shop", "wrong"), "Bearer a.b.c".to_owned(), "x".to_owned()];
    for request in requests.into_iter().chain(more.iter().map(|value| with_header(value))) {
        let (status, headers, answer) = exchange(&router(), request).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
        assert_eq!(headers["www-authenticate"], "Basic realm=\"token\"");
        let expected =
            json!({"error": "invalid_client", "error_description": "Invalid credentials"});
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn every_other_mistake_has_its_code() {
    let token = providers_token();
    let client = |more: &[(&str, &str)]| form(&[&CLIENT[..], more].concat());
    let exchanged = |more: &[(&str, &str)]| form(&[&exchange_of(&token)[..], more].concat());
    let without_right = [("client_id", "ops"), ("client_secret", OPS_SECRET)];
    for (body, status, code, said) in [
        (String::new(), 400, "invalid_request", "grant_type is missing"),
        (
            form(&[("grant_type", "authorization_code")]),
            400,
            "unsupported_grant_type",
            "grant_type",
        ),
        (form(&[&CLIENT[..1], &without_right].concat()), 400, "unauthorized_client", "right"),
        (client(&[("scope", "openid")]), 400, "invalid_scope", "leave scope out"),
        (client(&[("audience", "other")]), 400, "invalid_target", "audience"),
        (client(&[("resource", "https://a/")]), 400, "invalid_target", "resource"),
        (client(&[("claims", "{")]), 400, "invalid_request", "claims"),
        (client(&[("claims", r#"{"exp":1}"#)]), 400, "invalid_request", "'exp' is reserved"),
        (client(&[("claims", r#"{"user_id":43}"#)]), 403, "access_denied", "claim not allowed"),
        (client(&[("claims", r#"{"a":1,"a":2}"#)]), 400, "invalid_request", "claims"),
        (client(&[("expires_in", "1.5")]), 400, "invalid_request", "expires_in"),
        (client(&[("expires_in", "soon")]), 400, "invalid_request", "expires_in"),
        (client(&[("expires_in", "86401")]), 400, "invalid_request", "expires_in"),
        (client(&[("alg", "none")]), 400, "invalid_request", "key or the header"),
        (client(&[("kid", "x")]), 400, "invalid_request", "key or the header"),
        (client(&[("client_id", "shop")]), 400, "invalid_request", "unique"),
        (exchanged(&[("actor_token", "x")]), 400, "invalid_request", "actor_token"),
        (exchanged(&[("requested_token_type", "x")]), 400, "invalid_request", "requested"),
        (form(&exchange_of(&token)[..2]), 400, "invalid_request", "subject_token_type"),
        (form(&[exchange_of(&token)[0]]), 400, "invalid_request", "subject_token is missing"),
        (form(&[("grant_type", "password")]), 400, "invalid_request", "username is missing"),
        (form(&[("grant_type", "refresh_token")]), 400, "invalid_request", "refresh_token"),
        ("a=%FF".to_owned(), 400, "invalid_request", "UTF-8"),
        ("x".repeat(20_000), 413, "invalid_request", "too large"),
    ] {
        let (found, _, answer) = exchange(&router(), post_to("/oauth/token", FORM, body)).await;
        assert_eq!(found.as_u16(), status, "{answer}");
        assert_eq!(answer["error"], code, "{answer}");
        let description = answer["error_description"].as_str().unwrap();
        assert!(description.contains(said), "{said}: {description}");
        assert_eq!(answer.as_object().unwrap().len(), 2, "RFC 6749 §5.2");
    }
    let request = post_to("/oauth/token", "text/plain", form(&CLIENT));
    assert_eq!(exchange(&router(), request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn two_credentials_are_one_too_many() {
    let mut request = post_to("/oauth/token", FORM, form(&CLIENT));
    request.headers_mut().insert(AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
    let (status, _, answer) = exchange(&router(), request).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_request"))
    );
}

#[tokio::test]
async fn an_audience_may_be_named_that_is_given_anyway() {
    let mut parts = parts();
    parts.policy.audiences = vec!["api".to_owned()];
    let router = token_router(parts);
    for (name, value, expected) in [
        ("audience", "api", StatusCode::OK),
        ("resource", "api", StatusCode::OK),
        ("audience", "API", StatusCode::BAD_REQUEST),
    ] {
        let body = form(&[&CLIENT[..], &[(name, value)]].concat());
        let (status, _, answer) = exchange(&router, post_to("/oauth/token", FORM, body)).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn nobody_signs_in_without_a_user_pool() {
    for fields in [
        &[("grant_type", "password"), ("username", "a"), ("password", "b")][..],
        &[("grant_type", "refresh_token"), ("refresh_token", "a")],
    ] {
        let (status, _, answer) = ask(fields).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["error"], "unauthorized_client");
    }
}
