//! The mistakes found so far, each with its place.

use std::collections::HashSet;
use std::sync::Arc;

use model::{Cube, DataModel, ViewGroup};

use crate::declare::Header;
use crate::diagnostic::{Diagnostic, Errors, Notice, Warning};
use crate::jinja::Rendered;
use crate::yaml::Recorded;
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
    /// In a JavaScript file, what the text is made of.
    pub(crate) recorded: Option<Arc<Recorded>>,
}

impl Sourced {
    /// A text that is a name, or is yet to be read.
    pub(crate) fn new(text: String, place: Place) -> Self {
        Self { text, place, recorded: None }
    }
}

/// Where the braces of one text stand.
#[derive(Debug)]
pub(crate) struct Braces {
    start: Place,
    /// Bytes of the text, ascending.
    offsets: Vec<usize>,
    places: Vec<Place>,
}

impl Braces {
    /// Where the byte `offset` of the text stands when it is a brace, else where the text starts.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let index = self.offsets.binary_search(&offset).ok();
        index.and_then(|index| self.places.get(index)).copied().unwrap_or(self.start)
    }
}

/// A place in what an author wrote.
#[derive(Debug)]
struct Located {
    file: String,
    at: Position,
    /// The line that was read there, when a template made it.
    rendered: Option<String>,
}

/// Collects mistakes and warnings; nothing stops at the first.
#[derive(Debug)]
pub(crate) struct Report<'f> {
    /// As their authors wrote them.
    written: &'f [ModelFile],
    /// As they are read: templates rendered.
    rendered: &'f Rendered,
    /// Where the lines of each file start, so that a place is found without reading the file.
    line_starts: Vec<Vec<usize>>,
    mistakes: Vec<Mistake>,
    notices: Vec<(Place, Notice)>,
    /// Whether some file could not be read at all, so that an unknown cube may well be in it.
    is_incomplete: bool,
    /// Whether what is being read now stands in the cube that its own cube extends.
    is_inherited: bool,
}

#[derive(Debug)]
struct Mistake {
    place: Place,
    error: Error,
    is_inherited: bool,
}

impl<'f> Report<'f> {
    pub(crate) fn new(written: &'f [ModelFile], rendered: &'f Rendered) -> Self {
        Self {
            written,
            rendered,
            line_starts: rendered.files.iter().map(|file| line_starts(&file.text)).collect(),
            mistakes: Vec::new(),
            notices: Vec::new(),
            is_incomplete: !rendered.mistakes.is_empty(),
            is_inherited: false,
        }
    }

    pub(crate) fn files(&self) -> &'f [ModelFile] {
        &self.rendered.files
    }

    pub(crate) fn error(&mut self, place: Place, error: Error) {
        self.mistakes.push(Mistake { place, error, is_inherited: self.is_inherited });
    }

    /// Reports a mistake of a cube or member as a whole.
    pub(crate) fn error_of(&mut self, header: &Header, error: Error) {
        let is_inherited = header.is_inherited;
        self.mistakes.push(Mistake { place: header.place, error, is_inherited });
    }

    /// Says whether what is read from now on is inherited: a mistake in it is the parent's, and
    /// is told of a child only where the parent is fine.
    pub(crate) fn set_inherited(&mut self, is_inherited: bool) {
        self.is_inherited = is_inherited;
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

    /// Where every `{` of a text stands in its file.
    ///
    /// YAML escapes never make or hide a brace, so the brace that is the n-th in the text is the
    /// n-th in the file from the text's start, whatever way the text was quoted or folded.
    pub(crate) fn braces(&self, text: &Sourced) -> Braces {
        if let Some(recorded) = &text.recorded {
            let place = |at: &Position| Place { at: *at, ..text.place };
            let places: Vec<Place> = recorded.places.iter().map(place).collect();
            return Braces { start: text.place, offsets: (0..places.len()).collect(), places };
        }
        let offsets: Vec<usize> = text
            .text
            .bytes()
            .zip(0..)
            .filter(|(byte, _)| *byte == b'{')
            .map(|(_, at)| at)
            .collect();
        let places = self.find_braces(text.place, offsets.len()).unwrap_or_default();
        Braces { start: text.place, offsets, places }
    }

    /// The first `count` braces of a file from a place on.
    fn find_braces(&self, start: Place, count: usize) -> Option<Vec<Place>> {
        let first_line = usize::try_from(start.at.line).ok()?.checked_sub(1)?;
        let first_byte = *self.line_starts.get(start.file)?.get(first_line)?;
        let text = self.rendered.files.get(start.file)?.text.get(first_byte..)?;
        let mut skip = usize::try_from(start.at.column).ok()?.saturating_sub(1);
        let mut places = Vec::with_capacity(count);
        for (line, text) in (start.at.line..).zip(text.lines()) {
            if places.len() == count {
                break;
            }
            let columns = (1_u32..).zip(text.chars()).skip(skip);
            let braces = columns.filter(|(_, character)| *character == '{');
            let here = braces.map(|(column, _)| Place { at: Position { line, column }, ..start });
            places.extend(here.take(count - places.len()));
            skip = 0;
        }
        Some(places)
    }

    /// `orders.yml:12`, for texts that point at another place.
    pub(crate) fn show(&self, place: Place) -> String {
        let found = self.locate(place);
        format!("{}:{}", found.file, found.at.line)
    }

    /// Where a place of the text that was read stands in what its author wrote.
    fn locate(&self, place: Place) -> Located {
        let path_of = |index: usize| {
            self.written.get(index).map(|file| file.path.clone()).unwrap_or_default()
        };
        let text_of = |index: usize| self.written.get(index).map_or("", |file| file.text.as_str());
        let as_read = Located { file: path_of(place.file), at: place.at, rendered: None };
        let Some(file) = self.rendered.files.get(place.file) else { return as_read };
        let origin = self.rendered.origins.get(place.file).and_then(Option::as_ref);
        let Some(found) = origin.and_then(|origin| origin.find(&file.text, place.at, text_of))
        else {
            return as_read;
        };
        let index = usize::try_from(place.at.line).unwrap_or(usize::MAX).saturating_sub(1);
        let line =
            || file.text.lines().nth(index).map(|line| line.trim().chars().take(160).collect());
        let rendered = if found.is_literal { None } else { line() };
        Located { file: path_of(found.file), at: found.at, rendered }
    }

    /// The error with the lines it names turned into those of what its author wrote.
    fn relocated(&self, place: Place, error: &Error) -> Error {
        let mut error = error.clone();
        if let Error::DuplicateKey { first_line, .. } | Error::DuplicateMember { first_line, .. } =
            &mut error
        {
            let first = Place { at: Position { line: *first_line, column: 1 }, ..place };
            *first_line = self.locate(first).at.line;
        }
        error
    }

    fn diagnostic(&self, place: Place, error: &Error) -> Diagnostic {
        let Located { file, at, rendered } = self.locate(place);
        let kind = self.relocated(place, error);
        Diagnostic { file, line: at.line, column: at.column, kind, rendered }
    }

    /// The model when there was no mistake, else all of them in the order of the files.
    pub(crate) fn finish(
        mut self,
        cubes: Vec<Cube>,
        groups: Vec<ViewGroup>,
    ) -> Result<Compiled, Errors> {
        let of_parents: HashSet<Place> = self
            .mistakes
            .iter()
            .filter(|found| !found.is_inherited)
            .map(|found| found.place)
            .collect();
        self.mistakes.retain(|found| !found.is_inherited || !of_parents.contains(&found.place));
        self.mistakes.sort_by_key(|found| found.place);
        self.mistakes.dedup_by(|one, other| one.place == other.place && one.error == other.error);
        self.notices.sort_by_key(|(place, _)| *place);
        self.notices.dedup();
        let of_templates = self.rendered.mistakes.iter().map(|(place, error)| Diagnostic {
            file: self.written.get(place.file).map(|file| file.path.clone()).unwrap_or_default(),
            line: place.at.line,
            column: place.at.column,
            kind: error.clone(),
            rendered: None,
        });
        let mut diagnostics: Vec<Diagnostic> = of_templates
            .chain(self.mistakes.iter().map(|found| self.diagnostic(found.place, &found.error)))
            .collect();
        if !diagnostics.is_empty() {
            return Err(Errors(diagnostics));
        }
        let warnings = self
            .notices
            .iter()
            .map(|(place, kind)| {
                let Located { file, at, .. } = self.locate(*place);
                Warning { file, line: at.line, column: at.column, kind: kind.clone() }
            })
            .collect();
        match DataModel::new(cubes) {
            Ok(model) => Ok(Compiled { model: model.with_view_groups(groups), warnings }),
            Err(error) => {
                // Every duplicate has been reported with its place before; this cannot be reached
                // without one, and says so rather than losing the mistake.
                diagnostics.push(Diagnostic {
                    file: String::new(),
                    line: 0,
                    column: 0,
                    kind: Error::Inconsistent(error),
                    rendered: None,
                });
                Err(Errors(diagnostics))
            }
        }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, end)| end);
    std::iter::once(0).chain(ends).collect()
}
