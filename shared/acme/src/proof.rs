//! What proves that a name is ours: a file of a web server, or a record of its zone.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use instant_acme::ChallengeType;

use crate::Zone;

/// Where a web server has the files (RFC 8555 §8.3).
const FOLDER: &str = "/.well-known/acme-challenge/";

/// How names are proven.
#[derive(Debug, Clone)]
pub enum Proof {
    /// By a server at port 80 of each of them, which gives these answers.
    Http(Answers),
    /// By a record of their zone: the only way for wildcards.
    Dns(Arc<Zone>),
}

impl Proof {
    pub(crate) fn challenge(&self) -> ChallengeType {
        match self {
            Self::Http(_) => ChallengeType::Http01,
            Self::Dns(_) => ChallengeType::Dns01,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Http(_) => "http-01",
            Self::Dns(_) => "dns-01",
        }
    }
}

/// The answers of a web server to an authority, while it asks.
#[derive(Debug, Clone, Default)]
pub struct Answers(Arc<RwLock<HashMap<String, String>>>);

impl Answers {
    /// The text at this path, as `application/octet-stream`; `None` when nobody has asked for it.
    pub fn at(&self, path: &str) -> Option<String> {
        let token = path.strip_prefix(FOLDER)?;
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(crate) fn put(&self, token: &str, text: &str) {
        let mut answers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        answers.insert(token.to_owned(), text.to_owned());
    }

    pub(crate) fn remove(&self, token: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_there_while_it_is_asked_for() {
        let answers = Answers::default();
        let shared = answers.clone();
        answers.put("token", "token.thumbprint");
        let path = "/.well-known/acme-challenge/token";
        assert_eq!(shared.at(path).as_deref(), Some("token.thumbprint"));
        for other in ["/token", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/tok"] {
            assert_eq!(shared.at(other), None);
        }
        answers.remove("token");
        assert_eq!(shared.at(path), None);
    }
}
