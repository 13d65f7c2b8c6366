//! Texts that hold marks, split into pieces.

use std::cell::Cell;

use serde_json::Value as Json;

use crate::definition::{Computation, FilterParam, Form, Piece, Reference};
use crate::engine::Room;
use crate::error::{Error, Place, Reason};

/// What begins and ends a mark; the number after it is in no author's text.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Marks in marks; more only by an author's trick.
const MAX_DEPTH: usize = 32;
/// Operations in operations: one for each way through the author's code, and some around them.
const MAX_LEVELS: usize = 128;
/// Marks in all the texts of a model, those in marks counted wherever they stand.
const MAX_MARKS: usize = 500_000;

/// What the marks of one recording stand for.
pub(crate) struct Marks<'m> {
    room: &'m Room,
    list: Vec<Json>,
    nonce: &'m str,
    /// How many were read.
    read: Cell<usize>,
}

/// A text, with or without marks.
pub(crate) enum Split {
    Text(String),
    Pieces(Vec<Piece>),
}

impl<'m> Marks<'m> {
    pub(crate) fn new(room: &'m Room, list: Vec<Json>, nonce: &'m str) -> Self {
        Self { room, list, nonce, read: Cell::new(0) }
    }

    /// Splits a text that stands at `around`.
    pub(crate) fn pieces(&self, text: &str, around: &Place) -> Result<Split, Error> {
        self.split(text, around, 0)
    }

    fn split(&self, text: &str, around: &Place, depth: usize) -> Result<Split, Error> {
        if !text.contains([OPEN, CLOSE]) {
            return Ok(Split::Text(text.to_owned()));
        }
        let damaged = || Error { place: Some(around.clone()), reason: Reason::ChangedReference };
        if depth > MAX_DEPTH {
            return Err(damaged());
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (mark, next) = after.split_once(CLOSE).ok_or_else(damaged)?;
            let index = mark.strip_prefix(self.nonce).and_then(|mark| mark.strip_prefix(':'));
            let index = index.and_then(|index| index.parse::<usize>().ok()).ok_or_else(damaged)?;
            let record = self.list.get(index).ok_or_else(damaged)?;
            self.read.set(self.read.get() + 1);
            if self.read.get() > MAX_MARKS {
                let reason = Reason::TooManyReferences(MAX_MARKS);
                return Err(Error { place: Some(around.clone()), reason });
            }
            push_text(&mut pieces, before);
            self.piece(record, around, depth + 1, &mut pieces)?;
            rest = next;
        }
        if rest.contains(CLOSE) {
            return Err(damaged());
        }
        push_text(&mut pieces, rest);
        Ok(Split::Pieces(pieces))
    }

    fn nested(&self, text: &str, around: &Place, depth: usize) -> Result<Vec<Piece>, Error> {
        Ok(match self.split(text, around, depth)? {
            Split::Text(text) if text.is_empty() => Vec::new(),
            Split::Text(text) => vec![Piece::Text(text)],
            Split::Pieces(pieces) => pieces,
        })
    }

    fn place(&self, record: &Json, around: &Place) -> Place {
        let at = record.get("at").and_then(Json::as_f64);
        at.and_then(|at| self.room.place_of_reference(at)).unwrap_or_else(|| around.clone())
    }

    fn piece(
        &self,
        record: &Json,
        around: &Place,
        depth: usize,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Error> {
        let place = self.place(record, around);
        let unfinished = |what: &str| Error {
            place: Some(place.clone()),
            reason: Reason::Thrown { name: "TypeError".to_owned(), message: what.to_owned() },
        };
        let reference = match text_of(record, "kind") {
            "path" => Reference::Path(path(record, "path")),
            "cubeSql" => Reference::CubeSql(text_of(record, "name").to_owned()),
            "claim" => {
                let path = path(record, "path");
                if path.is_empty() {
                    return Err(unfinished(
                        "name a claim: `SECURITY_CONTEXT.claim.filter('column')`",
                    ));
                }
                Reference::Claim(path)
            }
            "claimFilter" => Reference::ClaimFilter {
                path: path(record, "path"),
                form: self.form(record, &place, depth)?,
                is_required: record.get("required").and_then(Json::as_bool).unwrap_or_default(),
            },
            "filterParam" => Reference::FilterParam(self.filter_param(record, &place, depth)?),
            "filterGroup" => {
                let params = record.get("params").and_then(Json::as_array);
                let params = params.map(Vec::as_slice).unwrap_or_default();
                let each = |param| self.filter_param(param, &self.place(param, &place), depth);
                Reference::FilterGroup(params.iter().map(each).collect::<Result<_, _>>()?)
            }
            "filterParams" => {
                return Err(unfinished("write `FILTER_PARAMS.cube.member.filter('column')`"));
            }
            "convertTz" => {
                Reference::ConvertTimeZone(self.nested(text_of(record, "sql"), &place, depth)?)
            }
            "urlEncode" => {
                Reference::UrlEncode(self.nested(text_of(record, "sql"), &place, depth)?)
            }
            "argument" => Reference::Argument(number(record, "index")),
            "arguments" => Reference::Arguments {
                from: number(record, "from"),
                separator: text_of(record, "separator").to_owned(),
            },
            _ => {
                let nodes = record.get("nodes").and_then(Json::as_array);
                let nodes = nodes.map(Vec::as_slice).unwrap_or_default();
                Reference::Computed(self.computation(nodes, &place, depth)?)
            }
        };
        pieces.push(Piece::Reference { place, reference });
        Ok(())
    }

    fn filter_param(
        &self,
        record: &Json,
        place: &Place,
        depth: usize,
    ) -> Result<FilterParam, Error> {
        Ok(FilterParam {
            cube: text_of(record, "cube").to_owned(),
            member: text_of(record, "member").to_owned(),
            form: self.form(record, place, depth)?,
            place: place.clone(),
        })
    }

    fn form(&self, record: &Json, place: &Place, depth: usize) -> Result<Form, Error> {
        let form = record.get("form").unwrap_or(&Json::Null);
        match form.get("body") {
            Some(_) => Ok(Form::Function(self.nested(text_of(form, "body"), place, depth)?)),
            None => Ok(Form::Column(self.nested(text_of(form, "column"), place, depth)?)),
        }
    }

    /// The last of the operations, each of which stands behind its operands.
    fn computation(
        &self,
        nodes: &[Json],
        place: &Place,
        depth: usize,
    ) -> Result<Computation, Error> {
        // With how many operations stand in one another down from here.
        let mut found: Vec<Option<(Computation, usize)>> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let places = node.get("of").and_then(Json::as_array).map(Vec::as_slice);
            let operand = |place: &Json| {
                let place = usize::try_from(place.as_u64()?).ok()?;
                found.get_mut(place)?.take()
            };
            let of = places.unwrap_or_default().iter().filter_map(operand);
            let (of, levels): (Vec<Computation>, Vec<usize>) = of.unzip();
            let levels = levels.into_iter().max().unwrap_or_default() + 1;
            if levels > MAX_LEVELS {
                return Err(Error { place: Some(place.clone()), reason: Reason::TooDeep });
            }
            found.push(Some((self.operation(node, of, place, depth)?, levels)));
        }
        Ok(found.pop().flatten().map_or(Computation::Undefined, |(computation, _)| computation))
    }

    fn operation(
        &self,
        node: &Json,
        mut of: Vec<Computation>,
        place: &Place,
        depth: usize,
    ) -> Result<Computation, Error> {
        Ok(match text_of(node, "op") {
            "undefined" => Computation::Undefined,
            "constant" => match node.get("value").and_then(Json::as_bool) {
                Some(value) => Computation::Boolean(value),
                None => Computation::Null,
            },
            "number" => Computation::Number(text_of(node, "value").to_owned()),
            "text" => Computation::Text(text_of(node, "text").to_owned()),
            "sql" => match self.split(text_of(node, "text"), place, depth)? {
                Split::Text(text) => Computation::Text(text),
                Split::Pieces(pieces) => Computation::Sql(pieces),
            },
            "refusal" => Computation::Refusal(text_of(node, "text").to_owned()),
            "list" => Computation::List(of),
            "claim" => Computation::Claim(path(node, "path")),
            "element" => Computation::Element,
            "member" => match of.pop() {
                Some(of) => {
                    Computation::Member { of: Box::new(of), name: text_of(node, "name").to_owned() }
                }
                None => Computation::Undefined,
            },
            "compare" => Computation::Operation { name: text_of(node, "name").to_owned(), of },
            name => Computation::Operation { name: name.to_owned(), of },
        })
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

fn text_of<'j>(json: &'j Json, key: &str) -> &'j str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn number(json: &Json, key: &str) -> u32 {
    json.get(key).and_then(Json::as_u64).and_then(|found| found.try_into().ok()).unwrap_or_default()
}

fn path(json: &Json, key: &str) -> Vec<String> {
    let parts = json.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter_map(|part| part.as_str().map(str::to_owned)).collect()
}
