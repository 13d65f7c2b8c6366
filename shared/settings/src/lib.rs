//! Every environment variable, its default, unit and meaning; the `.env` file; the clock.
//!
//! Only this crate reads the environment or the time. What it returns are the plain option structs
//! of the crates that use them.

mod clock;
mod dotenv;
mod environment;
mod error;
mod http;
mod value;
mod variables;

pub use clock::{now, unix_seconds};
pub use dotenv::read_dotenv;
pub use environment::{Environment, Layered, Map, Process};
pub use error::{Error, Errors};
pub use http::Http;
pub use value::{bytes, duration, flag, list, number, text};
pub use variables::{VARIABLES, Variable, find, notices};
