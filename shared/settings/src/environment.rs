//! Where variables come from: the process, a `.env` file under it, or a map in tests.

use std::collections::BTreeMap;

/// Named text values.
pub trait Environment {
    /// The value of `name`, which may be the empty text; `None` when it is not set.
    fn get(&self, name: &str) -> Option<String>;

    /// The names of everything that is set.
    fn names(&self) -> Vec<String>;
}

impl<T: Environment + ?Sized> Environment for &T {
    fn get(&self, name: &str) -> Option<String> {
        (**self).get(name)
    }

    fn names(&self) -> Vec<String> {
        (**self).names()
    }
}

/// The environment of this process. A value that is not UTF-8 counts as not set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

impl Environment for Process {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn names(&self) -> Vec<String> {
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
    }
}

/// Variables held in memory.
#[derive(Debug, Clone, Default)]
pub struct Map(BTreeMap<String, String>);

impl<const N: usize> From<[(&str, &str); N]> for Map {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl FromIterator<(String, String)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Environment for Map {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// `over`, and `under` for what `over` does not set: the process over a `.env` file.
#[derive(Debug, Clone, Default)]
pub struct Layered<Over, Under> {
    /// Wins.
    pub over: Over,
    /// Asked second.
    pub under: Under,
}

impl<Over: Environment, Under: Environment> Environment for Layered<Over, Under> {
    fn get(&self, name: &str) -> Option<String> {
        self.over.get(name).or_else(|| self.under.get(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.over.names();
        names.extend(self.under.names());
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_above_wins_even_when_it_is_empty() {
        let layered = Layered {
            over: Map::from([("A", ""), ("B", "over")]),
            under: Map::from([("A", "under"), ("C", "under")]),
        };
        assert_eq!(layered.get("A").as_deref(), Some(""));
        assert_eq!(layered.get("B").as_deref(), Some("over"));
        assert_eq!(layered.get("C").as_deref(), Some("under"));
        assert_eq!(layered.get("D"), None);
        assert_eq!(layered.names(), ["A", "B", "C"]);
    }

    #[test]
    fn the_process_environment_is_read() {
        let path = Process.get("PATH").unwrap();
        assert!(!path.is_empty());
        assert!(Process.names().contains(&"PATH".to_owned()));
    }
}
