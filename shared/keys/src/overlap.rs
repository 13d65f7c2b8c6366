//! How long the keys of one secret stand beside each other while it is rotated.
//!
//! A token that is alive must verify, whoever signed it last and whichever verifier it meets. What
//! that asks of a rotation follows from how verifiers and signers read secrets ([`Intervals`]) and
//! how long tokens live ([`Policy`]): both must be the ones that `load` and `token` run with.

use std::time::Duration;

use auth::Policy;

use crate::Intervals;

/// The store may tell times in whole seconds.
const STORE_CLOCK: Duration = Duration::from_secs(1);

/// The rules that hold while a secret is rotated. Moments are times since 1970-01-01 UTC.
#[derive(Debug, Clone)]
pub struct Overlap {
    /// What verifiers demand of a token.
    pub policy: Policy,
    /// How often whoever holds the secret reads it.
    pub every: Intervals,
    /// A verifier that looks for a key finds it, whatever it has read before, once the key has been
    /// there for so long: the cool-down of those who read the secret themselves.
    pub found_within: Duration,
}

impl Overlap {
    /// When a secret that took over `since` may be replaced. There is one previous version: until
    /// then it may be needed for tokens that the one before signed last.
    pub fn may_be_replaced_from(&self, since: Duration) -> Duration {
        let life = Duration::from_secs(self.policy.max_token_life_s.unwrap_or_default());
        since + self.every.keep + life
    }

    /// When a pending version that was written at this moment may take over: every verifier has it by
    /// then, or finds it when it looks for it.
    pub fn may_take_over_from(&self, written: Duration) -> Duration {
        written + STORE_CLOCK + self.found_within
    }

    /// Until when it may. Verifiers count the end of the version before it from the moment at which
    /// it was written: were it to take over later, tokens would be refused that are alive.
    pub fn may_take_over_until(&self, written: Duration) -> Duration {
        let leeway = Duration::from_secs(self.policy.leeway_s);
        written + self.every.keep.saturating_sub(self.every.refresh) + leeway
    }

    /// When a key that is put into a ring at `now` begins to sign: no verifier goes on with an older
    /// ring for longer.
    pub fn ring_key_signs_from(&self, now: Duration) -> Duration {
        now + STORE_CLOCK + self.every.keep
    }

    /// Whether these intervals leave a moment for a version to take over.
    pub fn is_possible(&self) -> bool {
        let written = Duration::ZERO;
        self.may_take_over_from(written) < self.may_take_over_until(written)
    }
}

#[cfg(test)]
mod tests {
    use auth::Algorithms;

    use super::*;

    fn overlap(every: Intervals) -> Overlap {
        let policy = Policy::new(Algorithms::of_shared_secrets());
        Overlap { policy, every, found_within: every.forced }
    }

    #[test]
    fn a_version_takes_over_between_a_cool_down_and_the_hard_limit() {
        let overlap = overlap(Intervals::OF_SECRETS);
        let written = Duration::from_secs(1_000);
        assert_eq!(overlap.may_take_over_from(written).as_secs(), 1_000 + 1 + 30);
        assert_eq!(overlap.may_take_over_until(written).as_secs(), 1_000 + 3_600 - 300 + 30);
        assert_eq!(overlap.ring_key_signs_from(written).as_secs(), 1_000 + 1 + 3_600);
        let month = 30 * 24 * 3_600;
        assert_eq!(overlap.may_be_replaced_from(written).as_secs(), 1_000 + 3_600 + month);
    }

    #[test]
    fn a_cool_down_that_is_longer_than_the_rest_leaves_no_moment() {
        let usual = Intervals::OF_SECRETS;
        assert!(overlap(usual).is_possible());
        // The leeway is as long as the usual cool-down: not long enough.
        assert!(!overlap(Intervals { keep: usual.refresh, ..usual }).is_possible());
        let long = Intervals { forced: Duration::from_hours(1), ..usual };
        assert!(!overlap(long).is_possible());
    }
}
