//! What is known about a request, for its audit line.

use ::audit::Line;
use auth::{Fingerprint, VerifiedClaims};
use axum::http::StatusCode;
use serde_json::{Map, Value};

/// What the audit line of a request says: who asked, and what was given, by names and never by
/// values.
#[derive(Debug, Default)]
pub(super) struct Record {
    client: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    jti: Option<String>,
    /// Names, blanks between.
    granted: Option<String>,
    lifetime_s: Option<u64>,
}

impl Record {
    /// A client that showed its secret.
    pub(super) fn client(&mut self, id: &str) {
        self.client = Some(id.to_owned());
    }

    /// A user who showed a token of this issuer: the hash of `sub`.
    pub(super) fn user(&mut self, issuer: &str, claims: &VerifiedClaims) {
        self.issuer = Some(issuer.to_owned());
        let subject = claims.get("sub").and_then(Value::as_str);
        self.subject = subject.map(|subject| Fingerprint::of(subject.as_bytes()).short());
    }

    /// A token with these claims.
    pub(super) fn granted(&mut self, claims: &Map<String, Value>, lifetime_s: u64) {
        let names: Vec<&str> = claims.keys().map(String::as_str).collect();
        self.granted = Some(names.join(" "));
        self.lifetime_s = Some(lifetime_s);
    }

    /// The token that the line is about.
    pub(super) fn token(&mut self, jti: &str) {
        self.jti = Some(jti.to_owned());
    }

    /// Writes the fields, those of the request first.
    pub(super) fn describe(
        &self,
        request_id: &str,
        route: &str,
        source: &str,
        status: StatusCode,
        line: &mut Line<'_>,
    ) {
        line.text("request.id", request_id);
        line.text("route", route);
        line.number("status", u64::from(status.as_u16()));
        line.text("source", source);
        line.text("client", self.client.as_deref());
        line.text("issuer", self.issuer.as_deref());
        line.text("subject", self.subject.as_deref());
        line.text("jti", self.jti.as_deref());
        line.text("granted", self.granted.as_deref());
        line.number("lifetime_s", self.lifetime_s);
    }
}
