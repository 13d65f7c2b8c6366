//! A public authority (RFC 8555) that has had enough of orders, and says when it would renew (RFC 9773), which Debian's
//! Pebble does not.

use serde_json::json;

use crate::key_server::{KeyServer, Reply};

/// Has a server answer as such an authority. Its directory is at `/dir`.
pub fn answer_as_one(server: &KeyServer) {
    let directory = json!({
        "newNonce": server.url("/nonce"), "newAccount": server.url("/account"),
        "newOrder": server.url("/order"), "revokeCert": server.url("/revoke"),
        "keyChange": server.url("/change"), "renewalInfo": server.url("/renewal"),
    });
    server.answer("/dir", close(Reply::json(&directory)));
    server.answer("/nonce", close(Reply::empty(200)));
    let account = Reply::new(201, "application/json", r#"{"status": "valid"}"#);
    server.answer("/account", close(account.with("location", &server.url("/account/1"))));
    refuse_orders(server, 429, "rateLimited", "5 of this week");
}

/// Has it refuse orders with this problem from now on (RFC 8555 section 6.7).
pub fn refuse_orders(server: &KeyServer, status: u16, kind: &str, detail: &str) {
    let kind = format!("urn:ietf:params:acme:error:{kind}");
    let problem = json!({ "type": kind, "detail": detail, "status": status });
    let refused = Reply::new(status, "application/problem+json", problem.to_string());
    server.answer("/order", close(refused.with("retry-after", "3600")));
}

/// Has it say at this path when a certificate would be renewed: moments of RFC 3339.
pub fn advise(server: &KeyServer, path: &str, start: &str, end: &str) {
    let told = json!({ "suggestedWindow": { "start": start, "end": end } });
    server.answer(path, close(Reply::json(&told)).with("retry-after", "21600"));
}

fn close(reply: Reply) -> Reply {
    reply.with("connection", "close").with("replay-nonce", "abc")
}
