//! Cases that are known to be answered differently, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The exceptions of one file, and what was seen so far. A case that fails and is not listed is a problem; so is one
/// that is listed and holds, and one that is listed and is no case.
#[derive(Debug)]
pub struct Exceptions {
    file: String,
    reasons: BTreeMap<String, String>,
    seen: BTreeSet<String>,
    problems: Vec<String>,
}

impl Exceptions {
    /// Reads lines of an id, a blank and a reason; `#` opens a comment.
    pub fn read(path: &Path) -> Self {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let reasons = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let (id, reason) =
                    line.split_once(' ').unwrap_or_else(|| panic!("no reason in {file}: {line}"));
                (id.to_owned(), reason.to_owned())
            })
            .collect();
        Self { file, reasons, seen: BTreeSet::new(), problems: Vec::new() }
    }

    /// Notes how a case went: what was wrong, if anything. Whether it counts as held.
    pub fn judge(&mut self, id: &str, title: &str, wrong: Option<String>) -> bool {
        self.seen.insert(id.to_owned());
        match (wrong, self.reasons.contains_key(id)) {
            (None, false) => return true,
            (Some(_), true) => {}
            (None, true) => {
                self.problems.push(format!("{id} holds now: take it out of {}", self.file));
            }
            (Some(wrong), false) => {
                let wrong: String = wrong.chars().take(1500).collect();
                self.problems.push(format!("{id} {title}: {wrong}"));
            }
        }
        false
    }

    /// Fails with all problems, if there are any.
    pub fn finish(mut self) {
        for id in self.reasons.keys().filter(|id| !self.seen.contains(*id)) {
            self.problems.push(format!("{id} in {} is not a case", self.file));
        }
        assert!(
            self.problems.is_empty(),
            "{} problems:\n{}",
            self.problems.len(),
            self.problems.join("\n")
        );
    }
}
