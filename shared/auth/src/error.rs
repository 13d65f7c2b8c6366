//! Why a token is refused.

/// Why a token is refused. Callers are told none of it; [`Error::code`] is for the audit line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the text of each variant says it")]
pub enum Error {
    #[error("the token has more than {max_bytes} bytes")]
    TooLong { max_bytes: usize },
    #[error("the token is not three base64url segments")]
    NotCompact,
    #[error("the header is not a JSON object of unique members")]
    BadHeader,
    #[error("the header member `{0}` is not acceptable")]
    HeaderMember(&'static str),
    #[error("the algorithm of the header is not allowed")]
    AlgorithmNotAllowed,
    #[error("no key has the `kid` of the header")]
    UnknownKey,
    #[error("the header has no `kid`, and the keys have names")]
    MissingKid,
    #[error("several keys have the `kid` of the header")]
    AmbiguousKey,
    #[error("the key that `kid` names is not for the algorithm of the header")]
    UnfitKey,
    #[error("the key that `kid` names did not sign the token")]
    BadSignature,
    #[error("no key signed the token")]
    UnknownSignature,
    #[error("the payload is not a JSON object of unique members")]
    BadPayload,
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    #[error("the claim `{0}` has a value that it cannot have")]
    MalformedClaim(&'static str),
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token was issued in the future")]
    IssuedInFuture,
    #[error("the token expires before it was issued")]
    ExpiresBeforeIssue,
    #[error("the token lives longer than {max_s} seconds")]
    LivesTooLong { max_s: u64 },
    #[error("the issuer is not the configured one")]
    WrongIssuer,
    #[error("the audience is not the configured one")]
    WrongAudience,
    #[error("the subject is not the configured one")]
    WrongSubject,
    #[error("the token is for another use than the configured one")]
    WrongTokenUse,
    #[error("the client is not a configured one")]
    WrongClient,
    #[error("the claim `scope` does not hold the one that is needed")]
    WrongScope,
    #[error("the token was taken back")]
    Denied,
    #[error("the claim of the claims namespace is not an object")]
    BadNamespace,
    #[error("the claim `u` is not an object")]
    BadLegacyContext,
    #[error("the project's own code gave a security context that is not an object")]
    BadAuthorContext,
}

impl Error {
    /// A short name that does not change, for audit lines and counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::NotCompact => "not_compact",
            Self::BadHeader => "bad_header",
            Self::HeaderMember(_) => "header_member",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::UnknownKey => "unknown_key",
            Self::MissingKid => "missing_kid",
            Self::AmbiguousKey => "ambiguous_key",
            Self::UnfitKey => "unfit_key",
            Self::BadSignature => "bad_signature",
            Self::UnknownSignature => "unknown_signature",
            Self::BadPayload => "bad_payload",
            Self::MissingClaim(_) => "missing_claim",
            Self::MalformedClaim(_) => "malformed_claim",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::ExpiresBeforeIssue => "expires_before_issue",
            Self::LivesTooLong { .. } => "lives_too_long",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::WrongSubject => "wrong_subject",
            Self::WrongTokenUse => "wrong_token_use",
            Self::WrongClient => "wrong_client",
            Self::WrongScope => "wrong_scope",
            Self::Denied => "denied",
            Self::BadNamespace => "bad_namespace",
            Self::BadLegacyContext => "bad_legacy_context",
            Self::BadAuthorContext => "bad_author_context",
        }
    }

    /// Whether newer keys could make the same token good: a rotation may have happened.
    ///
    /// A bad signature under a key that the token names is no reason to look for newer keys.
    pub fn may_be_a_newer_key(&self) -> bool {
        matches!(self, Self::UnknownKey | Self::UnknownSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_a_name_that_audit_lines_and_counters_rely_on() {
        for (error, code) in [
            (Error::TooLong { max_bytes: 1 }, "too_long"),
            (Error::UnknownKey, "unknown_key"),
            (Error::BadSignature, "bad_signature"),
            (Error::MissingClaim("exp"), "missing_claim"),
            (Error::Expired, "expired"),
            (Error::LivesTooLong { max_s: 1 }, "lives_too_long"),
            (Error::Denied, "denied"),
            (Error::BadAuthorContext, "bad_author_context"),
        ] {
            assert_eq!(error.code(), code, "{error}");
        }
    }

    /// Who knows the name of a key makes nobody fetch keys with a signature that is none.
    #[test]
    fn only_a_key_that_is_not_known_may_be_a_newer_one() {
        assert!(Error::UnknownKey.may_be_a_newer_key());
        assert!(Error::UnknownSignature.may_be_a_newer_key());
        for error in [Error::BadSignature, Error::UnfitKey, Error::MissingKid, Error::Expired] {
            assert!(!error.may_be_a_newer_key(), "{error}");
        }
    }
}
