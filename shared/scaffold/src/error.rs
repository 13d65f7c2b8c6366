//! Why nothing can be written.

/// A reason, as the caller of a command reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A row of the catalog that is none.
    #[error("the database described a table in a way that cannot be read: {0}")]
    Catalog(String),
    /// `-t` with something that is no name.
    #[error(
        "`{0}` is no table: write `table` or `schema.table`, with double quotes around a name \
         that holds dots, commas or capitals"
    )]
    BadTableName(String),
    /// No table of that name.
    #[error("there is no table `{name}` that this user may see{}", suggestion(nearest.as_ref()))]
    UnknownTable {
        /// As it was written.
        name: String,
        /// The table it is nearest to.
        nearest: Option<String>,
    },
    /// A name in several schemas.
    #[error("there is a table `{name}` in several schemas: write one of {}", candidates.join(", "))]
    AmbiguousTable {
        /// As it was written.
        name: String,
        /// With their schemas.
        candidates: Vec<String>,
    },
    /// A project's name that is none.
    #[error(
        "`{0}` cannot be the name of a project: use letters, digits, `-` and `_`, and start with \
         a letter (at most 64)"
    )]
    BadProjectName(String),
}

fn suggestion(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
