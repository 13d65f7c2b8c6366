//! A project that was loaded: which options it has, and the program behind its hooks.

use std::collections::BTreeMap;

use javascript::{Clock, Host, HostFunction, LogLine, Place, Program, SourceFile};
use serde_json::Value;

use crate::error::{Error, Hook, Mistake};
use crate::modules;
use crate::options::{Treatment, treatment};
use crate::tokens::TokenRules;

const BRIDGE: &str = include_str!("bridge.js");
/// Beside `cube.js`; no author names a file like this.
const BRIDGE_FILE: &str = "$tessera.js";

/// What a project is given besides its files.
#[derive(Clone, Default)]
pub struct Given {
    /// `process.env`.
    pub environment: BTreeMap<String, String>,
    /// The time.
    pub clock: Option<Clock>,
    /// The files of a folder of the project, for `new FileRepository('folder')`: the folder as a
    /// JSON list of one text, to JSON `[{"fileName": ..., "content": ...}]`.
    pub read_folder: Option<HostFunction>,
    /// What holds for the tokens that the code verifies and signs.
    pub token_rules: TokenRules,
}

/// A loaded `cube.js`.
pub struct Project {
    pub(crate) program: Program,
    /// The name of the file, for errors.
    pub(crate) file: String,
    hooks: Vec<Hook>,
    pub(crate) settings: Vec<(String, Held)>,
    notices: Vec<String>,
}

impl std::fmt::Debug for Project {
    /// Names only: the code and its values may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project")
            .field("file", &self.file)
            .field("hooks", &self.hooks)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What an option holds.
#[derive(Clone, PartialEq)]
pub(crate) enum Held {
    Function,
    /// A regular expression.
    Pattern,
    /// Nested deeper than any option is.
    Other,
    Value(Value),
    List(Vec<Held>),
    Object(Vec<(String, Held)>),
}

impl std::fmt::Debug for Held {
    /// The form only: the values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Function => "a function",
            Self::Pattern => "a regular expression",
            Self::Other => "something deep",
            Self::Value(_) => "a value",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        })
    }
}

/// Functions of which a request has no use when the project lacks them.
const HOOKS: &[&str] = &[
    "queryRewrite",
    "queryTransformer",
    "checkAuth",
    "contextToAppId",
    "contextToOrchestratorId",
    "contextToGroups",
    "contextToRoles",
    "contextToApiScopes",
    "extendContext",
    "schemaVersion",
    "repositoryFactory",
    "driverFactory",
];

impl Project {
    /// Runs `entry` (`cube.js`), one of `files`, and reads its options; also what it wrote with
    /// `console`.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn load(
        mut files: Vec<SourceFile>,
        entry: &str,
        given: Given,
    ) -> Result<(Self, Vec<LogLine>), Error> {
        let text = BRIDGE.replace("$ENTRY", &format!("./{entry}"));
        files.push(SourceFile { path: BRIDGE_FILE.to_owned(), text });
        let host = Host {
            modules: modules::modules(),
            absent: modules::absent(),
            functions: modules::functions(&given),
            environment: given.environment,
            clock: given.clock,
            chance: Some(std::sync::Arc::new(fastrand::f64)),
            ..Host::default()
        };
        let (program, mut log) = Program::load(files, BRIDGE_FILE, host)
            .map_err(|errors| Error(errors.into_iter().map(Mistake::Code).collect()))?;
        let described =
            program.call(&["describe"], "[]").map_err(|error| Error(vec![error.into()]))?;
        log.extend(described.log);
        let json = described.json.and_then(|json| serde_json::from_str(&json).ok());
        let Some(Value::Array(options)) = json else {
            return Err(Error(vec![Mistake::NoOptions { file: entry.to_owned() }]));
        };
        let mut project = Self {
            program,
            file: entry.to_owned(),
            hooks: Vec::new(),
            settings: Vec::new(),
            notices: Vec::new(),
        };
        let mut mistakes = Vec::new();
        for option in options {
            let place = project.place(option.get(2));
            let Some((name, held)) = named(option) else { continue };
            if let Err(mistake) = project.read(name, held, place) {
                mistakes.push(mistake);
            }
        }
        mistakes.extend(project.contradictions());
        if let Err(Error(others)) = project.variables() {
            mistakes.extend(others);
        }
        if mistakes.is_empty() { Ok((project, log)) } else { Err(Error(mistakes)) }
    }

    /// The author's place of `[file, line, column]` in the code that runs.
    fn place(&self, position: Option<&Value>) -> Option<Place> {
        let [file, line, column] = position?.as_array()?.as_slice() else { return None };
        let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
        self.program.place(file.as_str()?, number(line)?, number(column)?)
    }

    fn read(&mut self, name: String, held: Held, place: Option<Place>) -> Result<(), Mistake> {
        let file = self.file.clone();
        match treatment(&name) {
            Err(nearest) => return Err(Mistake::Unknown { file, name, nearest }),
            Ok(Treatment::Refused(reason)) => return Err(Mistake::Refused { file, name, reason }),
            Ok(Treatment::Ignored(reason)) => {
                self.notices.push(format!("{file}: `{name}` has no effect: {reason}"));
            }
            Ok(Treatment::Hook) => {
                if held != Held::Function {
                    return Err(Mistake::Form { file, name, expected: "a function" });
                }
                let known = HOOKS.iter().find(|known| **known == name);
                self.hooks.extend(known.map(|name| Hook { name, place: place.map(Box::new) }));
            }
            Ok(Treatment::Setting) => self.settings.push((name, held)),
        }
        Ok(())
    }

    fn contradictions(&self) -> impl Iterator<Item = Mistake> {
        let pairs = [("queryRewrite", "queryTransformer"), ("contextToGroups", "contextToRoles")];
        pairs
            .into_iter()
            .filter(|(one, other)| self.has(one) && self.has(other))
            .map(|(one, other)| Mistake::Both { file: self.file.clone(), one, other })
    }

    /// Whether the project has this function.
    pub fn has(&self, hook: &str) -> bool {
        self.hooks.iter().any(|known| known.name == hook)
    }

    /// The function of this name, and where it stands.
    pub fn hook(&self, name: &'static str) -> Hook {
        let known = self.hooks.iter().find(|known| known.name == name);
        known.cloned().unwrap_or(Hook { name, place: None })
    }

    /// What was accepted without effect, for the log at the start.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}

/// Name and value of one of the bridge's lists.
pub(crate) fn named(item: Value) -> Option<(String, Held)> {
    let Value::Array(items) = item else { return None };
    let mut items = items.into_iter();
    match (items.next()?, items.next()?) {
        (Value::String(name), held) => Some((name, Held::of(held))),
        _ => None,
    }
}

impl Held {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Value(value) = self { value.as_str() } else { None }
    }

    fn of(described: Value) -> Self {
        let Value::Object(mut members) = described else { return Self::Other };
        let mut take = |name: &str| members.remove(name);
        match take("kind").as_ref().and_then(Value::as_str) {
            Some("function") => Self::Function,
            Some("pattern") => Self::Pattern,
            Some("value") => take("value").map_or(Self::Other, Self::Value),
            Some("list") => match take("items") {
                Some(Value::Array(items)) => Self::List(items.into_iter().map(Self::of).collect()),
                _ => Self::Other,
            },
            Some("object") => match take("members") {
                Some(Value::Array(items)) => {
                    Self::Object(items.into_iter().filter_map(named).collect())
                }
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}
