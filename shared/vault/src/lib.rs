//! Versions of secrets where AWS keeps them, as a rotation reads and writes them, and the places
//! that certificates are brought to.
//!
//! `keys` reads secrets as well, for every request, with what it needs to go on without an answer.
//! Here nothing is kept: a rotation decides on what is there now.
//!
//! | file | what |
//! |---|---|
//! | `secrets_manager` | the calls of AWS Secrets Manager |
//! | `labels` | which version stands where in a rotation |
//! | `destinations` | where certificates end up: Certificate Manager, S3, API Gateway, SNS |
//! | `login` | the credentials of a database, in AWS's form |
//! | `rds` | tokens of IAM in the place of a database's password |

mod destinations;
mod error;
mod labels;
mod login;
mod rds;
mod secrets_manager;

pub use destinations::{Destinations, Import, Object};
pub use error::Error;
pub use labels::{Label, Labels};
pub use login::{Login, MalformedLogin};
pub use rds::{NoToken, RdsLogin, RdsTokens};
pub use secrets_manager::{Vault, Version};
