//! Connections from outside, with limits that are short enough to wait for.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod client;
mod http_2;
mod slow;
mod stop;
