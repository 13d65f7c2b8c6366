//! Whether to renew a certificate, and because of what.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;

use crate::facts::hexadecimal;
use crate::{Error, Expected, Facts, Fault, Faults, Pair, Profile, PublicKey, check};

/// Between two issuances, whatever asks for them.
const PAUSE: Duration = Duration::from_hours(1);

/// How the ids of our versions begin.
const RENEWAL: &str = "renewal-";

const DAY: Duration = Duration::from_hours(24);

/// What is stored now.
#[derive(Debug, Clone, Copy)]
pub enum Stored<'s> {
    /// Nothing.
    Missing,
    /// Something that is no pair.
    Unreadable(&'s Error),
    /// A pair, which may be good or not.
    Pair(&'s Pair),
    /// One that its authority would have renewed.
    Recalled(&'s Pair),
}

/// Whether to renew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Not before this time, since 1970-01-01 UTC.
    Keep {
        /// When it is due.
        until: Duration,
    },
    /// Now.
    Renew(Reason),
    /// There is a reason, but the last one was issued a moment ago.
    Wait {
        /// What for.
        reason: Reason,
        /// Until when, since 1970-01-01 UTC.
        until: Duration,
    },
}

/// Because of what a certificate is renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is none yet.
    #[error("there is no certificate yet")]
    Missing,
    /// What is there cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Unreadable(Error),
    /// What is there is of no use.
    #[error("the certificate is not good: {0}")]
    Faulty(Faults),
    /// Other names are asked for.
    #[error("other names are asked for")]
    NamesChanged,
    /// Another key is asked for.
    #[error("another type of key is asked for")]
    KeyChanged,
    /// Another usage is asked for.
    #[error("another usage is asked for")]
    UsageChanged,
    /// Two thirds of its life are over.
    #[error("two thirds of its life are over")]
    Due,
    /// Its authority would have it renewed, as it does before it revokes many.
    #[error("its authority would have it renewed")]
    Recalled,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
}

/// Whether to renew what is stored (the rules of cert-manager: what is there must be readable, whole,
/// as asked for, and in the first two thirds of the life that it really has).
///
/// `roots` are who is trusted, as in [`Expected`]; `issued` is when the last one was issued.
pub fn decide(
    stored: Stored<'_>,
    profile: &Profile,
    roots: &[CertificateDer<'_>],
    now: Duration,
    issued: Option<Duration>,
) -> Decision {
    let reason = match reason(stored, profile, roots, now) {
        Ok(until) => return Decision::Keep { until },
        Err(reason) => reason,
    };
    match issued.map(|issued| issued.saturating_add(PAUSE)) {
        Some(until) if now < until => Decision::Wait { reason, until },
        _ => Decision::Renew(reason),
    }
}

fn reason(
    stored: Stored<'_>,
    profile: &Profile,
    roots: &[CertificateDer<'_>],
    now: Duration,
) -> Result<Duration, Reason> {
    let (pair, is_recalled) = match stored {
        Stored::Missing => return Err(Reason::Missing),
        Stored::Unreadable(error) => return Err(Reason::Unreadable(error.clone())),
        Stored::Pair(pair) => (pair, false),
        Stored::Recalled(pair) => (pair, true),
    };
    let expected = Expected { roots, ..Expected::default() };
    match check(pair, &expected, now) {
        Err(faults) if faults.iter().all(|fault| matches!(fault, Fault::Expired { .. })) => {
            return Err(Reason::Expired);
        }
        Err(faults) => return Err(Reason::Faulty(faults)),
        Ok(()) => {}
    }
    let facts = pair.facts().first().ok_or(Reason::Missing)?;
    let asked: BTreeSet<_> = profile.names.iter().collect();
    if facts.names.iter().collect::<BTreeSet<_>>() != asked {
        return Err(Reason::NamesChanged);
    }
    if facts.key != PublicKey::Known(profile.key) {
        return Err(Reason::KeyChanged);
    }
    // Authorities give more than they are asked for.
    if !facts.usage.is_some_and(|usage| usage.covers(profile.usage)) {
        return Err(Reason::UsageChanged);
    }
    if is_recalled {
        return Err(Reason::Recalled);
    }
    let due = due(facts);
    if now < due { Ok(due) } else { Err(Reason::Due) }
}

/// Two thirds of the life that the certificate really has, or up to a twentieth of it before: so that
/// not all are renewed at once that were issued at once.
pub fn due(facts: &Facts) -> Duration {
    let end = facts.not_before.saturating_add(facts.life() / 3 * 2);
    moment_between(facts, end.saturating_sub(facts.life() / 20), end)
}

/// A moment of this span that is the certificate's own: the same whenever it is asked for, and
/// another for the next one.
pub fn moment_between(facts: &Facts, start: Duration, end: Duration) -> Duration {
    let chance = facts.fingerprint.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let span = end.saturating_sub(start);
    start.saturating_add(span / 0x1_0000 * chance.unwrap_or_default())
}

/// What a version of a secret is called that replaces what these `parts` say is there: the same for
/// two who renew it in the same hour, and known as one of ours by [`is_renewal_id`].
pub fn renewal_id(parts: &[&str], now: Duration) -> String {
    let hour = (now.as_secs() / PAUSE.as_secs()).to_string();
    let text = parts
        .iter()
        .chain(&[hour.as_str()])
        .fold(String::new(), |text, part| text + &part.len().to_string() + ":" + part);
    let digits = hexadecimal(digest(&SHA256, text.as_bytes()).as_ref());
    format!("{RENEWAL}{}", digits.get(..48).unwrap_or(&digits))
}

/// When [`renewal_id`] makes another name.
pub fn next_hour(now: Duration) -> Duration {
    PAUSE.saturating_mul(u32::try_from(now.as_secs() / PAUSE.as_secs() + 1).unwrap_or(u32::MAX))
}

/// Whether a version of this id was made by a renewal.
pub fn is_renewal_id(id: &str) -> bool {
    id.starts_with(RENEWAL)
}

/// How little of the life of a certificate is left that should have been renewed long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A third of it.
    Third,
    /// A sixth of it.
    Sixth,
    /// Seven days.
    SevenDays,
    /// One day.
    OneDay,
    /// Nothing.
    Expired,
}

impl Alarm {
    /// The alarm for a certificate, `None` while more than a third of its life is left. Of those that
    /// it has passed, the last: seven days are none for one that lives for two.
    pub fn of(facts: &Facts, now: Duration) -> Option<Self> {
        let left = facts.not_after.saturating_sub(now);
        if left.is_zero() {
            return Some(Self::Expired);
        }
        let third = facts.life() / 3;
        let marks = [
            (third, Self::Third),
            (third / 2, Self::Sixth),
            (DAY * 7, Self::SevenDays),
            (DAY, Self::OneDay),
        ];
        let passed = marks.into_iter().filter(|(mark, _)| left <= *mark && *mark <= third);
        passed.min_by_key(|(mark, _)| *mark).map(|(_, alarm)| alarm)
    }

    /// `a third of its life is left`, ...
    pub fn text(self) -> &'static str {
        match self {
            Self::Third => "a third of its life is left",
            Self::Sixth => "a sixth of its life is left",
            Self::SevenDays => "seven days are left",
            Self::OneDay => "one day is left",
            Self::Expired => "it has expired",
        }
    }
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
