//! Where keys live: in the environment, in AWS Secrets Manager, on an issuer's key server.
//!
//! Nothing runs in the background, because AWS Lambda freezes what is between two requests: what is
//! held is refreshed by the request that finds it old.
//!
//! | file | what |
//! |---|---|
//! | `issuer` | who is trusted: rules for tokens, and where the keys are |
//! | `key_source` | the keys of one issuer, from wherever they are |
//! | `key_server`, `web` | public keys over HTTPS; the client also sends spans, so that there is one |
//! | `secrets_manager`, `extension` | versions of a secret |
//! | `secret_text`, `key_ring`, `version_key` | what the value of a secret may be |
//! | `token_signer`, `kms` | what signs new tokens |
//! | `overlap`, `renewal` | how long keys of one secret stand beside each other, and its next value |
//! | `deny_list` | which tokens were taken back |
//! | `document` | other texts of an operator's |
//! | `refreshed`, `moment` | when something is fetched again, by two clocks |

mod deny_list;
mod document;
mod error;
mod extension;
mod issuer;
mod key_ring;
mod key_server;
mod key_source;
mod kms;
mod moment;
mod overlap;
mod refreshed;
mod renewal;
mod secret_text;
mod secrets_manager;
mod token_signer;
mod version_key;
mod web;

pub use deny_list::DenyListSource;
pub use document::{Document, StoredDocument};
pub use error::KeyError;
pub use extension::SecretsExtension;
pub use issuer::{Issuer, Issuers};
pub use key_server::{Freshness, KeyServer, KeySetLocation};
pub use key_source::{KeySource, RotatingSecret, keys_in_secret};
pub use kms::KmsKey;
pub use moment::{Clock, Moment};
pub use overlap::Overlap;
pub use refreshed::{Backoff, Held, Intervals, Refresh};
pub use renewal::{NotRenewed, new_key_ring};
pub use token_signer::{SignError, TokenSigner};
pub use web::{UnsafeAddress, UnusableHeader, UnusableRoots, Web, WebAddress, WebHeaders};
