//! What is served until an authority has issued a certificate.

use std::time::Duration;

use certificate::{Decision, Name, Pair, Profile, Stored, decide, self_signed};
use secrecy::SecretString;

use crate::error::Error;
use crate::renewal::SELF_SIGNED_LIFE;

/// What was served last.
#[derive(Debug, Default)]
pub(super) enum Shown {
    /// Nothing yet.
    #[default]
    Nothing,
    /// One that signs itself: a process that waits for its first certificate listens all the same,
    /// so that the authority can look, and clients learn that they cannot trust it yet.
    StandIn(Box<Pair>),
    /// One that the authority has issued. From there on nothing less is shown.
    Issued,
}

impl Shown {
    /// A pair that signs itself, made again in time.
    ///
    /// # Errors
    /// `why` there is nothing in the folder that can be served, when there was before.
    pub(super) fn stand_in(
        &mut self,
        names: &[Name],
        now: Duration,
        why: Error,
    ) -> Result<SecretString, Error> {
        let profile = Profile::server(names.to_vec(), SELF_SIGNED_LIFE)?;
        match self {
            Self::Issued => return Err(why),
            Self::StandIn(pair) if is_good(pair, &profile, now) => return Ok(pair.to_secret()),
            Self::Nothing | Self::StandIn(_) => {}
        }
        tracing::warn!(%why, "a certificate that signs itself stands in");
        let pair = self_signed(&profile, now)?;
        let value = pair.to_secret();
        *self = Self::StandIn(Box::new(pair));
        Ok(value)
    }
}

fn is_good(pair: &Pair, profile: &Profile, now: Duration) -> bool {
    matches!(decide(Stored::Pair(pair), profile, &[], now, None), Decision::Keep { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_hours(500_000);

    #[test]
    fn what_stands_in_is_made_again_in_time_and_never_after_what_was_issued() {
        let names = ["shop.example".parse().unwrap()];
        let mut shown = Shown::default();
        let serial = |shown: &mut Shown, now| {
            let value = shown.stand_in(&names, now, Error::NotYet)?;
            Ok::<_, Error>(Pair::from_secret(&value)?.facts()[0].serial.clone())
        };
        let first = serial(&mut shown, NOW).unwrap();
        assert_eq!(serial(&mut shown, NOW + SELF_SIGNED_LIFE / 2).unwrap(), first);
        assert_ne!(serial(&mut shown, NOW + SELF_SIGNED_LIFE / 3 * 2).unwrap(), first);
        let error = serial(&mut Shown::Issued, NOW).unwrap_err();
        assert!(matches!(error, Error::NotYet), "{error}");
    }
}
