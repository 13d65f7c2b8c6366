//! Whether an expression may run more than once.

use oxc_ast::ast::{
    AssignmentExpression, AwaitExpression, CallExpression, Class, ComputedMemberExpression,
    ConditionalExpression, Expression, ImportExpression, LogicalExpression, NewExpression,
    TaggedTemplateExpression, UnaryExpression, UnaryOperator, UpdateExpression, YieldExpression,
};
use oxc_ast_visit::{Visit, walk};

/// Whether an expression decides something and changes nothing, so that it may run once for every way
/// through it.
pub(super) fn is_decided_alone(expression: &Expression<'_>) -> bool {
    let mut found = Effects::default();
    found.visit_expression(expression);
    found.decides && !found.changes
}

#[derive(Default)]
struct Effects {
    decides: bool,
    changes: bool,
}

/// Functions that change nothing, whoever has them.
const PURE: &[&str] = &[
    "Boolean",
    "FILTER_GROUP",
    "Number",
    "String",
    "concat",
    "convertTz",
    "endsWith",
    "every",
    "filter",
    "find",
    "get",
    "has",
    "includes",
    "indexOf",
    "isArray",
    "join",
    "keys",
    "map",
    "parseInt",
    "replace",
    "replaceAll",
    "requiredFilter",
    "required_filter",
    "slice",
    "some",
    "split",
    "sql",
    "startsWith",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "unsafeValue",
    "unsafe_value",
    "urlEncode",
];

impl<'a> Visit<'a> for Effects {
    fn visit_conditional_expression(&mut self, found: &ConditionalExpression<'a>) {
        self.decides = true;
        walk::walk_conditional_expression(self, found);
    }

    fn visit_logical_expression(&mut self, found: &LogicalExpression<'a>) {
        self.decides = true;
        walk::walk_logical_expression(self, found);
    }

    fn visit_computed_member_expression(&mut self, found: &ComputedMemberExpression<'a>) {
        self.decides = true;
        walk::walk_computed_member_expression(self, found);
    }

    fn visit_call_expression(&mut self, found: &CallExpression<'a>) {
        let name = match &found.callee {
            Expression::Identifier(name) => Some(name.name.as_str()),
            Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
            _ => None,
        };
        self.changes |= !name.is_some_and(|name| PURE.contains(&name));
        walk::walk_call_expression(self, found);
    }

    fn visit_assignment_expression(&mut self, _: &AssignmentExpression<'a>) {
        self.changes = true;
    }

    fn visit_update_expression(&mut self, _: &UpdateExpression<'a>) {
        self.changes = true;
    }

    fn visit_unary_expression(&mut self, found: &UnaryExpression<'a>) {
        self.changes |= found.operator == UnaryOperator::Delete;
        walk::walk_unary_expression(self, found);
    }

    fn visit_new_expression(&mut self, found: &NewExpression<'a>) {
        let name = found.callee.get_identifier_reference().map(|name| name.name.as_str());
        self.changes |= !matches!(name, Some("Map" | "Set"));
        walk::walk_new_expression(self, found);
    }

    fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
        self.changes = true;
    }

    fn visit_yield_expression(&mut self, _: &YieldExpression<'a>) {
        self.changes = true;
    }

    fn visit_import_expression(&mut self, _: &ImportExpression<'a>) {
        self.changes = true;
    }

    fn visit_tagged_template_expression(&mut self, _: &TaggedTemplateExpression<'a>) {
        self.changes = true;
    }

    fn visit_class(&mut self, _: &Class<'a>) {
        self.changes = true;
    }
}
