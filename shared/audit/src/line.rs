//! The fields of one line.

use std::io::Write as _;

use crate::text;

/// The fields of a line, appended in the order in which they are given.
///
/// Keys are ours and distinct. Values are escaped and cut at 1 KiB; `None` leaves the field out.
#[derive(Debug)]
pub struct Line<'a>(&'a mut Vec<u8>);

impl<'a> Line<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self(out)
    }

    /// A text, of whoever's.
    pub fn text<'v>(&mut self, key: &str, value: impl Into<Option<&'v str>>) {
        if let Some(value) = value.into() {
            self.key(key);
            text::push(self.0, value);
        }
    }

    /// A count.
    pub fn number(&mut self, key: &str, value: impl Into<Option<u64>>) {
        if let Some(value) = value.into() {
            self.key(key);
            // Writing to a Vec does not fail.
            let _ = write!(self.0, "{value}");
        }
    }

    /// An object of texts; without entries the field is left out.
    pub fn texts<'v>(&mut self, key: &str, entries: impl IntoIterator<Item = (&'v str, &'v str)>) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_none() {
            return;
        }
        self.key(key);
        let mut open = b'{';
        for (name, value) in entries {
            self.0.push(open);
            open = b',';
            text::push(self.0, name);
            self.0.push(b':');
            text::push(self.0, value);
        }
        self.0.push(b'}');
    }

    fn key(&mut self, key: &str) {
        self.0.extend_from_slice(b",\"");
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn fields_are_json_whatever_is_in_them() {
        let mut out = b"{\"a\":1".to_vec();
        let mut line = Line::new(&mut out);
        line.text("text", "x\",\"hash\":\"0\n");
        line.text("nothing", None);
        line.number("number", u64::MAX);
        line.number("none", None);
        line.texts("claims", [("email", "a@b.example"), ("a \"role\"", "\u{1b}[2J")]);
        line.texts("no_claims", []);
        out.push(b'}');
        assert_eq!(
            serde_json::from_slice::<Value>(&out).unwrap(),
            json!({
                "a": 1,
                "text": "x\",\"hash\":\"0\\u{a}",
                "number": u64::MAX,
                "claims": {"email": "a@b.example", "a \"role\"": "\\u{1b}[2J"},
            })
        );
    }
}
