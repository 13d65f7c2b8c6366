//! Whatever is done to one line of a log, the check finds it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use audit::{Log, Outcome, check};
use proptest::prelude::*;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Allowed { members: String, claim: String },
    Refused,
    Finished { rows: u64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (any::<String>(), any::<String>())
            .prop_map(|(members, claim)| Event::Allowed { members, claim }),
        Just(Event::Refused),
        any::<u64>().prop_map(|rows| Event::Finished { rows }),
    ];
    proptest::collection::vec(event, 2..12)
}

/// The lines that an instance writes of them, each with its line break.
fn written(events: &[Event]) -> Vec<Vec<u8>> {
    let sink = Sink::default();
    let clock = || Duration::from_secs(1_795_319_997);
    let log = Log::new("0123456789abcdef".to_owned(), clock, sink.clone());
    for event in events {
        match event {
            Event::Allowed { members, claim } => log.write(Outcome::Allowed, |line| {
                line.text("members", members.as_str());
                line.texts("claims", [("role", claim.as_str())]);
            }),
            Event::Refused => log.refuse("expired", |_| ()).map(drop),
            Event::Finished { rows } => {
                log.write(Outcome::Finished, |line| line.number("rows", *rows))
            }
        }
        .unwrap();
    }
    let bytes = sink.0.lock().unwrap().clone();
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn is_whole(lines: &[Vec<u8>]) -> bool {
    check(lines.concat().as_slice()).unwrap().is_whole()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_is_one_line_and_the_chain_is_whole(events in events()) {
        let lines = written(&events);
        prop_assert_eq!(lines.len(), events.len());
        prop_assert!(is_whole(&lines));
    }

    #[test]
    fn a_line_that_is_removed_is_found(events in events(), index: prop::sample::Index) {
        let mut lines = written(&events);
        // The last one leaves no trace.
        lines.remove(index.index(lines.len() - 1));
        prop_assert!(!is_whole(&lines));
    }

    #[test]
    fn a_byte_that_is_changed_is_found(
        events in events(),
        line: prop::sample::Index,
        byte: prop::sample::Index,
        value: u8,
    ) {
        let mut lines = written(&events);
        let line = line.index(lines.len());
        let byte = byte.index(lines[line].len() - 1);
        prop_assume!(lines[line][byte] != value);
        lines[line][byte] = value;
        prop_assert!(!is_whole(&lines), "{}", String::from_utf8_lossy(&lines[line]));
    }

    #[test]
    fn a_part_that_is_cut_out_of_a_line_is_found(
        events in events(),
        line: prop::sample::Index,
        from: prop::sample::Index,
        bytes in 1_usize..40,
    ) {
        let mut lines = written(&events);
        let line = line.index(lines.len());
        let text = &mut lines[line];
        let from = from.index(text.len() - 1);
        let to = (from + bytes).min(text.len() - 1);
        text.drain(from..to);
        prop_assert!(!is_whole(&lines), "{}", String::from_utf8_lossy(&lines[line]));
    }

    #[test]
    fn two_lines_that_are_swapped_are_found(
        events in events(),
        one: prop::sample::Index,
        other: prop::sample::Index,
    ) {
        let mut lines = written(&events);
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        lines.swap(one, other);
        prop_assert!(!is_whole(&lines));
    }

    #[test]
    fn a_line_that_is_repeated_is_found(
        events in events(),
        one: prop::sample::Index,
        place: prop::sample::Index,
    ) {
        let mut lines = written(&events);
        let again = lines[one.index(lines.len())].clone();
        lines.insert(place.index(lines.len() + 1), again);
        prop_assert!(!is_whole(&lines));
    }
}

/// Every byte of one line, and every value of it.
#[test]
fn no_byte_of_a_line_can_be_changed() {
    let lines = written(&[
        Event::Allowed { members: "orders.count".to_owned(), claim: "a\"\n".to_owned() },
        Event::Refused,
    ]);
    for line in 0..lines.len() {
        for byte in 0..lines[line].len() - 1 {
            for value in (0..=255).filter(|value| *value != lines[line][byte]) {
                let mut changed = lines.clone();
                changed[line][byte] = value;
                assert!(!is_whole(&changed), "line {line}, byte {byte}, value {value}");
            }
        }
    }
}
