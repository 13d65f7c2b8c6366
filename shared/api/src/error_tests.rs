//! The answer to every reason: status, text, and nothing internal.

use auth::HeaderError;
use database::Outage;
use keys::KeyError;
use model::ClaimPath;
use project::{DriverFault, Reason};

use super::*;

/// Words that no client may read.
const CANARY: &str = "canary";

fn database(error: database::Error) -> Error {
    Error::Database(Arc::new(error))
}

fn statement() -> database::Error {
    database::Error::Statement { sqlstate: "42P01".to_owned(), message: CANARY.to_owned() }
}

/// Every variant with its status and text.
fn expected() -> Vec<(Error, u16, &'static str)> {
    vec![
        (Error::Header(HeaderError::NotSet), 403, "Authorization header isn't set"),
        (Error::Header(HeaderError::Invalid), 403, "Invalid token"),
        (Error::SeveralHeaders, 403, "Invalid token"),
        (Error::Token(auth::Error::Expired), 403, "Invalid token"),
        (Error::Token(auth::Error::UnknownKey), 403, "Invalid token"),
        (
            Error::Keys(KeyError::Unavailable { code: CANARY.to_owned() }),
            503,
            "Authentication is temporarily unavailable",
        ),
        (Error::Misconfigured, 503, "Authentication is temporarily unavailable"),
        (Error::MissingScope(Scope::Data), 403, "API scope is missing: data"),
        (Error::Query(query::Error::Missing), 400, "Query param is required"),
        (
            Error::UnsupportedQueryType("blendingQuery"),
            400,
            "'blendingQuery' query type is not supported by the client.Please update the client.",
        ),
        (
            Error::ResultTooLarge { max_bytes: 1 },
            400,
            "Result too large: ask for fewer rows or columns",
        ),
        (Error::StillRunning, 200, "Continue wait"),
        (Error::DeadlineReached, 504, "Query timeout"),
        (Error::TooManyRunning, 429, "Too many queries are running"),
        (Error::Panicked, 500, "Internal error"),
        (Error::Unwritable(serde::ser::Error::custom(CANARY)), 500, "Internal error"),
        (Error::NoRoute, 404, "Not found"),
        (Error::WrongMethod, 405, "Method not allowed"),
        (Error::NotJson, 415, "Content-Type must be application/json in UTF-8"),
        (Error::BodyTooLarge { max_bytes: 1 }, 413, "Request body is too large"),
        (Error::BrokenBody, 400, "Request body could not be read"),
        (Error::SlowBody, 408, "Request body took too long"),
        (Error::HeaderTooLarge, 431, "Request header is too large"),
        (Error::UnknownHost, 400, "A Host header is needed"),
        (Error::SeveralHosts, 400, "Only one Host header may be sent"),
    ]
}

#[test]
fn every_reason_has_its_status_and_its_text() {
    for (error, status, text) in expected() {
        let answer = error.answer(false);
        assert_eq!((answer.status.as_u16(), &*answer.text), (status, text), "{error}");
        // What may pass by itself says when.
        let passes = [429, 503].contains(&status);
        assert_eq!(answer.retry_after_s.is_some(), passes, "{error}");
    }
}

#[test]
fn mistakes_of_the_projects_code_are_told_to_its_author_alone() {
    let hook = || Hook { name: "driverFactory", place: None };
    let thrown = Reason::Thrown { name: "TypeError".to_owned(), message: CANARY.to_owned() };
    let broken = project::CodeError { place: None, reason: thrown };
    for error in [
        Error::Driver { hook: hook(), reason: CANARY },
        Error::Rewritten { hook: hook(), reason: CANARY.to_owned() },
        Error::Model { reason: CANARY.into() },
        Error::Hook(HookError::Form { hook: hook(), expected: CANARY }),
        Error::Hook(HookError::Broken { hook: hook(), error: broken }),
        Error::Hook(HookError::Driver {
            hook: hook(),
            fault: DriverFault::Type(CANARY.to_owned()),
        }),
    ] {
        let answer = error.answer(false);
        assert_eq!((answer.status.as_u16(), &*answer.text), (500, "Internal error"), "{error}");
        assert!(error.answer(true).text.contains(CANARY), "{error}");
    }
    let refusal = HookError::Refused { hook: hook(), sentence: "Error: no".to_owned() };
    let answer = Error::Hook(refusal).answer(false);
    assert_eq!((answer.status.as_u16(), &*answer.text), (403, "Error: no"));
    let token = HookError::Token { hook: hook(), sentence: CANARY.to_owned() };
    let answer = Error::Hook(token).answer(true);
    assert_eq!((answer.status.as_u16(), &*answer.text), (403, "Invalid token"));
}

#[test]
fn failures_of_the_database_are_told_apart_and_never_quoted() {
    use database::Error as Database;
    let value = |has_context_parameters| Database::InvalidValue {
        sqlstate: "22P02".to_owned(),
        has_context_parameters,
    };
    for (error, status, text) in [
        (Database::Options { reason: CANARY }, 503, "Database is unavailable"),
        (
            Database::Unavailable { reason: Outage::Connect, source: None },
            503,
            "Database is unavailable",
        ),
        (Database::Timeout, 504, "Query timeout"),
        (Database::Overloaded, 429, "Too many queries are running"),
        (value(false), 400, "Invalid value in the query"),
        (value(true), 403, "Invalid security context"),
        (Database::TooManyParameters { count: 70_000 }, 400, "Invalid value in the query"),
        (Database::MissingExtension { name: "hll" }, 500, "Internal error"),
        (statement(), 500, "Internal error"),
    ] {
        let answer = database(error).answer(false);
        assert_eq!((answer.status.as_u16(), &*answer.text), (status, text));
    }
}

#[test]
fn the_author_reads_the_database_in_development_and_nobody_else_does() {
    let answer = database(statement()).answer(true);
    assert_eq!(answer.status.as_u16(), 500);
    assert!(answer.text.contains(CANARY));
    assert!(!database(statement()).answer(false).text.contains(CANARY));
    let away = database::Error::Unavailable { reason: Outage::Login, source: None };
    assert_eq!(database(away).answer(true).text, "Database is unavailable");
}

#[test]
fn the_planner_blames_the_caller_or_the_security_context() {
    let path = || ClaimPath(vec!["tenant".to_owned(), "id".to_owned()]);
    let unknown =
        planner::Error::UnknownMember { member: "nope".to_owned(), path: "Orders.nope".to_owned() };
    for (error, status, text, is_user_error) in [
        (unknown, 400, "'nope' not found for path 'Orders.nope'", true),
        (planner::Error::MissingClaim(path()), 403, "Invalid security context", false),
        (planner::Error::UnusableClaim(path()), 403, "Invalid security context", false),
        (
            planner::Error::MissingRequiredClaim(path()),
            403,
            "Filter for tenant.id is required",
            false,
        ),
        (planner::Error::Refused("Error: no entry".to_owned()), 403, "Error: no entry", false),
    ] {
        let answer = Error::Plan(error).answer(false);
        assert_eq!((answer.status.as_u16(), &*answer.text), (status, text));
        assert_eq!(answer.is_user_error, is_user_error);
    }
}

#[test]
fn a_sentence_with_the_callers_names_is_cut() {
    let name = "é".repeat(100_000);
    let error = planner::Error::UnknownCube { path: format!("{name}.x"), cube: name };
    let answer = Error::Plan(error).answer(false);
    assert_eq!(answer.text.chars().count(), MAX_SENTENCE_CHARACTERS);
}
