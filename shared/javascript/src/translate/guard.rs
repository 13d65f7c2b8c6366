//! Operators that ask first whether a claim is computed on.
//!
//! A claim has no value while a model is compiled, and JavaScript takes whatever stands for it for
//! true. So in a model that may compute on claims, everything that looks at a value becomes a call,
//! which does what the operator does, or keeps the question for the request.

use oxc_ast::ast::{
    AwaitExpression, BinaryExpression, BinaryOperator, ConditionalExpression, Expression,
    LogicalExpression, LogicalOperator, UnaryExpression, UnaryOperator, YieldExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan as _, Span};

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

    /// Visits what a statement depends on.
    pub(super) fn test(&mut self, expression: &Expression<'a>) {
        self.wrapped("test", expression);
    }

    /// Replaces what stands between two operands.
    fn between(&mut self, left: Span, right: Span, text: &str) {
        self.edits.replace(end(left), start(right), text);
    }

    pub(super) fn conditional(&mut self, found: &ConditionalExpression<'a>) {
        if !self.is_guarded {
            return walk::walk_conditional_expression(self, found);
        }
        if suspends(&found.consequent) || suspends(&found.alternate) {
            self.test(&found.test);
            self.visit_expression(&found.consequent);
            self.visit_expression(&found.alternate);
            return;
        }
        let (then, otherwise) = (found.consequent.span(), found.alternate.span());
        self.edits.insert(start(found.span), "$tessera.cond(");
        self.visit_expression(&found.test);
        self.between(found.test.span(), then, ",()=>(");
        self.visit_expression(&found.consequent);
        self.between(then, otherwise, "),()=>(");
        self.visit_expression(&found.alternate);
        self.edits.insert(end(found.span), "))");
    }

    pub(super) fn logical(&mut self, found: &LogicalExpression<'a>) {
        if !self.is_guarded {
            return walk::walk_logical_expression(self, found);
        }
        if suspends(&found.right) {
            self.test(&found.left);
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
        let function = match found.operator {
            UnaryOperator::LogicalNot => "not",
            // Of a name that nothing declares, `typeof` can be asked and no function can.
            UnaryOperator::Typeof if !matches!(found.argument, Expression::Identifier(_)) => {
                "typeOf"
            }
            _ => return walk::walk_unary_expression(self, found),
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
        let is_asked = matches!(
            found.operator,
            BinaryOperator::Equality
                | BinaryOperator::Inequality
                | BinaryOperator::StrictEquality
                | BinaryOperator::StrictInequality
                | BinaryOperator::LessThan
                | BinaryOperator::LessEqualThan
                | BinaryOperator::GreaterThan
                | BinaryOperator::GreaterEqualThan
                | BinaryOperator::Addition
                | BinaryOperator::In
                | BinaryOperator::Instanceof
        );
        if !self.is_guarded || !is_asked {
            return walk::walk_binary_expression(self, found);
        }
        let name = found.operator.as_str();
        self.edits.insert(start(found.span), format!("$tessera.op(\"{name}\","));
        self.visit_expression(&found.left);
        self.between(found.left.span(), found.right.span(), ",");
        self.visit_expression(&found.right);
        self.edits.insert(end(found.span), ")");
    }
}
