//! A data model's files to the cubes and views they define, as plain data.

use std::collections::BTreeMap;

use rquickjs::{Ctx, Function, Object, Persistent};
use serde_json::Value as Json;

use crate::definition::{Definition, DefinitionKind, Entry, Node, Value};
use crate::engine::{Engine, Room, evaluate};
use crate::error::{Error, Place, Reason};
use crate::host::{Host, LogLine};
use crate::marks::{self, Marks};
use crate::source::SourceFile;
use crate::translate::{FILE_STRIDE, Purpose, translate_all};

/// What a model finds in the engine, each part a function of those before it.
mod parts {
    pub(super) const MARKS: &str = include_str!("record/marks.js");
    pub(super) const WAYS: &str = include_str!("record/ways.js");
    pub(super) const CLAIMS: &str = include_str!("record/claims.js");
    pub(super) const BUILTINS: &str = include_str!("record/builtins.js");
    pub(super) const REFERENCES: &str = include_str!("record/references.js");
    pub(super) const RECORD: &str = include_str!("record/record.js");
}

/// What a model is evaluated with.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The JSON object `COMPILE_CONTEXT`; its `securityContext` is empty unless it has one.
    pub compile_context: String,
    /// The cubes and views that other files define, with the names of their members: inside SQL
    /// such a name wins over a constant of the file.
    pub names: BTreeMap<String, Vec<String>>,
    /// Limits, modules and the environment.
    pub host: Host,
}

/// What the files of a model define.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// In the order of the files, in a file as they were defined.
    pub definitions: Vec<Definition>,
    /// What was written with `console`.
    pub log: Vec<LogLine>,
}

/// What was read of the compile context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextRead {
    /// `["securityContext", "tenant"]`
    pub path: Vec<String>,
    /// Whether the value mattered, or only that there is an object.
    pub is_whole: bool,
}

/// Evaluates the files of a model, each once.
///
/// Also gives what was read of the compile context, whatever came of it.
///
/// # Errors
/// Every mistake of every file.
pub fn record(
    files: Vec<SourceFile>,
    surroundings: Surroundings,
) -> (Result<Recorded, Vec<Error>>, Vec<ContextRead>) {
    let is_guarded = files.iter().any(|file| {
        ["SECURITY_CONTEXT", "USER_CONTEXT", "securityContext", "security_context", "unsafe"]
            .iter()
            .any(|word| file.text.contains(word))
    });
    let names: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let units = match translate_all(files, Purpose::Model { is_guarded }) {
        Ok(units) => units,
        Err(errors) => return (Err(errors), Vec::new()),
    };
    let Surroundings { compile_context, names: known, host } = surroundings;
    let limit = host.limits.load_time;
    let engine = match Engine::start(units, host) {
        Ok(engine) => engine,
        Err(error) => return (Err(vec![error]), Vec::new()),
    };
    let work = Work { names, known, compile_context, is_guarded };
    let outcome = engine.run(limit, move |room| Ok(work.run(room)));
    outcome.unwrap_or_else(|error| (Err(vec![error]), Vec::new()))
}

/// What is done on the engine's thread.
struct Work {
    names: Vec<String>,
    known: BTreeMap<String, Vec<String>>,
    compile_context: String,
    is_guarded: bool,
}

/// What the engine gave, as JSON.
struct Raw {
    found: String,
    marks: String,
}

impl Work {
    fn run(&self, room: &Room) -> (Result<Recorded, Vec<Error>>, Vec<ContextRead>) {
        let nonce = nonce();
        let mut reads = Vec::new();
        let raw = room.timed(room.limits().load_time, || {
            let recorder = room.within(|ctx, prelude| self.recorder(ctx, prelude, &nonce))?;
            let raw = self.evaluate(&recorder, room);
            // Also when it failed: who reads the same would fail the same way.
            let read: String = room.within(|ctx, _| recorder.record(ctx, "reads")?.call(()))?;
            reads = reads_of(&read);
            raw
        });
        let log = room.take_log();
        let result = raw.map_err(|error| vec![error]).and_then(|raw| {
            let definitions = Reader::read(room, &raw, &nonce)?;
            Ok(Recorded { definitions, log })
        });
        (result, reads)
    }

    fn recorder<'js>(
        &self,
        ctx: &Ctx<'js>,
        prelude: &Object<'js>,
        nonce: &str,
    ) -> rquickjs::Result<Recorder> {
        let host = Object::new(ctx.clone())?;
        let offer = |text: String| Function::new(ctx.clone(), move || text.clone());
        host.set("nonce", offer(nonce.to_owned())?)?;
        let context = self.compile_context.trim();
        let context = if context.is_empty() { "{}" } else { context };
        host.set("context", offer(context.to_owned())?)?;
        let known: Vec<(&String, &Vec<String>)> = self.known.iter().collect();
        host.set("names", offer(serde_json::to_string(&known).unwrap_or_default())?)?;
        let part = |text, name| evaluate::<Function<'js>>(ctx, text, name);
        let tools: Object<'js> = prelude.get("tools")?;
        let marks: Object<'js> = part(parts::MARKS, "marks.js")?.call((host.clone(),))?;
        let ways: Object<'js> = part(parts::WAYS, "ways.js")?.call((marks.clone(),))?;
        let claims: Object<'js> =
            part(parts::CLAIMS, "claims.js")?.call((marks.clone(), ways.clone(), tools.clone()))?;
        let value: Function<'js> = claims.get("value")?;
        let references: Object<'js> =
            part(parts::REFERENCES, "references.js")?.call((marks.clone(), value))?;
        let settle: Function<'js> = claims.get("settle")?;
        let record: Object<'js> = part(parts::RECORD, "record.js")?.call((
            prelude.clone(),
            host,
            marks.clone(),
            references,
            settle,
        ))?;
        if self.is_guarded {
            let builtins = part(parts::BUILTINS, "builtins.js")?;
            let guard: Function<'js> =
                builtins.call((marks.clone(), ways, claims.clone(), tools))?;
            guard.call::<_, ()>(())?;
        }
        let [record, marks, claims] =
            [record, marks, claims].map(|part| Persistent::save(ctx, part));
        Ok(Recorder { record, marks, claims })
    }

    fn evaluate(&self, recorder: &Recorder, room: &Room) -> Result<Raw, Error> {
        room.within(|ctx, _| {
            let load = recorder.record(ctx, "load")?;
            for (index, name) in self.names.iter().enumerate() {
                load.call::<_, ()>((name.as_str(), index * FILE_STRIDE))?;
            }
            recorder.record(ctx, "start")?.call::<_, ()>(())
        })?;
        room.settle()?;
        if room.within(|ctx, _| recorder.record(ctx, "waits")?.call::<_, bool>(()))? {
            return Err(Error::nowhere(Reason::NeverSettled));
        }
        room.within(|ctx, _| {
            let found = recorder.record(ctx, "finish")?.call(())?;
            let shown: Function<'_> = recorder.claims.clone().restore(ctx)?.get("shown")?;
            let marks = recorder.marks.clone().restore(ctx)?;
            let marks = marks.get::<_, Function<'_>>("list")?.call((shown,))?;
            Ok(Raw { found, marks })
        })
    }
}

/// The parts that are asked.
struct Recorder {
    record: Persistent<Object<'static>>,
    marks: Persistent<Object<'static>>,
    claims: Persistent<Object<'static>>,
}

impl Recorder {
    /// A function of the part that records.
    fn record<'js>(&self, ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<Function<'js>> {
        self.record.clone().restore(ctx)?.get(name)
    }
}

/// A number that no author can have written: it only has to differ from all their texts.
fn nonce() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn reads_of(json: &str) -> Vec<ContextRead> {
    let list: Vec<Json> = serde_json::from_str(json).unwrap_or_default();
    let read = |item: &Json| {
        let path = item.get("path")?.as_array()?.iter();
        let path = path.filter_map(|part| part.as_str().map(str::to_owned)).collect();
        Some(ContextRead { path, is_whole: item.get("isWhole")?.as_bool()? })
    };
    list.iter().filter_map(read).collect()
}

/// Reads what the engine gave.
struct Reader<'r> {
    room: &'r Room,
    marks: Marks<'r>,
    errors: Vec<Error>,
}

impl<'r> Reader<'r> {
    fn read(room: &'r Room, raw: &Raw, nonce: &'r str) -> Result<Vec<Definition>, Vec<Error>> {
        let unreadable = || vec![Error::nowhere(Reason::NotJson("the model".to_owned()))];
        let found: Json = serde_json::from_str(&raw.found).map_err(|_| unreadable())?;
        let marks: Vec<Json> = serde_json::from_str(&raw.marks).map_err(|_| unreadable())?;
        let mut reader = Self { room, marks: Marks::new(room, marks, nonce), errors: Vec::new() };
        for error in list(&found, "errors") {
            reader.thrown(error);
        }
        let mut definitions: Vec<(usize, Definition)> =
            list(&found, "definitions").iter().filter_map(|item| reader.definition(item)).collect();
        if !reader.errors.is_empty() {
            let mut errors = reader.errors;
            errors.sort_by(|one, other| one.place.cmp(&other.place));
            errors.dedup();
            return Err(errors);
        }
        definitions.sort_by_key(|(file, _)| *file);
        Ok(definitions.into_iter().map(|(_, definition)| definition).collect())
    }

    fn thrown(&mut self, error: &Json) {
        let text = |index: usize| error.get(index).and_then(Json::as_str).unwrap_or_default();
        let near = error.get(4).and_then(Json::as_f64);
        let near = || match text(3) {
            "late" => self.room.place_of_late(near?),
            _ => self.room.place_of_number(near?),
        };
        let place = self.room.place(text(2)).or_else(near);
        let reason = self.room.reason(text(0).to_owned(), text(1).to_owned());
        self.errors.push(Error { place, reason });
    }

    fn definition(&mut self, item: &Json) -> Option<(usize, Definition)> {
        let at = item.get("at").and_then(Json::as_f64)?;
        let (file, _) = self.room.index(at)?;
        let place = self.room.place_of_number(at)?;
        let kind = match item.get("kind")?.as_str()? {
            "cube" => DefinitionKind::Cube,
            "view" => DefinitionKind::View,
            "view_group" => DefinitionKind::ViewGroup,
            _ => DefinitionKind::Context,
        };
        let name = item.get("name")?.as_str()?.to_owned();
        let node = self.node(item.get("node")?, &place);
        Some((file, Definition { kind, name, place, node }))
    }

    /// A value; `around` is where it stands when nothing better is known.
    fn node(&mut self, json: &Json, around: &Place) -> Node {
        let body = json.get(1).unwrap_or(&Json::Null);
        let value = match json.get(0).and_then(Json::as_str).unwrap_or_default() {
            "b" => Value::Boolean(body.as_bool().unwrap_or_default()),
            "n" => Value::Number(body.as_str().unwrap_or_default().to_owned()),
            "s" => match self.marks.pieces(body.as_str().unwrap_or_default(), around) {
                Ok(marks::Split::Text(text)) => Value::Text(text),
                Ok(marks::Split::Pieces(pieces)) => Value::Sql(pieces),
                Err(error) => {
                    self.errors.push(error);
                    Value::Null
                }
            },
            "e" => {
                let place = body
                    .as_f64()
                    .and_then(|number| self.room.place_of_late(number))
                    .unwrap_or_else(|| around.clone());
                return self.node(json.get(2).unwrap_or(&Json::Null), &place);
            }
            "l" => return self.list(json, body, around),
            "m" => return self.map(json, body, around),
            _ => Value::Null,
        };
        Node { place: around.clone(), value }
    }

    fn list(&mut self, json: &Json, number: &Json, around: &Place) -> Node {
        let literal = number.as_f64().and_then(|number| self.room.literal(number));
        let place =
            literal.map_or_else(|| around.clone(), |(unit, found)| unit.place(found.offset));
        let items = json.get(2).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let nodes = items.iter().enumerate().map(|(index, item)| {
            let element = literal.and_then(|(unit, found)| {
                found.elements.get(index).map(|offset| unit.place(*offset))
            });
            self.node(item, &element.unwrap_or_else(|| place.clone()))
        });
        let nodes = nodes.collect();
        Node { place, value: Value::List(nodes) }
    }

    fn map(&mut self, json: &Json, number: &Json, around: &Place) -> Node {
        let literal = number.as_f64().and_then(|number| self.room.literal(number));
        let place =
            literal.map_or_else(|| around.clone(), |(unit, found)| unit.place(found.offset));
        let items = json.get(2).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let entries = items.iter().filter_map(|item| {
            let key = item.get(0)?.as_str()?;
            let places = literal.and_then(|(unit, found)| {
                let (key, value) = found.keys.get(key)?;
                Some((unit.place(*key), unit.place(*value)))
            });
            let (key_place, value_place) = places.unwrap_or_else(|| (place.clone(), place.clone()));
            let value = self.node(item.get(1)?, &value_place);
            Some(Entry { key: key.to_owned(), key_place, value })
        });
        let entries = entries.collect();
        Node { place, value: Value::Map(entries) }
    }
}

fn list<'j>(json: &'j Json, key: &str) -> &'j [Json] {
    json.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}
