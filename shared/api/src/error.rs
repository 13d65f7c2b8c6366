//! From a reason to an answer: the only place that knows status codes and what a client reads.

use std::{borrow::Cow, sync::Arc};

use axum::http::StatusCode;
use project::{Hook, HookError};

use crate::{scope::Scope, unserved::Unserved};

/// Why a request has no answer. `Display` is for the log; [`Error::answer`] is for the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No bearer token in the header.
    #[error(transparent)]
    Header(#[from] auth::HeaderError),
    /// Two headers that could hold one.
    #[error("there are several authorization headers")]
    SeveralHeaders,
    /// A token that is refused.
    #[error("the token is refused: {0}")]
    Token(#[from] auth::Error),
    /// Nothing to verify a token with.
    #[error("there are no keys to verify tokens with")]
    Keys(#[from] keys::KeyError),
    /// The caller may not use this part of the API.
    #[error("the scope {} is missing", .0.name())]
    MissingScope(Scope),
    /// A function of the project's own code gave no answer.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// What the project's own code made of the query is none.
    #[error("{hook} gave a query that is wrong: {reason}")]
    Rewritten {
        /// The function.
        hook: Hook,
        /// In words for its author.
        reason: String,
    },
    /// What the project's own code said of a database is none.
    #[error("{hook} gave a driver that cannot be used: {reason}")]
    Driver {
        /// The function.
        hook: Hook,
        /// In words for its author.
        reason: &'static str,
    },
    /// The data model does not compile for this caller.
    #[error("the data model cannot be compiled: {reason}")]
    Model {
        /// In words for its author.
        reason: Arc<str>,
    },
    /// A claim that the data model reads while it is compiled could be more than a name in SQL.
    #[error("the claim {path} may not become part of SQL")]
    UnsafeCompileContext {
        /// Where it stands.
        path: String,
    },
    /// The query is not understood.
    #[error(transparent)]
    Query(#[from] query::Error),
    /// The client did not say that it understands answers of this kind.
    #[error("the client does not support queries of type {0}")]
    UnsupportedQueryType(&'static str),
    /// The query has no plan.
    #[error("the query cannot be planned: {0}")]
    Plan(#[from] planner::Error),
    /// The token names no role that the database may be asked as.
    #[error("the token names no role of TESSERA_DB_ROLES")]
    Role,
    /// The database gave no rows.
    #[error("no rows: {0}")]
    Database(Arc<database::Error>),
    /// A cube lives in a data source that is not configured. The author's mistake.
    #[error("the data source {0} is not in CUBEJS_DATASOURCES")]
    NoDataSource(String),
    /// The answer would be larger than may be sent.
    #[error("the answer is larger than {max_bytes} bytes")]
    ResultTooLarge {
        /// What may be sent.
        max_bytes: usize,
    },
    /// The statement runs on; the client is to come back.
    #[error("the query is still running")]
    StillRunning,
    /// The time of this request is over, and so is the statement.
    #[error("the query did not finish before the request's deadline")]
    DeadlineReached,
    /// No more statements may run.
    #[error("too many queries are running")]
    TooManyRunning,
    /// A bug.
    #[error("the code that served the request panicked")]
    Panicked,
    /// A bug: something that always can be written as JSON was not.
    #[error("the answer could not be written")]
    Unwritable(#[source] serde_json::Error),
    /// No such path.
    #[error("there is no such route")]
    NoRoute,
    /// The path exists, with other methods.
    #[error("the route has no such method")]
    WrongMethod,
    /// A part of Cube's API that is not served.
    #[error("this part of the API is not served: {}", .0.sentence())]
    NotServed(Unserved),
    /// A body that is not JSON in UTF-8.
    #[error("the body is not of type application/json in UTF-8")]
    NotJson,
    /// A body that is longer than it may be.
    #[error("the body is longer than {max_bytes} bytes")]
    BodyTooLarge {
        /// What is read.
        max_bytes: usize,
    },
    /// The connection ended inside the body.
    #[error("the body could not be read")]
    BrokenBody,
    /// A body that took too long to arrive.
    #[error("the body did not arrive in time")]
    SlowBody,
    /// A header that is longer than it may be.
    #[error("a header is longer than it may be")]
    HeaderTooLarge,
    /// Two `Host` headers: two readers may take the request for different ones (RFC 9112 §3.2).
    #[error("there are several host headers")]
    SeveralHosts,
    /// A request that is to be led elsewhere does not say where it meant to go.
    #[error("there is no host to lead the request to")]
    UnknownHost,
    /// What the caller asks for cannot be accounted for, and is not done.
    #[error("the audit log cannot be written")]
    NotAudited(#[source] Arc<std::io::Error>),
    /// The configuration is unsafe or incomplete. It was logged at start.
    #[error("the configuration is unsafe or incomplete")]
    Misconfigured,
}

/// What a client gets instead of rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: Cow<'static, str>,
    /// Cube's `type: "UserError"`.
    pub(crate) is_user_error: bool,
    /// Seconds after which a repetition may succeed.
    pub(crate) retry_after_s: Option<u32>,
    /// A word for the audit line.
    pub(crate) reason: &'static str,
}

impl Answer {
    fn new(status: StatusCode, reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into(), is_user_error: false, retry_after_s: None, reason }
    }

    /// A mistake in the query, in Cube's words.
    fn user_error(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { is_user_error: true, ..Self::new(StatusCode::BAD_REQUEST, reason, text) }
    }

    fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }
}

const INVALID_TOKEN: &str = "Invalid token";
const INVALID_CONTEXT: &str = "Invalid security context";
const NO_AUTHENTICATION: &str = "Authentication is temporarily unavailable";
const NO_AUDIT: &str = "Service is temporarily unavailable";
const NO_DATABASE: &str = "Database is unavailable";
const INTERNAL: &str = "Internal error";
const TIMEOUT: &str = "Query timeout";
const BUSY: &str = "Too many queries are running";
const INVALID_VALUE: &str = "Invalid value in the query";

/// Longest sentence about a query that is sent, in characters: the caller's names are in it.
const MAX_SENTENCE_CHARACTERS: usize = 512;

impl Error {
    /// The answer to the client. Holds nothing internal, whatever the reason.
    ///
    /// In development mode the author of a data model reads what the database says about it.
    pub(crate) fn answer(&self, is_development: bool) -> Answer {
        match self {
            Self::Header(auth::HeaderError::NotSet) => {
                forbidden("no_token", "Authorization header isn't set")
            }
            Self::Header(auth::HeaderError::Invalid) => forbidden("bad_header", INVALID_TOKEN),
            Self::SeveralHeaders => forbidden("several_headers", INVALID_TOKEN),
            Self::Token(error) => forbidden(error.code(), INVALID_TOKEN),
            Self::Keys(_) => unavailable("no_keys", NO_AUTHENTICATION, 1),
            Self::NotAudited(_) => unavailable("not_audited", NO_AUDIT, 1),
            Self::Misconfigured => unavailable("misconfigured", NO_AUTHENTICATION, 30),
            Self::MissingScope(scope) => missing_scope(*scope),
            Self::Hook(error) => hook_answer(error, is_development),
            Self::Rewritten { .. } | Self::Driver { .. } => {
                authors_mistake(self, "project_code", is_development)
            }
            Self::UnsafeCompileContext { .. } | Self::Role => {
                forbidden("security_context", INVALID_CONTEXT)
            }
            Self::Model { .. } => authors_mistake(self, "model", is_development),
            Self::Query(error) => bad_request("bad_query", error.sentence()),
            Self::UnsupportedQueryType(kind) => unsupported_query_type(kind),
            Self::Plan(error) => plan_answer(error),
            Self::Database(error) => database_answer(error, is_development),
            Self::ResultTooLarge { .. } => Answer::user_error(
                "result_too_large",
                "Result too large: ask for fewer rows or columns",
            ),
            Self::StillRunning => Answer::new(StatusCode::OK, "still_running", "Continue wait"),
            Self::DeadlineReached => Answer::new(StatusCode::GATEWAY_TIMEOUT, "deadline", TIMEOUT),
            Self::TooManyRunning => busy(),
            Self::NoDataSource(_) => internal("no_data_source"),
            Self::Panicked | Self::Unwritable(_) => internal("internal"),
            Self::NoRoute => Answer::new(StatusCode::NOT_FOUND, "no_route", "Not found"),
            Self::WrongMethod => {
                Answer::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "Method not allowed")
            }
            Self::NotServed(part) => not_served(*part),
            Self::NotJson => Answer::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Content-Type must be application/json in UTF-8",
            ),
            Self::BodyTooLarge { .. } => Answer::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "Request body is too large",
            ),
            Self::BrokenBody => bad_request("broken_body", "Request body could not be read"),
            Self::SlowBody => {
                Answer::new(StatusCode::REQUEST_TIMEOUT, "slow_body", "Request body took too long")
            }
            Self::UnknownHost => bad_request("unknown_host", "A Host header is needed"),
            Self::SeveralHosts => bad_request("several_hosts", "Only one Host header may be sent"),
            Self::HeaderTooLarge => Answer::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header_too_large",
                "Request header is too large",
            ),
        }
    }
}

fn forbidden(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Answer {
    Answer::new(StatusCode::FORBIDDEN, reason, text)
}

fn missing_scope(scope: Scope) -> Answer {
    forbidden("missing_scope", format!("API scope is missing: {}", scope.name()))
}

fn bad_request(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Answer {
    Answer::new(StatusCode::BAD_REQUEST, reason, text)
}

/// Cube's own sentence has no blank after its first full stop.
fn unsupported_query_type(kind: &str) -> Answer {
    let text =
        format!("'{kind}' query type is not supported by the client.Please update the client.");
    bad_request("unsupported_query_type", text)
}

fn unavailable(reason: &'static str, text: &'static str, retry_after_s: u32) -> Answer {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, reason, text).retry_after(retry_after_s)
}

fn not_served(part: Unserved) -> Answer {
    Answer::new(StatusCode::NOT_IMPLEMENTED, "not_served", part.sentence())
}

fn busy() -> Answer {
    Answer::new(StatusCode::TOO_MANY_REQUESTS, "busy", BUSY).retry_after(1)
}

fn internal(reason: &'static str) -> Answer {
    Answer::new(StatusCode::INTERNAL_SERVER_ERROR, reason, INTERNAL)
}

/// A mistake in the project's files: its author reads it in development, nobody else does.
fn authors_mistake(
    error: &impl std::fmt::Display,
    reason: &'static str,
    is_development: bool,
) -> Answer {
    if is_development {
        return Answer { text: format!("Error: {error}").into(), ..internal(reason) };
    }
    internal(reason)
}

/// An error that the project's code throws is how its author refuses (`PARITY.md` row 19).
fn hook_answer(error: &HookError, is_development: bool) -> Answer {
    match error {
        HookError::Refused { sentence, .. } => forbidden("project", cut(sentence.clone())),
        HookError::Token { .. } => forbidden("project_token", INVALID_TOKEN),
        HookError::Broken { .. } | HookError::Form { .. } | HookError::Driver { .. } => {
            authors_mistake(error, "project_code", is_development)
        }
    }
}

/// A refusal of the planner: the caller's mistake, or the security context's.
fn plan_answer(error: &planner::Error) -> Answer {
    use planner::Error as Plan;
    let reason = match error {
        Plan::UnknownCube { .. } | Plan::UnknownMember { .. } => "unknown_member",
        Plan::HiddenMember { .. } => "hidden_member",
        Plan::NotATimeDimension { .. }
        | Plan::UnknownGranularity { .. }
        | Plan::MixedFilter { .. }
        | Plan::TooManySteps { .. }
        | Plan::TooFewValues { .. }
        | Plan::OperatorMismatch { .. }
        | Plan::UngroupedMeasureFilter
        | Plan::InvalidValue { .. } => "bad_query",
        Plan::NoJoinPath { .. }
        | Plan::AmbiguousJoinPath { .. }
        | Plan::EntangledJoins { .. }
        | Plan::SeveralDataSources { .. }
        | Plan::NoPrimaryKey { .. }
        | Plan::MultipliedMeasure { .. }
        | Plan::Unsupported { .. } => "not_plannable",
        Plan::Undecided { .. } => return internal("undecided"),
        Plan::MissingClaim(_)
        | Plan::UnusableClaim(_)
        | Plan::UnusableRule
        | Plan::Refused(_)
        | Plan::MissingRequiredClaim(_) => {
            let text = error.sentence().map(cut).map_or(INVALID_CONTEXT.into(), Cow::Owned);
            return forbidden("security_context", text);
        }
    };
    let sentence = error.sentence().unwrap_or_default();
    Answer::user_error(reason, cut(sentence))
}

fn cut(mut sentence: String) -> String {
    if let Some((end, _)) = sentence.char_indices().nth(MAX_SENTENCE_CHARACTERS) {
        sentence.truncate(end);
    }
    sentence
}

/// A failure of the database: never its own words, except to the author in development.
fn database_answer(error: &database::Error, is_development: bool) -> Answer {
    use database::Error as Database;
    match error {
        Database::Options { .. } | Database::Unavailable { .. } => {
            unavailable("database_unavailable", NO_DATABASE, 1)
        }
        Database::RowSecurity { .. } => {
            if is_development {
                return Answer {
                    text: format!("Error: {error}").into(),
                    ..internal("row_security")
                };
            }
            unavailable("row_security", NO_DATABASE, 30)
        }
        Database::Timeout => Answer::new(StatusCode::GATEWAY_TIMEOUT, "timeout", TIMEOUT),
        Database::Overloaded => busy(),
        Database::InvalidValue { has_context_parameters: true, .. } => {
            forbidden("security_context", INVALID_CONTEXT)
        }
        Database::InvalidValue { .. } | Database::TooManyParameters { .. } => {
            bad_request("invalid_value", INVALID_VALUE)
        }
        Database::MissingExtension { .. } | Database::Statement { .. } if is_development => {
            Answer { text: format!("Error: {error}").into(), ..internal("statement") }
        }
        Database::MissingExtension { .. } | Database::Statement { .. } => internal("statement"),
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
