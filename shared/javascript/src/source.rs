//! The author's files, and offsets in them as lines and columns.

use crate::error::Place;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// As shown in errors, with `/` between folders: `model/cubes/orders.js`. Its ending says what
    /// it is: `.ts`, `.mts` and `.cts` hold types, `.json` data, all else is JavaScript.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    JavaScript,
    TypeScript,
    Json,
}

impl SourceFile {
    pub(crate) fn language(&self) -> Language {
        match self.path.rsplit('.').next() {
            Some("ts" | "mts" | "cts") => Language::TypeScript,
            Some("json") => Language::Json,
            _ => Language::JavaScript,
        }
    }
}

/// Where the lines of a text start.
#[derive(Debug, Clone)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, end)| end);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The byte at which a line starts; `line` is counted from 1.
    pub(crate) fn start(&self, line: usize) -> Option<usize> {
        self.0.get(line.checked_sub(1)?).copied()
    }

    /// The place of a byte.
    pub(crate) fn place(&self, file: &str, text: &str, offset: usize) -> Place {
        let offset = offset.min(text.len());
        let index = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.0.get(index).copied().unwrap_or(0);
        let before = text.get(start..offset).unwrap_or_default();
        Place {
            file: file.to_owned(),
            line: u32::try_from(index).unwrap_or(u32::MAX - 1) + 1,
            column: u32::try_from(before.chars().count()).unwrap_or(u32::MAX - 1) + 1,
        }
    }
}
