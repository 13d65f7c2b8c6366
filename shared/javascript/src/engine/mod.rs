//! One engine on a thread of its own: the files it runs, and its limits.
//!
//! A thread, because an engine may not move between threads, and because one that does not come
//! back can then be left behind: the caller waits for the limit and no longer.

mod offers;
mod places;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{CatchResultExt as _, Context, Ctx, Function, Object, Persistent, Runtime};

use crate::error::{Error, Reason};
use crate::host::{Host, Limits, LogLine};
use crate::translate::Unit;
use offers::offers;

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
                Err(_) => self.within(|_, _| Err::<(), _>(rquickjs::Error::Exception))?,
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
}

impl State {
    fn late(&self) -> Option<Duration> {
        let (end, limit) = self.deadline.get()?;
        (Instant::now() >= end).then_some(limit)
    }
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
