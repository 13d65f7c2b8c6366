//! JavaScript of the author's in a sandbox: plain data out, no value of the engine's leaves.
//!
//! `translate` reads a file with the `oxc` parser and changes it in place (types, imports); `engine`
//! runs it in `QuickJS` on a thread of its own; [`record`] evaluates the files of a data model and gives
//! what they define, references as references; [`Program`] calls what files export. There is no
//! file, network, clock or chance but what a [`Host`] gives, and memory, stack and time end
//! ([`Limits`]).

mod definition;
mod depth;
mod edits;
mod engine;
mod error;
mod host;
mod marks;
mod program;
mod record;
mod resolve;
mod source;
mod translate;

pub use definition::{
    Computation, Definition, DefinitionKind, Entry, FilterParam, Form, Node, Piece, Reference,
    Value,
};
pub use error::{Error, Place, Reason};
pub use host::{Chance, Clock, Host, HostFunction, Limits, LogLevel, LogLine};
pub use program::{Export, Program, Returned};
pub use record::{ContextRead, Recorded, Surroundings, record};
pub use source::SourceFile;
