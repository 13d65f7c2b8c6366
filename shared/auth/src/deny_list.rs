//! Tokens that are good and refused all the same: somebody has taken them back.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{JsonError, MAX_DEPTH, VerifiedClaims, read_object};

/// Entries of each kind at most; an operator who denies more rotates the key.
const MAX_ENTRIES: usize = 10_000;

/// Tokens that were taken back, by `jti`, or by `sub` and when they were issued.
#[derive(Debug, Clone, Default)]
pub struct DenyList {
    ids: HashSet<String>,
    /// Tokens of the subject that were issued before this moment, unix seconds.
    subjects: HashMap<String, u64>,
}

/// Why bytes are no deny-list.
#[derive(Debug, thiserror::Error)]
pub enum DenyListError {
    /// Not one JSON object of unique members.
    #[error("the deny-list is not a JSON object of unique members")]
    Json(#[from] JsonError),
    /// Another form than documented.
    #[error("the deny-list is malformed: {reason}")]
    Malformed {
        /// What is wrong, without names.
        reason: &'static str,
    },
}

impl DenyList {
    /// Reads `{"jti": ["..."], "sub": [{"sub": "...", "issued_before": 1800000000}]}`; either list
    /// may be missing.
    ///
    /// # Errors
    /// [`DenyListError`]: an entry that is not understood may be the one that matters.
    pub fn read(bytes: &[u8]) -> Result<Self, DenyListError> {
        let members = read_object(bytes, MAX_DEPTH)?;
        if members.keys().any(|name| name != "jti" && name != "sub") {
            return Err(malformed("it has a member that is neither `jti` nor `sub`"));
        }
        let mut list = Self::default();
        for item in items(members.get("jti"))? {
            let id = item.as_str().filter(|id| !id.is_empty());
            list.deny_id(id.ok_or(malformed("an item of `jti` is no text"))?.to_owned());
        }
        for item in items(members.get("sub"))? {
            let subject = item.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty());
            let before = item.get("issued_before").and_then(Value::as_u64);
            let (Some(subject), Some(before)) = (subject, before) else {
                let reason = "an item of `sub` is not {\"sub\": text, \"issued_before\": seconds}";
                return Err(malformed(reason));
            };
            list.deny_subject(subject.to_owned(), before);
        }
        Ok(list)
    }

    /// Denies the token with this `jti`.
    pub fn deny_id(&mut self, id: String) {
        self.ids.insert(id);
    }

    /// Denies the tokens of this `sub` that were issued before that moment (unix seconds). Of two
    /// moments for one subject the later one holds.
    pub fn deny_subject(&mut self, subject: String, issued_before: u64) {
        let known = self.subjects.entry(subject).or_default();
        *known = issued_before.max(*known);
    }

    /// Whether the token of these claims was taken back. One that does not say when it was issued
    /// counts as issued before any moment.
    pub fn denies(&self, claims: &VerifiedClaims) -> bool {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let is_id_denied = text("jti").is_some_and(|id| self.ids.contains(id));
        let before = text("sub").and_then(|subject| self.subjects.get(subject));
        let issued = claims.get("iat").and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "a time in seconds, far from 2^53")]
        let is_subject_denied =
            before.is_some_and(|before| issued.is_none_or(|issued| issued < *before as f64));
        is_id_denied || is_subject_denied
    }
}

fn items(list: Option<&Value>) -> Result<&[Value], DenyListError> {
    match list {
        None => Ok(&[]),
        Some(Value::Array(items)) if items.len() <= MAX_ENTRIES => Ok(items),
        Some(Value::Array(_)) => Err(malformed("a list of it has more than 10000 items")),
        Some(_) => Err(malformed("`jti` or `sub` is no list")),
    }
}

fn malformed(reason: &'static str) -> DenyListError {
    DenyListError::Malformed { reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn denies(list: &str, claims: Value) -> bool {
        let Value::Object(claims) = claims else { unreachable!("a test passes an object") };
        DenyList::read(list.as_bytes()).unwrap().denies(&VerifiedClaims::new(claims, None))
    }

    #[test]
    fn a_token_is_denied_by_its_id() {
        let list = r#"{"jti":["a","b"]}"#;
        assert!(denies(list, json!({"jti": "a"})) && denies(list, json!({"jti": "b", "sub": "x"})));
        for other in [json!({}), json!({"jti": "A"}), json!({"jti": "ab"}), json!({"sub": "a"})] {
            assert!(!denies(list, other.clone()), "{other}");
        }
    }

    #[test]
    fn tokens_of_a_subject_are_denied_by_when_they_were_issued() {
        let list = r#"{"sub":[{"sub":"me","issued_before":100},{"sub":"me","issued_before":50}]}"#;
        assert!(denies(list, json!({"sub": "me", "iat": 99})));
        assert!(denies(list, json!({"sub": "me", "iat": 99.5})));
        assert!(denies(list, json!({"sub": "me"})), "nobody knows when");
        assert!(!denies(list, json!({"sub": "me", "iat": 100})));
        assert!(!denies(list, json!({"sub": "you", "iat": 1})));
        assert!(!denies("{}", json!({"sub": "me", "jti": "a"})));
    }

    #[test]
    fn what_is_not_understood_is_no_list() {
        let many = json!({"jti": vec!["a"; MAX_ENTRIES + 1]}).to_string();
        for text in [
            "",
            "[]",
            r#"{"jti":"a"}"#,
            r#"{"jti":[1]}"#,
            r#"{"jti":[""]}"#,
            r#"{"jtis":["a"]}"#,
            r#"{"jti":[],"jti":["a"]}"#,
            r#"{"sub":["me"]}"#,
            r#"{"sub":[{"sub":"me"}]}"#,
            r#"{"sub":[{"sub":"me","issued_before":"now"}]}"#,
            r#"{"sub":[{"issued_before":1}]}"#,
            many.as_str(),
        ] {
            assert!(DenyList::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
