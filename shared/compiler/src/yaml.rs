//! One YAML file as nodes that know where they stand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::Error;
use crate::report::Position;
use crate::template::Piece;

/// A model nests lists of mappings of lists; `meta` may add some of its own.
const MAX_DEPTH: usize = 32;
/// Values in one file, aliases written out: many times the largest model seen.
const MAX_NODES: usize = 500_000;

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Scalar {
        text: String,
        /// Neither quoted nor a block, so that `true` and `1` are not texts.
        is_plain: bool,
        /// In a JavaScript file, what the text is made of: braces in it are the author's own.
        recorded: Option<Arc<Recorded>>,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A text whose references are known already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) pieces: Vec<Piece>,
    /// Where the references stand, by their offsets.
    pub(crate) places: Vec<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) value: Node,
}

/// Mistakes of one file, before the file's place in the list is known.
type Mistakes = Vec<(Position, Error)>;

impl Node {
    /// Whether nothing was written: an empty value, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, is_plain: true, .. }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, for a sentence that says it should be something else.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { text, is_plain: true, .. } if is_boolean(text) => "true or false",
            Value::Scalar { .. } => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Map(entries) => {
                entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0)
            }
        }
    }
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// Reads a file; nothing when it is empty, or when it could not be read to its end.
///
/// The second answer says which: whether the whole file was read.
pub(crate) fn read(text: &str, mistakes: &mut Mistakes) -> (Option<Node>, bool) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = unfold_sql(text);
    let mut reader = Reader::default();
    for event in Parser::new_from_str(&text) {
        let result = match event {
            Ok((event, span)) => reader.take(event, span),
            Err(error) => {
                let at = position(*error.marker());
                let hint = hint(error.info(), &text, at);
                let error = Error::Yaml { reason: error.info().to_owned(), hint };
                Err((at, error))
            }
        };
        if let Err(mistake) = result {
            mistakes.append(&mut reader.mistakes);
            mistakes.push(mistake);
            return (None, false);
        }
    }
    mistakes.append(&mut reader.mistakes);
    (reader.root.filter(|node| !node.is_null()), true)
}

/// Makes every folded `sql: >` a literal `sql: |`, so that a `--` comment ends with its line.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/YamlCompiler.ts`,
/// `preprocessYamlSqlMultilineValues`.
fn unfold_sql(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let start = line.trim_start_matches([' ', '-']);
        let folded = start
            .strip_prefix("sql:")
            .map(|rest| rest.trim_start_matches(' '))
            .and_then(|rest| rest.strip_prefix('>'));
        match folded {
            Some(rest) => {
                out.push_str(&line[..line.len() - rest.len() - 1]);
                out.push('|');
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out
}

/// The usual cause of a syntax error, by the reader's words and the look of the line.
fn hint(reason: &str, text: &str, at: Position) -> &'static str {
    let index = usize::try_from(at.line).unwrap_or(usize::MAX).saturating_sub(1);
    let line = text.lines().nth(index).unwrap_or_default();
    if line.contains(": {") || line.contains(": [") {
        "; a text that starts with `{` or `[` must be quoted: `sql: \"{CUBE}.id\"`"
    } else if reason.contains("tab") {
        "; indent with blanks"
    } else if reason.contains("mapping values") {
        "; look at the indentation, and quote a text that holds `: `"
    } else {
        ""
    }
}

fn position(marker: Marker) -> Position {
    Position {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(marker.col()).unwrap_or(u32::MAX - 1).saturating_add(1),
    }
}

/// A list or mapping that has not ended yet.
#[derive(Debug)]
struct Open {
    at: Position,
    anchor: usize,
    value: Value,
    /// A mapping's key whose value comes next.
    key: Option<(String, Position)>,
    /// A mapping's keys, with the lines where they stand.
    seen: HashMap<String, u32>,
}

#[derive(Debug, Default)]
struct Reader {
    open: Vec<Open>,
    /// Finished anchors, and those still open as nothing.
    anchors: HashMap<usize, Option<Node>>,
    nodes: usize,
    root: Option<Node>,
    documents: usize,
    mistakes: Mistakes,
}

type Step = Result<(), (Position, Error)>;

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Step {
        let at = position(span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err((at, Error::SecondDocument));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(at, tag.as_deref())?;
                if text.contains('\0') {
                    return Err((at, Error::Nul));
                }
                let is_plain = style == ScalarStyle::Plain;
                let value = Value::Scalar { text: text.into_owned(), is_plain, recorded: None };
                self.count(at, 1)?;
                self.add(Node { at, value }, anchor)?;
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(at, tag.as_deref())?;
                self.start(at, anchor, Value::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(at, tag.as_deref())?;
                self.start(at, anchor, Value::Map(Vec::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut open) = self.open.pop() {
                    merge(&mut open)?;
                    self.add(Node { at: open.at, value: open.value }, open.anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned().flatten() else {
                    return Err((at, Error::EndlessAlias));
                };
                self.count(at, node.count())?;
                if self.open.len() + node.depth() > MAX_DEPTH {
                    return Err((at, Error::TooDeep(MAX_DEPTH)));
                }
                self.add(node, 0)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self, at: Position, nodes: usize) -> Step {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err((at, Error::TooLarge(MAX_NODES)));
        }
        Ok(())
    }

    fn start(&mut self, at: Position, anchor: usize, value: Value) -> Step {
        self.count(at, 1)?;
        if self.open.len() >= MAX_DEPTH {
            return Err((at, Error::TooDeep(MAX_DEPTH)));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open { at, anchor, value, key: None, seen: HashMap::new() });
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Step {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some((key, key_at)) => {
                    if let Some(&first_line) = open.seen.get(&key) {
                        self.mistakes.push((key_at, Error::DuplicateKey { key, first_line }));
                    } else {
                        open.seen.insert(key.clone(), key_at.line);
                        entries.push(Entry { key, key_at, value: node });
                    }
                }
                None => match node.value {
                    Value::Scalar { text, .. } => open.key = Some((text, node.at)),
                    Value::List(_) | Value::Map(_) => return Err((node.at, Error::ComplexKey)),
                },
            },
            Value::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn refuse_tag(at: Position, tag: Option<&saphyr_parser::Tag>) -> Step {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() => {
            Err((at, Error::Tag(format!("!!{}", tag.suffix))))
        }
        Some(tag) => Err((at, Error::Tag(tag.to_string()))),
        None => Ok(()),
    }
}

/// Writes `<<: *mapping` out: the mapping's own keys win over merged ones, earlier over later.
fn merge(open: &mut Open) -> Step {
    let Value::Map(entries) = &mut open.value else {
        return Ok(());
    };
    let Some(index) = entries.iter().position(|entry| entry.key == "<<") else {
        return Ok(());
    };
    let merged = entries.remove(index);
    let sources = match merged.value.value {
        Value::List(items) => items,
        Value::Map(_) | Value::Scalar { .. } => vec![merged.value],
    };
    let mut keys: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    for source in sources {
        let Value::Map(more) = source.value else {
            return Err((merged.key_at, Error::BadMerge));
        };
        entries.extend(more.into_iter().filter(|entry| keys.insert(entry.key.clone())));
    }
    Ok(())
}
