//! What goes to the database.

/// One SQL statement with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// PostgreSQL text with `$1`, `$2`, ... for the parameters.
    pub text: String,
    /// `$1` first. Sent in text form, with the type left to the server.
    pub parameters: Vec<String>,
    /// Whether a parameter comes from the security context: a value the server refuses (SQLSTATE
    /// class 22) is then the context's fault, since the caller's own were checked before.
    pub has_context_parameters: bool,
}
