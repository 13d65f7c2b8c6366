//! What is wrong with a pair.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{Facts, Name, Pair, PublicKey, Usage, facts, text_of};

/// What a pair is to be good for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'e> {
    /// Names that it must be for.
    pub names: &'e [Name],
    /// Who is to show it; whoever it says when `None`.
    pub usage: Option<Usage>,
    /// Who is trusted. Without them the chain is only checked up to its own end.
    pub roots: &'e [CertificateDer<'e>],
}

/// Something that is wrong with a pair. Certificates count from 1, which is the one of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The key of another certificate.
    #[error("the key is not that of the first certificate")]
    KeyMismatch,
    /// A key that is too small, too large or of a kind that TLS libraries do not know.
    #[error("the key is {key}: use P-256, P-384, RSA with 2048, 3072 or 4096 bits, or Ed25519")]
    Key {
        /// What it is.
        key: String,
    },
    /// It is over.
    #[error("certificate {position} expired at {}, and it is {}", text_of(*.since), text_of(*.now))]
    Expired {
        /// Of which certificate.
        position: usize,
        /// Its end.
        since: Duration,
        /// What the clock says.
        now: Duration,
    },
    /// It has not begun.
    #[error(
        "certificate {position} begins at {}, and it is {}; is the clock right?",
        text_of(*.from), text_of(*.now)
    )]
    NotYetValid {
        /// Of which certificate.
        position: usize,
        /// Its beginning.
        from: Duration,
        /// What the clock says.
        now: Duration,
    },
    /// It is for others.
    #[error("the certificate is not for `{name}`, but for {}", list(.of))]
    Name {
        /// Whom it was to be for.
        name: Name,
        /// Whom it is for.
        of: Vec<Name>,
    },
    /// A server's certificate that no client takes.
    #[error("the certificate has no names (subject alternative names): no client takes it")]
    NoNames,
    /// It may not be shown by a server, or a client.
    #[error("the certificate is not for use by a {asked}: its extended key usage does not say so")]
    Usage {
        /// By whom it was to be shown.
        asked: Usage,
    },
    /// It may issue certificates, and so must not be shown as one's own.
    #[error("the first certificate is an authority's: the one of the server comes first")]
    Authority,
    /// The chain is out of order, or something is missing in it.
    #[error("certificate {position} is not the issuer of certificate {}", position - 1)]
    Unlinked {
        /// Of which certificate.
        position: usize,
    },
    /// One that may not issue others did.
    #[error("certificate {position} may not issue others, and there is one of its before it")]
    NoAuthority {
        /// Of which certificate.
        position: usize,
    },
    /// The issuer is not in the chain.
    #[error(
        "the chain ends with the certificate itself: add those of the authorities above it, or say \
         which root is trusted"
    )]
    Incomplete,
    /// Forged, or damaged.
    #[error("a signature in the chain is wrong")]
    Signature,
    /// The chain ends somewhere else.
    #[error("the chain does not lead to a trusted root")]
    Untrusted,
    /// An authority went beyond what it was allowed to.
    #[error("the names of the certificate are outside of what its authority may issue")]
    NameConstraint,
    /// An authority made others that it was not allowed to.
    #[error("there are more authorities in the chain than one of them allows below it")]
    PathLength,
    /// Anything else that TLS libraries do not take.
    #[error("the chain is not good: {reason}")]
    Chain {
        /// In the words of the library that verifies for TLS.
        reason: String,
    },
}

impl Fault {
    /// Whether the certificate would be good at another time.
    pub fn is_of_time(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::NotYetValid { .. })
    }
}

/// Everything that is wrong with a pair: one fault at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// All of them, the worst first.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&join(&self.0, "; "))
    }
}

impl std::error::Error for Faults {}

/// Whether a pair is good for what is expected of it, now.
///
/// # Errors
/// [`Faults`]
pub fn check(pair: &Pair, expected: &Expected<'_>, now: Duration) -> Result<(), Faults> {
    let mut faults = Vec::new();
    if !pair.is_matched() {
        faults.push(Fault::KeyMismatch);
    }
    faults.extend(pair.facts().first().into_iter().flat_map(|facts| own(facts, expected)));
    let chain = links(pair.facts(), expected.roots);
    if chain.is_empty() {
        faults.extend(path(pair, expected));
    }
    faults.extend(chain);
    faults.extend(pair.facts().iter().zip(1..).filter_map(|(facts, at)| time(facts, at, now)));
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

/// What is wrong with the first certificate alone.
fn own(facts: &Facts, expected: &Expected<'_>) -> Vec<Fault> {
    if facts.is_authority {
        return vec![Fault::Authority];
    }
    let mut faults = Vec::new();
    if let PublicKey::Other(key) = &facts.key {
        faults.push(Fault::Key { key: key.clone() });
    }
    let asked = expected.usage.or(facts.usage).unwrap_or(Usage::Server);
    if !facts.usage.is_some_and(|usage| usage.covers(asked)) {
        faults.push(Fault::Usage { asked });
    }
    if facts.names.is_empty() && asked.is_server() {
        faults.push(Fault::NoNames);
    } else {
        let missing =
            expected.names.iter().filter(|name| !facts.names.iter().any(|n| n.covers(name)));
        faults.extend(
            missing.map(|name| Fault::Name { name: name.clone(), of: facts.names.clone() }),
        );
    }
    faults
}

/// Where the chain does not hold together, by what the certificates say.
fn links(chain: &[Facts], roots: &[CertificateDer<'_>]) -> Vec<Fault> {
    let links = chain.iter().zip(chain.iter().skip(1)).zip(2..);
    let faults = links.filter_map(|((issued, issuer), position)| {
        if issued.issuer_der != issuer.subject_der {
            return Some(Fault::Unlinked { position });
        }
        (!issuer.is_authority).then_some(Fault::NoAuthority { position })
    });
    // The library that verifies does not ask a root, or the end of a chain; others do.
    let root = chain.last().filter(|last| !last.is_self_issued()).and_then(|last| {
        let mut roots = roots.iter().filter_map(|root| facts(root, chain.len() + 1).ok());
        roots.find(|root| root.subject_der == last.issuer_der)
    });
    let lengths = chain.iter().chain(&root).skip(1).zip(0..);
    let is_too_long = |(facts, below): (&Facts, u32)| facts.path_length.is_some_and(|n| below > n);
    let is_too_long = lengths.into_iter().any(is_too_long);
    faults.chain(is_too_long.then_some(Fault::PathLength)).collect()
}

fn time(facts: &Facts, position: usize, now: Duration) -> Option<Fault> {
    if now < facts.not_before {
        return Some(Fault::NotYetValid { position, from: facts.not_before, now });
    }
    // The last second belongs to it.
    let is_over = now >= facts.not_after.saturating_add(Duration::from_secs(1));
    is_over.then_some(Fault::Expired { position, since: facts.not_after, now })
}

/// What a TLS library finds wrong with the chain at a time at which all of it is valid.
fn path(pair: &Pair, expected: &Expected<'_>) -> Option<Fault> {
    let (leaf, above) = pair.chain().split_first()?;
    let facts = pair.facts().first()?;
    // What is wrong with these, `own` says.
    if facts.is_authority || facts.usage.is_none() {
        return None;
    }
    let (roots, between) = match (expected.roots, above.split_last()) {
        ([], None) if !facts.is_self_issued() => return Some(Fault::Incomplete),
        ([], None) => (std::slice::from_ref(leaf), above),
        ([], Some((last, between))) => (std::slice::from_ref(last), between),
        (roots, _) => (roots, above),
    };
    let at = pair.facts().iter().map(|facts| facts.not_before).max()?;
    let outcome = anchors(roots).and_then(|roots| {
        let usage = if facts.usage.is_some_and(Usage::is_server) {
            KeyUsage::server_auth()
        } else {
            KeyUsage::client_auth()
        };
        let leaf = EndEntityCert::try_from(leaf)?;
        let time = UnixTime::since_unix_epoch(at);
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &roots, between, time, usage, None, None)
            .map(|_| ())
    });
    outcome.err().and_then(|error| fault(error, !expected.roots.is_empty()))
}

fn anchors<'r>(roots: &'r [CertificateDer<'r>]) -> Result<Vec<TrustAnchor<'r>>, webpki::Error> {
    roots.iter().map(anchor_from_trusted_cert).collect()
}

fn fault(error: webpki::Error, has_roots: bool) -> Option<Fault> {
    use webpki::Error;
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are told in its own words")]
    Some(match error {
        // The spans of the certificates have no second in common; `time` says which is over.
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => return None,
        Error::InvalidSignatureForPublicKey => Fault::Signature,
        Error::UnknownIssuer if has_roots => Fault::Untrusted,
        Error::NameConstraintViolation => Fault::NameConstraint,
        Error::PathLenConstraintViolated => Fault::PathLength,
        other => Fault::Chain { reason: other.to_string() },
    })
}

fn list(names: &[Name]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { join(names, ", ") }
}

fn join(parts: &[impl ToString], between: &str) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
