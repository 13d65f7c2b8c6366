//! Why no token is issued, and what a caller of `/auth/*` is told: Cube's `{"error": "..."}`.

use std::borrow::Cow;

use auth::MintError;
use axum::http::StatusCode;
use issuance::Refusal;
use keys::SignError;

use crate::error::{Answer, Error as RouteError};

/// When to try again with a user pool that throttles, which does not say it.
const THROTTLED_FOR_S: u32 = 30;

/// Why a request is not answered as its caller wishes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No credential at all.
    #[error("the caller shows nothing")]
    NothingShown,
    /// No credential, and a page where one is had.
    #[error("the caller is sent to where it can sign in")]
    SentToLogin,
    /// A name or a secret that is nobody's, or a header that is none.
    #[error("the caller is not a client")]
    NotAClient,
    /// A token that is not to be believed.
    #[error("the caller's token is refused: {0}")]
    BadToken(#[source] auth::Error),
    /// A token of nobody whose tokens are exchanged; ours are not.
    #[error("the caller's token is not of a provider whose tokens are exchanged")]
    NotExchanged,
    /// A cookie that another site made the browser send.
    #[error("the request may have been sent by another site")]
    CrossSite,
    /// A client or user that is known and has not the right to this.
    #[error("the policy does not give the caller this right")]
    NoRight,
    /// A sign-in without a user pool.
    #[error("no user pool is configured for this grant")]
    NoUserPool,
    /// What the user pool says to a sign-in.
    #[error(transparent)]
    SignIn(#[from] identity::Error),
    /// Too many wrong credentials of one source, client or user.
    #[error("too many failed attempts")]
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
    /// Another content type.
    #[error("the body is neither a form nor JSON in UTF-8")]
    NotForm,
    /// A body over 16 KiB, or claims over 4 KiB.
    #[error("the request has more bytes than are read")]
    TooLarge,
    /// Syntax, a duplicate member, or depth.
    #[error("the body is not a JSON object of unique members")]
    BadJson,
    /// A field twice, too many, or bytes that are no UTF-8.
    #[error("the body is not a form of unique fields in UTF-8")]
    BadForm,
    /// A member that has no meaning here, or the same thing twice.
    #[error("the body has a member that is not known, or the same thing twice")]
    UnknownMember,
    /// A wish for another key or header.
    #[error("the body chooses the key or the header of the token")]
    OfTheHeader,
    /// A parameter that is not there.
    #[error("the parameter `{0}` is missing")]
    MissingParameter(&'static str),
    /// A parameter that has a value it cannot have.
    #[error("the parameter `{0}` is malformed")]
    BadParameter(&'static str),
    /// A `grant_type` that is not known.
    #[error("the grant type is not served")]
    UnsupportedGrant,
    /// Scopes mean nothing to a token of ours.
    #[error("the caller asks for a scope")]
    ScopeAsked,
    /// Claims that are no object, too many, or hold a NUL.
    #[error("the claims asked for are malformed")]
    BadClaims,
    /// What the policy does not give.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A token that cannot be taken back, because it has no `jti` by which to name it.
    #[error("the token has no name by which it could be taken back")]
    NamelessToken,
    /// Nowhere to take tokens back.
    #[error("no ledger is configured")]
    NoLedger,
    /// The ledger does not answer.
    #[error("the ledger cannot be written")]
    Ledger(#[from] ledger::Error),
    /// No keys, or no policy.
    #[error("keys or the policy cannot be had")]
    Keys(#[from] keys::KeyError),
    /// Nobody could tell later what was done.
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
    /// What verification says, in the words of the token function.
    pub(super) fn of_route(error: RouteError) -> Self {
        if let RouteError::Token(error) = error {
            return Self::BadToken(error);
        }
        if let RouteError::Keys(error) = error {
            return Self::Keys(error);
        }
        Self::NotExchanged
    }

    /// Whether somebody was wrong who may be guessing. A token that has ended was good before.
    pub(super) fn is_failed_attempt(&self) -> bool {
        if let Self::BadToken(error) = self {
            return *error != auth::Error::Expired;
        }
        matches!(
            self,
            Self::NotAClient | Self::NotExchanged | Self::SignIn(identity::Error::Refused { .. })
        )
    }

    /// What a caller of `/auth/*` is told.
    pub(super) fn answer(&self) -> Answer {
        let (status, reason) = self.status();
        let retry_after_s = self.retry_after_s();
        Answer { status, text: self.text(), is_user_error: false, retry_after_s, reason }
    }

    /// Seconds after which a repetition may succeed.
    pub(super) fn retry_after_s(&self) -> Option<u32> {
        if let Self::TooManyFailures { retry_after_s } = self {
            return Some(*retry_after_s);
        }
        if matches!(self, Self::SignIn(identity::Error::TooOften { .. })) {
            return Some(THROTTLED_FOR_S);
        }
        let is_passing = matches!(
            self,
            Self::SignIn(identity::Error::Unavailable { .. })
                | Self::Keys(_)
                | Self::Ledger(_)
                | Self::NotAudited
        );
        is_passing.then_some(1)
    }

    /// The status, and a word for the audit line.
    pub(super) fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NothingShown => (StatusCode::FORBIDDEN, "no_credential"),
            Self::SentToLogin => (StatusCode::FOUND, "sent_to_login"),
            Self::NotAClient => (StatusCode::FORBIDDEN, "not_a_client"),
            Self::BadToken(error) => (StatusCode::FORBIDDEN, error.code()),
            Self::NotExchanged => (StatusCode::FORBIDDEN, "not_exchanged"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::NoRight => (StatusCode::FORBIDDEN, "no_right"),
            Self::NoUserPool => (StatusCode::BAD_REQUEST, "no_user_pool"),
            Self::SignIn(error) => sign_in_status(error),
            Self::TooManyFailures { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_failures"),
            Self::TwoCredentials => (StatusCode::BAD_REQUEST, "two_credentials"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::NotForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_form"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::BadJson => (StatusCode::BAD_REQUEST, "bad_json"),
            Self::BadForm => (StatusCode::BAD_REQUEST, "bad_form"),
            Self::UnknownMember => (StatusCode::BAD_REQUEST, "unknown_member"),
            Self::OfTheHeader => (StatusCode::BAD_REQUEST, "of_the_header"),
            Self::MissingParameter(_) => (StatusCode::BAD_REQUEST, "missing_parameter"),
            Self::BadParameter(_) => (StatusCode::BAD_REQUEST, "bad_parameter"),
            Self::UnsupportedGrant => (StatusCode::BAD_REQUEST, "unsupported_grant"),
            Self::ScopeAsked => (StatusCode::BAD_REQUEST, "scope_asked"),
            Self::BadClaims => (StatusCode::BAD_REQUEST, "bad_claims"),
            Self::Refused(refusal) => refusal_status(refusal),
            Self::NamelessToken => (StatusCode::BAD_REQUEST, "nameless_token"),
            Self::NoLedger => (StatusCode::NOT_IMPLEMENTED, "no_ledger"),
            Self::Ledger(_) => (StatusCode::SERVICE_UNAVAILABLE, "ledger_unavailable"),
            Self::Keys(_) => (StatusCode::SERVICE_UNAVAILABLE, "no_keys"),
            Self::NotAudited => (StatusCode::SERVICE_UNAVAILABLE, "not_audited"),
            Self::NotMinted(MintError::TooLong) => (StatusCode::BAD_REQUEST, "token_too_long"),
            Self::NotMinted(MintError::NotSigned) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "not_signed")
            }
        }
    }

    /// In words for the caller. Whatever is wrong with a credential, they are the same.
    pub(super) fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NothingShown
            | Self::SentToLogin
            | Self::NotAClient
            | Self::BadToken(_)
            | Self::NotExchanged
            | Self::Refused(Refusal::Ended) => "Invalid credentials",
            Self::NoRight => "The token policy does not give the right to this",
            Self::CrossSite => "The session's cookie is for pages of this origin",
            Self::NoUserPool => "No user pool is set up for this",
            Self::SignIn(error) => return sign_in_text(error),
            Self::TooManyFailures { .. } => "Too many failed attempts",
            Self::TwoCredentials => "Only one credential may be sent",
            Self::NotJson => "Content-Type must be application/json in UTF-8",
            Self::NotForm => {
                "Content-Type must be application/x-www-form-urlencoded or application/json, in \
                 UTF-8"
            }
            Self::TooLarge => "Request body is too large",
            Self::BadJson => "Request body must be a JSON object whose members are unique",
            Self::BadForm => "Request body must be a form in UTF-8 whose fields are unique",
            Self::UnknownMember => {
                "Request body may have client_id, client_secret, claims and expires_in"
            }
            Self::OfTheHeader => "Nobody chooses the key or the header of a token",
            Self::MissingParameter(name) => return format!("{name} is missing").into(),
            Self::BadParameter(name) => return format!("{name} is malformed").into(),
            Self::UnsupportedGrant => {
                "grant_type must be client_credentials, password, refresh_token or \
                 urn:ietf:params:oauth:grant-type:token-exchange"
            }
            Self::ScopeAsked => "Tokens have no scopes here: leave scope out",
            Self::BadClaims => "claims must be an object of at most 64 members, without NUL",
            Self::Refused(refusal) => return refusal_text(refusal),
            Self::NamelessToken => "The token has no jti, by which tokens are taken back",
            Self::NoLedger => "Tokens cannot be taken back here: there is no ledger",
            Self::Keys(_) => "Authentication is temporarily unavailable",
            Self::NotAudited | Self::Ledger(_) => "Service is temporarily unavailable",
            Self::NotMinted(MintError::TooLong) => "The claims do not fit into a token",
            Self::NotMinted(MintError::NotSigned) => "Internal error",
        })
    }
}

fn refusal_status(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::Reserved(_) => (StatusCode::BAD_REQUEST, "reserved_claim"),
        Refusal::NotAllowed => (StatusCode::FORBIDDEN, "claim_not_allowed"),
        Refusal::BadLifetime { .. } => (StatusCode::BAD_REQUEST, "bad_lifetime"),
        Refusal::Ended => (StatusCode::FORBIDDEN, "expired"),
        Refusal::WrongAudience => (StatusCode::BAD_REQUEST, "wrong_audience"),
    }
}

fn refusal_text(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Reserved(name) => format!("The claim '{name}' is reserved").into(),
        Refusal::NotAllowed => "claim not allowed".into(),
        Refusal::BadLifetime { max_s } => {
            format!("expires_in must be a whole number of seconds from 1 to {max_s}").into()
        }
        Refusal::Ended => "Invalid credentials".into(),
        Refusal::WrongAudience => "Tokens for this audience or resource are not issued".into(),
    }
}

fn sign_in_status(error: &identity::Error) -> (StatusCode, &'static str) {
    match error {
        identity::Error::Refused { .. } => (StatusCode::FORBIDDEN, "not_a_user"),
        identity::Error::Challenge { .. } => (StatusCode::FORBIDDEN, "challenge"),
        identity::Error::NameNeeded => (StatusCode::BAD_REQUEST, "missing_parameter"),
        identity::Error::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, "user_pool_throttles"),
        identity::Error::Unavailable { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "user_pool_unavailable")
        }
    }
}

fn sign_in_text(error: &identity::Error) -> Cow<'static, str> {
    match error {
        identity::Error::Refused { .. } => "Invalid user credentials".into(),
        identity::Error::Challenge { challenge } => format!(
            "The user pool asks for {challenge}, which is not answered here: sign the user in at \
             the user pool and exchange its token"
        )
        .into(),
        identity::Error::NameNeeded => "username is missing".into(),
        identity::Error::TooOften { .. } => "Too many attempts to sign in".into(),
        identity::Error::Unavailable { .. } => "Authentication is temporarily unavailable".into(),
    }
}
