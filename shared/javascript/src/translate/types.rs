//! TypeScript without its types: blanks where they stood.

use oxc_ast::ast::{
    Class, Decorator, FormalParameter, MethodDefinition, MethodDefinitionType, PropertyDefinition,
    PropertyDefinitionType, Statement,
};
use oxc_ast_visit::{Visit as _, walk};
use oxc_span::{GetSpan as _, Span};

use super::{Translator, end, start};
use crate::error::Reason;

/// Words before a member of a class that only the type checker reads.
const MODIFIERS: &[&str] =
    &["public", "private", "protected", "readonly", "override", "abstract", "declare"];

impl<'a> Translator<'_> {
    /// Whether a statement is only about types, or is refused: then it is not looked into.
    pub(super) fn erase_statement(&mut self, statement: &Statement<'a>) -> bool {
        let span = statement.span();
        match statement {
            Statement::TSTypeAliasDeclaration(_)
            | Statement::TSInterfaceDeclaration(_)
            | Statement::TSGlobalDeclaration(_)
            | Statement::TSExternalModuleDeclaration(_)
            | Statement::TSNamespaceExportDeclaration(_) => self.blank(span),
            Statement::TSEnumDeclaration(found) if found.declare => self.blank(span),
            Statement::TSEnumDeclaration(_) => self.error(span, Reason::NotOnlyTypes("an `enum`")),
            Statement::TSNamespaceDeclaration(found) if found.declare => self.blank(span),
            Statement::TSNamespaceDeclaration(_) => {
                self.error(span, Reason::NotOnlyTypes("a `namespace`"));
            }
            Statement::TSImportEqualsDeclaration(_) => {
                self.error(span, Reason::NotOnlyTypes("`import x = ...`"));
            }
            Statement::TSExportAssignment(_) => {
                self.error(span, Reason::NotOnlyTypes("`export = ...`"));
            }
            Statement::VariableDeclaration(found) if found.declare => self.blank(span),
            Statement::FunctionDeclaration(found) if found.is_typescript_syntax() => {
                self.blank(span);
            }
            Statement::ClassDeclaration(found) if found.declare => self.blank(span),
            _ => return false,
        }
        true
    }

    /// Blanks a `?` or `!` between what it belongs to and the end of the whole.
    pub(super) fn erase_mark(&mut self, mark: u8, after: Span, whole: Span) {
        let between = self.source.get(end(after)..end(whole)).unwrap_or_default();
        if let Some(found) = between.bytes().position(|byte| byte == mark) {
            let at = end(after) + found;
            self.edits.replace(at, at + 1, " ");
        }
    }

    pub(super) fn erase_this_parameter(&mut self, span: Span) {
        let rest = self.source.get(end(span)..).unwrap_or_default();
        let comma = rest.bytes().position(|byte| !byte.is_ascii_whitespace());
        let has_comma = comma.is_some_and(|at| rest.as_bytes().get(at) == Some(&b','));
        let length = comma.filter(|_| has_comma).map_or(0, |at| at + 1);
        self.edits.blank(start(span), end(span) + length, self.source);
    }

    pub(super) fn erase_parameter(&mut self, found: &FormalParameter<'a>) {
        if found.accessibility.is_some() || found.readonly || found.r#override {
            self.error(found.span, Reason::NotOnlyTypes("a parameter that declares a property"));
        }
        if !found.decorators.is_empty() {
            self.error(found.span, Reason::NotOnlyTypes("a decorator"));
        }
        if found.optional {
            self.erase_mark(b'?', pattern_span(found), found.span);
        }
    }

    pub(super) fn erase_class(&mut self, found: &Class<'a>) {
        if !found.decorators.is_empty() {
            self.error(found.span, Reason::NotOnlyTypes("a decorator"));
            return;
        }
        let name_start = found.id.as_ref().map_or(start(found.body.span), |id| start(id.span));
        if found.r#abstract {
            self.erase_words(start(found.span), name_start);
        }
        if let Some(last) = found.implements.last() {
            let from = found
                .heritage
                .as_ref()
                .map(|heritage| {
                    let span = heritage.type_arguments.as_ref().map(|found| found.span);
                    span.unwrap_or_else(|| heritage.expression.span())
                })
                .or_else(|| found.type_parameters.as_ref().map(|found| found.span))
                .or_else(|| found.id.as_ref().map(|id| id.span));
            let from = from.map_or(start(found.span) + "class".len(), end);
            self.edits.blank(from, end(last.span), self.source);
        }
        if let Some(found) = &found.type_parameters {
            self.blank(found.span);
        }
        if let Some(heritage) = &found.heritage {
            self.visit_expression(&heritage.expression);
            if let Some(found) = &heritage.type_arguments {
                self.blank(found.span);
            }
        }
        walk::walk_class_body(self, &found.body);
    }

    /// Whether the property is more than a type.
    pub(super) fn erase_property(&mut self, found: &PropertyDefinition<'a>) -> bool {
        if found.declare || found.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition {
            self.blank(found.span);
            return false;
        }
        self.erase_modifiers(found.span, &found.decorators, found.key.span());
        if found.optional {
            self.erase_mark(b'?', found.key.span(), found.span);
        }
        if found.definite {
            self.erase_mark(b'!', found.key.span(), found.span);
        }
        true
    }

    /// Whether the method is more than a type.
    pub(super) fn erase_method(&mut self, found: &MethodDefinition<'a>) -> bool {
        let is_abstract = found.r#type == MethodDefinitionType::TSAbstractMethodDefinition;
        if is_abstract || found.value.body.is_none() {
            self.blank(found.span);
            return false;
        }
        self.erase_modifiers(found.span, &found.decorators, found.key.span());
        if found.optional {
            self.erase_mark(b'?', found.key.span(), found.value.span);
        }
        true
    }

    /// Blanks what stands before the name of a class's member.
    fn erase_modifiers(&mut self, whole: Span, decorators: &[Decorator<'a>], name: Span) {
        if !decorators.is_empty() {
            self.error(whole, Reason::NotOnlyTypes("a decorator"));
        }
        self.erase_words(start(whole), start(name));
    }

    /// Blanks the modifiers between two places.
    fn erase_words(&mut self, from: usize, to: usize) {
        let text = self.source.get(from..to).unwrap_or_default();
        let mut at = from;
        for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphabetic()) {
            let bare = word.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
            if MODIFIERS.contains(&bare) {
                self.edits.blank(at, at + bare.len(), self.source);
            }
            at += word.len();
        }
    }
}

fn pattern_span(found: &FormalParameter<'_>) -> Span {
    found.pattern.span()
}
