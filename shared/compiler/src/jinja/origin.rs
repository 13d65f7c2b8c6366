//! From a place in rendered text back to the template it came from.

use minijinja::{OutputSpan, OutputSpanKind};

use crate::report::Position;

/// Where the text of one rendered file came from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// In the order of the output, without overlaps.
    spans: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    /// Bytes of the rendered text.
    start: usize,
    end: usize,
    /// The template's place in the list of files.
    file: usize,
    /// The byte of the template where the piece starts.
    source: usize,
    /// Whether the template holds the piece as it is.
    is_literal: bool,
}

/// A place in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TemplatePlace {
    pub(crate) file: usize,
    pub(crate) at: Position,
    /// Whether the template says there what the rendered text says.
    pub(crate) is_literal: bool,
}

impl Origin {
    /// Keeps what the template engine noted; `file_of` finds a file by its template's name.
    pub(super) fn new(spans: &[OutputSpan], file_of: impl Fn(&str) -> Option<usize>) -> Self {
        let spans = spans
            .iter()
            .filter_map(|span| {
                let (output, source) = (span.output_range(), span.source_range());
                Some(Piece {
                    start: output.start,
                    end: output.end,
                    file: file_of(span.name())?,
                    source: source.start,
                    is_literal: span.kind() == OutputSpanKind::Raw && output.len() == source.len(),
                })
            })
            .collect();
        Self { spans }
    }

    /// The template's place of what stands in `rendered` at a position; `text_of` gives the text of
    /// a template.
    pub(crate) fn find<'t>(
        &self,
        rendered: &str,
        at: Position,
        text_of: impl Fn(usize) -> &'t str,
    ) -> Option<TemplatePlace> {
        let byte = byte_of(rendered, at)?;
        let after = self.spans.partition_point(|piece| piece.start <= byte);
        // Past the end of a file there is nothing: the last piece is where its author looks.
        let piece = self.spans.get(after.checked_sub(1)?)?;
        let is_literal = piece.is_literal && byte < piece.end;
        let source = if is_literal { piece.source + (byte - piece.start) } else { piece.source };
        let at = position_of(text_of(piece.file), source);
        Some(TemplatePlace { file: piece.file, at, is_literal })
    }
}

/// The byte of a line and column.
fn byte_of(text: &str, at: Position) -> Option<usize> {
    let index = usize::try_from(at.line).ok()?.checked_sub(1)?;
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number == index {
            let column = usize::try_from(at.column).ok()?.saturating_sub(1);
            let within = line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte);
            return Some(start + within);
        }
        start += line.len();
    }
    Some(text.len())
}

/// The line and column of a byte.
pub(super) fn position_of(text: &str, byte: usize) -> Position {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX - 1).saturating_add(1);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Position {
        line: count(before.matches('\n').count()),
        column: count(before.get(line_start..).unwrap_or_default().chars().count()),
    }
}
