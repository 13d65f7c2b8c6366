//! What holds lines together: every line has a number, names the hash of the line before and ends
//! with its own, which is the SHA-256 of everything before it in the line.

use std::{io::Write as _, time::Duration};

use jiff::{SignedDuration, Timestamp, fmt::temporal::DateTimePrinter};
use sha2::{Digest as _, Sha256};

use crate::line::Line;

/// What every line begins with. Other lines of the log begin otherwise.
pub(crate) const START: &str = r#"{"target":"audit","instance":""#;
/// What stands between the hashed part of a line and its hash.
pub(crate) const HASH: &str = r#","hash":""#;
/// What every line ends with.
pub(crate) const END: &str = r#""}"#;
/// Hexadecimal digits of a hash.
pub(crate) const HASH_DIGITS: usize = 64;
/// What stands in the first line in the place of the hash of the line before.
pub(crate) const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const MILLISECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Where a chain is.
#[derive(Debug)]
pub(crate) struct Chain {
    instance: String,
    /// Of the line that comes next.
    sequence: u64,
    /// Hash of the last line.
    last: String,
}

impl Chain {
    pub(crate) fn new(instance: String) -> Self {
        Self { instance, sequence: 1, last: NO_HASH.to_owned() }
    }

    /// Replaces `out` with the next line, its line break included, and returns its hash. It counts
    /// once [`Self::advance`] is called with that.
    pub(crate) fn line(
        &self,
        out: &mut Vec<u8>,
        now: Duration,
        outcome: &str,
        fields: impl FnOnce(&mut Line<'_>),
    ) -> String {
        out.clear();
        out.extend_from_slice(START.as_bytes());
        out.extend_from_slice(self.instance.as_bytes());
        // Writing to a Vec does not fail.
        let _ = write!(out, "\",\"sequence\":{},\"timestamp\":\"", self.sequence);
        let _ = MILLISECONDS.print_timestamp(&timestamp(now), &mut *out);
        let _ = write!(out, "\",\"outcome\":\"{outcome}\"");
        fields(&mut Line::new(out));
        out.extend_from_slice(b",\"prev\":\"");
        out.extend_from_slice(self.last.as_bytes());
        out.push(b'"');
        let hash = digest(out);
        out.extend_from_slice(HASH.as_bytes());
        out.extend_from_slice(hash.as_bytes());
        out.extend_from_slice(END.as_bytes());
        out.push(b'\n');
        hash
    }

    #[cfg(test)]
    pub(crate) fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// The line with this hash was written.
    pub(crate) fn advance(&mut self, hash: String) {
        self.sequence += 1;
        self.last = hash;
    }
}

/// `now` is wall time since 1970-01-01 UTC.
pub(crate) fn timestamp(now: Duration) -> Timestamp {
    let since_epoch = SignedDuration::try_from(now).unwrap_or(SignedDuration::MAX);
    Timestamp::from_duration(since_epoch).unwrap_or(Timestamp::MAX)
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(HASH_DIGITS);
    for byte in Sha256::digest(bytes) {
        for half in [byte >> 4, byte & 15] {
            digits.extend(char::from_digit(u32::from(half), 16));
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_millis(1_795_319_997_521);

    #[test]
    fn a_line_is_exactly_this() {
        let mut chain = Chain::new("i1".to_owned());
        let mut out = Vec::new();
        let hash = chain.line(&mut out, NOW, "allowed", |line| line.text("route", "load"));
        let hashed = format!(
            "{START}i1\",\"sequence\":1,\"timestamp\":\"2026-11-22T03:59:57.521Z\",\
             \"outcome\":\"allowed\",\"route\":\"load\",\"prev\":\"{NO_HASH}\""
        );
        assert_eq!(hash, digest(hashed.as_bytes()));
        assert_eq!(String::from_utf8(out.clone()).unwrap(), format!("{hashed}{HASH}{hash}{END}\n"));
        chain.advance(hash.clone());
        chain.line(&mut out, NOW, "finished", |_| ());
        let second = String::from_utf8(out).unwrap();
        assert!(second.contains("\"sequence\":2,") && second.contains(&hash), "{second}");
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_time_that_cannot_be_is_the_last_that_can() {
        assert_eq!(timestamp(Duration::MAX), Timestamp::MAX);
    }
}
