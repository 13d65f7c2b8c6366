//! Views: what `includes` mean, member by member.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeSymbols.ts`, `prepareIncludes`.
//! A member that a view includes becomes a declaration of the view with the cube's member as its
//! target; everything behind this stage sees members of views as it sees those of cubes.

mod default_filters;
mod error;
mod expand;
mod folders;
mod groups;
mod include;
mod join_path;

pub(crate) use default_filters::default_filters;
pub use error::ViewError;
pub(crate) use expand::expand;
pub(crate) use folders::folders;
pub(crate) use groups::view_groups;
