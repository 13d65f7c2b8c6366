//! Who is asking: token in, [`SecurityContext`] out. Keys and the time are arguments.

mod context;

pub use context::SecurityContext;
