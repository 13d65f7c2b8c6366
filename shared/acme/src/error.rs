//! Why there is no certificate. The sentences name no key; what the authority says is cut.

use instant_acme::Problem;

/// The longest sentence of an authority that is repeated.
const DETAIL_CHARACTERS_MAX: usize = 300;

/// What RFC 8555 §6.7 calls a limit that was reached.
const RATE_LIMITED: &str = "urn:ietf:params:acme:error:rateLimited";

/// Why a public authority issued nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has issued enough for now: asking again makes it worse.
    #[error("the authority issues no more for now: {detail}")]
    RateLimited {
        /// In its words.
        detail: String,
    },
    /// It refused.
    #[error("the authority refused: {kind}: {detail}")]
    Refused {
        /// The type of its problem document.
        kind: String,
        /// In its words.
        detail: String,
    },
    /// It did not answer, or not as documented.
    #[error("the authority gave no answer that can be used: {reason}")]
    Unavailable {
        /// In a word or two.
        reason: String,
    },
    /// What is stored is no account.
    #[error("the account is malformed: store what was made with it, or nothing")]
    Account,
    /// A name that no public authority issues for.
    #[error("a public authority issues for hosts and addresses, not for `{name}`")]
    Name {
        /// The name.
        name: String,
    },
    /// The authority does not take what we could prove.
    #[error("`{name}` cannot be proven by {way}")]
    NoProof {
        /// The name.
        name: String,
        /// `http-01` or `dns-01`.
        way: &'static str,
    },
    /// The zone did not do what it was asked.
    #[error("Amazon Route 53 did not do what it was asked: {code}")]
    Zone {
        /// `AccessDenied`, `timeout`, ...
        code: String,
    },
    /// The chain that came cannot be read.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
}

impl From<instant_acme::Error> for Error {
    fn from(error: instant_acme::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others are told in its own words")]
        match error {
            instant_acme::Error::Api(problem) => problem.into(),
            other => Self::Unavailable { reason: cut(&other.to_string()) },
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let kind = problem.r#type.as_deref().unwrap_or("about:blank");
        let detail = cut(problem.detail.as_deref().unwrap_or("without a word"));
        if kind == RATE_LIMITED || problem.status == Some(429) {
            return Self::RateLimited { detail };
        }
        Self::Refused { kind: cut(kind), detail }
    }
}

/// One line, and not too long.
fn cut(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(DETAIL_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(problem: &str) -> Error {
        serde_json::from_str::<Problem>(problem).unwrap().into()
    }

    #[test]
    fn a_limit_is_told_apart_from_a_refusal() {
        let limited =
            format!(r#"{{"type": "{RATE_LIMITED}", "detail": "too many", "status": 429}}"#);
        assert!(matches!(of(&limited), Error::RateLimited { detail } if detail == "too many"));
        assert!(matches!(of(r#"{"status": 429}"#), Error::RateLimited { .. }));
        let refused = of(r#"{"type": "urn:x", "detail": "a\nb", "status": 403}"#).to_string();
        assert_eq!(refused, "the authority refused: urn:x: ab");
        let long = format!(r#"{{"detail": "{}"}}"#, "x".repeat(9_000));
        assert!(of(&long).to_string().len() < 400);
    }
}
