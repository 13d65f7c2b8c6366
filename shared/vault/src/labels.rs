//! Staging labels: which version stands where in a rotation.

use std::collections::HashMap;
use std::time::Duration;

/// A staging label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// The version in force.
    Current,
    /// The one that was in force before.
    Previous,
    /// The one that a rotation is about to put into force.
    Pending,
    /// One of ours that holds no value of use: it says that something was ordered.
    Ordered,
}

impl Label {
    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
            Self::Pending => "AWSPENDING",
            Self::Ordered => "TESSERAORDERED",
        }
    }
}

/// What AWS Secrets Manager says of a secret without showing a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Whether the secret is rotated at all.
    pub is_rotated: bool,
    /// When its last rotation ended, since 1970-01-01 UTC.
    pub rotated: Option<Duration>,
    /// When AWS said this, by its own clock; to the second.
    pub told_at: Option<Duration>,
    /// The labels of each version, by its id.
    pub versions: HashMap<String, Vec<String>>,
}

impl Labels {
    /// The version with this label.
    pub fn version(&self, label: Label) -> Option<&str> {
        let holds = |labels: &Vec<String>| labels.iter().any(|one| one == label.name());
        let found = self.versions.iter().find(|(_, labels)| holds(labels));
        found.map(|(version, _)| version.as_str())
    }

    /// Whether this version has this label.
    pub fn has(&self, version: &str, label: Label) -> bool {
        self.version(label) == Some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_its_label() {
        let versions =
            [("a", vec!["AWSCURRENT", "mine"]), ("b", vec!["AWSPENDING"]), ("c", vec![])];
        let versions = versions.map(|(version, labels)| {
            (version.to_owned(), labels.into_iter().map(str::to_owned).collect())
        });
        let labels = Labels { versions: versions.into(), ..Labels::default() };
        assert_eq!(labels.version(Label::Current), Some("a"));
        assert_eq!(labels.version(Label::Previous), None);
        assert!(labels.has("b", Label::Pending) && !labels.has("a", Label::Pending));
    }
}
