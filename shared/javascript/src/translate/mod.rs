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

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    ArrayExpression, ArrowFunctionBody, AssignmentExpression, BinaryExpression, CallExpression,
    Class, ComputedMemberExpression, ConditionalExpression, DoWhileStatement, ExportAllDeclaration,
    ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration,
    Expression, ForInStatement, ForOfStatement, ForStatement, FormalParameter, FormalParameters,
    Function, FunctionBody, IdentifierReference, IfStatement, ImportDeclaration, ImportExpression,
    LogicalExpression, MethodDefinition, NewExpression, ObjectExpression, ObjectProperty, Program,
    PropertyDefinition, SimpleAssignmentTarget, SpreadElement, Statement, StaticMemberExpression,
    SwitchStatement, TSAsExpression, TSIndexSignature, TSInstantiationExpression,
    TSNonNullExpression, TSSatisfiesExpression, TSThisParameter, TSTypeAnnotation, TSTypeAssertion,
    TSTypeParameterDeclaration, TSTypeParameterInstantiation, TaggedTemplateExpression,
    TemplateLiteral, ThrowStatement, UnaryExpression, VariableDeclarator, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::{GetSpan as _, SourceType, Span};

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

    /// Makes the body of a loop tell that it runs, for a loop that does not end.
    fn loop_body(&mut self, whole: Span, body: &Statement<'a>) {
        let number = self.number(start(whole));
        self.edits.insert(start(body.span()), format!("{{$tessera.at={number};"));
        self.visit_statement(body);
        self.edits.insert(end(body.span()), "}");
    }
}

/// More than the bytes of a file.
pub(crate) const FILE_STRIDE: usize = 10_000_000;

impl<'a> Visit<'a> for Translator<'_> {
    fn visit_statement(&mut self, statement: &Statement<'a>) {
        if self.erase_statement(statement) {
            return;
        }
        walk::walk_statement(self, statement);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        self.import(import);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        let at = start(import.span);
        self.edits.replace(at, at + "import".len(), "$tessera.later(require)");
        walk::walk_import_expression(self, import);
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        self.export_declaration(export);
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        self.export_named(export);
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.export_from(export);
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.export_all(export);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        self.export_default(export);
    }

    fn visit_while_statement(&mut self, found: &WhileStatement<'a>) {
        self.test(&found.test);
        self.loop_body(found.span, &found.body);
    }

    fn visit_do_while_statement(&mut self, found: &DoWhileStatement<'a>) {
        self.loop_body(found.span, &found.body);
        self.test(&found.test);
    }

    fn visit_for_statement(&mut self, found: &ForStatement<'a>) {
        if let Some(init) = &found.init {
            self.visit_for_statement_init(init);
        }
        if let Some(test) = &found.test {
            self.test(test);
        }
        if let Some(update) = &found.update {
            self.visit_expression(update);
        }
        self.loop_body(found.span, &found.body);
    }

    fn visit_for_in_statement(&mut self, found: &ForInStatement<'a>) {
        self.visit_for_statement_left(&found.left);
        self.visit_expression(&found.right);
        self.loop_body(found.span, &found.body);
    }

    fn visit_for_of_statement(&mut self, found: &ForOfStatement<'a>) {
        self.visit_for_statement_left(&found.left);
        self.wrapped("plain", &found.right);
        self.loop_body(found.span, &found.body);
    }

    fn visit_if_statement(&mut self, found: &IfStatement<'a>) {
        self.test(&found.test);
        self.visit_statement(&found.consequent);
        if let Some(alternate) = &found.alternate {
            self.visit_statement(alternate);
        }
    }

    fn visit_throw_statement(&mut self, found: &ThrowStatement<'a>) {
        let argument = found.argument.span();
        let number = self.number(start(found.span));
        self.edits.insert(start(argument), format!("$tessera.throw({number},"));
        self.visit_expression(&found.argument);
        self.edits.insert(end(argument), ")");
    }

    fn visit_switch_statement(&mut self, found: &SwitchStatement<'a>) {
        self.switch(found);
    }

    fn visit_assignment_expression(&mut self, found: &AssignmentExpression<'a>) {
        self.assignment(found);
    }

    fn visit_simple_assignment_target(&mut self, found: &SimpleAssignmentTarget<'a>) {
        if let SimpleAssignmentTarget::ComputedMemberExpression(member) = found {
            self.keeps_owner = Some(member.span);
        }
        walk::walk_simple_assignment_target(self, found);
    }

    fn visit_tagged_template_expression(&mut self, found: &TaggedTemplateExpression<'a>) {
        self.keeps_owner = guard::owned(&found.tag);
        walk::walk_tagged_template_expression(self, found);
    }

    fn visit_template_literal(&mut self, found: &TemplateLiteral<'a>) {
        self.template(found);
    }

    fn visit_conditional_expression(&mut self, found: &ConditionalExpression<'a>) {
        self.conditional(found);
    }

    fn visit_logical_expression(&mut self, found: &LogicalExpression<'a>) {
        self.logical(found);
    }

    fn visit_unary_expression(&mut self, found: &UnaryExpression<'a>) {
        self.unary(found);
    }

    fn visit_binary_expression(&mut self, found: &BinaryExpression<'a>) {
        self.binary(found);
    }

    fn visit_static_member_expression(&mut self, found: &StaticMemberExpression<'a>) {
        self.static_member(found);
    }

    fn visit_computed_member_expression(&mut self, found: &ComputedMemberExpression<'a>) {
        self.computed_member(found);
    }

    fn visit_expression(&mut self, expression: &Expression<'a>) {
        self.expression(expression);
    }

    fn visit_spread_element(&mut self, spread: &SpreadElement<'a>) {
        self.spread(spread);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.call(call);
    }

    fn visit_new_expression(&mut self, found: &NewExpression<'a>) {
        self.construction(found);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        self.object(object);
    }

    fn visit_array_expression(&mut self, array: &ArrayExpression<'a>) {
        self.array(array);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        self.property(property);
    }

    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        self.identifier(identifier);
    }

    fn visit_ts_type_annotation(&mut self, found: &TSTypeAnnotation<'a>) {
        self.blank(found.span);
    }

    fn visit_ts_type_parameter_declaration(&mut self, found: &TSTypeParameterDeclaration<'a>) {
        self.blank(found.span);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, found: &TSTypeParameterInstantiation<'a>) {
        self.blank(found.span);
    }

    fn visit_ts_as_expression(&mut self, found: &TSAsExpression<'a>) {
        self.visit_expression(&found.expression);
        self.blank(Span::new(found.expression.span().end, found.span.end));
    }

    fn visit_ts_satisfies_expression(&mut self, found: &TSSatisfiesExpression<'a>) {
        self.visit_expression(&found.expression);
        self.blank(Span::new(found.expression.span().end, found.span.end));
    }

    fn visit_ts_non_null_expression(&mut self, found: &TSNonNullExpression<'a>) {
        self.visit_expression(&found.expression);
        self.blank(Span::new(found.expression.span().end, found.span.end));
    }

    fn visit_ts_type_assertion(&mut self, found: &TSTypeAssertion<'a>) {
        self.blank(Span::new(found.span.start, found.expression.span().start));
        self.visit_expression(&found.expression);
    }

    fn visit_ts_instantiation_expression(&mut self, found: &TSInstantiationExpression<'a>) {
        self.visit_expression(&found.expression);
        self.blank(Span::new(found.expression.span().end, found.span.end));
    }

    fn visit_ts_this_parameter(&mut self, found: &TSThisParameter<'a>) {
        self.erase_this_parameter(found.span);
    }

    fn visit_ts_index_signature(&mut self, found: &TSIndexSignature<'a>) {
        self.blank(found.span);
    }

    fn visit_variable_declarator(&mut self, found: &VariableDeclarator<'a>) {
        if found.definite {
            self.erase_mark(b'!', found.id.span(), found.span);
        }
        self.visit_binding_pattern(&found.id);
        if let Some(found) = &found.type_annotation {
            self.visit_ts_type_annotation(found);
        }
        if let Some(init) = &found.init {
            self.taken_apart(&found.id, init);
        }
    }

    fn visit_formal_parameter(&mut self, found: &FormalParameter<'a>) {
        self.erase_parameter(found);
        walk::walk_formal_parameter(self, found);
    }

    fn visit_function(&mut self, found: &Function<'a>, flags: oxc_semantic::ScopeFlags) {
        if found.is_typescript_syntax() {
            self.blank(found.span);
        } else {
            walk::walk_function(self, found, flags);
        }
    }

    fn visit_formal_parameters(&mut self, found: &FormalParameters<'a>) {
        self.parameters(found);
    }

    fn visit_function_body(&mut self, found: &FunctionBody<'a>) {
        self.body(found);
    }

    fn visit_arrow_function_body(&mut self, found: &ArrowFunctionBody<'a>) {
        self.arrow_body(found);
    }

    fn visit_class(&mut self, found: &Class<'a>) {
        self.erase_class(found);
    }

    fn visit_property_definition(&mut self, found: &PropertyDefinition<'a>) {
        if self.erase_property(found) {
            walk::walk_property_definition(self, found);
        }
    }

    fn visit_method_definition(&mut self, found: &MethodDefinition<'a>) {
        if self.erase_method(found) {
            walk::walk_method_definition(self, found);
        }
    }
}
