//! Who is asking: token in, [`SecurityContext`] out. Keys and the time are arguments.

mod algorithm;
mod bearer;
mod claims;
mod context;
mod deny_list;
mod encoding;
mod error;
mod fingerprint;
mod header;
mod json;
mod jwk;
mod key_set;
mod mint;
mod pem;
mod policy;
mod public_key;
mod roca;
mod secret_key;
mod token;
mod verify;

pub use algorithm::{Algorithm, Algorithms, KeyKind, UnsafeAlgorithms};
pub use bearer::{HeaderError, bearer_token};
pub use claims::VerifiedClaims;
pub use context::SecurityContext;
pub use deny_list::{DenyList, DenyListError};
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use json::{JsonError, MAX_DEPTH, read_object};
pub use jwk::{JwkSet, JwkSetError};
pub use key_set::KeySet;
pub use mint::{Lifetime, MintError, SigningKey, mint, mint_with_id, random_id};
pub use policy::{Cognito, Policy, TokenUse};
pub use public_key::{PublicKey, UnusableKey};
pub use secret_key::{HmacKey, Stage, UnsafeKey};
pub use token::Token;
pub use verify::verify;
