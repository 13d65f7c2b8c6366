//! The audit log of a server: who asked for what, whatever they write, and whatever is done to the log afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "audit/chain.rs"]
mod chain;
#[path = "audit/lines.rs"]
mod lines;
#[path = "audit/secrets.rs"]
mod secrets;
#[path = "audit/world.rs"]
mod world;
