//! Why a configuration is refused. Names variables, never their values.

use std::path::PathBuf;

/// One thing that is wrong with the configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A variable without which nothing can be served.
    #[error("{variable} is required: {reason}")]
    Missing {
        /// The variable.
        variable: &'static str,
        /// What it is needed for.
        reason: &'static str,
    },
    /// A value that cannot be read.
    #[error("{variable} must be {expected}")]
    Invalid {
        /// The variable.
        variable: &'static str,
        /// What a good value looks like.
        expected: &'static str,
    },
    /// A value that can be read and must not be used.
    #[error("{variable} is refused: {reason}")]
    Unsafe {
        /// The variable.
        variable: &'static str,
        /// What would go wrong.
        reason: &'static str,
    },
    /// Two variables that say different things.
    #[error("{first} and {second} are both set: {reason}")]
    Conflict {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Which one to drop.
        reason: &'static str,
    },
    /// The system gave no random bytes, for the id by which this process's audit lines are told from
    /// those of others.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// A mistake in the variables of one data source.
    #[error("{sentence}")]
    DataSource {
        /// The same sentence as for the default one, with the names of this one.
        sentence: String,
    },
    /// A text of the operator's with mistakes.
    #[error("{origin}: {reason}")]
    Text {
        /// The variable, and the file that it names.
        origin: String,
        /// Every mistake with its place, without anything that is secret.
        reason: String,
    },
    /// A `.env` file with a line that is no assignment.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, without its content.
        reason: String,
    },
}

/// Everything that is wrong, in the order of the table.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Errors(pub Vec<Error>);

impl std::fmt::Display for Errors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}
