//! What is done with each kind of node: the walk over the syntax tree, which hands a node to the
//! rule that it is for.

use oxc_ast::ast::{
    ArrayExpression, ArrowFunctionBody, AssignmentExpression, BinaryExpression, CallExpression,
    Class, ComputedMemberExpression, ConditionalExpression, DoWhileStatement, ExportAllDeclaration,
    ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration,
    Expression, ForInStatement, ForOfStatement, ForStatement, FormalParameter, FormalParameters,
    Function, FunctionBody, IdentifierReference, IfStatement, ImportDeclaration, ImportExpression,
    LogicalExpression, MethodDefinition, NewExpression, ObjectExpression, ObjectProperty,
    PropertyDefinition, SimpleAssignmentTarget, SpreadElement, Statement, StaticMemberExpression,
    SwitchStatement, TSAsExpression, TSIndexSignature, TSInstantiationExpression,
    TSNonNullExpression, TSSatisfiesExpression, TSThisParameter, TSTypeAnnotation, TSTypeAssertion,
    TSTypeParameterDeclaration, TSTypeParameterInstantiation, TaggedTemplateExpression,
    TemplateLiteral, ThrowStatement, UnaryExpression, VariableDeclarator, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan as _, Span};

use super::{Translator, end, guard, start};

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

impl<'a> Translator<'_> {
    /// Makes the body of a loop tell that it runs, for a loop that does not end.
    fn loop_body(&mut self, whole: Span, body: &Statement<'a>) {
        let number = self.number(start(whole));
        self.edits.insert(start(body.span()), format!("{{$tessera.at={number};"));
        self.visit_statement(body);
        self.edits.insert(end(body.span()), "}");
    }
}
