//! Where keys live: in the environment, or in AWS Secrets Manager.
//!
//! Nothing runs in the background, because AWS Lambda freezes what is between two requests: what is
//! held is refreshed by the request that finds it old.

mod client;
mod client_source;
mod error;
mod key_source;
mod moment;
mod refreshed;
mod secret_text;
mod secrets_manager;

pub use client::{Client, parse_clients};
pub use client_source::{ClientSource, StoredClients};
pub use error::KeyError;
pub use key_source::{KeySource, RotatingSecret};
pub use moment::{Clock, Moment};
pub use refreshed::Intervals;
