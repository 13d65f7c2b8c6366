//! Which refusals are counted instead of written: bad tokens cost a caller nothing, and must not
//! fill the log.

use std::collections::BTreeMap;

/// Refusals of one reason that are written within a second.
const MAX_LINES: u32 = 100;

/// Refusals by reason, of which there are as many as the code has words for.
#[derive(Debug, Default)]
pub(crate) struct Flood(BTreeMap<&'static str, Window>);

/// What happened to one reason within one second.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// Unix time.
    second: u64,
    lines: u32,
    omitted: u64,
}

/// Refusals that were not written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Omission {
    pub(crate) reason: &'static str,
    /// Unix time.
    pub(crate) second: u64,
    pub(crate) count: u64,
}

impl Flood {
    /// Counts a refusal, and whether it is to be written. Windows of other seconds must have been
    /// told before.
    pub(crate) fn admits(&mut self, reason: &'static str, second: u64) -> bool {
        let window = self.0.entry(reason).or_insert(Window { second, lines: 0, omitted: 0 });
        if window.second != second {
            *window = Window { second, lines: 0, omitted: window.omitted };
        }
        let is_admitted = window.lines < MAX_LINES;
        if is_admitted {
            window.lines += 1;
        } else {
            window.omitted = window.omitted.saturating_add(1);
        }
        is_admitted
    }

    /// What was left out in seconds other than this one, or in any.
    pub(crate) fn omission(&self, except: Option<u64>) -> Option<Omission> {
        let (reason, window) = self
            .0
            .iter()
            .find(|(_, window)| window.omitted > 0 && Some(window.second) != except)?;
        Some(Omission { reason, second: window.second, count: window.omitted })
    }

    /// The omission stands in the log.
    pub(crate) fn told(&mut self, Omission { reason, count, .. }: &Omission) {
        if let Some(window) = self.0.get_mut(reason) {
            window.omitted = window.omitted.saturating_sub(*count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_of_each_reason_a_second_are_written_and_the_rest_is_counted() {
        let mut flood = Flood::default();
        for reason in ["expired", "bad_signature"] {
            let admitted = (0..350).filter(|_| flood.admits(reason, 7)).count();
            assert_eq!(admitted, 100, "{reason}");
        }
        assert_eq!(flood.omission(Some(7)), None, "the second is not over");
        for reason in ["bad_signature", "expired"] {
            let omission = flood.omission(Some(8)).unwrap();
            assert_eq!(omission, Omission { reason, second: 7, count: 250 });
            flood.told(&omission);
        }
        assert_eq!(flood.omission(None), None);
        assert!(flood.admits("expired", 8), "a new second");
    }

    #[test]
    fn what_could_not_be_told_is_not_forgotten() {
        let mut flood = Flood::default();
        for second in [7, 8] {
            assert_eq!((0..101).filter(|_| flood.admits("expired", second)).count(), 100);
        }
        assert_eq!(flood.omission(None).unwrap().count, 2);
    }
}
