//! Data-model files to [`model::DataModel`]: YAML and JavaScript in, an immutable model or every mistake out.
//!
//! The stages read downward. [`read_folder`] collects the files; `jinja` renders those that are
//! templates; `yaml` and `script` turn files into nodes
//! that know their line and column; `declare` reads cubes and members from the nodes; `inherit`
//! fills in what a cube extends; `view` gives
//! every view its members; `template` splits the author's SQL into text and references; `resolve` binds the references to the model;
//! `check` looks at the whole (cycles, primary keys, aliases). No stage stops at its first mistake:
//! they are collected in a report and handed out together.
//!
//! YAML is read with `saphyr-parser`, the event parser under the `saphyr` family: it is maintained,
//! is tested against the YAML test suite, gives the position of every event, and leaves building the tree
//! to us, so that duplicate keys, depth and the growth of aliases are ours to bound.

mod check;
mod context;
mod declare;
mod diagnostic;
mod error;
mod fields;
mod folder;
mod inherit;
mod interval;
mod jinja;
mod json;
mod keys;
mod names;
mod packed;
mod report;
mod resolve;
#[cfg(feature = "javascript")]
mod script;
mod site;
mod sources;
mod spelling;
mod template;
mod view;
mod window;
mod yaml;

pub use context::{CompileContext, Extent, Read};
pub use diagnostic::{Diagnostic, Errors, Notice, Warning};
pub use error::Error;
pub use folder::{ModelFile, ReadError, named_files, read_folder};
pub use packed::{
    OpenError, Opened, PACKED_FILE, Packed, PackedError, open_folder, pack, sources_digest, unpack,
};
pub use site::{MemberKind, Nearest, Site};
pub use view::ViewError;

use model::DataModel;

use context::Reads;
use report::Report;

/// A model, and what its author should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// What the files say.
    pub model: DataModel,
    /// What was accepted without effect, in the order of the files.
    pub warnings: Vec<Warning>,
}

/// What compiling for one compile context gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// What was read of the compile context, whether or not a model came of it, each once. Nothing
    /// else of the context had any influence: who differs in nothing of it shares the outcome.
    pub reads: Vec<Read>,
    /// The model, or every mistake of every file, in the order of the files.
    pub outcome: Result<Compiled, Errors>,
}

/// Compiles the files into a model.
///
/// # Errors
/// [`Errors`] with every mistake of every file, in the order of the files.
pub fn compile(files: &[ModelFile]) -> Result<DataModel, Errors> {
    compile_with_warnings(files).map(|compiled| compiled.model)
}

/// Compiles the files into a model, and says what in them has no effect here.
///
/// # Errors
/// As [`compile`].
pub fn compile_with_warnings(files: &[ModelFile]) -> Result<Compiled, Errors> {
    compile_for(files, &CompileContext::default()).outcome
}

/// Compiles the files as they are for one compile context, and says what of it they read.
pub fn compile_for(files: &[ModelFile], context: &CompileContext) -> Attempt {
    let reads = Reads::default();
    let rendered = jinja::render(files, context, &reads);
    let mut report = Report::new(files, &rendered);
    let roots = sources::read(context, &reads, &mut report);
    let mut declared = declare::declare(&roots, &mut report);
    inherit::inherit(&mut declared, &mut report);
    view::expand(&mut declared, &mut report);
    let cubes = resolve::resolve(&declared, &mut report);
    check::check(&declared, &cubes, &mut report);
    let groups = view::view_groups(&names::Names::new(&declared), &mut report);
    Attempt { reads: reads.list(), outcome: report.finish(cubes, groups) }
}
