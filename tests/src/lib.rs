//! The servers and clients of the black-box tests; each starts on loopback, on a free port, and ends with the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, and this crate is for tests only"
)]

mod environment;
mod listener;
mod process;

pub mod authority;
pub mod aws;
pub mod cognito;
pub mod collector;
pub mod command;
pub mod cube_gateway;
pub mod exceptions;
pub mod fault_proxy;
pub mod form;
pub mod http;
pub mod instance;
pub mod key_server;
pub mod lambda;
pub mod leak;
pub mod moto;
pub mod name_server;
pub mod oidc_provider;
pub mod page;
pub mod pebble;
pub mod pgbouncer;
pub mod postgres;
pub mod rds;
pub mod recorder;
pub mod secret_store;
pub mod server;
pub mod signing_key;
pub mod soak;
pub mod template;
pub mod tired_authority;
pub mod tls_client;
pub mod token;
pub mod tools;
pub mod web_server;

pub use environment::{is_rewriting, variable, variables};
pub use process::{Child, block_on, free_port, wait_until};
pub use tools::{binary, root};
