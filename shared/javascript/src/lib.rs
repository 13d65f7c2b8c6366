//! JavaScript of the author's in a sandbox: plain data out, no value of the engine's leaves.
//!
//! `translate` reads a file with the `oxc` parser and changes it in place (types, imports); `engine`
//! runs it in `QuickJS` on a thread of its own; [`Program`] calls what files export. There is no
//! file, network, clock or chance but what a [`Host`] gives, and memory, stack and time end
//! ([`Limits`]).

mod depth;
mod edits;
mod engine;
mod error;
mod host;
mod program;
mod resolve;
mod source;
mod translate;

pub use error::{Error, Place, Reason};
pub use host::{Chance, Clock, Host, HostFunction, Limits, LogLevel, LogLine};
pub use program::{Export, Program, Returned};
pub use source::SourceFile;
