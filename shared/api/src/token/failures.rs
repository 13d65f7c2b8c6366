//! How often somebody has shown a wrong credential: a source, whoever it says it is; a client or a
//! user, wherever the attempts come from.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use auth::Fingerprint;
use ledger::Ledger;

const WINDOW_S: u64 = 60;

/// Wrong credentials of one source within a window.
const MAX_OF_SOURCE: u64 = 10;
/// Wrong secrets of one client, or passwords of one user, from all sources together. Whoever spends
/// them keeps the rightful one out for the rest of a minute, so there are more of them.
const MAX_OF_NAME: u64 = 60;

/// Those who are remembered. More of them push out the one seen first.
const MAX_REMEMBERED: usize = 4096;

/// Who failed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// An address.
    Source(&'a str),
    /// The name of a client that there is.
    Client(&'a str),
    /// The name that a user gave.
    User(&'a str),
}

impl Whose<'_> {
    fn max(self) -> u64 {
        match self {
            Self::Source(_) => MAX_OF_SOURCE,
            Self::Client(_) | Self::User(_) => MAX_OF_NAME,
        }
    }

    /// Sixteen bytes of a hash: names and addresses have any length, and are nobody else's business.
    fn key(self) -> String {
        let (kind, name) = match self {
            Self::Source(address) => ("source", network(address)),
            Self::Client(id) => ("client", id.to_owned()),
            Self::User(name) => ("user", name.to_owned()),
        };
        let hash = Fingerprint::of(format!("{kind} {name}").as_bytes()).hex();
        format!("{kind}#{}", hash.get(..32).unwrap_or_default())
    }
}

/// Whoever has one IPv6 address has 2^64 of them.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        Ok(IpAddr::V4(_)) | Err(_) => address.to_owned(),
    }
}

/// Failures, each in a window that opens with the first of them. With a ledger all instances count
/// together: one of them looks there when it counts, and never before, so that whoever is right
/// waits for nothing.
#[derive(Debug, Default)]
pub(super) struct Failures {
    windows: Mutex<HashMap<String, Window>>,
    ledger: Option<Arc<Ledger>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    opened: u64,
    failures: u64,
}

impl Window {
    fn ends_in_s(self, now: u64) -> u64 {
        (self.opened + WINDOW_S).saturating_sub(now).min(WINDOW_S)
    }
}

impl Failures {
    pub(super) fn new(ledger: Option<Arc<Ledger>>) -> Self {
        Self { windows: Mutex::default(), ledger }
    }

    /// Seconds until somebody is listened to again; `None` while it is. `now` is unix seconds.
    pub(super) fn blocked_for_s(&self, whose: Whose<'_>, now: u64) -> Option<u32> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(&whose.key()).filter(|window| window.failures >= whose.max())?;
        let left_s = window.ends_in_s(now);
        (left_s > 0).then(|| u32::try_from(left_s).unwrap_or(u32::MAX))
    }

    /// Counts a wrong credential. Seconds until somebody is listened to again, when it was one too
    /// many for all instances together.
    pub(super) async fn count(&self, whose: Whose<'_>, now: u64) -> Option<u32> {
        let key = whose.key();
        self.count_here(&key, now);
        let ledger = self.ledger.as_ref()?;
        match ledger.count(&format!("failure#{key}"), WINDOW_S, now).await {
            Ok(count) if count > whose.max() => {
                self.set_here(&key, count, now);
                self.blocked_for_s(whose, now)
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%error, "failures are counted on this instance alone");
                None
            }
        }
    }

    fn count_here(&self, key: &str, now: u64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(key)
            && window.ends_in_s(now) > 0
        {
            window.failures = window.failures.saturating_add(1);
            return;
        }
        if windows.len() >= MAX_REMEMBERED {
            windows.retain(|_, window| window.ends_in_s(now) > 0);
        }
        if windows.len() >= MAX_REMEMBERED {
            let first = windows.iter().min_by_key(|(_, window)| window.opened);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                windows.remove(&first);
            }
        }
        windows.insert(key.to_owned(), Window { opened: now, failures: 1 });
    }

    /// Takes over what all instances have counted.
    fn set_here(&self, key: &str, failures: u64, now: u64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(key.to_owned()).or_insert(Window { opened: now, failures });
        window.failures = window.failures.max(failures);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    async fn fail(failures: &Failures, whose: Whose<'_>, times: u64, now: u64) {
        for _ in 0..times {
            assert_eq!(failures.count(whose, now).await, None);
        }
    }

    #[tokio::test]
    async fn ten_failures_block_a_source_for_the_rest_of_its_minute() {
        let failures = Failures::default();
        let (a, b) = (Whose::Source("192.0.2.1"), Whose::Source("192.0.2.2"));
        fail(&failures, a, MAX_OF_SOURCE - 1, NOW).await;
        assert_eq!(failures.blocked_for_s(a, NOW), None);
        fail(&failures, a, 1, NOW + 20).await;
        assert_eq!(failures.blocked_for_s(a, NOW + 20), Some(40));
        assert_eq!(failures.blocked_for_s(b, NOW + 20), None);
        assert_eq!(failures.blocked_for_s(Whose::Client("192.0.2.1"), NOW + 20), None);
        assert_eq!(failures.blocked_for_s(a, NOW + 60), None);
        fail(&failures, a, 1, NOW + 61).await;
        assert_eq!(failures.blocked_for_s(a, NOW + 61), None, "a new window has opened");
    }

    #[tokio::test]
    async fn a_name_is_blocked_wherever_the_attempts_come_from() {
        let failures = Failures::default();
        for whose in [Whose::Client("shop"), Whose::User("shop")] {
            fail(&failures, whose, MAX_OF_NAME - 1, NOW).await;
            assert_eq!(failures.blocked_for_s(whose, NOW), None);
            fail(&failures, whose, 1, NOW).await;
            assert_eq!(failures.blocked_for_s(whose, NOW), Some(60));
        }
    }

    #[tokio::test]
    async fn one_network_of_ipv6_is_one_source() {
        let failures = Failures::default();
        for host in 0..MAX_OF_SOURCE {
            let address = format!("2001:db8:1:2::{host:x}");
            fail(&failures, Whose::Source(&address), 1, NOW).await;
        }
        assert!(failures.blocked_for_s(Whose::Source("2001:db8:1:2:ffff::1"), NOW).is_some());
        assert!(failures.blocked_for_s(Whose::Source("2001:db8:1:3::1"), NOW).is_none());
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_blocks_nobody_for_longer_than_a_window() {
        let failures = Failures::default();
        let source = Whose::Source("a");
        fail(&failures, source, MAX_OF_SOURCE, NOW).await;
        assert_eq!(failures.blocked_for_s(source, NOW - 3_600), Some(60));
    }

    #[tokio::test]
    async fn memory_is_bounded_whatever_is_sent() {
        let failures = Failures::default();
        for source in 0..5_000_u64 {
            let name = format!("{source}-{}", "é".repeat(1_000));
            fail(&failures, Whose::Source(&name), 1, NOW + source / 4_500).await;
        }
        let windows = failures.windows.lock().unwrap();
        assert_eq!(windows.len(), MAX_REMEMBERED);
        assert!(windows.keys().all(|key| key.len() <= 64));
    }
}
