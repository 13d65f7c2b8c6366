//! Statements in, rows out: the only crate that knows the PostgreSQL driver, its TLS connector and
//! the pool.
//!
//! A statement costs one network round trip, in a read-only transaction that brings its own time
//! zone, date style and time limit, so a connection carries nothing from one request to the next
//! and a pooler in transaction mode may sit in between. Values arrive in PostgreSQL's own text and
//! are written as JSON straight from the driver's buffer ([`Column::write`]).

mod column;
mod connector;
mod database;
mod databases;
mod error;
mod identity;
mod json;
mod logins;
mod options;
mod parameter;
mod pool;
mod pools;
mod prepared;
mod roles;
mod row_security;
mod rows;
mod session;
mod texts;
mod timestamp;
mod tls;
mod tokens;
mod transaction;
mod url;
mod wire;

pub use column::{Column, Kind};
pub use database::Database;
pub use databases::{DEFAULT, Databases};
pub use error::{Cause, Error, Outage};
pub use identity::Identity;
pub use logins::{Login, Logins};
pub use options::{Options, Pem, Ssl, VerifyFull};
pub use pools::Pools;
pub use roles::{Roles, can_log_in};
pub use row_security::RowSecurity;
pub use rows::{Row, Rows};
pub use tokens::{Place, Tokens};
