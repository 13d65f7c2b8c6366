//! A YAML text as nodes that know where they stand. JSON is YAML too.
//!
//! Less than YAML: no anchors, tags or second document, and no plain text that one reader takes for
//! a number or a truth and the next one for a text. A policy says one thing to everybody.

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

use crate::mistake::{Place, Report};

/// Claims have eight levels at most, and stand four levels deep.
const MAX_LEVELS: usize = 16;
/// Many times the longest list of values that anybody chooses from.
const MAX_NODES: usize = 100_000;

/// A value and where it begins.
#[derive(Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) content: Content,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    /// `null`, a truth, a number or a text.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value; no two of one mapping have the same key.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Place,
    pub(crate) value: Node,
}

impl Node {
    /// The same without places.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Content::Map(entries) => {
                let members = entries.iter().map(|entry| (entry.key.clone(), entry.value.value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// The text, when it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Content::Scalar(Value::String(text)) = &self.content { Some(text) } else { None }
    }
}

/// Reads a text. Nothing when it is empty or its form is broken, which is reported.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => reader.take(event, place(span.start)),
            Err(error) => Err((place(*error.marker()), format!("no YAML: {}", error.info()))),
        };
        if let Err((at, reason)) = step {
            report.mistake(at, reason);
            return None;
        }
    }
    if reader.root.is_none() {
        report.mistake((1, 1), "nothing is written here: write `clients:` and a list");
    }
    reader.root
}

fn place(marker: Marker) -> Place {
    (marker.line().max(1), marker.col() + 1)
}

/// A list or a mapping that has not ended yet.
struct Open {
    at: Place,
    content: Content,
    /// A key whose value comes next.
    key: Option<(String, Place)>,
    seen: HashSet<String>,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
}

type Step = Result<(), (Place, String)>;

impl Reader {
    fn take(&mut self, event: Event<'_>, at: Place) -> Step {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err((at, "a second document: write one, without `---`".to_owned()));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                let is_plain = style == ScalarStyle::Plain;
                // A key is a text, whatever it looks like.
                let is_key = self.open.last().is_some_and(Open::expects_key);
                let value =
                    if is_plain && !is_key { plain(at, &text)? } else { quoted(at, &text)? };
                self.add(Node { at, content: Content::Scalar(value) })?;
            }
            Event::SequenceStart(anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                self.start(at, Content::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                self.start(at, Content::Map(Vec::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { at, content, .. }) = self.open.pop() {
                    self.add(Node { at, content })?;
                }
            }
            Event::Alias(_) => return Err((at, "an alias: write the value out".to_owned())),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn start(&mut self, at: Place, content: Content) -> Step {
        if self.open.len() >= MAX_LEVELS {
            return Err((at, format!("nested deeper than {MAX_LEVELS} levels")));
        }
        self.open.push(Open { at, content, key: None, seen: HashSet::new() });
        Ok(())
    }

    fn add(&mut self, node: Node) -> Step {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err((node.at, format!("more than {MAX_NODES} values")));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.content, open.key.take()) {
            (Content::List(items), _) => items.push(node),
            (Content::Map(entries), Some((key, at))) => {
                if !open.seen.insert(key.clone()) {
                    return Err((at, format!("`{key}` stands here twice: drop one")));
                }
                entries.push(Entry { key, at, value: node });
            }
            (Content::Map(_), None) => match node.content {
                Content::Scalar(Value::String(key)) => open.key = Some((key, node.at)),
                Content::Scalar(_) | Content::List(_) | Content::Map(_) => {
                    return Err((node.at, "a key must be a text".to_owned()));
                }
            },
            (Content::Scalar(_), _) => {}
        }
        Ok(())
    }
}

impl Open {
    fn expects_key(&self) -> bool {
        self.key.is_none() && matches!(self.content, Content::Map(_))
    }
}

fn refuse(at: Place, anchor: usize, has_tag: bool) -> Step {
    if anchor > 0 || has_tag {
        return Err((at, "an anchor or a tag: write the value without it".to_owned()));
    }
    Ok(())
}

/// PostgreSQL has no text with NUL, so that no claim with one could be compared.
fn quoted(at: Place, text: &str) -> Result<Value, (Place, String)> {
    if text.contains('\0') {
        return Err((at, "a text with NUL, which no database compares".to_owned()));
    }
    Ok(Value::String(text.to_owned()))
}

/// What is neither quoted nor a block: as JSON reads it, else a text that no YAML reads otherwise.
fn plain(at: Place, text: &str) -> Result<Value, (Place, String)> {
    match text {
        "" | "~" | "null" => return Ok(Value::Null),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    match serde_json::from_str::<Number>(text) {
        // A whole number that does not fit would be rounded to another one.
        Ok(number) if !number.is_f64() || text.contains(['.', 'e', 'E']) => {
            return Ok(Value::Number(number));
        }
        _ => {}
    }
    if is_ambiguous(text) {
        let reason = format!(
            "`{}` is a number or a truth to some readers and a text to others: quote it, or write \
             it as JSON does",
            text.chars().take(32).collect::<String>()
        );
        return Err((at, reason));
    }
    quoted(at, text)
}

/// Numbers and truths of YAML 1.1 and 1.2 that JSON does not write like that.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 8] = ["null", "true", "false", "yes", "no", "on", "off", ".nan"];
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.trim_start_matches(['+', '-']);
    let is_of = |digits: &str, prefix: &str| {
        unsigned.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| digits.contains(b as char))
        })
    };
    WORDS.contains(&lower.as_str())
        || unsigned == ".inf"
        || is_of("0123456789abcdef_", "0x")
        || is_of("01234567_", "0o")
        || is_of("01_", "0b")
        || (unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && unsigned.replace('_', "").parse::<f64>().is_ok())
}
