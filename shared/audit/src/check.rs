//! From a log to what is missing from it and what was changed.

use std::{
    collections::BTreeMap,
    io::{self, BufRead},
};

use crate::{
    chain::NO_HASH,
    entry::{Entry, Read, read},
    report::{Break, Instance, Place, Report},
};

/// Reads a log to its end: audit lines of one or many instances, and anything else between them.
///
/// The lines of an instance must stand in the order in which they were written; those of different
/// instances may be mixed.
///
/// # Errors
/// Those of reading.
pub fn check(mut log: impl BufRead) -> io::Result<Report> {
    let mut chains: BTreeMap<String, Seen> = BTreeMap::new();
    let mut damaged = Vec::new();
    let mut line = Vec::new();
    for at in 1.. {
        line.clear();
        if log.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match read(&line) {
            Read::Other => {}
            Read::Damaged => damaged.push(at),
            Read::Entry(entry) => match chains.get_mut(&entry.instance) {
                Some(seen) => seen.take(entry, at),
                // Even its instance may have been changed.
                None if !entry.is_intact => damaged.push(at),
                None => {
                    let mut seen = Seen::new(&entry);
                    let instance = entry.instance.clone();
                    seen.take(entry, at);
                    chains.insert(instance, seen);
                }
            },
        }
    }
    let mut instances: Vec<Instance> =
        chains.into_iter().map(|(id, seen)| seen.reported(id)).collect();
    instances.sort_by(|a, b| a.first.timestamp.cmp(&b.first.timestamp));
    Ok(Report { instances, damaged })
}

/// What was seen of one instance so far.
#[derive(Debug)]
struct Seen {
    first: Place,
    last: Place,
    lines: u64,
    /// The number of the line that should come now.
    next: u64,
    /// The hash that it should continue, where that is known.
    expected: Option<String>,
    /// Lines that should have come already: first and last of each gap.
    gaps: Vec<(u64, u64)>,
    breaks: Vec<Break>,
    allowed: u64,
    ended: u64,
}

impl Seen {
    fn new(first: &Entry) -> Self {
        let place = Place::of(first);
        Self {
            first: place.clone(),
            last: place,
            lines: 0,
            next: 1,
            expected: Some(NO_HASH.to_owned()),
            gaps: Vec::new(),
            breaks: Vec::new(),
            allowed: 0,
            ended: 0,
        }
    }

    fn take(&mut self, entry: Entry, at: u64) {
        let sequence = entry.sequence;
        if !entry.is_intact {
            self.breaks.push(Break::Changed { sequence, at });
            if sequence == self.next {
                // It stands in the place of the line that it was. Its hash says nothing.
                self.next = sequence.saturating_add(1);
                self.expected = None;
            }
            return;
        }
        if sequence < self.next {
            let is_late = self.close_gap(sequence);
            let wrong = |sequence, at| {
                if is_late {
                    Break::Moved { sequence, at }
                } else {
                    Break::Repeated { sequence, at }
                }
            };
            self.breaks.push(wrong(sequence, at));
            if !is_late {
                return;
            }
        } else {
            if sequence > self.next {
                self.gaps.push((self.next, sequence - 1));
            } else if self.expected.as_ref().is_some_and(|expected| *expected != entry.prev) {
                self.breaks.push(Break::Replaced { sequence: sequence - 1, at });
            }
            self.next = sequence.saturating_add(1);
            self.last = Place::of(&entry);
            self.expected = Some(entry.hash);
        }
        self.lines += 1;
        match entry.outcome.as_str() {
            "allowed" => self.allowed += 1,
            "finished" | "aborted" => self.ended += 1,
            _ => {}
        }
    }

    /// Takes a line out of the gap that it is missing from, if it is.
    fn close_gap(&mut self, sequence: u64) -> bool {
        let holds = |(from, to): &(u64, u64)| (*from..=*to).contains(&sequence);
        let Some(index) = self.gaps.iter().position(holds) else { return false };
        let (from, to) = self.gaps.swap_remove(index);
        if from < sequence {
            self.gaps.push((from, sequence - 1));
        }
        if sequence < to {
            self.gaps.push((sequence + 1, to));
        }
        true
    }

    fn reported(self, id: String) -> Instance {
        let missing = self.gaps.iter().map(|(from, to)| Break::Missing { from: *from, to: *to });
        let mut breaks: Vec<Break> = self.breaks.iter().copied().chain(missing).collect();
        breaks.sort_by_key(|one| (one.sequence(), *one));
        Instance {
            id,
            lines: self.lines,
            first: self.first,
            last: self.last,
            unfinished: self.allowed.saturating_sub(self.ended),
            breaks,
        }
    }
}

impl Place {
    fn of(entry: &Entry) -> Self {
        Self {
            sequence: entry.sequence,
            timestamp: entry.timestamp.clone(),
            hash: entry.hash.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chain::Chain;

    /// Lines with these outcomes.
    fn lines(instance: &str, outcomes: &[&str]) -> Vec<String> {
        let mut chain = Chain::new(instance.to_owned());
        let mut out = Vec::new();
        let write = |outcome: &&str| {
            let hash = chain.line(&mut out, Duration::from_secs(1), outcome, |_| ());
            chain.advance(hash);
            String::from_utf8(out.clone()).unwrap()
        };
        outcomes.iter().map(write).collect()
    }

    fn five() -> Vec<String> {
        lines("i1", &["allowed", "finished", "refused", "allowed", "omitted"])
    }

    fn breaks(lines: &[String]) -> Vec<Break> {
        let report = check(lines.concat().as_bytes()).unwrap();
        assert!(report.damaged.is_empty(), "{report:?}");
        report.instances.into_iter().flat_map(|instance| instance.breaks).collect()
    }

    #[test]
    fn a_whole_log_is_whole_with_other_lines_and_instances_between() {
        let (one, two) = (five(), lines("i2", &["allowed", "aborted"]));
        let log = [
            "starting\n".to_owned(),
            one[0].clone(),
            two[0].clone(),
            one[1].clone(),
            "{\"level\":\"INFO\"}\n".to_owned(),
            two[1].clone(),
            one[2..].concat(),
        ];
        let report = check(log.concat().as_bytes()).unwrap();
        assert!(report.is_whole(), "{report:?}");
        let found: Vec<_> = report
            .instances
            .iter()
            .map(|instance| (instance.id.as_str(), instance.lines, instance.unfinished))
            .collect();
        assert_eq!(found, [("i1", 5, 1), ("i2", 2, 0)]);
        let Instance { first, last, .. } = &report.instances[0];
        assert_eq!((first.sequence, last.sequence), (1, 5));
    }

    #[test]
    fn every_kind_of_break_is_named() {
        let mut late = five();
        late.drain(..2);
        assert_eq!(breaks(&late), [Break::Missing { from: 1, to: 2 }]);

        let mut gap = five();
        gap.drain(1..3);
        assert_eq!(breaks(&gap), [Break::Missing { from: 2, to: 3 }]);

        let mut changed = five();
        changed[1] = changed[1].replace("finished", "aborted");
        assert_eq!(breaks(&changed), [Break::Changed { sequence: 2, at: 2 }]);

        let mut again = five();
        again.push(again[1].clone());
        assert_eq!(breaks(&again), [Break::Repeated { sequence: 2, at: 6 }]);

        let mut swapped = five();
        swapped.swap(1, 3);
        assert_eq!(
            breaks(&swapped),
            [Break::Moved { sequence: 2, at: 4 }, Break::Moved { sequence: 3, at: 3 }]
        );

        let mut replaced = five();
        replaced[1] = lines("i1", &["allowed", "aborted"]).remove(1);
        assert_eq!(breaks(&replaced), [Break::Replaced { sequence: 2, at: 3 }]);

        let mut grafted = five();
        grafted[0] = lines("i1", &["refused"]).remove(0);
        assert_eq!(breaks(&grafted), [Break::Replaced { sequence: 1, at: 2 }]);
    }

    #[test]
    fn a_line_whose_instance_cannot_be_told_is_damage() {
        let mut log = five();
        log[1] = log[1].replace("\"i1\"", "\"i2\"");
        let report = check(log.concat().as_bytes()).unwrap();
        assert_eq!(report.damaged, [2]);
        assert_eq!(report.instances[0].breaks, [Break::Missing { from: 2, to: 2 }]);
        assert_eq!(report.faults(), 2);
    }

    #[test]
    fn lines_that_were_cut_off_the_end_leave_no_trace() {
        let mut log = five();
        log.truncate(3);
        let report = check(log.concat().as_bytes()).unwrap();
        assert!(report.is_whole());
        assert_eq!(report.instances[0].last.sequence, 3, "but it can be compared");
    }

    #[test]
    fn a_log_without_lines_has_no_instances() {
        for log in ["", "\n", "something else\n"] {
            assert_eq!(check(log.as_bytes()).unwrap(), Report::default());
        }
    }

    #[test]
    fn a_forged_number_breaks_nothing_but_the_chain() {
        for sequence in [0, u64::MAX] {
            let mut log = five();
            let mut chain = Chain::new("i1".to_owned());
            chain.set_sequence(sequence);
            let mut out = Vec::new();
            chain.line(&mut out, Duration::ZERO, "allowed", |_| ());
            log.insert(2, String::from_utf8(out).unwrap());
            assert!(!breaks(&log).is_empty(), "{sequence}");
        }
    }
}
