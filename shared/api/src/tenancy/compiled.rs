//! Models by what they read of the compile context.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use compiler::Read;
use lru::LruCache;
use serde_json::{Map, Value};
use tokio::time::{Duration, Instant};

use super::{
    Attempt, Compile, Served,
    compile::{is_safe, seen},
};
use crate::error::Error;

/// Sets of places that models were seen to read. What is read may depend on what was read before,
/// so there can be several; more than this are an author's loop over the context.
const MAX_SHAPES: usize = 64;

/// How long a model that does not compile is not compiled again.
const FAILURE_KEPT: Duration = Duration::from_secs(30);

/// Compiled models, and what makes more of them.
pub(super) struct CompiledModels {
    compile: Compile,
    known: Mutex<Known>,
    /// One compilation at a time: whoever waits for another finds its result.
    compiling: tokio::sync::Mutex<()>,
}

struct Known {
    shapes: Vec<Shape>,
    outcomes: LruCache<Key, Outcome>,
}

/// The places that a model reads, in order and each once.
type Shape = Arc<[Read]>;

/// What decides a model: the places it reads and what stands there, as JSON.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    shape: Shape,
    values: String,
}

#[derive(Clone)]
enum Outcome {
    Served(Arc<Served>),
    /// A claim that it reads may not come near SQL.
    Unsafe {
        path: Arc<str>,
    },
    Broken {
        reason: Arc<str>,
        at: Instant,
    },
}

impl CompiledModels {
    /// Keeps `capacity` models at most, those that were used last.
    pub(super) fn new(compile: Compile, capacity: usize) -> Self {
        let capacity = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        let known = Known { shapes: Vec::new(), outcomes: LruCache::new(capacity) };
        Self { compile, known: Mutex::new(known), compiling: tokio::sync::Mutex::new(()) }
    }

    /// The model for a compile context.
    ///
    /// # Errors
    /// [`Error::Model`] when there is none.
    pub(super) async fn serving(&self, context: Map<String, Value>) -> Result<Arc<Served>, Error> {
        if let Some(outcome) = self.known().find(&context) {
            return outcome.result();
        }
        let _turn = self.compiling.lock().await;
        if let Some(outcome) = self.known().find(&context) {
            return outcome.result();
        }
        let compile = Arc::clone(&self.compile);
        let task = tokio::task::spawn_blocking(move || (compile(&context), context));
        let (attempt, context) = task.await.map_err(|_lost| Error::Panicked)?;
        self.known().keep(&context, attempt).result()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing in the sections under this lock can panic.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known().outcomes.len()
    }
}

impl Known {
    fn find(&mut self, context: &Map<String, Value>) -> Option<Outcome> {
        for shape in &self.shapes {
            match self.outcomes.get(&Key::of(shape, context)) {
                Some(Outcome::Broken { at, .. }) if at.elapsed() >= FAILURE_KEPT => return None,
                Some(outcome) => return Some(outcome.clone()),
                None => {}
            }
        }
        None
    }

    fn keep(&mut self, context: &Map<String, Value>, attempt: Attempt) -> Outcome {
        let mut reads: Vec<Read> = Vec::new();
        for read in attempt.reads {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        let shape = match self.shapes.iter().find(|shape| ***shape == *reads) {
            Some(shape) => Arc::clone(shape),
            None => self.add_shape(reads.into()),
        };
        let unsafe_read = shape.iter().find(|read| !is_safe(context, read));
        let outcome = match (unsafe_read, attempt.model) {
            (Some(read), _) => Outcome::Unsafe { path: read.path.join(".").into() },
            (None, Ok(model)) => Outcome::Served(Arc::new(Served::new(model))),
            (None, Err(reason)) => Outcome::Broken { reason: reason.into(), at: Instant::now() },
        };
        self.outcomes.put(Key::of(&shape, context), outcome.clone());
        outcome
    }

    fn add_shape(&mut self, shape: Shape) -> Shape {
        if self.shapes.len() >= MAX_SHAPES {
            self.shapes.clear();
            self.outcomes.clear();
        }
        self.shapes.push(Arc::clone(&shape));
        shape
    }
}

impl Key {
    fn of(shape: &Shape, context: &Map<String, Value>) -> Self {
        let mut text = String::new();
        for read in shape.iter() {
            // No JSON holds a raw line feed.
            text.push_str(&seen(context, read));
            text.push('\n');
        }
        Self { shape: Arc::clone(shape), values: text }
    }
}

impl Outcome {
    fn result(self) -> Result<Arc<Served>, Error> {
        match self {
            Self::Served(served) => Ok(served),
            Self::Unsafe { path } => Err(Error::UnsafeCompileContext { path: path.to_string() }),
            Self::Broken { reason, .. } => Err(Error::Model { reason }),
        }
    }
}
