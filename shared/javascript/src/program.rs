//! Files that export functions, called with JSON and answering with JSON.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rquickjs::Function;

use crate::engine::{Engine, Room};
use crate::error::{Error, Place, Reason};
use crate::host::{Host, LogLine};
use crate::source::SourceFile;
use crate::translate::{Purpose, Unit, translate_all};

/// A loaded program.
///
/// Calls run one after another on a thread of the program's own. The state its files keep is kept
/// between calls, until a call reaches a limit: what it left running must not reach into the next
/// one, so the files are then loaded anew.
#[derive(Debug)]
pub struct Program {
    engine: Mutex<Option<Engine>>,
    units: Vec<Unit>,
    host: Host,
    entry: String,
    exports: Vec<Export>,
}

/// Something the entry file exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name, and those of the objects it is in: `["http", "cors"]`.
    pub path: Vec<String>,
    /// The JSON of a value; nothing for a function.
    pub json: Option<String>,
}

/// What a call gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The JSON of what was returned, or of what the returned promise was resolved to; nothing for
    /// `undefined`.
    pub json: Option<String>,
    /// The arguments as the function left them, a JSON list.
    pub arguments: String,
    /// What was written with `console`.
    pub log: Vec<LogLine>,
}

impl Program {
    /// Runs the file `entry` and those it imports; also what they wrote with `console`.
    ///
    /// # Errors
    /// Every syntax error of every file, or what stopped the first that ran.
    pub fn load(
        files: Vec<SourceFile>,
        entry: &str,
        host: Host,
    ) -> Result<(Self, Vec<LogLine>), Vec<Error>> {
        let units = translate_all(files, Purpose::Program)?;
        let (engine, json, log) = start(&units, &host, entry).map_err(|error| vec![error])?;
        let exports = exports(&json).map_err(|error| vec![error])?;
        let engine = Mutex::new(Some(engine));
        Ok((Self { engine, units, host, entry: entry.to_owned(), exports }, log))
    }

    /// What the entry file exports, or its default export when that is an object, in its order.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// Whether it exports a function under this path.
    pub fn has_function(&self, path: &[&str]) -> bool {
        self.exports.iter().any(|export| export.json.is_none() && export.path == path)
    }

    /// The author's place of a position in the code that runs: `fileName`, `lineNumber` and
    /// `columnNumber` of a function. None in code that is not the author's.
    pub fn place(&self, file: &str, line: usize, column: usize) -> Option<Place> {
        let unit = self.units.iter().find(|unit| unit.file.path == file)?;
        Some(unit.place_of_code(line, column))
    }

    /// Calls an exported function and waits for the promise it may return.
    ///
    /// `arguments` is a JSON list.
    ///
    /// # Errors
    /// [`Reason::Thrown`] with what it threw or was rejected with; [`Reason::NeverSettled`];
    /// [`Reason::NoFunction`]; the limits.
    pub fn call(&self, path: &[&str], arguments: &str) -> Result<Returned, Error> {
        let limit = self.host.limits.call_time;
        let name = path.join(".");
        let path = serde_json::to_string(path).unwrap_or_default();
        let (entry, arguments) = (self.entry.clone(), arguments.to_owned());
        let mut held = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = match held.take() {
            Some(engine) => engine,
            None => start(&self.units, &self.host, &self.entry)?.0,
        };
        let result = engine.run(limit, move |room| {
            let returned = call(room, &entry, &path, &arguments);
            let log = room.take_log();
            match returned? {
                Some((json, arguments)) => Ok(Returned { json, arguments, log }),
                None => Err(Error::nowhere(Reason::NoFunction(name))),
            }
        });
        if !result.as_ref().is_err_and(|error| is_limit(&error.reason)) {
            *held = Some(engine);
        }
        result
    }
}

/// Whether a call was stopped in its middle.
fn is_limit(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::TooLong(_) | Reason::OutOfMemory(_) | Reason::TooManyCalls | Reason::Engine(_)
    )
}

/// An engine that has run the entry file, the JSON of what that exports, and what was logged.
fn start(
    units: &[Unit],
    host: &Host,
    entry: &str,
) -> Result<(Engine, String, Vec<LogLine>), Error> {
    let engine = Engine::start(units.to_vec(), host.clone())?;
    let (name, limit) = (entry.to_owned(), host.limits.load_time);
    let (json, log) = engine.run(limit, move |room| {
        let json = room.timed(limit, || {
            room.within(|_, prelude| {
                prelude.get::<_, Function<'_>>("load")?.call::<_, ()>((name.as_str(),))?;
                prelude.get::<_, Function<'_>>("exports")?.call::<_, String>((name.as_str(),))
            })
        })?;
        Ok((json, room.take_log()))
    })?;
    Ok((engine, json, log))
}

type Answer = Option<(Option<String>, String)>;

fn call(room: &Room, entry: &str, path: &str, arguments: &str) -> Result<Answer, Error> {
    room.timed(room.limits().call_time, || {
        let is_found = room.within(|_, prelude| {
            prelude.get::<_, Function<'_>>("call")?.call::<_, bool>((entry, path, arguments))
        })?;
        if !is_found {
            return Ok(None);
        }
        room.settle()?;
        let result = room.within(|_, prelude| {
            prelude.get::<_, Function<'_>>("result")?.call::<_, Option<Vec<String>>>(())
        })?;
        match result.as_deref() {
            Some([json, arguments, is_undefined]) => {
                let json = (is_undefined != "true").then(|| json.clone());
                Ok(Some((json, arguments.clone())))
            }
            _ => Err(Error::nowhere(Reason::NeverSettled)),
        }
    })
}

fn exports(json: &str) -> Result<Vec<Export>, Error> {
    let unreadable = || Error::nowhere(Reason::NotJson("the exports".to_owned()));
    let list: Vec<serde_json::Value> = serde_json::from_str(json).map_err(|_| unreadable())?;
    let mut seen = HashSet::new();
    let export = |item: serde_json::Value| {
        let path = item.get("path")?.as_array()?.iter().filter_map(|part| part.as_str());
        let path: Vec<String> = path.map(str::to_owned).collect();
        let json = item.get("value").map(ToString::to_string);
        seen.insert(path.clone()).then_some(Export { path, json })
    };
    Ok(list.into_iter().filter_map(export).collect())
}
