//! `import` and `export` as calls and getters, so that they mix with `require` and `module.exports`.

use std::fmt::Write as _;

use oxc_ast::ast::{
    BindingPattern, Declaration, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, ExportFromDeclaration, ExportNamedDeclaration, ImportDeclaration,
    ImportDeclarationSpecifier, ImportOrExportKind, ModuleExportName,
};
use oxc_ast_visit::walk;
use oxc_semantic::SymbolId;
use oxc_span::{GetSpan as _, Span};

use super::{Translator, end, start};

/// A text as a JavaScript literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

fn name_of(name: &ModuleExportName<'_>) -> String {
    name.name().as_str().to_owned()
}

impl<'a> Translator<'_> {
    /// Whether a name is there for types only, so that its import is none.
    fn is_only_type(&self, symbol: Option<SymbolId>) -> bool {
        self.is_typescript
            && symbol.is_some_and(|symbol| {
                self.scoping
                    .get_resolved_references(symbol)
                    .all(|reference| !reference.is_value() || reference.flags().is_type_only())
            })
    }

    pub(super) fn import(&mut self, import: &ImportDeclaration<'a>) {
        self.blank(import.span);
        if import.import_kind == ImportOrExportKind::Type {
            return;
        }
        let origin = start(import.span);
        let source = quoted(import.source.value.as_str());
        let Some(specifiers) = &import.specifiers else {
            self.edits.before(format!("require({source});"), origin);
            return;
        };
        let (mut whole, mut named) = (Vec::new(), Vec::new());
        for specifier in specifiers {
            let local = specifier.local();
            if self.is_only_type(local.symbol_id.get()) {
                continue;
            }
            let local = local.name.as_str();
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(found) => {
                    if found.import_kind != ImportOrExportKind::Type {
                        named.push(format!("{}:{local}", quoted(&name_of(&found.imported))));
                    }
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => {
                    whole.push(format!("{local}=$tessera.defaultOf(require({source}))"));
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => {
                    whole.push(format!("{local}=$tessera.namespaceOf(require({source}))"));
                }
            }
        }
        if !named.is_empty() {
            whole.push(format!("{{{}}}=$tessera.namespaceOf(require({source}))", named.join(",")));
        }
        if whole.is_empty() && self.is_typescript && !specifiers.is_empty() {
            return;
        }
        if whole.is_empty() {
            self.edits.before(format!("require({source});"), origin);
        } else {
            self.edits.before(format!("const {};", whole.join(",")), origin);
        }
    }

    fn export(&mut self, exported: &str, local: &str, at: usize) {
        let getter = format!("$tessera.give(exports,{},()=>{local});", quoted(exported));
        self.edits.before(getter, at);
    }

    pub(super) fn export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        let at = start(export.span);
        let declaration = &export.declaration;
        let mut names = Vec::new();
        match declaration {
            Declaration::VariableDeclaration(found) if !found.declare => {
                for declarator in &found.declarations {
                    names_of(&declarator.id, &mut names);
                }
            }
            Declaration::FunctionDeclaration(found) if !found.is_typescript_syntax() => {
                names.extend(found.id.as_ref().map(|id| id.name.to_string()));
            }
            Declaration::ClassDeclaration(found) if !found.declare => {
                names.extend(found.id.as_ref().map(|id| id.name.to_string()));
            }
            Declaration::TSEnumDeclaration(found) if !found.declare => {
                let reason = crate::error::Reason::NotOnlyTypes("an `enum`");
                return self.error(export.span, reason);
            }
            Declaration::TSNamespaceDeclaration(found) if !found.declare => {
                let reason = crate::error::Reason::NotOnlyTypes("a `namespace`");
                return self.error(export.span, reason);
            }
            _ => return self.blank(export.span),
        }
        self.edits.blank(at, start(declaration.span()), self.source);
        for name in names {
            self.export(&name, &name, at);
        }
        walk::walk_declaration(self, declaration);
    }

    pub(super) fn export_named(&mut self, export: &ExportNamedDeclaration<'a>) {
        self.blank(export.span);
        if export.export_kind == ImportOrExportKind::Type {
            return;
        }
        for specifier in &export.specifiers {
            let symbol = match &specifier.local {
                ModuleExportName::IdentifierReference(found) => found
                    .reference_id
                    .get()
                    .and_then(|id| self.scoping.get_reference(id).symbol_id()),
                ModuleExportName::IdentifierName(_) | ModuleExportName::StringLiteral(_) => None,
            };
            let is_type = specifier.export_kind == ImportOrExportKind::Type
                || symbol.is_some_and(|symbol| {
                    let flags = self.scoping.symbol_flags(symbol);
                    flags.is_type() && !flags.is_value()
                });
            if !is_type {
                let (exported, local) = (name_of(&specifier.exported), name_of(&specifier.local));
                self.export(&exported, &local, start(specifier.span));
            }
        }
    }

    pub(super) fn export_from(&mut self, export: &ExportFromDeclaration<'a>) {
        self.blank(export.span);
        if export.export_kind == ImportOrExportKind::Type {
            return;
        }
        let source = quoted(export.source.value.as_str());
        self.edits.before(format!("require({source});"), start(export.span));
        for specifier in &export.specifiers {
            if specifier.export_kind == ImportOrExportKind::Type {
                continue;
            }
            let (exported, local) = (name_of(&specifier.exported), name_of(&specifier.local));
            let found = format!("$tessera.namespaceOf(require({source}))[{}]", quoted(&local));
            self.export(&exported, &found, start(specifier.span));
        }
    }

    pub(super) fn export_all(&mut self, export: &ExportAllDeclaration<'a>) {
        self.blank(export.span);
        if export.export_kind == ImportOrExportKind::Type {
            return;
        }
        let (at, source) = (start(export.span), quoted(export.source.value.as_str()));
        match &export.exported {
            Some(name) => {
                let found = format!("$tessera.namespaceOf(require({source}))");
                self.export(&name_of(name), &found, at);
            }
            None => self.edits.before(format!("$tessera.giveAll(exports,require({source}));"), at),
        }
    }

    pub(super) fn export_default(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let at = start(export.span);
        let declaration = &export.declaration;
        let inside = declaration.span();
        let name = match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(found) => {
                if found.is_typescript_syntax() {
                    return self.blank(export.span);
                }
                found.id.as_ref().map(|id| id.name.as_str())
            }
            ExportDefaultDeclarationKind::ClassDeclaration(found) => {
                found.id.as_ref().map(|id| id.name.as_str())
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {
                return self.blank(export.span);
            }
            _ => None,
        };
        if let Some(name) = name {
            self.edits.blank(at, start(inside), self.source);
            self.export("default", name, at);
        } else {
            self.edits.before("$tessera.mark(exports);", at);
            self.edits.replace(at, start(inside), "exports.default=");
        }
        walk::walk_export_default_declaration(self, export);
        if name.is_none() && end(inside) == end(export.span) {
            self.edits.insert(end(inside), ";");
        }
    }
}

/// The names a pattern binds.
fn names_of(pattern: &BindingPattern<'_>, names: &mut Vec<String>) {
    names.extend(pattern.get_binding_identifiers().iter().map(|id| id.name.to_string()));
}

/// Where a statement stands, for the callers that only have its parts.
pub(crate) fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
