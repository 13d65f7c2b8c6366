//! Why no token is issued, and what a caller is told.

use std::borrow::Cow;

use auth::MintError;
use axum::http::StatusCode;
use keys::SignError;

use crate::error::Answer;

/// Why no token is issued.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No credential, or a wrong one: the two are not told apart.
    #[error("the caller is not a client")]
    NotAClient,
    /// Too many wrong credentials from one source.
    #[error("too many failed attempts from one source")]
    TooManyFailures {
        /// When to come back.
        retry_after_s: u32,
    },
    /// A credential in the header and one in the body (RFC 6749 §2.3 allows one).
    #[error("two credentials in one request")]
    TwoCredentials,
    /// Another content type.
    #[error("the body is not JSON in UTF-8")]
    NotJson,
    /// A body over 16 KiB, or claims over 4 KiB.
    #[error("the request has more bytes than are read")]
    TooLarge,
    /// Syntax, a duplicate member, or depth.
    #[error("the body is not a JSON object of unique members")]
    BadJson,
    /// A member that has no meaning here; `alg`, `kid` and `header` are the operator's to choose.
    #[error("the body has a member that is not known, or the same thing twice")]
    UnknownMember,
    /// Claims that are no object, too many, or hold a NUL.
    #[error("the claims asked for are malformed")]
    BadClaims,
    /// A life time that is not a whole number of seconds within bounds.
    #[error("the life time is not within 1..={max_s} seconds")]
    BadLifetime {
        /// The longest that is given.
        max_s: u64,
    },
    /// A claim that no caller chooses.
    #[error("the claim `{0}` is reserved")]
    ReservedClaim(String),
    /// A claim, or a value of it, that is not on the client's list.
    #[error("a claim is not on the list of the client")]
    ClaimNotAllowed,
    /// No keys, or no list of clients.
    #[error("keys or clients cannot be had")]
    Keys(#[from] keys::KeyError),
    /// Nobody could tell later that the token was issued.
    #[error("the audit log cannot be written")]
    NotAudited,
    /// The token could not be made.
    #[error("the token could not be minted")]
    NotMinted(#[from] MintError),
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Key(error) => Self::Keys(error),
            SignError::Mint(error) => Self::NotMinted(error),
        }
    }
}

impl Error {
    /// What the caller is told.
    pub(super) fn answer(&self) -> Answer {
        let (status, reason) = self.status();
        let retry_after_s = if let Self::TooManyFailures { retry_after_s } = self {
            Some(*retry_after_s)
        } else {
            matches!(self, Self::Keys(_) | Self::NotAudited).then_some(1)
        };
        Answer { status, text: self.text(), is_user_error: false, retry_after_s, reason }
    }

    /// The status, and a word for the audit line.
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotAClient => (StatusCode::FORBIDDEN, "not_a_client"),
            Self::TooManyFailures { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_failures"),
            Self::TwoCredentials => (StatusCode::BAD_REQUEST, "two_credentials"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::BadJson => (StatusCode::BAD_REQUEST, "bad_json"),
            Self::UnknownMember => (StatusCode::BAD_REQUEST, "unknown_member"),
            Self::BadClaims => (StatusCode::BAD_REQUEST, "bad_claims"),
            Self::BadLifetime { .. } => (StatusCode::BAD_REQUEST, "bad_lifetime"),
            Self::ReservedClaim(_) => (StatusCode::BAD_REQUEST, "reserved_claim"),
            Self::ClaimNotAllowed => (StatusCode::FORBIDDEN, "claim_not_allowed"),
            Self::Keys(_) => (StatusCode::SERVICE_UNAVAILABLE, "no_keys"),
            Self::NotAudited => (StatusCode::SERVICE_UNAVAILABLE, "not_audited"),
            Self::NotMinted(MintError::TooLong) => (StatusCode::BAD_REQUEST, "token_too_long"),
            Self::NotMinted(MintError::NotSigned) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "not_signed")
            }
        }
    }

    fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NotAClient => "Invalid client credentials",
            Self::TooManyFailures { .. } => "Too many failed attempts",
            Self::TwoCredentials => "Only one client credential may be sent",
            Self::NotJson => "Content-Type must be application/json in UTF-8",
            Self::TooLarge => "Request body is too large",
            Self::BadJson => "Request body must be a JSON object whose members are unique",
            Self::UnknownMember => {
                "Request body may have client_id, client_secret, claims and expires_in"
            }
            Self::BadClaims => "claims must be an object of at most 64 members, without NUL",
            Self::BadLifetime { max_s } => {
                let text = "expires_in must be a whole number of seconds from 1 to";
                return format!("{text} {max_s}").into();
            }
            Self::ReservedClaim(name) => return format!("The claim '{name}' is reserved").into(),
            Self::ClaimNotAllowed => "claim not allowed",
            Self::Keys(_) => "Authentication is temporarily unavailable",
            Self::NotAudited => "Service is temporarily unavailable",
            Self::NotMinted(MintError::TooLong) => "The claims do not fit into a token",
            Self::NotMinted(MintError::NotSigned) => "Internal error",
        })
    }
}
