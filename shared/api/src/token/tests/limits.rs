//! Whoever is wrong too often is not listened to.

use super::*;

fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Source(address.to_owned()));
    request.headers_mut().insert("x-forwarded-for", "10.9.8.7".parse().unwrap());
    request
}

/// T-01
#[tokio::test]
async fn ten_failures_in_a_minute_block_their_source_alone() {
    let router = router();
    let ask = |address: &str, secret: &str| from(address, get_as(&basic("shop", secret)));
    for _ in 0..10 {
        assert_eq!(send(&router, ask("192.0.2.1", "wrong")).await.0, StatusCode::FORBIDDEN);
    }
    let (status, headers, _) = exchange(&router, ask("192.0.2.1", SECRET)).await;
    assert_eq!(
        (status, &headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"60".parse().unwrap())
    );
    let form = "grant_type=client_credentials";
    let request = post_to("/oauth/token", "application/x-www-form-urlencoded", form);
    let (status, headers, answer) = exchange(&router, from("192.0.2.1", request)).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (StatusCode::TOO_MANY_REQUESTS, Some("slow_down"))
    );
    assert!(headers.contains_key("retry-after"));
    assert_eq!(send(&router, ask("192.0.2.2", SECRET)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn sixty_wrong_secrets_of_a_client_block_it_wherever_they_come_from() {
    let router = router();
    let ask = |source: u32, id: &str, secret: &str| {
        from(&format!("192.0.2.{source}"), get_as(&basic(id, secret)))
    };
    for attempt in 0..60 {
        let (status, _) = send(&router, ask(attempt / 9, "shop", "wrong")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{attempt}");
    }
    let blocked = send(&router, ask(100, "shop", SECRET)).await;
    assert_eq!(blocked.0, StatusCode::TOO_MANY_REQUESTS);
    let other = send(&router, ask(100, "ops", OPS_SECRET)).await;
    assert_eq!(other.0, StatusCode::FORBIDDEN, "it has no right to a token, and is listened to");
}

#[tokio::test]
async fn tokens_count_unless_they_have_only_ended() {
    let router = router();
    let parts = parts();
    let ended = token_of(PROVIDERS_KEY, json!({"nbf": NOW - 9_000}), 1);
    let mut late = parts;
    late.clock =
        Arc::new(|| Moment { wall: Duration::from_secs(NOW + 600), monotonic: Duration::ZERO });
    let late = token_router(late);
    for _ in 0..20 {
        let (status, _) = send(&late, get_as(&ended)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a page asks until its user signs in again");
        let (status, _) = send(&late, get_with(&[])).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "or before");
    }
    for _ in 0..10 {
        assert_eq!(send(&router, get_as("Bearer a.b.c")).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(send(&router, get_as("Bearer a.b.c")).await.0, StatusCode::TOO_MANY_REQUESTS);
}

/// T-01: without a session's cookie nobody has a reason to ask with nothing.
#[tokio::test]
async fn no_credential_counts_where_there_are_no_sessions() {
    let mut parts = parts();
    parts.session_cookie = None;
    let router = token_router(parts);
    for _ in 0..10 {
        assert_eq!(send(&router, get_with(&[])).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(send(&router, get_with(&[])).await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_is_malformed_is_no_attempt() {
    let router = router();
    for _ in 0..20 {
        assert_eq!(send(&router, post_raw("{")).await.0, StatusCode::BAD_REQUEST);
        let refused = post_raw(r#"{"claims":{"user_id":43}}"#);
        assert_eq!(send(&router, refused).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(send(&router, post_raw("{}")).await.0, StatusCode::OK);
}
