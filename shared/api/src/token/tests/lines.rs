//! What the audit log says.

use std::sync::Mutex;

use super::*;

/// What was written; the next write fails when it is full.
#[derive(Clone, Default)]
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    is_full: bool,
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
        assert!(::audit::check(text.as_bytes()).unwrap().is_whole());
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Each line has these members.
fn check(lines: &[Value], expected: &[Value]) {
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name}: {line}");
        }
    }
}

#[tokio::test]
async fn every_decision_has_a_line_without_secrets_and_values() {
    let log = Log::default();
    let router = token_router(audited_parts(log.clone()));
    let good = post_raw(json!({"claims": {"user_id": 42}, "ttl": 60}).to_string());
    let (_, answer) = send(&router, good).await;
    let mut bad = get_as(&basic("shop\n", "wrong-canary"));
    bad.extensions_mut().insert(Source("192.0.2.1".to_owned()));
    send(&router, bad).await;
    send(&router, post_raw(json!({"claims": {"user_id": 43}}).to_string())).await;
    let token = providers_token();
    send(&router, get_as(&token)).await;
    let body = json!({"client_id": "ops", "client_secret": OPS_SECRET, "token": token}).to_string();
    send(&router, post_to("/oauth/introspect", "application/json", body)).await;
    check(
        &log.lines(),
        &[
            json!({
                "outcome": "issued", "route": "token", "status": 200, "client": "shop",
                "granted": "tenant_id user_id", "lifetime_s": 60, "source": "unknown",
                "jti": context(&answer["token"]).claims()["jti"],
            }),
            json!({"outcome": "refused", "reason": "not_a_client", "source": "192.0.2.1"}),
            json!({"reason": "claim_not_allowed", "status": 403, "client": "shop"}),
            // `printf alice | sha256sum`
            json!({"outcome": "issued", "issuer": PROVIDER, "subject": "2bd806c9", "granted": "sub u"}),
            json!({"outcome": "introspected", "route": "oauth_introspect", "client": "ops"}),
        ],
    );
    let text = String::from_utf8(log.text.lock().unwrap().clone()).unwrap();
    let secrets = [
        SECRET,
        OPS_SECRET,
        "wrong-canary",
        answer["token"].as_str().unwrap(),
        &token,
        ":42",
        "alice",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

/// T-10
#[tokio::test]
async fn a_request_that_is_repeated_is_another_token_and_another_line() {
    let log = Log::default();
    let router = token_router(audited_parts(log.clone()));
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut request = get_as(&basic("shop", SECRET));
        request.headers_mut().insert("x-request-id", "retry-1".parse().unwrap());
        tokens.push(send(&router, request).await.1["token"].clone());
    }
    assert_ne!(tokens[0], tokens[1]);
    let lines = log.lines();
    check(&lines, &[json!({"request.id": "retry-1"}), json!({"request.id": "retry-1"})]);
    assert_ne!(lines[0]["jti"], lines[1]["jti"]);
}

#[tokio::test]
async fn no_token_is_issued_that_cannot_be_accounted_for() {
    let log = Log { is_full: true, ..Log::default() };
    let router = token_router(audited_parts(log));
    let (status, headers, answer) = exchange(&router, get_as(&basic("shop", SECRET))).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(answer["error"], "Service is temporarily unavailable");
    assert!(answer.get("token").is_none());
    let form =
        [("grant_type", "client_credentials"), ("client_id", "shop"), ("client_secret", SECRET)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = post_to("/oauth/token", "application/x-www-form-urlencoded", form);
    let (status, _, answer) = exchange(&router, request).await;
    assert_eq!(
        (status, &answer["error"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("temporarily_unavailable"))
    );
}
