//! The subset of SQL that is emitted: syntax tree, parameters, one writer, one quoting function.

mod statement;

pub use statement::Statement;
