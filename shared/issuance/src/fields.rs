//! A mapping of a policy, read key by key.

use serde_json::{Number, Value};

use crate::mistake::{Place, Report};
use crate::yaml::{Content, Entry, Node};

/// The keys of one mapping, all of which are known.
pub(crate) struct Fields<'n> {
    pub(crate) at: Place,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// Reads the keys of `node`, which is `what`; nothing when it is no mapping. That, and a key
    /// that is none of `known`, is reported.
    pub(crate) fn read(
        node: &'n Node,
        what: &str,
        known: &[&str],
        report: &mut Report,
    ) -> Option<Self> {
        let Content::Map(entries) = &node.content else {
            report.mistake(node.at, format!("{what} is a mapping of {}", listed(known)));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let key: String = entry.key.chars().take(64).collect();
            let reason = format!("`{key}` is no key of {what}: write {}", listed(known));
            report.mistake(entry.at, reason);
        }
        Some(Self { at: node.at, entries })
    }

    /// The value of a key; nothing as well when it is `null`.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (entry.value.content != Content::Scalar(Value::Null)).then_some(&entry.value)
    }

    /// A text with something in it.
    pub(crate) fn text(&self, key: &str, report: &mut Report) -> Option<&'n str> {
        let node = self.get(key)?;
        let text = node.text().filter(|text| !text.is_empty());
        if text.is_none() {
            report
                .mistake(node.at, format!("`{key}` is a text (in quotes, if it looks otherwise)"));
        }
        text
    }

    /// One text or a list of texts, none of them empty.
    pub(crate) fn texts(&self, key: &str, report: &mut Report) -> Option<Vec<String>> {
        let node = self.get(key)?;
        let one = node.text().map(|text| vec![text.to_owned()]);
        let texts = one.or_else(|| match &node.content {
            Content::List(items) => {
                items.iter().map(|item| item.text().map(str::to_owned)).collect()
            }
            Content::Map(_) | Content::Scalar(_) => None,
        });
        let texts =
            texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()));
        if texts.is_none() {
            report.mistake(node.at, format!("`{key}` is a text, or a list of texts"));
        }
        texts
    }

    /// Seconds, or a number with `s`, `m` or `h`, of one second to `max_s`.
    pub(crate) fn seconds(&self, key: &str, max_s: u64, report: &mut Report) -> Option<u64> {
        let node = self.get(key)?;
        let seconds = match &node.content {
            Content::Scalar(Value::Number(number)) => Number::as_u64(number),
            Content::Scalar(Value::String(text)) => parse_seconds(text),
            Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
        };
        let seconds = seconds.filter(|seconds| (1..=max_s).contains(seconds));
        if seconds.is_none() {
            let reason = format!("`{key}` is a time from 1s to {max_s}s, such as 15m or 1h");
            report.mistake(node.at, reason);
        }
        seconds
    }
}

fn parse_seconds(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds_per_unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(seconds_per_unit)
}

/// `a`, `b` or `c`, each in backquotes.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
