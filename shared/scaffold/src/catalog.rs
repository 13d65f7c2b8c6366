//! What the database says about its tables.

use serde::Deserialize;

use crate::Error;

/// A statement without parameters: one row per table that may be modelled, one column of JSON,
/// which [`read_table`] reads.
///
/// Tables of the system and of extensions, partitions, and temporary tables are left out. Names in
/// `sql` are quoted by the server itself, which knows its own reserved words.
pub const CATALOG: &str = include_str!("catalog.sql");

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Table {
    /// The schema's name.
    pub schema: String,
    /// Its own name.
    pub name: String,
    /// `schema.name`, quoted where it must be.
    pub sql: String,
    /// Whether its name alone finds it (`search_path`).
    pub is_visible: bool,
    /// Whether it is a view, materialized or not.
    pub is_view: bool,
    /// Its comment.
    pub description: Option<String>,
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// The columns of the primary key; empty without one.
    pub key: Vec<String>,
    /// The columns of every other unique index that covers all rows.
    pub unique: Vec<Vec<String>>,
    /// In the order of their names.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name, quoted where it must be.
    pub sql: String,
    /// The name of its type in `pg_type`, of what a domain is over; empty for types that are not
    /// PostgreSQL's own.
    pub kind: String,
    /// `typcategory` of that type.
    pub category: char,
    /// The type as PostgreSQL shows it.
    pub shown_type: String,
    /// Whether it can hold NULL.
    pub is_nullable: bool,
    /// Whether this user may select it.
    pub is_readable: bool,
    /// Its comment.
    pub description: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The columns it is on.
    pub columns: Vec<String>,
    /// The schema of the table it leads to.
    pub target_schema: String,
    /// The name of the table it leads to.
    pub target_name: String,
    /// The columns it leads to, in the order of `columns`.
    pub target_columns: Vec<String>,
}

impl Table {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Reads one row of [`CATALOG`].
///
/// # Errors
/// [`Error::Catalog`].
pub fn read_table(json: &[u8]) -> Result<Table, Error> {
    serde_json::from_slice(json).map_err(|error| Error::Catalog(error.to_string()))
}
