//! The renewal of a certificate, against AWS as moto emulates it: whatever breaks off, whatever is
//! there, and whoever refuses.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says aloud what it skips"
)]

mod crashes;
mod faults;
mod orders;
mod roots;
mod state;
