//! Lines to where the log goes, one after the other.

use std::{
    fmt,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    chain::{Chain, timestamp},
    flood::Flood,
    line::Line,
};

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A request may have what it asks for.
    Allowed,
    /// A caller got a token.
    Issued,
    /// A caller had a token taken back.
    Revoked,
    /// A caller was told about a token.
    Introspected,
    /// The answer to an allowed request was handed over to its last byte.
    Finished,
    /// The answer to an allowed request was not handed over to its last byte.
    Aborted,
}

impl Outcome {
    /// The word that the line has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Issued => "issued",
            Self::Revoked => "revoked",
            Self::Introspected => "introspected",
            Self::Finished => "finished",
            Self::Aborted => "aborted",
        }
    }
}

/// What became of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has a line.
    Written,
    /// It is one of too many within a second, and counted. [`Log::settle`] writes the count once
    /// the second is over; every other line does so too.
    Omitted,
}

/// The audit log of one process: a chain of its own.
///
/// Lines are written whole, in the order of their numbers, before the call returns.
pub struct Log {
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    sink: Box<dyn Write + Send>,
    chain: Chain,
    flood: Flood,
    /// The line that is being made. Kept, so that none is allocated for each.
    line: Vec<u8>,
    /// Whether the sink may have taken a part of a line.
    is_torn: bool,
}

impl Log {
    /// A log that nothing was written to.
    ///
    /// `instance` tells its lines from those of every other process: plain ASCII without quotes,
    /// never used before. `clock` tells wall time since 1970-01-01 UTC.
    pub fn new(
        instance: String,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
        sink: impl Write + Send + 'static,
    ) -> Self {
        let state = State {
            sink: Box::new(sink),
            chain: Chain::new(instance),
            flood: Flood::default(),
            line: Vec::new(),
            is_torn: false,
        };
        Self { clock: Box::new(clock), state: Mutex::new(state) }
    }

    /// Writes a line.
    ///
    /// # Errors
    /// Those of the sink; the line does not count then.
    pub fn write(&self, outcome: Outcome, fields: impl FnOnce(&mut Line<'_>)) -> io::Result<()> {
        let (mut state, now) = self.lock();
        state.settle(now, Some(now.as_secs()))?;
        state.write(now, outcome.as_str(), fields)
    }

    /// Writes the line of a refusal, unless there are too many of this reason.
    ///
    /// # Errors
    /// Those of the sink; the line does not count then.
    pub fn refuse(
        &self,
        reason: &'static str,
        fields: impl FnOnce(&mut Line<'_>),
    ) -> io::Result<Refusal> {
        let (mut state, now) = self.lock();
        state.settle(now, Some(now.as_secs()))?;
        if !state.flood.admits(reason, now.as_secs()) {
            return Ok(Refusal::Omitted);
        }
        state.write(now, "refused", |line| {
            line.text("reason", reason);
            fields(line);
        })?;
        Ok(Refusal::Written)
    }

    /// Writes how many refusals were left out in seconds that are over. Whether that is all, because
    /// none was in the second that is not.
    ///
    /// # Errors
    /// Those of the sink; what is left is written later.
    pub fn settle(&self) -> io::Result<bool> {
        let (mut state, now) = self.lock();
        state.settle(now, Some(now.as_secs()))?;
        Ok(state.flood.omission(None).is_none())
    }

    /// The time is taken under the lock, so that it does not go back from one line to the next.
    fn lock(&self) -> (MutexGuard<'_, State>, Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        (state, now)
    }
}

impl State {
    fn write(
        &mut self,
        now: Duration,
        outcome: &str,
        fields: impl FnOnce(&mut Line<'_>),
    ) -> io::Result<()> {
        let hash = self.chain.line(&mut self.line, now, outcome, fields);
        if self.is_torn {
            self.sink.write_all(b"\n")?;
        }
        self.is_torn = true;
        self.sink.write_all(&self.line)?;
        self.sink.flush()?;
        self.is_torn = false;
        self.chain.advance(hash);
        Ok(())
    }

    fn settle(&mut self, now: Duration, except: Option<u64>) -> io::Result<()> {
        while let Some(omission) = self.flood.omission(except) {
            let since = timestamp(Duration::from_secs(omission.second)).to_string();
            self.write(now, "omitted", |line| {
                line.text("reason", omission.reason);
                line.text("since", since.as_str());
                line.number("lines", omission.count);
            })?;
            self.flood.told(&omission);
        }
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (mut state, now) = self.lock();
        // Nobody is left to tell.
        let _ = state.settle(now, None);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };

    use serde_json::Value;

    use super::*;
    use crate::check;

    /// What was written, and whether the next write fails half way.
    #[derive(Clone, Default)]
    struct Sink {
        text: Arc<Mutex<Vec<u8>>>,
        is_full: Arc<AtomicBool>,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut text = self.text.lock().unwrap();
            if self.is_full.load(Ordering::Relaxed) {
                text.extend_from_slice(&bytes[..bytes.len() / 2]);
                return Err(io::ErrorKind::StorageFull.into());
            }
            text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
        }

        fn lines(&self) -> Vec<Value> {
            self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    fn log(sink: &Sink, second: &Arc<AtomicU64>) -> Log {
        let second = Arc::clone(second);
        let clock = move || Duration::from_secs(second.load(Ordering::Relaxed));
        Log::new("i1".to_owned(), clock, sink.clone())
    }

    #[test]
    fn a_flood_of_refusals_is_sampled_and_counted_and_the_chain_is_whole() {
        let (sink, second) = (Sink::default(), Arc::new(AtomicU64::new(7)));
        let log = log(&sink, &second);
        let omitted = (0..1_234)
            .filter(|_| log.refuse("bad_signature", |_| ()).unwrap() == Refusal::Omitted)
            .count();
        assert_eq!(omitted, 1_134);
        log.write(Outcome::Allowed, |_| ()).unwrap();
        assert!(!log.settle().unwrap(), "the second is not over");
        assert_eq!(sink.lines().len(), 101);
        second.store(8, Ordering::Relaxed);
        assert!(log.settle().unwrap());
        assert!(log.settle().unwrap());
        let lines = sink.lines();
        assert_eq!(lines.len(), 102);
        let last = lines.last().unwrap();
        assert_eq!(
            (&last["outcome"], &last["reason"]),
            (&"omitted".into(), &"bad_signature".into())
        );
        assert_eq!(
            (&last["lines"], &last["since"]),
            (&1_134.into(), &"1970-01-01T00:00:07Z".into())
        );
        assert!(check(sink.text().as_bytes()).unwrap().is_whole());
    }

    #[test]
    fn what_was_left_out_is_told_before_anything_else_and_at_the_end() {
        let (sink, second) = (Sink::default(), Arc::new(AtomicU64::new(7)));
        let log = log(&sink, &second);
        let flood = || {
            for _ in 0..101 {
                log.refuse("expired", |_| ()).unwrap();
            }
        };
        flood();
        second.store(8, Ordering::Relaxed);
        log.write(Outcome::Allowed, |_| ()).unwrap();
        flood();
        drop(log);
        let outcomes: Vec<Value> =
            sink.lines().into_iter().map(|mut line| line["outcome"].take()).collect();
        assert_eq!(outcomes[100..102], ["omitted", "allowed"]);
        assert_eq!(outcomes.last().unwrap(), "omitted");
        assert_eq!(outcomes.len(), 203);
    }

    #[test]
    fn a_line_that_could_not_be_written_does_not_count() {
        let (sink, second) = (Sink::default(), Arc::default());
        let log = log(&sink, &second);
        log.write(Outcome::Allowed, |_| ()).unwrap();
        sink.is_full.store(true, Ordering::Relaxed);
        assert!(log.write(Outcome::Allowed, |_| ()).is_err());
        sink.is_full.store(false, Ordering::Relaxed);
        log.write(Outcome::Finished, |_| ()).unwrap();
        let text = sink.text();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["outcome"], &last["sequence"]), (&"finished".into(), &2.into()));
    }

    #[test]
    fn lines_of_many_threads_are_one_chain() {
        let (sink, second) = (Sink::default(), Arc::default());
        let log = log(&sink, &second);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    (0..100).for_each(|_| log.write(Outcome::Allowed, |_| ()).unwrap());
                });
            }
        });
        assert_eq!(sink.lines().len(), 800);
        assert!(check(sink.text().as_bytes()).unwrap().is_whole());
    }
}
