//! The mistakes found so far, each with its place.

use model::{Cube, DataModel};

use crate::diagnostic::{Diagnostic, Errors, Notice, Warning};
use crate::{Compiled, Error, ModelFile};

/// A line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A position in one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The file's position in the list.
    pub(crate) file: usize,
    pub(crate) at: Position,
}

/// A text of the author's with the place where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sourced {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// Collects mistakes and warnings; nothing stops at the first.
#[derive(Debug)]
pub(crate) struct Report<'f> {
    files: &'f [ModelFile],
    mistakes: Vec<(Place, Error)>,
    notices: Vec<(Place, Notice)>,
    /// Whether some file could not be read at all, so that an unknown cube may well be in it.
    is_incomplete: bool,
}

impl<'f> Report<'f> {
    pub(crate) fn new(files: &'f [ModelFile]) -> Self {
        Self { files, mistakes: Vec::new(), notices: Vec::new(), is_incomplete: false }
    }

    pub(crate) fn files(&self) -> &'f [ModelFile] {
        self.files
    }

    pub(crate) fn error(&mut self, place: Place, error: Error) {
        self.mistakes.push((place, error));
    }

    /// Reports a name that was not found, unless it may stand in a file that could not be read.
    pub(crate) fn unknown(&mut self, place: Place, error: Error) {
        if !self.is_incomplete {
            self.error(place, error);
        }
    }

    /// Notes that a file could not be read to its end.
    pub(crate) fn set_incomplete(&mut self) {
        self.is_incomplete = true;
    }

    pub(crate) fn notice(&mut self, place: Place, notice: Notice) {
        self.notices.push((place, notice));
    }

    /// The place of the byte `offset` of `text`, which must be a `{`.
    ///
    /// YAML escapes never make or hide a brace, so the brace that is the n-th in the text is the
    /// n-th in the file from the text's start, whatever way the text was quoted or folded.
    pub(crate) fn place_of_brace(&self, text: &Sourced, offset: usize) -> Place {
        let ordinal = text.text.bytes().take(offset).filter(|byte| *byte == b'{').count();
        self.nth_brace(text.place, ordinal).unwrap_or(text.place)
    }

    fn nth_brace(&self, start: Place, ordinal: usize) -> Option<Place> {
        let first_line = usize::try_from(start.at.line).ok()?.checked_sub(1)?;
        let mut skip = usize::try_from(start.at.column).ok()?.saturating_sub(1);
        let mut left = ordinal;
        for (line, text) in
            (start.at.line..).zip(self.files.get(start.file)?.text.lines().skip(first_line))
        {
            for (column, character) in (1_u32..).zip(text.chars()).skip(skip) {
                if character != '{' {
                    continue;
                }
                if left == 0 {
                    return Some(Place { at: Position { line, column }, ..start });
                }
                left -= 1;
            }
            skip = 0;
        }
        None
    }

    /// `orders.yml:12`, for texts that point at another place.
    pub(crate) fn show(&self, place: Place) -> String {
        format!("{}:{}", self.path(place), place.at.line)
    }

    fn path(&self, place: Place) -> &str {
        self.files.get(place.file).map_or("", |file| file.path.as_str())
    }

    /// The model when there was no mistake, else all of them in the order of the files.
    pub(crate) fn finish(mut self, cubes: Vec<Cube>) -> Result<Compiled, Errors> {
        self.mistakes.sort_by_key(|(place, _)| *place);
        self.mistakes.dedup();
        self.notices.sort_by_key(|(place, _)| *place);
        let mut diagnostics: Vec<Diagnostic> = self
            .mistakes
            .iter()
            .map(|(place, kind)| Diagnostic {
                file: self.path(*place).to_owned(),
                line: place.at.line,
                column: place.at.column,
                kind: kind.clone(),
            })
            .collect();
        if !diagnostics.is_empty() {
            return Err(Errors(diagnostics));
        }
        let warnings = self
            .notices
            .iter()
            .map(|(place, kind)| Warning {
                file: self.path(*place).to_owned(),
                line: place.at.line,
                column: place.at.column,
                kind: kind.clone(),
            })
            .collect();
        match DataModel::new(cubes) {
            Ok(model) => Ok(Compiled { model, warnings }),
            Err(error) => {
                // Every duplicate has been reported with its place before; this cannot be reached
                // without one, and says so rather than losing the mistake.
                diagnostics.push(Diagnostic {
                    file: String::new(),
                    line: 0,
                    column: 0,
                    kind: Error::Inconsistent(error),
                });
                Err(Errors(diagnostics))
            }
        }
    }
}
