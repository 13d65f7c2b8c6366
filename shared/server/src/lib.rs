//! The listeners of `tessera serve`: connections within limits, and TLS whose certificate is
//! replaced while they are open.
//!
//! What is served is an argument; nothing here knows a route or a status code.
//!
//! | file | what |
//! |---|---|
//! | `accept` | a port -> connections, until it is time to stop |
//! | `connection` | one connection, from its handshake to its end |
//! | `activity` | whether anything happens on it |
//! | `limits`, `stop` | how much of everything, and until when |
//! | `tls` | PEM texts -> what a handshake is made with, replaced as a whole |
//! | `source`, `renewal` | where the texts are, and when they are read again |
//! | `public` | a certificate that the process asks a public authority for, and keeps in a folder |

mod accept;
mod activity;
mod connection;
mod error;
mod limits;
mod public;
mod renewal;
mod source;
mod stop;
mod tls;

pub use accept::serve;
pub use error::Error;
pub use limits::Limits;
pub use public::{Keeper, Order};
pub use renewal::{Clock, Renewed};
pub use source::{Fetch, PairSource, Source};
pub use stop::Stop;
pub use tls::Tls;
