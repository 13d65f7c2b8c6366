//! Certificates: issued, read, checked, and when to renew them.
//!
//! Nothing here reads a file, asks a server or looks at a clock: certificates are bytes, and `now` is
//! the time since 1970-01-01 UTC.
//!
//! | file | what |
//! |---|---|
//! | `name` | what a certificate is for: host names, addresses, URIs |
//! | `profile` | what a certificate is to be: names, key, usage, life |
//! | `pair` | a chain of certificates with the key of the first, as PEM |
//! | `secret` | the same as the value of a secret |
//! | `facts` | what a certificate says |
//! | `issue` | new keys, certificates that sign themselves, requests to an authority |
//! | `authority` | an authority of ours: a root, authorities below it, and what they issue |
//! | `check` | what is wrong with a pair |
//! | `renewal` | whether to renew, and because of what |
//! | `acm` | what AWS Certificate Manager takes |
//! | `bundle` | the roots that are trusted, two of them while one takes over from the other |

mod acm;
mod authority;
mod bundle;
mod check;
mod error;
mod facts;
mod issue;
mod name;
mod pair;
mod profile;
mod renewal;
mod secret;

pub use acm::{Unimportable, importable};
pub use authority::{Authority, Charter, Scope};
pub use bundle::bundle;
pub use check::{Expected, Fault, Faults, check};
pub use error::Error;
pub use facts::{Facts, PublicKey, facts, text_of};
pub use issue::{Request, self_signed};
pub use name::Name;
pub use pair::{Pair, read_certificates};
pub use profile::{KeyType, Profile, Usage};
pub use renewal::{
    Alarm, Decision, Reason, Stored, decide, due, is_renewal_id, moment_between, next_hour,
    renewal_id,
};
// What stands in the signatures above.
pub use rustls_pki_types::CertificateDer;
