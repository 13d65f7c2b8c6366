//! Metrics as lines of the log: the embedded metric format of Amazon CloudWatch, which makes metrics of what a function
//! prints, without a call of its API (Amazon CloudWatch User Guide, "Specification: Embedded metric format").
//!
//! A metric is a number; a dimension is a word that metrics are told apart by, and costs money for each of its values; a
//! property is found in the log alone. None of them is a token, a claim or a value of a query.
//!
//! | file | what |
//! |---|---|
//! | `measure` | one number with its unit |
//! | `line` | the line |

mod line;
mod measure;

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use line::Line;
pub use measure::{Measure, Unit};

/// What the metrics of this product are called together, in CloudWatch.
pub const NAMESPACE: &str = "Tessera";

/// Where the metrics of one process go.
pub struct Metrics {
    function: String,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    sink: Mutex<Box<dyn Write + Send>>,
}

impl Metrics {
    /// Those of a function of this name. `clock` tells wall time since 1970-01-01 UTC.
    pub fn new(
        function: String,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
        sink: impl Write + Send + 'static,
    ) -> Self {
        Self { function, clock: Box::new(clock), sink: Mutex::new(Box::new(sink)) }
    }

    /// Writes a line, whole, before it returns. Without a measure there is none.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write(&self, line: &Line<'_>) -> io::Result<()> {
        if line.measures.is_empty() {
            return Ok(());
        }
        let mut text = serde_json::to_vec(&line.document(&self.function, (self.clock)()))?;
        text.push(b'\n');
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").field("function", &self.function).finish_non_exhaustive()
    }
}
