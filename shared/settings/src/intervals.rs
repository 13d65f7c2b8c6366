//! How often secrets and key sets are fetched, and how long they are kept.

use std::ops::RangeInclusive;
use std::time::Duration;

use keys::{Backoff, Freshness, Intervals};

use crate::{Environment, Error, value::duration};

const SHORTEST: Duration = Duration::from_millis(100);
const DAY: Duration = Duration::from_hours(24);
const WITHIN_A_DAY: &str = "a duration from 100ms to 24h";

/// Reads a duration within a day.
struct Reader<'a> {
    environment: &'a dyn Environment,
    errors: &'a mut Vec<Error>,
}

impl Reader<'_> {
    fn time(&mut self, variable: &'static str, default: Duration) -> Duration {
        self.within(variable, default, SHORTEST..=DAY, WITHIN_A_DAY)
    }

    fn within(
        &mut self,
        variable: &'static str,
        default: Duration,
        range: RangeInclusive<Duration>,
        expected: &'static str,
    ) -> Duration {
        let read = duration(self.environment, variable, default, range, expected);
        read.unwrap_or_else(|error| {
            self.errors.push(error);
            default
        })
    }

    /// The one must not be longer than the other.
    fn order(&mut self, short: (&'static str, Duration), long: (&'static str, Duration)) {
        if short.1 > long.1 {
            self.errors.push(Error::Conflict {
                first: short.0,
                second: long.0,
                reason: "the first must not be longer than the second",
            });
        }
    }
}

/// Of secrets and deny-lists.
pub(crate) fn of_secrets(environment: &dyn Environment, errors: &mut Vec<Error>) -> Intervals {
    let mut reader = Reader { environment, errors };
    let usual = Intervals::OF_SECRETS;
    let refresh = reader.time("TESSERA_SECRET_REFRESH", usual.refresh);
    let keep = reader.time("TESSERA_SECRET_HARD_LIMIT", usual.keep);
    let forced = reader.time("TESSERA_SECRET_COOLDOWN", usual.forced);
    reader.order(("TESSERA_SECRET_REFRESH", refresh), ("TESSERA_SECRET_HARD_LIMIT", keep));
    Intervals { refresh, keep, forced, retry_held: Backoff::constant(refresh), ..usual }
}

/// Of key sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySetTimes {
    pub(crate) every: Intervals,
    pub(crate) freshness: Freshness,
    /// For one fetch, with what is tried again.
    pub(crate) timeout: Duration,
}

impl KeySetTimes {
    pub(crate) fn read(environment: &dyn Environment, errors: &mut Vec<Error>) -> Self {
        let mut reader = Reader { environment, errors };
        let (usual, between) = (Intervals::OF_KEY_SETS, Freshness::DEFAULT);
        let refresh = reader.time("TESSERA_JWKS_FRESH", usual.refresh);
        let shortest = reader.time("TESSERA_JWKS_FRESH_MIN", between.shortest);
        let longest = reader.time("TESSERA_JWKS_FRESH_MAX", between.longest);
        let keep = reader.time("TESSERA_JWKS_HARD_LIMIT", usual.keep);
        let forced = reader.time("TESSERA_JWKS_COOLDOWN", usual.forced);
        let timeout = reader.within(
            "TESSERA_JWKS_TIMEOUT",
            Duration::from_secs(5),
            SHORTEST..=Duration::from_secs(10),
            "a duration from 100ms to 10s",
        );
        reader.order(("TESSERA_JWKS_FRESH_MIN", shortest), ("TESSERA_JWKS_FRESH_MAX", longest));
        reader.order(("TESSERA_JWKS_FRESH", refresh), ("TESSERA_JWKS_HARD_LIMIT", keep));
        reader.order(("TESSERA_JWKS_FRESH_MAX", longest), ("TESSERA_JWKS_HARD_LIMIT", keep));
        Self {
            every: Intervals { refresh, keep, forced, ..usual },
            freshness: Freshness { shortest, longest: longest.max(shortest) },
            timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    #[test]
    fn nothing_set_is_what_the_crates_say() {
        let mut errors = Vec::new();
        let secrets = of_secrets(&Map::default(), &mut errors);
        assert_eq!(
            (secrets.refresh, secrets.keep),
            (Duration::from_mins(5), Duration::from_hours(1))
        );
        assert_eq!(secrets.retry_held.first, Duration::from_mins(5));
        let times = KeySetTimes::read(&Map::default(), &mut errors);
        assert_eq!((times.every.keep, times.timeout.as_secs()), (Duration::from_hours(2), 5));
        assert_eq!(errors, []);
    }

    #[test]
    fn every_interval_is_a_setting() {
        let map = Map::from([
            ("TESSERA_SECRET_REFRESH", "1s"),
            ("TESSERA_SECRET_HARD_LIMIT", "1m"),
            ("TESSERA_SECRET_COOLDOWN", "500ms"),
            ("TESSERA_JWKS_FRESH", "2s"),
            ("TESSERA_JWKS_FRESH_MIN", "1s"),
            ("TESSERA_JWKS_FRESH_MAX", "3s"),
            ("TESSERA_JWKS_HARD_LIMIT", "4s"),
            ("TESSERA_JWKS_COOLDOWN", "200ms"),
            ("TESSERA_JWKS_TIMEOUT", "1s"),
        ]);
        let mut errors = Vec::new();
        let secrets = of_secrets(&map, &mut errors);
        assert_eq!(secrets.forced, Duration::from_millis(500));
        assert_eq!(secrets.retry_held.longest, Duration::from_secs(1));
        let times = KeySetTimes::read(&map, &mut errors);
        assert_eq!(times.every.forced, Duration::from_millis(200));
        assert_eq!(times.freshness.longest, Duration::from_secs(3));
        assert_eq!(errors, []);
    }

    #[test]
    fn what_is_no_interval_or_contradicts_itself_is_refused_by_name() {
        for (variable, value) in [
            ("TESSERA_SECRET_REFRESH", "0"),
            ("TESSERA_SECRET_COOLDOWN", "99ms"),
            ("TESSERA_SECRET_REFRESH", "2h"),
            ("TESSERA_JWKS_FRESH", "soon"),
            ("TESSERA_JWKS_FRESH", "3h"),
            ("TESSERA_JWKS_FRESH_MIN", "90m"),
            ("TESSERA_JWKS_HARD_LIMIT", "30m"),
            ("TESSERA_JWKS_TIMEOUT", "11s"),
        ] {
            let (map, mut errors) = (Map::from([(variable, value)]), Vec::new());
            of_secrets(&map, &mut errors);
            KeySetTimes::read(&map, &mut errors);
            assert_eq!(errors.len(), 1, "{variable}={value}");
            assert!(errors[0].to_string().contains(variable), "{}", errors[0]);
        }
    }
}
