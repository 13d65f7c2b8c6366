//! One file of the author's to a function the engine runs: types erased, `import` and `export` as
//! calls, loops that tell where they are, and in a model every literal with its place.
//!
//! Nothing is printed anew: the file keeps its lines and what stands on them, so that the places
//! the engine reports are found in the author's text.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the syntax tree has many kinds of nodes, and a rule is about a few of them"
)]

mod effects;
mod guard;
mod members;
mod modules;
mod recording;
mod types;
mod visit;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_ast_visit::Visit as _;
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::{SourceType, Span};

use crate::depth;
use crate::edits::{Edited, Edits};
use crate::error::{Error, Reason};
use crate::source::{Language, Lines, SourceFile};
pub(crate) use recording::{Literal, Marks};

/// Many times the largest file seen.
const MAX_FILE_BYTES: usize = 1024 * 1024;

/// What a module's function is called with. On a line of its own: the engine counts the columns of
/// the first line from 0, and those of all others from 1.
const HEAD: &str = "(function(exports,require,module,__filename,__dirname,$tessera){\n";
/// On a line of its own, so that a comment at the end of the file ends.
const TAIL: &str = "\n})";

/// A file ready to be run.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) file: SourceFile,
    pub(crate) lines: Lines,
    pub(crate) edited: Edited,
    pub(crate) marks: Marks,
}

impl Unit {
    /// The place of a byte of the author's text.
    pub(crate) fn place(&self, offset: usize) -> crate::Place {
        self.lines.place(&self.file.path, &self.file.text, offset)
    }

    /// The place the engine calls `line` and `column`, the latter in bytes, both from 1.
    pub(crate) fn place_of_code(&self, line: usize, column: usize) -> crate::Place {
        let code = Lines::of(&self.edited.code);
        let offset = code.start(line).unwrap_or(0) + column.saturating_sub(1);
        self.place(self.edited.origin(offset, &self.file.text))
    }
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Functions to be called.
    Program,
    /// Part of a data model.
    Model {
        /// Whether something in the model may compute on claims.
        is_guarded: bool,
    },
}

/// Translates every file, on a stack that is large enough.
///
/// # Errors
/// Every mistake of every file.
pub(crate) fn translate_all(
    files: Vec<SourceFile>,
    purpose: Purpose,
) -> Result<Vec<Unit>, Vec<Error>> {
    let work = move || {
        let (mut units, mut errors) = (Vec::with_capacity(files.len()), Vec::new());
        for (index, file) in files.into_iter().enumerate() {
            match translate(file, index, purpose) {
                Ok(unit) => units.push(unit),
                Err(mut found) => errors.append(&mut found),
            }
        }
        if errors.is_empty() { Ok(units) } else { Err(errors) }
    };
    let thread = std::thread::Builder::new().stack_size(depth::STACK_BYTES).spawn(work);
    let failed = |what: String| vec![Error::nowhere(Reason::Engine(what))];
    match thread {
        Ok(thread) => thread.join().map_err(|_| failed("the parser panicked".to_owned()))?,
        Err(error) => Err(failed(error.to_string())),
    }
}

fn translate(file: SourceFile, index: usize, purpose: Purpose) -> Result<Unit, Vec<Error>> {
    let lines = Lines::of(&file.text);
    let at = |offset: usize, reason| {
        vec![Error { place: Some(lines.place(&file.path, &file.text, offset)), reason }]
    };
    if file.text.len() > MAX_FILE_BYTES {
        return Err(at(0, Reason::TooLarge(MAX_FILE_BYTES)));
    }
    if file.language() == Language::Json {
        let edited = Edits::default().apply(
            &file.text,
            "(function(exports,require,module){module.exports=",
            TAIL,
        );
        return Ok(Unit { file, lines, edited, marks: Marks::default() });
    }
    if let Some(offset) = depth::too_deep(&file.text) {
        return Err(at(offset, Reason::TooDeep));
    }
    let allocator = Allocator::default();
    let is_typescript = file.language() == Language::TypeScript;
    let source_type = if is_typescript { SourceType::ts() } else { SourceType::unambiguous() };
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, &file.text, source_type).with_options(options).parse();
    let syntax = |diagnostic: &OxcDiagnostic| {
        let offset = diagnostic.labels.first().map_or(0, |label| label.offset() as usize);
        at(offset, Reason::Syntax(words(diagnostic)))
    };
    if let Some(diagnostic) = parsed.diagnostics.first() {
        return Err(syntax(diagnostic));
    }
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    if let Some(diagnostic) = semantic.diagnostics.first() {
        return Err(syntax(diagnostic));
    }
    let mut translator = Translator {
        source: &file.text,
        file: index,
        scoping: semantic.semantic.scoping(),
        is_typescript,
        edits: Edits::default(),
        errors: Vec::new(),
        is_guarded: purpose == Purpose::Model { is_guarded: true },
        keeps_owner: None,
        with_defaults: String::new(),
        marks: (purpose != Purpose::Program).then(Marks::default),
        position: recording::Position::default(),
    };
    translator.program(&parsed.program);
    let Translator { edits, errors, marks, .. } = translator;
    if !errors.is_empty() {
        let place = |(offset, reason)| at(offset, reason);
        return Err(errors.into_iter().flat_map(place).collect());
    }
    let edited = edits.apply(&file.text, HEAD, TAIL);
    Ok(Unit { file, lines, edited, marks: marks.unwrap_or_default() })
}

/// The parser's words.
fn words(diagnostic: &OxcDiagnostic) -> String {
    let mut text = diagnostic.message.trim_end_matches('.').to_owned();
    if let Some(help) = &diagnostic.help {
        text.push_str(" (");
        text.push_str(help.trim_end_matches('.'));
        text.push(')');
    }
    text
}

/// Walks a file and notes what to change.
pub(crate) struct Translator<'s> {
    source: &'s str,
    /// The file's position in the list.
    file: usize,
    scoping: &'s Scoping,
    is_typescript: bool,
    is_guarded: bool,
    /// The next computed member whose object must stay beside its name: what is called or assigned to.
    keeps_owner: Option<Span>,
    /// The parameters of the function whose body comes next that have defaults, with commas between.
    with_defaults: String,
    edits: Edits,
    errors: Vec<(usize, Reason)>,
    /// In a model, the literals and references by number.
    marks: Option<Marks>,
    position: recording::Position,
}

pub(crate) fn start(span: Span) -> usize {
    span.start as usize
}

pub(crate) fn end(span: Span) -> usize {
    span.end as usize
}

impl<'a> Translator<'_> {
    fn program(&mut self, program: &Program<'a>) {
        if let Some(hashbang) = &program.hashbang {
            self.blank(hashbang.span);
        }
        self.visit_program(program);
    }

    fn blank(&mut self, span: Span) {
        self.edits.blank(start(span), end(span), self.source);
    }

    fn error(&mut self, span: Span, reason: Reason) {
        self.errors.push((start(span), reason));
    }

    /// The number under which the engine reports a byte of this file.
    fn number(&self, offset: usize) -> String {
        (self.file * FILE_STRIDE + offset).to_string()
    }
}

/// More than the bytes of a file.
pub(crate) const FILE_STRIDE: usize = 10_000_000;
