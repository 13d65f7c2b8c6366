//! The log: JSON, one line per event.

use std::{
    any::Any,
    io::{Write, stderr, stdout},
    panic::set_hook,
    sync::Arc,
};

use keys::Clock;
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    Environment, Error,
    value::{flag, text},
};

/// Our own crates, and the author's `console`. What others log at a low level may hold values of queries and headers.
const OURS: &[&str] = &[
    "acme",
    "api",
    "assembly",
    "auth",
    "certificate",
    "compiler",
    "cube.js",
    "database",
    "identity",
    "issuance",
    "javascript",
    "keys",
    "ledger",
    "load",
    "model",
    "planner",
    "project",
    "query",
    "renew_certificate",
    "rotate_secret",
    "rotation",
    "scaffold",
    "server",
    "settings",
    "sql",
    "tessera",
    "token",
    "traces",
    "vault",
];

/// Where lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// What AWS Lambda reads.
    Stdout,
    /// Beside what a command prints.
    Stderr,
}

impl Sink {
    /// Standard output and error take whole lines: none is torn by what others write.
    fn writer(self) -> Box<dyn Write + Send> {
        match self {
            Self::Stdout => Box::new(stdout()),
            Self::Stderr => Box::new(stderr()),
        }
    }
}

/// `CUBEJS_LOG_LEVEL`; `info` when not set.
pub(crate) fn level(environment: &dyn Environment) -> Result<Level, Error> {
    match text(environment, "CUBEJS_LOG_LEVEL") {
        None => Ok(Level::INFO),
        Some(name) => name.parse().map_err(|_| Error::Invalid {
            variable: "CUBEJS_LOG_LEVEL",
            expected: "error, warn, info, debug or trace",
        }),
    }
}

/// Starts the log: our events from `level` on, and warnings of others.
///
/// A panic becomes an event, too. Does nothing when a log was started before.
pub fn start_log(level: Level, sink: Sink) {
    let ours = OURS.iter().map(|name| (*name, LevelFilter::from_level(level)));
    let targets = Targets::new().with_default(LevelFilter::WARN).with_targets(ours);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(move || sink.writer());
    // A second start fails, and the first log goes on.
    if tracing_subscriber::registry().with(targets).with(lines).try_init().is_ok() {
        log_panics();
    }
}

/// The audit log of this process, whose lines go where the log goes, whatever its level.
///
/// # Errors
/// [`Error::NoRandomness`]
pub fn audit_log(clock: &Clock, sink: Sink) -> Result<audit::Log, Error> {
    let instance = ::auth::random_id().map_err(|_no_bytes| Error::NoRandomness)?;
    let clock = Arc::clone(clock);
    Ok(audit::Log::new(instance, move || clock().wall, sink.writer()))
}

/// Where the numbers of the function of this name go: to CloudWatch by way of the log, if `TESSERA_METRICS` asks for it.
///
/// # Errors
/// [`Error::Invalid`]
pub fn metrics(
    environment: &dyn Environment,
    function: &str,
    clock: &Clock,
    sink: Sink,
) -> Result<Option<metrics::Metrics>, Error> {
    if !flag(environment, "TESSERA_METRICS", false)? {
        return Ok(None);
    }
    let clock = Arc::clone(clock);
    Ok(Some(metrics::Metrics::new(function.to_owned(), move || clock().wall, sink.writer())))
}

/// A panic is one line of the log like any other event, in place of the lines that the standard
/// library writes to standard error.
fn log_panics() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, reason = reason(panic.payload()), "panicked: this is a bug");
    }));
}

/// Why the code panicked, as far as that was known when it was written: a text that was made when it
/// ran may hold anything, a secret too.
fn reason(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("withheld")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    #[test]
    fn the_reason_of_a_panic_is_shown_only_if_it_holds_no_value() {
        let secret = "canary";
        let reason_of = |panics: fn(&str)| {
            let panicked = std::panic::catch_unwind(|| panics(secret)).unwrap_err();
            reason(&*panicked)
        };
        let literal = reason_of(|_| unreachable!("nobody comes here"));
        assert_eq!(literal, "internal error: entered unreachable code: nobody comes here");
        assert_eq!(reason_of(|secret| unreachable!("{secret} comes here")), "withheld");
        assert_eq!(reason_of(|secret| assert_eq!(secret, "other")), "withheld");
        assert_eq!(reason_of(|secret| std::panic::panic_any(secret.to_owned())), "withheld");
    }

    #[test]
    fn a_level_has_one_of_five_names() {
        let read = |name| level(&Map::from([("CUBEJS_LOG_LEVEL", name)]));
        assert_eq!(read("warn"), Ok(Level::WARN));
        assert_eq!(read("TRACE"), Ok(Level::TRACE));
        assert_eq!(read(""), Ok(Level::INFO));
        assert!(read("loud").is_err());
    }
}
