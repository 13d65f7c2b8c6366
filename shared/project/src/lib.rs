//! The project's own code, `cube.js`: its options, and its functions as hooks.
//!
//! [`Project::load`] runs the file in the sandbox of `javascript` and reads every option: those that
//! are values become environment variables ([`Project::variables`]), those that are functions are
//! called for requests. What is accepted without effect is told ([`Project::notices`]), what is
//! unknown or cannot be honoured is an error: an option that is silently left out could be the one
//! that keeps tenants apart.
//!
//! Options and their meaning: Cube 1.7.25, `packages/cubejs-server-core/src/core/optionsValidate.ts`
//! and `types.ts`.

mod driver;
mod error;
mod hooks;
mod log;
mod modules;
mod options;
mod project;
mod tokens;
mod variables;

pub use driver::{Driver, DriverFault, DriverTls};
pub use error::{Error, Hook, HookError, Mistake};
pub use hooks::{Caller, Incoming, RepositoryFile};
pub use javascript::{Clock, Error as CodeError, HostFunction, LogLine, Place, Reason, SourceFile};
pub use log::log;
pub use project::{Given, Project};
pub use tokens::TokenRules;
