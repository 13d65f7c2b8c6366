//! Every environment variable, its default, unit and meaning; the `.env` file; the clock.
//!
//! Only this crate reads the environment or the time. What it returns are the plain option structs
//! of the crates that use them.

mod auth;
mod clock;
mod data_sources;
mod database;
mod deny_list;
mod dotenv;
mod environment;
mod error;
mod export;
mod http;
mod intervals;
mod issuers;
mod keys;
mod log;
mod logins;
mod masks;
mod pem;
mod public;
mod rds;
mod renewing;
mod rotating;
mod row_security;
mod serving;
mod signer;
mod texts;
mod tls;
mod token;
mod value;
mod variables;
mod visible;

pub use self::auth::Authentication;
pub use self::database::DatabasesFrom;
pub use self::keys::{read_keys, short_secret_notice};
pub use clock::{clock, now, unix_seconds};
pub use dotenv::read_dotenv;
pub use environment::{Environment, Layered, Map, Process};
pub use error::{Error, Errors};
pub use http::Http;
pub use log::{Sink, audit_log, metrics, start_log};
pub use masks::Masks;
pub use renewing::read_renewal;
pub use rotating::read_rotation;
pub use row_security::RowSecurity;
pub use serving::{Serving, log_level, log_notices, model_folder, read_database};
pub use texts::TextSource;
pub use tls::{CertificateSource, Tls, read_tls};
pub use token::{Issuing, UserPool};
pub use value::{bytes, duration, flag, list, number, parse_duration, text};
pub use variables::{SECTIONS, Section, Variable, find, notices, variables};
pub use visible::{visible, visible_to_code};
