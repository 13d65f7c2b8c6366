//! Why a file could not be read or run, with its place.

use std::fmt;

/// A place in one of the author's files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// As [`SourceFile::path`](crate::SourceFile::path) names it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A mistake of the author's, or a limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Where, when it is known.
    pub place: Option<Place>,
    /// What and why.
    pub reason: Reason,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.reason),
            None => self.reason.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

impl Error {
    pub(crate) fn nowhere(reason: Reason) -> Self {
        Self { place: None, reason }
    }
}

/// What went wrong. The texts say what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file is not JavaScript.
    #[error("this is not valid JavaScript: {0}")]
    Syntax(String),
    /// Syntax of TypeScript's that is more than types.
    #[error("{0} cannot be removed like a type: write it in JavaScript")]
    NotOnlyTypes(&'static str),
    /// One key twice in one object of a data model.
    #[error("key `{key}` is here a second time (first on line {first_line}): remove one")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where the first one stands.
        first_line: usize,
    },
    /// A mark that was cut up or changed.
    #[error(
        "a reference was changed as a text: put it into SQL as it is, without cutting or converting it"
    )]
    ChangedReference,
    /// `__proto__: ...` in a data model.
    #[error("`__proto__` cannot be a key: choose another name")]
    PrototypeKey,
    /// Deeper than anybody writes.
    #[error("nested too deep to be read: flatten it")]
    TooDeep,
    /// More references than anybody writes: they hold one another.
    #[error(
        "the SQL of this model holds more than {0} references: do not put it together from itself"
    )]
    TooManyReferences(usize),
    /// A file nobody wrote by hand.
    #[error("a file of more than {0} bytes: split it")]
    TooLarge(usize),
    /// The code threw, or did what JavaScript throws for.
    #[error("{name}: {message}")]
    Thrown {
        /// `Error`, `TypeError`, or what the author's own error is called.
        name: String,
        /// The author's words, or the engine's.
        message: String,
    },
    /// The time limit.
    #[error("this does not end: it was stopped after {0} ms")]
    TooLong(u128),
    /// The memory limit.
    #[error("this needs more than {0} MiB of memory: it was stopped")]
    OutOfMemory(usize),
    /// Calls in calls without end.
    #[error("this calls itself without end: it was stopped")]
    TooManyCalls,
    /// A promise nobody resolves.
    #[error("the promise this returned never settles: nothing is left that could resolve it")]
    NeverSettled,
    /// A value that JSON cannot hold.
    #[error("this gave back a value that JSON cannot hold: {0}")]
    NotJson(String),
    /// No such exported function.
    #[error("there is no exported function `{0}`")]
    NoFunction(String),
    /// The engine itself failed; no author can cause it.
    #[error("the JavaScript engine failed: {0}")]
    Engine(String),
}
