//! The roots that are trusted: while one takes over from another, both.

use std::time::Duration;

use rustls_pki_types::CertificateDer;

use crate::pair::certificate_pem;
use crate::{Error, facts};

/// The trust bundle as PEM: `current`, which has been in force since `since`, and of those that were
/// trusted `before` it all that have not expired, until the last certificate that one of them issued
/// is over. `overlap` is how long that one lives. The same roots make the same text.
///
/// # Errors
/// [`Error::MalformedCertificate`] of one that is in force.
pub fn bundle(
    current: &CertificateDer<'static>,
    before: &[CertificateDer<'static>],
    since: Duration,
    overlap: Duration,
    now: Duration,
) -> Result<String, Error> {
    facts(current, 1)?;
    let is_overlap = now < since.saturating_add(overlap);
    let is_kept = |root: &CertificateDer<'_>| {
        is_overlap && facts(root, 1).is_ok_and(|facts| now <= facts.not_after)
    };
    let mut older: Vec<_> =
        before.iter().filter(|root| *root != current && is_kept(root)).collect();
    older.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
    older.dedup();
    Ok([current].into_iter().chain(older).map(certificate_pem).collect())
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
