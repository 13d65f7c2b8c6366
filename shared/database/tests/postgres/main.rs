//! The crate against a real PostgreSQL, whose own settings differ from ours in every way that shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and says aloud what it skips"
)]

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod limits;
mod login;
mod logins;
mod pool;
mod pooler;
mod prepared;
mod roles;
mod row_security;
mod statements;
mod values;
