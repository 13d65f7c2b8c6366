//! A mapping of the file, read key by key.

use model::JsonText;

use crate::json::json;
use crate::keys::{Key, Treatment};
use crate::report::{Place, Position, Report, Sourced};
use crate::spelling::{nearest, snake};
use crate::yaml::{Entry, Node, Value};
use crate::{Error, Notice};

/// The keys of one mapping that mean something, with the mistakes of the others reported.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    /// What the mapping describes, for sentences: ``measure `Orders.count` ``.
    pub(crate) owner: String,
    pub(crate) place: Place,
    entries: Vec<(&'static str, &'n Entry)>,
}

/// An element of `measures`, `joins` and the like.
#[derive(Debug)]
pub(crate) struct Item<'n> {
    /// The key, when the elements stand in a mapping by name.
    pub(crate) key: Option<(&'n str, Position)>,
    pub(crate) node: &'n Node,
}

impl<'n> Fields<'n> {
    /// Reads the keys of `node`; nothing when it is no mapping, which is reported.
    pub(crate) fn read(
        node: &'n Node,
        file: usize,
        owner: String,
        keys: &'static [Key],
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let place = Place { file, at: node.at };
        let Value::Map(entries) = &node.value else {
            let found = node.describe();
            report.error(place, Error::Expected { what: owner, expected: "a mapping", found });
            return None;
        };
        let mut fields = Self { owner, place, entries: Vec::with_capacity(entries.len()) };
        for entry in entries {
            fields.take(entry, keys, report);
        }
        Some(fields)
    }

    fn take(&mut self, entry: &'n Entry, keys: &'static [Key], report: &mut Report<'_>) {
        let place = self.place_of(entry);
        let spelling = snake(&entry.key);
        let Some(&(key, treatment)) = keys.iter().find(|(key, _)| *key == spelling) else {
            let owner = self.owner.clone();
            let nearest = nearest(&spelling, keys.iter().map(|(key, _)| *key));
            report.error(place, Error::UnknownKey { key: entry.key.clone(), owner, nearest });
            return;
        };
        match treatment {
            Treatment::Read => match self.entry(key) {
                Some(first) => {
                    let first_line = first.key_at.line;
                    report.error(place, Error::DuplicateKey { key: entry.key.clone(), first_line });
                }
                None => self.entries.push((key, entry)),
            },
            Treatment::Ignored(why) => {
                if !is_off(&entry.value) {
                    report.notice(place, Notice::NoEffect { key: entry.key.clone(), why });
                }
            }
            Treatment::RefusedUnlessOff(_) if is_off(&entry.value) => {}
            Treatment::Refused(what) | Treatment::RefusedUnlessOff(what) => {
                report.error(place, Error::Unsupported(what));
            }
        }
    }

    fn place_of(&self, entry: &Entry) -> Place {
        Place { at: entry.key_at, ..self.place }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|(known, _)| *known == key).map(|(_, entry)| *entry)
    }

    /// Where a key stands, or the mapping itself when it is absent.
    pub(crate) fn place(&self, key: &str) -> Place {
        self.entry(key).map_or(self.place, |entry| self.place_of(entry))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    pub(crate) fn missing(&self, key: &'static str, help: &'static str, report: &mut Report<'_>) {
        report.error(self.place, Error::Missing { owner: self.owner.clone(), key, help });
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        self.sourced(key, "a text", report).map(|sourced| sourced.text)
    }

    /// A text of SQL, where it starts.
    pub(crate) fn sql(&self, key: &str, report: &mut Report<'_>) -> Option<Sourced> {
        self.sourced(key, "SQL", report)
    }

    /// A text that names something, where it starts.
    pub(crate) fn name(&self, key: &str, report: &mut Report<'_>) -> Option<Sourced> {
        let found = self.sourced(key, "a name", report)?;
        Some(Sourced { text: found.text.trim().to_owned(), ..found })
    }

    fn sourced(
        &self,
        key: &str,
        expected: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Sourced> {
        let entry = self.entry(key)?;
        if let Value::Scalar { text, recorded, .. } = &entry.value.value {
            if !entry.value.is_null() && !text.trim().is_empty() {
                let place = Place { at: entry.value.at, ..self.place };
                return Some(Sourced { text: text.clone(), place, recorded: recorded.clone() });
            }
            self.expected(entry, expected, "nothing", report);
            return None;
        }
        let found = match &entry.value.value {
            Value::Map(_) => "a mapping (quote a text that starts with `{`)",
            Value::Scalar { .. } | Value::List(_) => entry.value.describe(),
        };
        self.expected(entry, expected, found, report);
        None
    }

    fn expected(
        &self,
        entry: &Entry,
        expected: &'static str,
        found: &'static str,
        report: &mut Report<'_>,
    ) {
        let what = format!("`{}`", entry.key);
        report.error(self.place_of(entry), Error::Expected { what, expected, found });
    }

    /// `true` or `false`, unquoted.
    pub(crate) fn flag(&self, key: &str, report: &mut Report<'_>) -> Option<bool> {
        let entry = self.entry(key)?;
        if let Value::Scalar { text, is_plain: true, .. } = &entry.value.value {
            match text.as_str() {
                "true" | "True" | "TRUE" => return Some(true),
                "false" | "False" | "FALSE" => return Some(false),
                _ => {}
            }
        }
        self.expected(entry, "true or false", entry.value.describe(), report);
        None
    }

    /// Any value as JSON; nothing when there is none.
    pub(crate) fn json(&self, key: &str) -> Option<JsonText> {
        self.entry(key).filter(|entry| !entry.value.is_null()).map(|entry| json(&entry.value))
    }

    /// The elements of a list; none when the key is absent or empty.
    pub(crate) fn list(&self, key: &str, report: &mut Report<'_>) -> &'n [Node] {
        let Some(entry) = self.entry(key) else { return &[] };
        match &entry.value.value {
            Value::List(items) => items,
            _ if entry.value.is_null() => &[],
            Value::Scalar { .. } | Value::Map(_) => {
                self.expected(entry, "a list", entry.value.describe(), report);
                &[]
            }
        }
    }

    /// The elements of a list of named things, or of a mapping of them by name.
    pub(crate) fn items(&self, key: &str, report: &mut Report<'_>) -> Vec<Item<'n>> {
        if let Some(entry) = self.entry(key)
            && let Value::Map(entries) = &entry.value.value
            && entries.iter().all(|entry| matches!(entry.value.value, Value::Map(_)))
        {
            let item = |entry: &'n Entry| Item {
                key: Some((&entry.key, entry.key_at)),
                node: &entry.value,
            };
            return entries.iter().map(item).collect();
        }
        self.list(key, report).iter().map(|node| Item { key: None, node }).collect()
    }
}

/// Whether a value switches off what its key stands for.
fn is_off(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, is_plain, .. } => {
            node.is_null() || *is_plain && matches!(text.as_str(), "false" | "False" | "FALSE")
        }
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
    }
}
