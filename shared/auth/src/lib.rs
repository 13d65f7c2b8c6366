//! Who is asking: token in, [`SecurityContext`] out. Keys and the time are arguments.

mod algorithm;
mod bearer;
mod claims;
mod context;
mod encoding;
mod error;
mod fingerprint;
mod header;
mod json;
mod key_set;
mod mint;
mod policy;
mod verify;

pub use algorithm::{Algorithm, Algorithms, UnsafeAlgorithms};
pub use bearer::{HeaderError, bearer_token};
pub use claims::VerifiedClaims;
pub use context::SecurityContext;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use json::{JsonError, MAX_DEPTH, read_object};
pub use key_set::{HmacKey, KeySet, Stage, UnsafeKey};
pub use mint::{Lifetime, MintError, SigningKey, mint, mint_with_id, random_id};
pub use policy::Policy;
pub use verify::verify;
