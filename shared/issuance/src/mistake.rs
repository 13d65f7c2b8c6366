//! What is wrong with the text of a policy, and where.

use std::fmt;

/// One mistake. Says names of keys and claims, never a secret or the value of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong, and what to write.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.reason)
    }
}

/// All of them, in the order of the text; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            mistake.fmt(formatter)?;
        }
        Ok(())
    }
}

/// Where something stands: line and column, counted from 1.
pub(crate) type Place = (usize, usize);

/// Mistakes as they are found.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Mistake>);

impl Report {
    /// Notes a mistake.
    pub(crate) fn mistake(&mut self, at: Place, reason: impl Into<String>) {
        let (line, column) = at;
        self.0.push(Mistake { line, column, reason: reason.into() });
    }

    /// What was read, unless there was a mistake.
    pub(crate) fn conclude<T>(mut self, read: T) -> Result<T, Mistakes> {
        if self.0.is_empty() {
            return Ok(read);
        }
        self.0.sort_by_key(|mistake| (mistake.line, mistake.column));
        Err(Mistakes(self.0))
    }
}
