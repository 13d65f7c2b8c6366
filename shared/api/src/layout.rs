//! How rows become JSON: which key stands where, and the bytes around the values.
//!
//! Keys are escaped once per statement; a row costs copies of them and of its values.

use bytes::Bytes;
use model::{DataModel, Member, MemberId};
use planner::Column;
use query::ResponseFormat;

use crate::annotation::column_name;

/// The place of every value in a row of an answer. Part of the key under which running statements
/// are shared, so it is comparable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    format: Format,
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Format {
    Rows,
    Compact,
    Columnar,
}

/// One key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// As JSON, quoted.
    name: String,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    /// Of the statement's column with this index.
    Column(usize),
    /// The same JSON in every row.
    Constant(String),
}

impl Layout {
    /// The keys of `columns`: each by its name, then the bare name of every time dimension, which
    /// shows its finest granularity, unless the dimension itself is a column.
    ///
    /// Cube 1.7.25, `rust/cube/cubeorchestrator/src/query_result_transform.rs`.
    pub(crate) fn new(model: &DataModel, columns: &[Column], format: ResponseFormat) -> Self {
        let mut keys: Vec<Key> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| Key::column(&column_name(model, column), index))
            .collect();
        for (index, column) in bare_time_columns(columns) {
            keys.push(Key::column(model.path(column), index));
        }
        Self {
            format: match format {
                ResponseFormat::Default => Format::Rows,
                ResponseFormat::Compact => Format::Compact,
                ResponseFormat::Columnar => Format::Columnar,
            },
            keys,
        }
    }

    /// The same, with one more key that has the same text in every row.
    #[must_use]
    pub(crate) fn with_constant(mut self, name: &str, text: &str) -> Self {
        self.keys.push(Key { name: quoted(name), value: Value::Constant(quoted(text)) });
        self
    }

    /// The same, with one more key for the value of the time dimension `column`.
    #[must_use]
    pub(crate) fn with_alias(mut self, name: &str, column: usize) -> Self {
        self.keys.push(Key::column(name, column));
        self
    }
}

impl Key {
    fn column(name: &str, index: usize) -> Self {
        Self { name: quoted(name), value: Value::Column(index) }
    }
}

/// JSON of `text`.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// For each time dimension that has a granularity and is no column by itself: the index of its
/// finest column, in the order of first appearance.
fn bare_time_columns(columns: &[Column]) -> Vec<(usize, MemberId)> {
    let mut finest: Vec<(usize, MemberId, u8)> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let (Some(granularity), Member::Dimension(_)) = (&column.granularity, column.member.member)
        else {
            continue;
        };
        let is_a_column = columns
            .iter()
            .any(|other| other.member == column.member && other.granularity.is_none());
        if is_a_column {
            continue;
        }
        let coarseness = coarseness(granularity);
        match finest.iter_mut().find(|(_, id, _)| *id == column.member) {
            Some(known) if known.2 > coarseness => *known = (index, column.member, coarseness),
            Some(_) => {}
            None => finest.push((index, column.member, coarseness)),
        }
    }
    finest.into_iter().map(|(index, id, _)| (index, id)).collect()
}

/// Orders granularities from fine to coarse. The author's own come last: Cube cannot compare them.
fn coarseness(granularity: &str) -> u8 {
    const FINE_TO_COARSE: [&str; 8] =
        ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];
    let position = FINE_TO_COARSE.iter().position(|known| *known == granularity);
    position.and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
}

/// Writes rows as they come.
#[derive(Debug)]
pub(crate) struct Writer {
    format: Format,
    pieces: Vec<Piece>,
    /// The rows; for the columnar format one buffer per key, else one.
    buffers: Vec<Vec<u8>>,
    rows: u64,
}

/// What is written for one key of a row.
#[derive(Debug)]
struct Piece {
    /// Everything before the value: `{"Orders.status":` or `,`.
    before: Vec<u8>,
    name: String,
    value: Value,
}

impl Writer {
    /// A writer of rows in this layout.
    pub(crate) fn new(layout: &Layout) -> Self {
        let buffer_count = match layout.format {
            Format::Rows | Format::Compact => 1,
            Format::Columnar => layout.keys.len(),
        };
        Self {
            format: layout.format,
            pieces: layout
                .keys
                .iter()
                .enumerate()
                .map(|(index, key)| Piece {
                    before: before(layout.format, index, key),
                    name: key.name.clone(),
                    value: key.value.clone(),
                })
                .collect(),
            buffers: vec![Vec::new(); buffer_count],
            rows: 0,
        }
    }

    /// Appends one row. `write_cell` appends the value of the column with an index, as JSON.
    pub(crate) fn row(&mut self, write_cell: impl Fn(usize, &mut Vec<u8>)) {
        let is_columnar = matches!(self.format, Format::Columnar);
        for (index, piece) in self.pieces.iter().enumerate() {
            let buffer_index = if is_columnar { index } else { 0 };
            let Some(out) = self.buffers.get_mut(buffer_index) else {
                continue;
            };
            if self.rows > 0 && (index == 0 || is_columnar) {
                out.push(b',');
            }
            out.extend_from_slice(&piece.before);
            match &piece.value {
                Value::Constant(json) => out.extend_from_slice(json.as_bytes()),
                Value::Column(column) => write_cell(*column, out),
            }
        }
        if let (Some(end), Some(out)) = (self.row_end(), self.buffers.first_mut()) {
            out.push(end);
        }
        self.rows += 1;
    }

    fn row_end(&self) -> Option<u8> {
        match self.format {
            Format::Rows => Some(b'}'),
            Format::Compact => Some(b']'),
            Format::Columnar => None,
        }
    }

    /// Rows written so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes written so far.
    pub(crate) fn bytes(&self) -> usize {
        self.buffers.iter().map(Vec::len).sum()
    }

    /// The value of `data` in the answer.
    pub(crate) fn finish(self) -> Bytes {
        let size = self.bytes() + 64 * self.pieces.len() + 64;
        let mut out = Vec::with_capacity(size);
        match self.format {
            Format::Rows => {
                out.push(b'[');
                self.append_buffers(&mut out, b"");
                out.push(b']');
            }
            Format::Compact => {
                self.append_members(&mut out);
                out.extend_from_slice(b",\"dataset\":[");
                self.append_buffers(&mut out, b"");
                out.extend_from_slice(b"]}");
            }
            Format::Columnar => {
                self.append_members(&mut out);
                out.extend_from_slice(b",\"columns\":[[");
                self.append_buffers(&mut out, b"],[");
                out.extend_from_slice(b"]]}");
            }
        }
        Bytes::from(out)
    }

    fn append_members(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"members\":[");
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(piece.name.as_bytes());
        }
        out.push(b']');
    }

    fn append_buffers(&self, out: &mut Vec<u8>, between: &[u8]) {
        for (index, buffer) in self.buffers.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(between);
            }
            out.extend_from_slice(buffer);
        }
    }
}

/// What stands before the value of the key with this index.
fn before(format: Format, index: usize, key: &Key) -> Vec<u8> {
    match (format, index) {
        (Format::Rows, 0) => format!("{{{}:", key.name).into_bytes(),
        (Format::Rows, _) => format!(",{}:", key.name).into_bytes(),
        (Format::Compact, 0) => b"[".to_vec(),
        (Format::Compact, _) => b",".to_vec(),
        (Format::Columnar, _) => Vec::new(),
    }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
