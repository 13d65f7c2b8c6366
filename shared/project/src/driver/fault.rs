//! Why a driver cannot be used. Says names and never values: among them are passwords.

/// Why a driver cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriverFault {
    /// An object without `type`.
    #[error("it has no `type`: write `type: \"postgres\"`")]
    NoType,
    /// Another database.
    #[error("its `type` is `{0}`, and only `postgres` is served")]
    Type(String),
    /// No such option.
    #[error("there is no option `{name}`{}", nearest.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// As it was written.
        name: String,
        /// What was meant, perhaps.
        nearest: Option<&'static str>,
    },
    /// An option that cannot be honoured.
    #[error("option `{name}` is not supported: {reason}")]
    Refused {
        /// Its name.
        name: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A value of the wrong form.
    #[error("option `{name}` must be {expected}")]
    Form {
        /// Its name.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// Part of what decides the database is missing by accident.
    #[error("option `{name}` is undefined or null: leave it out to have it from the environment")]
    Nothing {
        /// Its name.
        name: &'static str,
    },
}
