//! A line of a log, read back.

use serde::Deserialize;

use crate::chain::{END, HASH, HASH_DIGITS, START, digest};

/// Parts of every audit line, far enough apart that one edit leaves the first or both others: by
/// these it is known where it cannot be read any more.
const TARGET: &str = r#""target":"audit""#;
const PREV: &str = r#","prev":""#;

/// What a line of a log is.
#[derive(Debug)]
pub(crate) enum Read {
    /// Something else that was logged.
    Other,
    /// An audit line that cannot be read.
    Damaged,
    Entry(Entry),
}

/// A line of the audit log.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    pub(crate) instance: String,
    pub(crate) sequence: u64,
    pub(crate) timestamp: String,
    pub(crate) outcome: String,
    /// Hash of the line before, as this line says.
    pub(crate) prev: String,
    pub(crate) hash: String,
    /// Whether the hash is that of the line.
    #[serde(skip)]
    pub(crate) is_intact: bool,
}

/// Reads a line of a log, without its line break. What stands before an audit line (a time, the
/// name of a container) is not a part of it.
pub(crate) fn read(line: &[u8]) -> Read {
    let Some(start) = find(line, START) else {
        return if was_audit_line(line) { Read::Damaged } else { Read::Other };
    };
    line.get(start..).and_then(entry).map_or(Read::Damaged, Read::Entry)
}

fn entry(line: &[u8]) -> Option<Entry> {
    let line = line.trim_ascii_end();
    let mut entry: Entry = serde_json::from_slice(line).ok()?;
    let before_end = line.strip_suffix(END.as_bytes())?;
    let hash_at = before_end.len().checked_sub(HASH_DIGITS)?;
    let (before_hash, hash) = before_end.split_at_checked(hash_at)?;
    let hashed = before_hash.strip_suffix(HASH.as_bytes())?;
    entry.is_intact = digest(hashed).as_bytes() == hash;
    Some(entry)
}

fn was_audit_line(line: &[u8]) -> bool {
    let has = |text| find(line, text).is_some();
    has(TARGET) || (has(PREV) && has(HASH))
}

fn find(line: &[u8], text: &str) -> Option<usize> {
    line.windows(text.len()).position(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chain::Chain;

    fn line() -> String {
        let mut out = Vec::new();
        Chain::new("i1".to_owned()).line(&mut out, Duration::ZERO, "allowed", |line| {
            line.text("route", "load");
        });
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_stands_around_a_line_is_no_part_of_it() {
        for text in [line(), format!("2026-11-22T03:59:57Z serve-1 | {}\r\n", line())] {
            let Read::Entry(entry) = read(text.as_bytes()) else { panic!("{text}") };
            assert!(entry.is_intact);
            assert_eq!((entry.instance.as_str(), entry.sequence), ("i1", 1));
            assert_eq!(entry.timestamp, "1970-01-01T00:00:00.000Z");
        }
    }

    #[test]
    fn other_lines_are_not_audit_lines() {
        for text in [
            "",
            "{}",
            "plain text",
            r#"{"timestamp":"2026-11-22T03:59:57Z","level":"INFO","target":"api","message":"audit"}"#,
            r#"{"hash":"1","prev":"2"}"#,
            // A line in a text: somebody's query, or another log's wrapping.
            &serde_json::to_string(&line()).unwrap(),
        ] {
            assert!(matches!(read(text.as_bytes()), Read::Other), "{text}");
        }
        assert!(matches!(read(b"\xff\xfe"), Read::Other));
    }

    #[test]
    fn a_part_of_a_line_is_damage() {
        let line = line();
        let line = line.trim_end();
        for text in [
            &line[..60],
            &line[1..],
            &line[..line.len() - 1],
            &format!("{line}x"),
            &line.replace("\"sequence\":1", "\"sequence\":-1"),
            &line.replace("\"sequence\":1", "\"sequence\":1,\"sequence\":2"),
        ] {
            assert!(matches!(read(text.as_bytes()), Read::Damaged), "{text}");
        }
    }
}
