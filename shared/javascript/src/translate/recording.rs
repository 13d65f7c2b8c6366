//! A data model's `cube(...)` calls: what is evaluated late, and where everything stands.
//!
//! Cube wraps the values of certain properties in functions of the names they use and calls them
//! when cubes and members are known (Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/
//! transpilers/CubePropContextTranspiler.ts`). Here the names inside such a value become calls of a
//! resolver, which decides when it is called.

use std::collections::HashMap;

use oxc_ast::ast::{
    ArrayExpression, CallExpression, Expression, IdentifierReference, NewExpression,
    ObjectExpression, ObjectProperty, ObjectPropertyKind, PropertyKind, SpreadElement,
};
use oxc_ast_visit::{Visit as _, walk};
use oxc_span::{GetSpan as _, Span};

use super::modules::covers;
use super::{FILE_STRIDE, Translator, end, start};
use crate::error::Reason;

/// What a file's numbers stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    pub(crate) literals: Vec<Literal>,
    /// Where the names stand in them.
    pub(crate) references: Vec<usize>,
    /// Where the values stand that are evaluated late.
    pub(crate) late: Vec<usize>,
}

/// An object or list literal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Literal {
    pub(crate) offset: usize,
    /// Where a key and its value stand.
    pub(crate) keys: HashMap<String, (usize, usize)>,
    /// Where the elements stand.
    pub(crate) elements: Vec<usize>,
}

/// Where the walk is.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// Inside the last argument of `cube(...)`.
    is_definition: bool,
    /// The keys down to here, in snake case, as far as they are written out; `0` in a list.
    path: Vec<String>,
    /// The value that is evaluated late.
    late: Option<Span>,
}

/// Names every program has.
const GLOBALS: &[&str] = &[
    "Array",
    "BigInt",
    "Boolean",
    "COMPILE_CONTEXT",
    "Date",
    "Error",
    "EvalError",
    "Function",
    "Infinity",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "SyntaxError",
    "TypeError",
    "URIError",
    "WeakMap",
    "WeakSet",
    "__dirname",
    "__filename",
    "arguments",
    "console",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "exports",
    "globalThis",
    "isFinite",
    "isNaN",
    "module",
    "parseFloat",
    "parseInt",
    "process",
    "require",
    "undefined",
    "unescape",
];

/// The snake-case spelling of a key.
fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

const PRE_AGGREGATION: &[&str] = &[
    "time_dimension_reference",
    "time_dimension",
    "segments",
    "dimensions",
    "measures",
    "rollups",
    "segment_references",
    "dimension_references",
    "measure_references",
    "rollup_references",
];

/// Whether the value at a path is evaluated late. Cube 1.7.43, `transpiledFieldsPatterns`.
fn is_late(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [.., "sql" | "sql_table"]
        | [
            "context_members" | "includes" | "excludes" | "extends" | "views" | "view_group"
            | "view_groups",
        ]
        | ["cubes", "0", "join_path"]
        | ["folders", "0", "includes", "0", "join_path"]
        | ["default_filters", "0", "member" | "values" | "unless"]
        | ["hierarchies", _, "levels"]
        | ["measures" | "dimensions", _, "case", "switch"]
        | ["measures", _, "time_shift", "0", "time_dimension"]
        | ["access_policy", "0", "row_level", "filters", "0", .., "member" | "values"]
        | ["access_policy", "0", "conditions", "0", "if"]
        | ["pre_aggregations", _, "indexes", _, "columns"]
        | ["pre_aggregations", _, "time_dimensions", "0", "dimension"]
        | ["pre_aggregations", _, "output_column_types", "0", "member"] => true,
        ["measures", _, key] => matches!(
            *key,
            "drill_members" | "drill_member_references" | "reduce_by" | "group_by" | "add_group_by"
        ),
        ["dimensions", _, key] => matches!(*key, "reduce_by" | "group_by" | "add_group_by" | "key"),
        ["pre_aggregations", _, key] => PRE_AGGREGATION.contains(key),
        _ => false,
    }
}

impl<'a> Translator<'_> {
    /// Keeps the path through literals; anything else between two keys ends it.
    pub(super) fn expression(&mut self, expression: &Expression<'a>) {
        if matches!(
            expression,
            Expression::ObjectExpression(_)
                | Expression::ArrayExpression(_)
                | Expression::ParenthesizedExpression(_)
        ) {
            return walk::walk_expression(self, expression);
        }
        let path = std::mem::take(&mut self.position.path);
        walk::walk_expression(self, expression);
        self.position.path = path;
    }

    pub(super) fn spread(&mut self, spread: &SpreadElement<'a>) {
        let path = std::mem::take(&mut self.position.path);
        self.wrapped("plain", &spread.argument);
        self.position.path = path;
    }

    pub(super) fn call(&mut self, call: &CallExpression<'a>) {
        let defines = match &call.callee {
            Expression::Identifier(name) if self.marks.is_some() => {
                matches!(name.name.as_str(), "cube" | "view" | "view_group" | "context")
                    && self.symbol(name).is_none()
            }
            _ => false,
        };
        let Some((definition, names)) = call.arguments.split_last().filter(|_| defines) else {
            self.keeps_owner = super::guard::owned(&call.callee);
            return walk::walk_call_expression(self, call);
        };
        let callee = call.callee.span();
        let site = names.first().map_or(start(call.span), |name| start(name.span()));
        let site = self.number(site);
        self.edits.insert(start(callee), format!("$tessera.site({site},"));
        self.edits.insert(end(callee), ")");
        for name in names {
            self.visit_argument(name);
        }
        let outer = std::mem::take(&mut self.position);
        self.position.is_definition = true;
        self.visit_argument(definition);
        self.position = outer;
    }

    pub(super) fn object(&mut self, object: &ObjectExpression<'a>) {
        let Some(marks) = &mut self.marks else {
            return walk::walk_object_expression(self, object);
        };
        let mut literal = Literal { offset: start(object.span), ..Literal::default() };
        let mut duplicates = Vec::new();
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            let Some(name) = property.key.static_name() else { continue };
            let places = (start(property.key.span()), start(property.value.span()));
            if property.kind != PropertyKind::Init {
                continue;
            }
            if let Some((first, _)) = literal.keys.insert(name.to_string(), places) {
                duplicates.push((property.key.span(), name.to_string(), first));
            }
        }
        let number = self.file * FILE_STRIDE + marks.literals.len();
        marks.literals.push(literal);
        if self.position.is_definition {
            for (span, key, first) in duplicates {
                let before = self.source.get(..first).unwrap_or_default();
                let first_line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
                self.error(span, Reason::DuplicateKey { key, first_line });
            }
        }
        self.edits.insert(start(object.span), format!("$tessera.o({number},"));
        walk::walk_object_expression(self, object);
        self.edits.insert(end(object.span), ")");
    }

    pub(super) fn array(&mut self, array: &ArrayExpression<'a>) {
        let Some(marks) = &mut self.marks else {
            return walk::walk_array_expression(self, array);
        };
        let elements = array.elements.iter().map(|element| start(element.span())).collect();
        let number = self.file * FILE_STRIDE + marks.literals.len();
        marks.literals.push(Literal { offset: start(array.span), elements, ..Literal::default() });
        self.edits.insert(start(array.span), format!("$tessera.o({number},"));
        self.position.path.push("0".to_owned());
        walk::walk_array_expression(self, array);
        self.position.path.pop();
        self.edits.insert(end(array.span), ")");
    }

    pub(super) fn property(&mut self, property: &ObjectProperty<'a>) {
        let name = property.key.static_name();
        if property.shorthand && (self.position.late.is_some() || self.position.is_definition) {
            let name = name.as_deref().unwrap_or_default();
            self.edits.insert(start(property.span), format!("{name}:"));
        }
        if property.computed
            && let Some(key) = property.key.as_expression()
        {
            self.wrapped("plain", key);
        }
        if self.position.is_definition
            && !property.computed
            && !property.shorthand
            && name.as_deref() == Some("__proto__")
        {
            self.error(property.key.span(), Reason::PrototypeKey);
        }
        self.position.path.push(name.as_deref().map_or_else(|| "0".to_owned(), snake));
        let is_plain = property.kind == PropertyKind::Init && !property.method;
        let is_late = self.position.is_definition
            && self.position.late.is_none()
            && is_plain
            && is_late(&self.position.path);
        if is_late {
            self.late(&property.value);
        } else {
            self.visit_expression(&property.value);
        }
        self.position.path.pop();
    }

    fn late(&mut self, value: &Expression<'a>) {
        let span = value.span();
        let Some(marks) = &mut self.marks else { return };
        let number = self.file * FILE_STRIDE + marks.late.len();
        marks.late.push(start(span));
        self.edits.insert(start(span), format!("$tessera.late({number},($tessera_r)=>("));
        self.position.late = Some(span);
        self.visit_expression(value);
        self.position.late = None;
        self.edits.insert(end(span), "))");
    }

    /// A name that becomes a call would be taken for what is constructed.
    pub(super) fn construction(&mut self, found: &NewExpression<'a>) {
        let callee = found.callee.span();
        if self.position.late.is_some() {
            self.edits.insert(start(callee), "(");
        }
        self.visit_expression(&found.callee);
        if self.position.late.is_some() {
            self.edits.insert(end(callee), ")");
        }
        if let Some(found) = &found.type_arguments {
            self.visit_ts_type_parameter_instantiation(found);
        }
        for argument in &found.arguments {
            self.visit_argument(argument);
        }
    }

    pub(super) fn symbol(
        &self,
        identifier: &IdentifierReference<'a>,
    ) -> Option<oxc_semantic::SymbolId> {
        identifier.reference_id.get().and_then(|id| self.scoping.get_reference(id).symbol_id())
    }

    /// Inside a late value, a name that is not its own becomes a question to the resolver.
    pub(super) fn identifier(&mut self, identifier: &IdentifierReference<'a>) {
        let Some(late) = self.position.late else { return };
        let symbol = self.symbol(identifier);
        if symbol.is_some_and(|symbol| covers(late, self.scoping.symbol_span(symbol))) {
            return;
        }
        let is_written = identifier
            .reference_id
            .get()
            .is_some_and(|id| self.scoping.get_reference(id).is_write());
        if is_written {
            return;
        }
        let name = identifier.name.as_str();
        let Some(marks) = &mut self.marks else { return };
        let number = self.file * FILE_STRIDE + marks.references.len();
        let offset = start(identifier.span);
        marks.references.push(offset);
        let is_known = symbol.is_some() || GLOBALS.contains(&name);
        let own = if is_known { format!(",()=>{name}") } else { String::new() };
        let call = format!("$tessera_r({number},{}{own})", super::modules::quoted(name));
        self.edits.replace(offset, end(identifier.span), call);
    }
}
