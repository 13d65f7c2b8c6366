//! What AWS Certificate Manager takes (its user guide, "Prerequisites for importing certificates" and
//! "Reimport a certificate"). It refuses some of this itself, and lets other services refuse the
//! rest: so it is asked only for what it will take.

use std::time::Duration;

use rustls_pki_types::CertificateDer;
use secrecy::ExposeSecret as _;

use crate::{Expected, Facts, Faults, KeyType, Pair, PublicKey, check};

/// What it takes of a certificate, of those above it, and of a key.
const CERTIFICATE_BYTES_MAX: usize = 32_768;
const CHAIN_BYTES_MAX: usize = 2_097_152;
const KEY_BYTES_MAX: usize = 5_120;

/// Why AWS Certificate Manager would not take a pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unimportable {
    /// It is not good for anybody.
    #[error("the pair is not good: {0}")]
    Faulty(#[from] Faults),
    /// A key that it does not know.
    #[error("AWS Certificate Manager takes no key of type {key}: use P-256, P-384 or RSA")]
    Key {
        /// What it is.
        key: String,
    },
    /// More than it takes.
    #[error("the {part} has {bytes} bytes, more than the {max} that AWS Certificate Manager takes")]
    TooLarge {
        /// `certificate`, `chain` or `key`.
        part: &'static str,
        /// How many.
        bytes: usize,
        /// How many may be.
        max: usize,
    },
    /// The one that is there has another key: the new one needs an ARN of its own.
    #[error(
        "the certificate that is imported has a key of type {imported}, and the new one {key}: \
         AWS Certificate Manager does not change it under one ARN. Import it under a new one, and \
         point the domain names and load balancers there"
    )]
    KeyChanged {
        /// What the imported one is.
        imported: String,
        /// What the new one is.
        key: String,
    },
    /// The one that is there may do more.
    #[error("the certificate that is imported may be used for {usage}, and the new one may not")]
    UsageRemoved {
        /// What would be lost.
        usage: String,
    },
}

/// Whether AWS Certificate Manager takes a pair, in the place of the one that is `imported` if there
/// is one. `roots` are who is trusted, as in [`Expected`].
///
/// # Errors
/// [`Unimportable`]
pub fn importable(
    pair: &Pair,
    roots: &[CertificateDer<'_>],
    imported: Option<&Facts>,
    now: Duration,
) -> Result<(), Unimportable> {
    check(pair, &Expected { roots, ..Expected::default() }, now)?;
    let Some(facts) = pair.facts().first() else { return Ok(()) };
    if facts.key == PublicKey::Known(KeyType::Ed25519) {
        return Err(Unimportable::Key { key: facts.key.to_string() });
    }
    let (certificate, chain) = pair.parts_pem();
    fits(certificate.len(), chain.len(), pair.key_pem().expose_secret().len())?;
    imported.map_or(Ok(()), |imported| replaceable(imported, facts))
}

/// Whether texts of so many bytes are taken.
fn fits(certificate: usize, chain: usize, key: usize) -> Result<(), Unimportable> {
    let parts = [
        ("certificate", certificate, CERTIFICATE_BYTES_MAX),
        ("chain", chain, CHAIN_BYTES_MAX),
        ("key", key, KEY_BYTES_MAX),
    ];
    let found = parts.into_iter().find(|(_, bytes, max)| bytes > max);
    found.map_or(Ok(()), |(part, bytes, max)| Err(Unimportable::TooLarge { part, bytes, max }))
}

fn replaceable(imported: &Facts, facts: &Facts) -> Result<(), Unimportable> {
    if imported.key != facts.key {
        let (imported, key) = (imported.key.to_string(), facts.key.to_string());
        return Err(Unimportable::KeyChanged { imported, key });
    }
    let (before, after) = (imported.key_usage.unwrap_or_default(), facts.key_usage);
    if after.is_none_or(|after| before & !after != 0) && before != 0 {
        return Err(Unimportable::UsageRemoved { usage: "more by its key usage".to_owned() });
    }
    let after = facts.purposes.as_deref().unwrap_or_default();
    let removed = imported.purposes.iter().flatten().find(|purpose| !after.contains(purpose));
    removed.map_or(Ok(()), |usage| Err(Unimportable::UsageRemoved { usage: usage.clone() }))
}

#[cfg(test)]
#[path = "acm_tests.rs"]
mod tests;
