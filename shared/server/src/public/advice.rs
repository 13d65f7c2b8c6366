//! When an authority would have a certificate renewed (RFC 9773).

use std::time::Duration;

use acme::Window;
use certificate::{Facts, moment_between};

/// As often as the largest public authority would be asked.
const ASKED_EVERY: Duration = Duration::from_hours(6);

/// What an authority has said of a certificate.
#[derive(Debug, Default)]
pub(super) struct Advice {
    /// Of which one; empty at first.
    fingerprint: String,
    asked: Duration,
    /// When it is to be renewed, if it has said so.
    moment: Option<Duration>,
}

impl Advice {
    pub(super) fn new(facts: &Facts, window: Option<Window>, now: Duration) -> Self {
        let moment = window.map(|window| moment_between(facts, window.start, window.end));
        Self { fingerprint: facts.fingerprint.clone(), asked: now, moment }
    }

    /// Whether the authority is to be asked about this certificate.
    pub(super) fn is_old(&self, facts: &Facts, now: Duration) -> bool {
        self.fingerprint != facts.fingerprint || now.abs_diff(self.asked) >= ASKED_EVERY
    }

    /// Whether it would have it renewed by now.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.moment.is_some_and(|moment| moment <= now)
    }
}

#[cfg(test)]
mod tests {
    use certificate::{Profile, self_signed};

    use super::*;

    const NOW: Duration = Duration::from_hours(500_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn new_facts() -> Facts {
        let profile = Profile::server(vec!["shop.example".parse().unwrap()], HOUR * 48).unwrap();
        self_signed(&profile, NOW).unwrap().facts()[0].clone()
    }

    #[test]
    fn an_authority_is_asked_every_six_hours_and_about_every_certificate() {
        let facts = new_facts();
        assert!(Advice::default().is_old(&facts, NOW));
        let advice = Advice::new(&facts, None, NOW);
        assert!(!advice.is_old(&facts, NOW + HOUR * 5));
        assert!(
            advice.is_old(&facts, NOW + HOUR * 6)
                && advice.is_old(&facts, NOW.saturating_sub(HOUR * 6))
        );
        assert!(advice.is_old(&new_facts(), NOW));
    }

    #[test]
    fn it_counts_from_a_moment_of_its_span_on() {
        let facts = new_facts();
        let window = Window { start: NOW + HOUR, end: NOW + HOUR * 2 };
        let advice = Advice::new(&facts, Some(window), NOW);
        assert!(!advice.is_over(NOW) && advice.is_over(NOW + HOUR * 2));
        assert!(!Advice::new(&facts, None, NOW).is_over(NOW + HOUR * 2));
    }
}
