//! Models by the files they were compiled from and by what they read of the compile context.

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

/// Sets of places that models of the same files were seen to read. What is read may depend on what
/// was read before, so there can be several; more than this are an author's loop over the context.
const MAX_SHAPES: usize = 64;

/// How long a model that does not compile is not compiled again.
const FAILURE_KEPT: Duration = Duration::from_secs(30);

/// Files of a data model.
pub(super) struct Sources {
    /// What tells them from others.
    pub(super) content: Content,
    /// How long they are together.
    pub(super) bytes: usize,
    /// What makes a model of them.
    pub(super) compile: Compile,
}

/// The SHA-256 of files.
pub(super) type Content = [u8; 32];

/// How many models are kept: those that were used last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// So many, and one at least.
    pub(super) models: usize,
    /// As many as have files of so many bytes together. A model takes about twelve times the length
    /// of its files in memory (measured with 200 cubes of ordinary size).
    pub(super) source_bytes: usize,
}

impl Default for Room {
    /// 1,000 models, and some 150 MiB in memory.
    fn default() -> Self {
        Self { models: 1_000, source_bytes: 12 << 20 }
    }
}

/// Compiled models.
pub(super) struct CompiledModels {
    known: Mutex<Known>,
    /// One compilation at a time: whoever waits for another finds its result.
    compiling: tokio::sync::Mutex<()>,
}

struct Known {
    /// By content: the places that its models read.
    shapes: LruCache<Content, Vec<Shape>>,
    outcomes: LruCache<Key, Kept>,
    source_bytes: usize,
    room: Room,
}

/// The places that a model reads, in order and each once.
type Shape = Arc<[Read]>;

/// What decides a model: its files, the places it reads and what stands there, as JSON.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    content: Content,
    shape: Shape,
    values: String,
}

struct Kept {
    outcome: Outcome,
    source_bytes: usize,
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
    /// Keeps as many models as there is room for.
    pub(super) fn new(room: Room) -> Self {
        let capacity = NonZeroUsize::new(room.models).unwrap_or(NonZeroUsize::MIN);
        let known = Known {
            shapes: LruCache::new(capacity),
            outcomes: LruCache::new(capacity),
            source_bytes: 0,
            room,
        };
        Self { known: Mutex::new(known), compiling: tokio::sync::Mutex::new(()) }
    }

    /// The model of these files for a compile context, when it is here.
    pub(super) fn find(
        &self,
        content: &Content,
        context: &Map<String, Value>,
    ) -> Option<Result<Arc<Served>, Error>> {
        self.known().find(content, context).map(Outcome::result)
    }

    /// The model of these files for a compile context, compiled now unless it is here.
    ///
    /// # Errors
    /// [`Error::Model`] when there is none.
    pub(super) async fn serving(
        &self,
        sources: &Sources,
        context: Map<String, Value>,
    ) -> Result<Arc<Served>, Error> {
        if let Some(found) = self.find(&sources.content, &context) {
            return found;
        }
        let _turn = self.compiling.lock().await;
        if let Some(found) = self.find(&sources.content, &context) {
            return found;
        }
        let compile = Arc::clone(&sources.compile);
        let task = tokio::task::spawn_blocking(move || (compile(&context), context));
        let (attempt, context) = task.await.map_err(|_lost| Error::Panicked)?;
        self.known().keep(sources, &context, attempt).result()
    }

    /// Keeps a model of files that read nothing of the compile context.
    pub(super) fn keep(&self, content: Content, served: Arc<Served>) {
        let mut known = self.known();
        known.shapes.put(content, vec![Shape::from([])]);
        let key = Key::of(&content, &Shape::from([]), &Map::new());
        known.put(key, Kept { outcome: Outcome::Served(served), source_bytes: 0 });
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
    fn find(&mut self, content: &Content, context: &Map<String, Value>) -> Option<Outcome> {
        for shape in self.shapes.get(content)? {
            match self.outcomes.get(&Key::of(content, shape, context)).map(|kept| &kept.outcome) {
                Some(Outcome::Broken { at, .. }) if at.elapsed() >= FAILURE_KEPT => return None,
                Some(outcome) => return Some(outcome.clone()),
                None => {}
            }
        }
        None
    }

    fn keep(
        &mut self,
        sources: &Sources,
        context: &Map<String, Value>,
        attempt: Attempt,
    ) -> Outcome {
        let mut reads: Vec<Read> = Vec::new();
        for read in attempt.reads {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        let shape = self.shape(&sources.content, reads.into());
        let unsafe_read = shape.iter().find(|read| !is_safe(context, read));
        let outcome = match (unsafe_read, attempt.model) {
            (Some(read), _) => Outcome::Unsafe { path: read.path.join(".").into() },
            (None, Ok(model)) => Outcome::Served(Arc::new(Served::new(model))),
            (None, Err(reason)) => Outcome::Broken { reason: reason.into(), at: Instant::now() },
        };
        let is_model = matches!(outcome, Outcome::Served(_));
        let source_bytes = if is_model { sources.bytes } else { 0 };
        let key = Key::of(&sources.content, &shape, context);
        self.put(key, Kept { outcome: outcome.clone(), source_bytes });
        outcome
    }

    /// The known shape that is equal, or this one from now on.
    fn shape(&mut self, content: &Content, shape: Shape) -> Shape {
        let shapes = self.shapes.get_or_insert_mut(*content, Vec::new);
        if let Some(known) = shapes.iter().find(|known| **known == shape) {
            return Arc::clone(known);
        }
        if shapes.len() >= MAX_SHAPES {
            shapes.clear();
        }
        shapes.push(Arc::clone(&shape));
        shape
    }

    fn put(&mut self, key: Key, kept: Kept) {
        self.source_bytes += kept.source_bytes;
        let gone = self.outcomes.push(key, kept);
        self.source_bytes -= gone.map_or(0, |(_, gone)| gone.source_bytes);
        while self.source_bytes > self.room.source_bytes && self.outcomes.len() > 1 {
            let oldest = self.outcomes.pop_lru();
            self.source_bytes -= oldest.map_or(0, |(_, oldest)| oldest.source_bytes);
        }
    }
}

impl Key {
    fn of(content: &Content, shape: &Shape, context: &Map<String, Value>) -> Self {
        let mut text = String::new();
        for read in shape.iter() {
            // No JSON holds a raw line feed.
            text.push_str(&seen(context, read));
            text.push('\n');
        }
        Self { content: *content, shape: Arc::clone(shape), values: text }
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
