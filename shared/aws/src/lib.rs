//! What all services of AWS have in common here: how patiently they are asked, and what is said of a
//! call that failed.
//!
//! Nothing is asked from here, and no client is made: the crates that keep one make it when it is
//! first used, so that a cold start pays for no service that it does not need.
//!
//! | file | what |
//! |---|---|
//! | `patience` | how long a call may take, and how often it is tried |
//! | `failure` | what became of a call, in a word |

mod failure;
mod patience;

pub use failure::Failure;
pub use patience::Patience;
