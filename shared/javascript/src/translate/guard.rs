//! Operators and statements that ask first whether a claim is computed on.
//!
//! A claim has no value while a model is compiled, and JavaScript takes whatever stands for it for
//! true. So in a model that may compute on claims, everything that looks at a value becomes a call,
//! which does what the operator does, or keeps the question for the request.

use oxc_ast::ast::{
    ArrowFunctionBody, AssignmentExpression, AssignmentOperator, AssignmentTarget, AwaitExpression,
    BinaryExpression, BindingPattern, ConditionalExpression, Expression, FormalParameters,
    FunctionBody, LogicalExpression, LogicalOperator, SwitchStatement, TemplateLiteral,
    UnaryExpression, UnaryOperator, YieldExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan as _, Span};

use super::effects::is_decided_alone;
use super::{Translator, end, start};

/// Whether an expression waits or yields, which it can not do in a function of its own.
struct Suspends(bool);

impl<'a> Visit<'a> for Suspends {
    fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
        self.0 = true;
    }

    fn visit_yield_expression(&mut self, _: &YieldExpression<'a>) {
        self.0 = true;
    }
}

fn suspends(expression: &Expression<'_>) -> bool {
    let mut found = Suspends(false);
    found.visit_expression(expression);
    found.0
}

impl<'a> Translator<'_> {
    /// Visits an expression and makes it the argument of one of our functions.
    pub(super) fn wrapped(&mut self, function: &str, expression: &Expression<'a>) {
        let span = expression.span();
        if self.is_guarded {
            self.edits.insert(start(span), format!("$tessera.{function}("));
        }
        self.visit_expression(expression);
        if self.is_guarded {
            self.edits.insert(end(span), ")");
        }
    }

    /// Visits what decides which way the code goes on.
    pub(super) fn test(&mut self, expression: &Expression<'a>) {
        self.wrapped("test", expression);
    }

    /// Replaces what stands between two operands.
    pub(super) fn between(&mut self, left: Span, right: Span, text: &str) {
        self.edits.replace(end(left), start(right), text);
    }

    pub(super) fn conditional(&mut self, found: &ConditionalExpression<'a>) {
        self.test(&found.test);
        self.visit_expression(&found.consequent);
        self.visit_expression(&found.alternate);
    }

    pub(super) fn logical(&mut self, found: &LogicalExpression<'a>) {
        if !self.is_guarded {
            return walk::walk_logical_expression(self, found);
        }
        if suspends(&found.right) {
            self.wrapped("plain", &found.left);
            self.visit_expression(&found.right);
            return;
        }
        let function = match found.operator {
            LogicalOperator::And => "and",
            LogicalOperator::Or => "or",
            LogicalOperator::Coalesce => "nullish",
        };
        self.edits.insert(start(found.span), format!("$tessera.{function}("));
        self.visit_expression(&found.left);
        self.between(found.left.span(), found.right.span(), ",()=>(");
        self.visit_expression(&found.right);
        self.edits.insert(end(found.span), "))");
    }

    pub(super) fn unary(&mut self, found: &UnaryExpression<'a>) {
        let function = match (found.operator, &found.argument) {
            (UnaryOperator::LogicalNot, _) => "not",
            // Of a name that nothing declares, `typeof` can be asked and no function can.
            (UnaryOperator::Typeof, Expression::Identifier(name))
                if self.symbol(name).is_none() =>
            {
                return walk::walk_unary_expression(self, found);
            }
            (UnaryOperator::Typeof, _) => "typeOf",
            (UnaryOperator::UnaryPlus, _) => "plus",
            (UnaryOperator::UnaryNegation | UnaryOperator::BitwiseNot, argument) => {
                return self.wrapped("plain", argument);
            }
            (UnaryOperator::Delete, argument) => {
                self.keeps_owner = owned(argument);
                return walk::walk_unary_expression(self, found);
            }
            (UnaryOperator::Void, _) => return walk::walk_unary_expression(self, found),
        };
        if !self.is_guarded {
            return walk::walk_unary_expression(self, found);
        }
        let argument = start(found.argument.span());
        self.edits.replace(start(found.span), argument, format!("$tessera.{function}("));
        self.visit_expression(&found.argument);
        self.edits.insert(end(found.span), ")");
    }

    pub(super) fn binary(&mut self, found: &BinaryExpression<'a>) {
        if !self.is_guarded {
            return walk::walk_binary_expression(self, found);
        }
        let name = found.operator.as_str();
        self.edits.insert(start(found.span), format!("$tessera.op(\"{name}\","));
        self.visit_expression(&found.left);
        self.between(found.left.span(), found.right.span(), ",");
        self.visit_expression(&found.right);
        self.edits.insert(end(found.span), ")");
    }

    /// `x += y` and `x ||= y` ask what they would ask written out.
    pub(super) fn assignment(&mut self, found: &AssignmentExpression<'a>) {
        if !self.is_guarded || found.operator == AssignmentOperator::Assign {
            return walk::walk_assignment_expression(self, found);
        }
        self.visit_assignment_target(&found.left);
        let name = match &found.left {
            AssignmentTarget::AssignmentTargetIdentifier(name) => Some(name.name.as_str()),
            _ => None,
        };
        let call = match (found.operator, name) {
            (AssignmentOperator::Addition, Some(name)) => format!("=$tessera.op(\"+\",{name},"),
            (AssignmentOperator::Addition, None) => return self.wrapped("added", &found.right),
            (AssignmentOperator::LogicalAnd, Some(name)) => format!("=$tessera.and({name},()=>("),
            (AssignmentOperator::LogicalOr, Some(name)) => format!("=$tessera.or({name},()=>("),
            (AssignmentOperator::LogicalNullish, Some(name)) => {
                format!("=$tessera.nullish({name},()=>(")
            }
            _ => return self.wrapped("plain", &found.right),
        };
        let is_thunk = call.ends_with("=>(");
        if is_thunk && suspends(&found.right) {
            return self.wrapped("plain", &found.right);
        }
        self.between(found.left.span(), found.right.span(), &call);
        self.visit_expression(&found.right);
        self.edits.insert(end(found.right.span()), if is_thunk { "))" } else { ")" });
    }

    /// Every `case` becomes a question; what is asked about is kept beside the statement.
    pub(super) fn switch(&mut self, found: &SwitchStatement<'a>) {
        if !self.is_guarded {
            return walk::walk_switch_statement(self, found);
        }
        let asked = format!("$tessera_{}", start(found.span));
        let discriminant = found.discriminant.span();
        self.edits.insert(start(found.span), format!("{{let {asked};"));
        self.edits.insert(start(discriminant), format!("({asked}="));
        self.visit_expression(&found.discriminant);
        self.edits.insert(end(discriminant), ",true)");
        for case in &found.cases {
            if let Some(test) = &case.test {
                let span = test.span();
                let call = format!("!!$tessera.test($tessera.op(\"===\",{asked},");
                self.edits.insert(start(span), call);
                self.visit_expression(test);
                self.edits.insert(end(span), "))");
            }
            for statement in &case.consequent {
                self.visit_statement(statement);
            }
        }
        self.edits.insert(end(found.span), "}");
    }

    /// What stands in a text is decided there, so that two places do not make four ways.
    pub(super) fn template(&mut self, found: &TemplateLiteral<'a>) {
        for expression in &found.expressions {
            if !self.is_guarded || !is_decided_alone(expression) {
                self.visit_expression(expression);
                continue;
            }
            let span = expression.span();
            self.edits.insert(start(span), "$tessera.hole(()=>(");
            self.visit_expression(expression);
            self.edits.insert(end(span), "))");
        }
    }

    /// What a pattern takes apart; a default in it asks whether something is missing.
    pub(super) fn taken_apart(&mut self, pattern: &BindingPattern<'a>, init: &Expression<'a>) {
        if is_asking(pattern) {
            self.wrapped("plain", init);
        } else {
            self.visit_expression(init);
        }
    }
}

/// What a function's parameters have defaults for. JavaScript takes one where a value is missing, and
/// does not see that a claim's is: the body begins with asking.
impl<'a> Translator<'_> {
    pub(super) fn parameters(&mut self, found: &FormalParameters<'a>) {
        walk::walk_formal_parameters(self, found);
        let mut names = Vec::new();
        for parameter in &found.items {
            with_default(&parameter.pattern, parameter.initializer.is_some(), &mut names);
        }
        self.with_defaults = if self.is_guarded { names.join(",") } else { String::new() };
    }

    pub(super) fn body(&mut self, found: &FunctionBody<'a>) {
        let names = std::mem::take(&mut self.with_defaults);
        if !names.is_empty() {
            let start =
                found.directives.last().map_or(start(found.span) + 1, |last| end(last.span));
            self.edits.insert(start, format!(";$tessera.given({names});"));
        }
        walk::walk_function_body(self, found);
    }

    pub(super) fn arrow_body(&mut self, found: &ArrowFunctionBody<'a>) {
        let Some(expression) = found.as_expression() else {
            return walk::walk_arrow_function_body(self, found);
        };
        let names = std::mem::take(&mut self.with_defaults);
        if names.is_empty() {
            return self.visit_expression(expression);
        }
        let span = expression.span();
        self.edits.insert(start(span), format!("($tessera.given({names}),"));
        self.visit_expression(expression);
        self.edits.insert(end(span), ")");
    }
}

/// The names in a pattern that have a default.
fn with_default<'a>(pattern: &BindingPattern<'a>, has_default: bool, names: &mut Vec<&'a str>) {
    match pattern {
        BindingPattern::BindingIdentifier(name) => {
            if has_default {
                names.push(name.name.as_str());
            }
        }
        BindingPattern::AssignmentPattern(found) => with_default(&found.left, true, names),
        BindingPattern::ObjectPattern(found) => {
            for property in &found.properties {
                with_default(&property.value, has_default, names);
            }
        }
        // What stands for a claim cannot be taken apart as a list.
        BindingPattern::ArrayPattern(_) => {}
    }
}

/// Whether a pattern needs the value that it takes apart.
fn is_asking(pattern: &BindingPattern<'_>) -> bool {
    match pattern {
        BindingPattern::BindingIdentifier(_) => false,
        BindingPattern::ArrayPattern(_) | BindingPattern::AssignmentPattern(_) => true,
        BindingPattern::ObjectPattern(found) => {
            found.rest.is_some()
                || found.properties.iter().any(|property| is_asking(&property.value))
        }
    }
}

/// The computed member that an expression is, whose object must stay beside its name.
pub(super) fn owned(expression: &Expression<'_>) -> Option<Span> {
    match expression.get_inner_expression() {
        Expression::ComputedMemberExpression(found) => Some(found.span),
        _ => None,
    }
}
