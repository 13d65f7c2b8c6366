//! The audit line: who asked for what, and how it ended. Written before the answer leaves.
//!
//! One event of the target `audit` per request to the API, whose fields are the line. It never
//! holds a token, a claim beside the tenant, a value of a query, or SQL.

use std::time::Duration;

use auth::SecurityContext;
use axum::http::StatusCode;
use query::MemberPath;

use crate::request_id::RequestId;

/// Longest text of a caller that is logged.
const MAX_TEXT_BYTES: usize = 1024;

/// What is known about a request so far. Filled in on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    route: &'static str,
    subject: Option<String>,
    tenant: Option<String>,
    members: Vec<String>,
    rows: Option<u64>,
    reason: Option<&'static str>,
}

impl Record {
    /// A request to the route of this name.
    pub(crate) fn of(route: &'static str) -> Self {
        Self { route, ..Self::default() }
    }

    /// Notes who asks: the hash of `sub`, and the tenant.
    pub(crate) fn caller(&mut self, context: &SecurityContext, tenant_claim: &[String]) {
        self.subject = context.subject_hash();
        self.tenant = context.tenant(tenant_claim).map(|tenant| clean(&tenant));
    }

    /// Notes a member that was asked for, as the caller spelt it.
    pub(crate) fn member(&mut self, path: &MemberPath) {
        self.members.push(path.to_string());
    }

    /// Notes how many rows the answer has.
    pub(crate) fn rows(&mut self, rows: u64) {
        self.rows = Some(rows);
    }

    /// Notes why the request was refused.
    pub(crate) fn reason(&mut self, reason: &'static str) {
        self.reason = Some(reason);
    }

    /// Writes the line.
    pub(crate) fn write(&self, id: &RequestId, status: StatusCode, duration: Duration) {
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let members = clean(&self.members.join(" "));
        tracing::info!(
            target: "audit",
            {
                request.id = id.as_str(),
                route = self.route,
                status = status.as_u16(),
                duration_ms,
                subject = self.subject.as_deref(),
                tenant = self.tenant.as_deref(),
                members,
                rows = self.rows,
                reason = self.reason,
            },
            "request answered"
        );
    }
}

/// `text` for a log: printable ASCII and letters as they are, everything else escaped (line breaks
/// of every kind, terminal sequences, text direction), cut at 1 KiB.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT_BYTES));
    for (index, character) in text.char_indices() {
        if out.len() >= MAX_TEXT_BYTES {
            out.push_str("…(");
            out.push_str(&(text.len() - index).to_string());
            out.push(')');
            break;
        }
        if matches!(character, ' '..='~') || character.is_alphanumeric() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_can_break_a_line_or_a_terminal() {
        // vectors/input-edge.json, area log
        for (text, expected) in [
            ("a\nINFO forged line", "a\\u{a}INFO forged line"),
            ("a\r\n\r\nforged", "a\\u{d}\\u{a}\\u{d}\\u{a}forged"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
            ("a\0b", "a\\u{0}b"),
            ("\u{85}next", "\\u{85}next"),
            ("Bestellungen.größe", "Bestellungen.größe"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn long_text_is_cut_and_says_by_how_much() {
        let text = clean(&"x".repeat(1 << 20));
        assert_eq!(text, format!("{}…({})", "x".repeat(1024), (1 << 20) - 1024));
    }

    #[test]
    fn a_caller_is_a_hash_and_a_tenant() {
        let claims = json!({"sub": "alice@example.com", "org": {"id": 7}, "email": "x"});
        let context = SecurityContext::for_test(claims);
        let mut record = Record::of("load");
        record.caller(&context, &["org".to_owned(), "id".to_owned()]);
        assert_eq!(record.tenant.as_deref(), Some("7"));
        assert_eq!(record.subject.as_ref().map(String::len), Some(8));
        assert!(!format!("{record:?}").contains("alice"));
    }

    #[test]
    fn a_tenant_that_is_no_scalar_is_left_out() {
        let context = SecurityContext::for_test(json!({"tenant_id": ["a"]}));
        let mut record = Record::of("load");
        record.caller(&context, &["tenant_id".to_owned()]);
        assert_eq!(record.tenant, None);
    }
}
