//! Mistakes and warnings with their place.

use std::fmt;

use crate::Error;

/// One mistake in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as [`ModelFile::path`](crate::ModelFile::path) names it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// What is wrong, and what to do.
    pub kind: Error,
    /// The line a Jinja template produced here, when it is not the one its author wrote; cut at 160
    /// characters.
    pub rendered: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.kind.to_string();
        // The sentences show references as YAML has them.
        let scripts = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];
        if scripts.iter().any(|ending| self.file.ends_with(ending)) {
            text = text.replace("`{", "`${");
        }
        write!(f, "{}:{}:{}: {text}", self.file, self.line, self.column)?;
        match &self.rendered {
            Some(line) => write!(f, " (in the line that Jinja rendered here: `{line}`)"),
            None => Ok(()),
        }
    }
}

/// Every mistake of every file, in the order of the files; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors(pub Vec<Diagnostic>);

impl fmt::Display for Errors {
    /// One line per mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

/// Something that was accepted without effect, or that reads otherwise than it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file, as [`ModelFile::path`](crate::ModelFile::path) names it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// What it is.
    pub kind: Notice,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.kind)
    }
}

/// What an author is warned of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A key of Cube's that does nothing here.
    NoEffect {
        /// As it was written.
        key: String,
        /// Why it does nothing.
        why: &'static str,
    },
    /// What a JavaScript file wrote with `console`.
    Console(String),
    /// `\d` in SQL: Cube's templates drop the backslash, and so do ours.
    DroppedBackslash(char),
    /// A name in `excludes` that its cube has not.
    NothingExcluded {
        /// As it was written.
        member: String,
        /// The cube.
        cube: String,
    },
    /// Two members of one cube, or two cubes, that would have the same alias in one statement.
    SameAlias {
        /// One of them.
        one: String,
        /// The other.
        other: String,
        /// What both are called in SQL.
        alias: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEffect { key, why } => write!(f, "`{key}` has no effect here: {why}"),
            Self::Console(text) => write!(f, "the console: {text}"),
            Self::DroppedBackslash(character) => write!(
                f,
                "`\\{character}` is read as `{character}`, as Cube does: \
                 write `\\\\{character}` for a backslash in the SQL"
            ),
            Self::NothingExcluded { member, cube } => {
                write!(f, "`{member}` excludes nothing: `{cube}` has no member of that name")
            }
            Self::SameAlias { one, other, alias } => write!(
                f,
                "`{one}` and `{other}` are both called `{alias}` in SQL and cannot be asked for \
                 in one query: rename one"
            ),
        }
    }
}
