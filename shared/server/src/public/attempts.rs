//! How often an authority was asked for a certificate, and when it may be asked again.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// After the first attempt that failed. It doubles with each one after it, so that three fit into the
/// first hour: public authorities allow five that cannot be proven.
const FIRST_PAUSE: Duration = Duration::from_mins(15);
const LAST_PAUSE: Duration = Duration::from_hours(24);

/// An authority that has had enough is left alone as if so many attempts had failed: for an hour at
/// least.
const LIMITED: u32 = 3;

/// What was asked of an authority. It is written down before it is asked, as if it had failed:
/// whoever is ended then begins again no sooner than whoever is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attempts {
    /// When the last one began, since 1970-01-01 UTC; `None` when there was none.
    at: Option<Duration>,
    /// How many have failed since one did not.
    failures: u32,
}

impl Attempts {
    /// What was written down; what cannot be read counts as nothing.
    pub(super) fn read(text: Option<&SecretString>) -> Self {
        let value = text.and_then(|text| serde_json::from_str::<Value>(text.expose_secret()).ok());
        let number = |name: &str| value.as_ref()?.get(name)?.as_u64();
        Self {
            at: number("at").map(Duration::from_secs),
            failures: number("failures")
                .map_or(0, |number| u32::try_from(number).unwrap_or(u32::MAX)),
        }
    }

    pub(super) fn text(self) -> SecretString {
        let at = self.at.map(|at| at.as_secs());
        json!({ "at": at, "failures": self.failures }).to_string().into()
    }

    /// With one that begins now.
    pub(super) fn begun(self, now: Duration) -> Self {
        Self { at: Some(now), failures: self.failures.saturating_add(1) }
    }

    /// With the last one refused because there were too many.
    pub(super) fn limited(self) -> Self {
        Self { failures: self.failures.max(LIMITED), ..self }
    }

    /// With the last one done.
    pub(super) fn done(self) -> Self {
        Self { failures: 0, ..self }
    }

    /// When the last certificate was issued, if nothing has failed since.
    pub(super) fn issued(self, now: Duration) -> Option<Duration> {
        self.at.filter(|at| self.failures == 0 && *at <= now)
    }

    /// Until when nothing is to be asked after what has failed. A time to come, of a clock that was
    /// set back, says nothing.
    pub(super) fn pause(self, now: Duration) -> Option<Duration> {
        let at = self.at.filter(|at| self.failures > 0 && *at <= now)?;
        let doubled = 2_u32.saturating_pow(self.failures - 1);
        let until = at.saturating_add(FIRST_PAUSE.saturating_mul(doubled).min(LAST_PAUSE));
        (now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_hours(500_000);

    /// The hours of the pauses after so many failures.
    fn pause(attempts: Attempts) -> Option<f64> {
        attempts.pause(NOW).map(|until| until.saturating_sub(NOW).as_secs_f64() / 3_600.0)
    }

    #[test]
    fn pauses_double_up_to_a_day_and_end_with_what_succeeds() {
        let mut attempts = Attempts::default();
        assert_eq!((pause(attempts), attempts.issued(NOW)), (None, None));
        for hours in [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0] {
            attempts = attempts.begun(NOW);
            assert_eq!((pause(attempts), attempts.issued(NOW)), (Some(hours), None));
            assert_eq!(Attempts::read(Some(&attempts.text())), attempts);
        }
        assert_eq!(attempts.pause(NOW + LAST_PAUSE), None);
        let many = Attempts { failures: u32::MAX, ..attempts };
        assert_eq!(pause(many.begun(NOW)), Some(24.0));
        assert_eq!(attempts.done().pause(NOW), None);
        assert_eq!(attempts.done().issued(NOW), Some(NOW));
    }

    #[test]
    fn an_authority_that_has_had_enough_is_left_alone_for_an_hour() {
        assert_eq!(pause(Attempts::default().begun(NOW).limited()), Some(1.0));
        let fifth = Attempts { at: Some(NOW), failures: 5 };
        assert_eq!(fifth.limited(), fifth);
    }

    #[test]
    fn what_cannot_be_read_or_is_yet_to_come_holds_nothing_up() {
        for text in ["", "{", "[]", r#"{"at": "x", "failures": -1}"#, "{}"] {
            assert_eq!(Attempts::read(Some(&text.into())), Attempts::default(), "{text}");
        }
        let tomorrow = Attempts::default().begun(NOW + LAST_PAUSE);
        assert_eq!((tomorrow.pause(NOW), tomorrow.done().issued(NOW)), (None, None));
    }
}
