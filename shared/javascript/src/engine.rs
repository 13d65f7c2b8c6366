//! One engine on a thread of its own: the files it runs, its limits, its errors with their places.
//!
//! A thread, because an engine may not move between threads, and because one that does not come
//! back can then be left behind: the caller waits for the limit and no longer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{
    CatchResultExt as _, CaughtError, Context, Ctx, Exception, Function, Object, Persistent,
    Runtime, Value,
};

use crate::error::{Error, Place, Reason};
use crate::host::{Host, Limits, LogLevel, LogLine};
use crate::resolve;
use crate::translate::{FILE_STRIDE, Literal, Unit};

/// Lines of the console that are kept; those after it are counted in one.
const MAX_LOG_LINES: usize = 1_000;
/// A line of the console is cut here.
const MAX_LOG_BYTES: usize = 4_096;
/// How long the caller waits beyond the limit for the engine to notice it.
const GRACE: Duration = Duration::from_secs(2);

const PRELUDE: &str = include_str!("prelude.js");

/// What a program finds: the language, without anything that reaches outside.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::WeakRef,
);

type Job = Box<dyn FnOnce(&Room) + Send>;

/// A handle on the thread; the thread ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Engine {
    jobs: Sender<Job>,
}

/// The thread's own.
pub(crate) struct Room {
    /// Dropped before the context it points into.
    bootstrap: Persistent<Object<'static>>,
    context: Context,
    state: Rc<State>,
}

struct State {
    units: Vec<Unit>,
    paths: HashMap<String, usize>,
    host: Host,
    /// When the running job must end, and how long it has in all.
    deadline: Cell<Option<(Instant, Duration)>>,
    log: RefCell<Vec<LogLine>>,
}

impl Engine {
    /// Starts a thread with an engine for these files.
    pub(crate) fn start(units: Vec<Unit>, host: Host) -> Result<Self, Error> {
        let limits = host.limits;
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (ready, started) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            // What the engine counts is not all that is there.
            .stack_size(limits.stack_bytes * 2 + 2 * 1024 * 1024)
            .spawn(move || match Room::open(units, host) {
                Ok(room) => {
                    let _ = ready.send(Ok(()));
                    while let Ok(job) = inbox.recv() {
                        job(&room);
                    }
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            })
            .map_err(|error| Error::nowhere(Reason::Engine(error.to_string())))?;
        started.recv().unwrap_or_else(|_| Err(gone()))?;
        Ok(Self { jobs })
    }

    /// Runs a job on the thread and waits for it, but not longer than the limit.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&Room) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job = Box::new(move |room: &Room| {
            // Nobody waits any more when this fails.
            let _ = answer.send(job(room));
        });
        self.jobs.send(job).map_err(|_| gone())?;
        match answered.recv_timeout(limit + GRACE) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                Err(Error::nowhere(Reason::TooLong(limit.as_millis())))
            }
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

fn gone() -> Error {
    Error::nowhere(Reason::Engine("it has ended".to_owned()))
}

fn failed(error: &rquickjs::Error) -> Error {
    Error::nowhere(Reason::Engine(error.to_string()))
}

impl Room {
    fn open(units: Vec<Unit>, host: Host) -> Result<Self, Error> {
        let runtime = Runtime::new().map_err(|error| failed(&error))?;
        runtime.set_memory_limit(host.limits.memory_bytes);
        runtime.set_max_stack_size(host.limits.stack_bytes);
        let paths =
            (0..).zip(&units).map(|(index, unit)| (unit.file.path.clone(), index)).collect();
        let state = Rc::new(State {
            units,
            paths,
            host,
            deadline: Cell::new(None),
            log: RefCell::new(Vec::new()),
        });
        let watched = Rc::clone(&state);
        runtime.set_interrupt_handler(Some(Box::new(move || watched.late().is_some())));
        let context = Context::builder()
            .with::<Intrinsics>()
            .build(&runtime)
            .map_err(|error| failed(&error))?;
        let bootstrap = context.with(|ctx| {
            let prelude: Function<'_> = evaluate(&ctx, PRELUDE, "prelude.js")?;
            let bootstrap: Object<'_> = prelude.call((offers(&ctx, &state)?,))?;
            Ok(Persistent::save(&ctx, bootstrap))
        });
        let bootstrap = bootstrap.map_err(|error: rquickjs::Error| failed(&error))?;
        Ok(Self { bootstrap, context, state })
    }

    /// Runs `work` under a time limit.
    pub(crate) fn timed<T>(&self, limit: Duration, work: impl FnOnce() -> T) -> T {
        self.state.deadline.set(Instant::now().checked_add(limit).map(|end| (end, limit)));
        let result = work();
        self.state.deadline.set(None);
        result
    }

    /// Runs `work` with the prelude's functions.
    pub(crate) fn within<T>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>, &Object<'js>) -> rquickjs::Result<T>,
    ) -> Result<T, Error> {
        self.context.with(|ctx| {
            let bootstrap = self.bootstrap.clone().restore(&ctx).map_err(|error| failed(&error))?;
            work(&ctx, &bootstrap).catch(&ctx).map_err(|caught| self.error(caught, &bootstrap))
        })
    }

    /// Runs what waits, the reactions of promises, until nothing does.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        loop {
            // Promises may follow promises without end: no code runs long enough to be interrupted.
            if let Some(limit) = self.late() {
                return Err(Error::nowhere(Reason::TooLong(limit.as_millis())));
            }
            match self.context.runtime().execute_pending_job() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                // What a program throws is its promise's: this is a limit of the engine.
                Err(thrown) => thrown.0.with(|ctx| {
                    let bootstrap =
                        self.bootstrap.clone().restore(&ctx).map_err(|error| failed(&error))?;
                    let caught = CaughtError::from_error(&ctx, rquickjs::Error::Exception);
                    Err(self.error(caught, &bootstrap))
                })?,
            }
        }
    }

    /// The limit, when the running job has used it up.
    fn late(&self) -> Option<Duration> {
        self.state.late()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.state.host.limits
    }

    /// The lines of the console since the last time.
    pub(crate) fn take_log(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.state.log.borrow_mut())
    }

    fn error<'js>(&self, caught: CaughtError<'js>, bootstrap: &Object<'js>) -> Error {
        match caught {
            CaughtError::Exception(exception) => self.exception(&exception, bootstrap),
            // The engine throws it when there is no room for an error.
            CaughtError::Value(value) if value.is_null() => {
                Error { place: self.place_of_loop(bootstrap), reason: self.out_of_memory() }
            }
            CaughtError::Value(value) => {
                let thrown = bootstrap
                    .get::<_, Object<'js>>("tools")
                    .and_then(|tools| tools.get::<_, Object<'js>>("thrown"))
                    .and_then(|thrown| thrown.get::<_, f64>("at"));
                let place = thrown.ok().and_then(|at| self.place_of_number(at));
                let reason = Reason::Thrown { name: "Error".to_owned(), message: shown(&value) };
                Error { place, reason }
            }
            CaughtError::Error(error) => failed(&error),
        }
    }

    fn exception<'js>(&self, exception: &Exception<'js>, bootstrap: &Object<'js>) -> Error {
        let message = exception.message().unwrap_or_default();
        let stack = exception.stack().unwrap_or_default();
        let place = self.place(&stack);
        if let Some(limit) = self.late() {
            // The stack of an interrupt does not say which line ran, loops do.
            let place = self.place_of_loop(bootstrap).or(place);
            return Error { place, reason: Reason::TooLong(limit.as_millis()) };
        }
        let name = exception.as_object().get::<_, String>("name").unwrap_or_default();
        Error { place, reason: self.reason(name, message) }
    }

    /// The loop that ran last.
    fn place_of_loop<'js>(&self, bootstrap: &Object<'js>) -> Option<Place> {
        let tools = bootstrap.get::<_, Object<'js>>("tools").ok()?;
        self.place_of_number(tools.get::<_, f64>("at").ok()?)
    }

    fn out_of_memory(&self) -> Reason {
        Reason::OutOfMemory(self.state.host.limits.memory_bytes / (1024 * 1024))
    }

    /// What an error of this name and message says.
    pub(crate) fn reason(&self, name: String, message: String) -> Reason {
        match (name.as_str(), message.as_str()) {
            ("InternalError", "out of memory") => self.out_of_memory(),
            ("RangeError" | "InternalError", "Maximum call stack size exceeded") => {
                Reason::TooManyCalls
            }
            ("SyntaxError", _) => Reason::Syntax(message),
            _ => Reason::Thrown { name, message },
        }
    }

    /// The first line of a stack that stands in one of the files.
    pub(crate) fn place(&self, stack: &str) -> Option<Place> {
        stack.lines().find_map(|line| {
            let frame = line.trim().strip_prefix("at ")?;
            let position = match frame.rsplit_once(" (") {
                Some((_, position)) => position.strip_suffix(')')?,
                None => frame,
            };
            let (rest, column) = position.rsplit_once(':')?;
            let (path, line) = rest.rsplit_once(':')?;
            let unit = self.state.units.get(*self.state.paths.get(path)?)?;
            Some(unit.place_of_code(line.parse().ok()?, column.parse().ok()?))
        })
    }

    /// The place a number of [`FILE_STRIDE`] stands for.
    pub(crate) fn place_of_number(&self, number: f64) -> Option<Place> {
        let (unit, offset) = self.split(number)?;
        Some(unit.place(offset))
    }

    /// Where a value stands that is evaluated late.
    pub(crate) fn place_of_late(&self, number: f64) -> Option<Place> {
        let (unit, index) = self.split(number)?;
        unit.marks.late.get(index).map(|offset| unit.place(*offset))
    }

    /// Where a name stands inside such a value.
    pub(crate) fn place_of_reference(&self, number: f64) -> Option<Place> {
        let (unit, index) = self.split(number)?;
        unit.marks.references.get(index).map(|offset| unit.place(*offset))
    }

    /// An object or list literal.
    pub(crate) fn literal(&self, number: f64) -> Option<(&Unit, &Literal)> {
        let (unit, index) = self.split(number)?;
        Some((unit, unit.marks.literals.get(index)?))
    }

    fn split(&self, number: f64) -> Option<(&Unit, usize)> {
        let (file, rest) = self.index(number)?;
        Some((self.state.units.get(file)?, rest))
    }

    /// The position of a number's file, and its rest.
    #[expect(clippy::unused_self, reason = "numbers are this room's own")]
    pub(crate) fn index(&self, number: f64) -> Option<(usize, usize)> {
        if !(0.0..1e15).contains(&number) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a whole number between 0 and 1e15"
        )]
        let number = number as usize;
        Some((number / FILE_STRIDE, number % FILE_STRIDE))
    }
}

impl State {
    fn late(&self) -> Option<Duration> {
        let (end, limit) = self.deadline.get()?;
        (Instant::now() >= end).then_some(limit)
    }

    fn say(&self, level: &str, text: &str) {
        let mut log = self.log.borrow_mut();
        let level = match level {
            "debug" => LogLevel::Debug,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            _ => LogLevel::Info,
        };
        if log.len() < MAX_LOG_LINES {
            let mut text: String = text.chars().take(MAX_LOG_BYTES).collect();
            text.shrink_to_fit();
            log.push(LogLine { level, text });
        } else if log.len() == MAX_LOG_LINES {
            let text = format!("more than {MAX_LOG_LINES} lines: the rest is left out");
            log.push(LogLine { level: LogLevel::Warn, text });
        }
    }

    /// What to tell an author who imports what is not there.
    fn why_absent(&self, wanted: &str) -> String {
        if wanted.starts_with('.') {
            return format!("there is no file `{wanted}` beside this one");
        }
        let name = wanted.strip_prefix("node:").unwrap_or(wanted);
        if let Some(why) = self.host.absent.get(name) {
            return format!("module `{wanted}` is not available: {why}");
        }
        let names = self.host.modules.keys().map(|name| format!("`{name}`"));
        let there: Vec<String> =
            std::iter::once("files (`./name`)".to_owned()).chain(names).collect();
        format!("module `{wanted}` is not available: only {} are", there.join(", "))
    }
}

fn shown(value: &Value<'_>) -> String {
    if let Some(text) = value.as_string() {
        return text.to_string().unwrap_or_default();
    }
    let json = value.ctx().json_stringify(value.clone()).ok().flatten();
    json.and_then(|json| json.to_string().ok()).unwrap_or_else(|| value.type_of().to_string())
}

pub(crate) fn evaluate<'js, T: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    code: &str,
    name: &str,
) -> rquickjs::Result<T> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(code, options)
}

/// The functions the prelude is given.
fn offers<'js>(ctx: &Ctx<'js>, state: &Rc<State>) -> rquickjs::Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    let of = Rc::clone(state);
    host.set("now", Function::new(ctx.clone(), move || of.host.clock.as_ref().map(|now| now()))?)?;
    let of = Rc::clone(state);
    let chance = move || of.host.chance.as_ref().map(|chance| chance());
    host.set("random", Function::new(ctx.clone(), chance)?)?;
    let of = Rc::clone(state);
    let say = move |level: String, text: String| of.say(&level, &text);
    host.set("log", Function::new(ctx.clone(), say)?)?;
    let of = Rc::clone(state);
    let environment =
        move || serde_json::to_string(&of.host.environment).unwrap_or_else(|_| "{}".to_owned());
    host.set("environment", Function::new(ctx.clone(), environment)?)?;
    let of = Rc::clone(state);
    let resolved = move |ctx: Ctx<'js>, from: String, wanted: String| {
        let found = resolve::resolve(&from, &wanted, |path| of.paths.contains_key(path))
            .or_else(|| of.host.modules.contains_key(&wanted).then(|| wanted.clone()));
        found.ok_or_else(|| Exception::throw_type(&ctx, &of.why_absent(&wanted)))
    };
    host.set("resolve", Function::new(ctx.clone(), resolved)?)?;
    let of = Rc::clone(state);
    let compile = move |ctx: Ctx<'js>, name: String| -> rquickjs::Result<Function<'js>> {
        if let Some(unit) = of.paths.get(&name).and_then(|index| of.units.get(*index)) {
            return evaluate(&ctx, &unit.edited.code, &name);
        }
        let text = of.host.modules.get(&name).map_or("", String::as_str);
        let head = "(function(exports,require,module,__filename,__dirname,$tessera,call){";
        evaluate(&ctx, &format!("{head}{text}\n}})"), &name)
    };
    host.set("compile", Function::new(ctx.clone(), compile)?)?;
    let of = Rc::clone(state);
    let call = move |ctx: Ctx<'js>, name: String, values: String| {
        let Some(function) = of.host.functions.get(&name) else {
            return Err(Exception::throw_type(&ctx, &format!("the host has no `{name}`")));
        };
        function(&values).map_err(|message| Exception::throw_type(&ctx, &message))
    };
    host.set("call", Function::new(ctx.clone(), call)?)?;
    Ok(host)
}
