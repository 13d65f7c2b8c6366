//! What a program may ask its host for. All of it is nothing unless given.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A function of the host's: the arguments as a JSON list, to JSON or the message of an error.
///
/// No answer is `undefined`.
pub type HostFunction = Arc<dyn Fn(&str) -> Result<Option<String>, String> + Send + Sync>;

/// Milliseconds since 1970, as `Date.now()` gives them.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// A number from 0 up to, but not including, 1, as `Math.random()` gives it.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// What is given to a program besides its files.
#[derive(Clone, Default)]
pub struct Host {
    /// Modules that are imported by name (`jsonwebtoken`): each the text of a `CommonJS` module of
    /// ours. Besides `exports`, `require` and `module` it sees `call(name, ...values)`, which calls
    /// one of [`functions`](Self::functions) and gives back its answer.
    pub modules: BTreeMap<String, String>,
    /// Modules that authors know from elsewhere and that are not here, each with the reason or what to
    /// do instead.
    pub absent: BTreeMap<String, String>,
    /// What the modules call. The message of an error is thrown as a `TypeError`: it is a mistake of
    /// the code's, never a refusal of its author's.
    pub functions: BTreeMap<String, HostFunction>,
    /// `process.env`.
    pub environment: BTreeMap<String, String>,
    /// Without one, asking for the time is an error that says so.
    pub clock: Option<Clock>,
    /// Without one, `Math.random()` is an error that says so.
    pub chance: Option<Chance>,
    /// How much a program may use.
    pub limits: Limits,
}

impl fmt::Debug for Host {
    /// Names only: the values of the environment may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("modules", &self.modules.keys())
            .field("functions", &self.functions.keys())
            .field("environment", &self.environment.keys())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// How much a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All values together, in bytes.
    pub memory_bytes: usize,
    /// Calls in calls, in bytes of stack.
    pub stack_bytes: usize,
    /// Loading all files.
    pub load_time: Duration,
    /// One call of an exported function, promises included.
    pub call_time: Duration,
}

impl Default for Limits {
    /// Many times what the largest model seen needs: 128 MiB, 1 MiB of stack, 5 seconds to load
    /// and 5 for a call.
    fn default() -> Self {
        Self {
            memory_bytes: 128 * 1024 * 1024,
            stack_bytes: 1024 * 1024,
            load_time: Duration::from_secs(5),
            call_time: Duration::from_secs(5),
        }
    }
}

/// A line a program wrote with `console`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How grave it is.
    pub level: LogLevel,
    /// What was said.
    pub text: String,
}

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// `console.debug`, `console.trace`
    Debug,
    /// `console.log`, `console.info`
    Info,
    /// `console.warn`
    Warn,
    /// `console.error`
    Error,
}
