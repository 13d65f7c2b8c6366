//! What a caller of `/oauth/*` is told: the bodies of RFC 6749 §5.2.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, WWW_AUTHENTICATE};
use axum::response::Response;
use serde_json::json;

use crate::envelope::json as json_answer;
use crate::token::error::Error;

impl Error {
    /// The status of RFC 6749 §5.2: 400, but for a client that is none.
    pub(super) fn oauth_status(&self) -> StatusCode {
        if matches!(self, Self::NothingShown | Self::NotAClient) {
            return StatusCode::UNAUTHORIZED;
        }
        let (status, _) = self.status();
        let is_said_in_the_body = status == StatusCode::FORBIDDEN
            && !matches!(self, Self::Refused(issuance::Refusal::NotAllowed));
        if is_said_in_the_body { StatusCode::BAD_REQUEST } else { status }
    }

    /// The code of RFC 6749 §5.2 and its extensions (RFC 7009 §2.2.1, RFC 8693 §2.2.2).
    fn oauth_code(&self) -> &'static str {
        match self {
            Self::NothingShown | Self::NotAClient => "invalid_client",
            Self::NoRight | Self::NoUserPool => "unauthorized_client",
            Self::UnsupportedGrant => "unsupported_grant_type",
            Self::ScopeAsked => "invalid_scope",
            Self::NamelessToken => "unsupported_token_type",
            Self::SignIn(identity::Error::Refused { .. } | identity::Error::Challenge { .. }) => {
                "invalid_grant"
            }
            Self::Refused(issuance::Refusal::WrongAudience) => "invalid_target",
            Self::Refused(issuance::Refusal::NotAllowed) => "access_denied",
            Self::TooManyFailures { .. } | Self::SignIn(identity::Error::TooOften { .. }) => {
                "slow_down"
            }
            Self::SignIn(identity::Error::Unavailable { .. })
            | Self::Keys(_)
            | Self::Ledger(_)
            | Self::NotAudited => "temporarily_unavailable",
            Self::NoLedger | Self::NotMinted(auth::MintError::NotSigned) => "server_error",
            Self::SentToLogin
            | Self::CrossSite
            | Self::BadToken(_)
            | Self::NotExchanged
            | Self::SignIn(identity::Error::NameNeeded)
            | Self::TwoCredentials
            | Self::NotJson
            | Self::NotForm
            | Self::TooLarge
            | Self::BadJson
            | Self::BadForm
            | Self::UnknownMember
            | Self::OfTheHeader
            | Self::MissingParameter(_)
            | Self::BadParameter(_)
            | Self::BadClaims
            | Self::Refused(
                issuance::Refusal::Reserved(_)
                | issuance::Refusal::BadLifetime { .. }
                | issuance::Refusal::Ended,
            )
            | Self::NotMinted(auth::MintError::TooLong) => "invalid_request",
        }
    }

    /// The answer: `{"error", "error_description"}`.
    pub(super) fn oauth_answer(&self) -> Response {
        let status = self.oauth_status();
        let body = json!({ "error": self.oauth_code(), "error_description": self.text() });
        let mut response = json_answer(status, body.to_string());
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Basic realm=\"token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
