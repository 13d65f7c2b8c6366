//! The subset of SQL that is emitted: syntax tree, parameters, one writer, one quoting function.
//!
//! The tree is a floor: it knows neither data model nor query. A value can only become a
//! [`Slot`], an identifier is always quoted, and raw text can only be [`Expr::Raw`], which the
//! planner fills from the model author's templates alone.

mod ast;
mod operand;
mod quote;
mod role;
mod statement;
mod write;

pub use ast::{
    Comparison, Expr, Fragment, JoinKind, JoinedRelation, Name, OrderBy, Projected, Relation,
    Select, Slot,
};
pub use role::{create_member, find_role, set_password};
pub use statement::Statement;
pub use write::{Written, write};
