//! Members of what may be a claim: `a.b`, `a?.b` and `a[b]`.

use oxc_ast::ast::{ComputedMemberExpression, Expression, StaticMemberExpression};
use oxc_ast_visit::Visit as _;
use oxc_span::GetSpan as _;

use super::{Translator, end, start};

impl<'a> Translator<'_> {
    pub(super) fn static_member(&mut self, found: &StaticMemberExpression<'a>) {
        self.holder(&found.object, found.optional);
    }

    pub(super) fn computed_member(&mut self, found: &ComputedMemberExpression<'a>) {
        let keeps_owner = self.keeps_owner.take() == Some(found.span);
        if !self.is_guarded || found.expression.is_literal() {
            self.holder(&found.object, found.optional);
            self.visit_expression(&found.expression);
        } else if keeps_owner || found.optional || is_in_chain(&found.object) {
            self.holder(&found.object, found.optional);
            self.wrapped("plain", &found.expression);
        } else {
            self.edits.insert(start(found.span), "$tessera.lookup(");
            self.visit_expression(&found.object);
            self.between(found.object.span(), found.expression.span(), ",");
            self.visit_expression(&found.expression);
            self.edits.replace(end(found.expression.span()), end(found.span), ")");
        }
    }

    /// What a member is asked of.
    fn holder(&mut self, object: &Expression<'a>, is_optional: bool) {
        self.keeps_owner = None;
        match object {
            // They are no claims, and `super` can stand nowhere else.
            Expression::Super(_)
            | Expression::ThisExpression(_)
            | Expression::ArrayExpression(_)
            | Expression::ObjectExpression(_)
            | Expression::StringLiteral(_)
            | Expression::RegExpLiteral(_) => self.visit_expression(object),
            _ if is_optional => self.wrapped("may", object),
            // A call around half a chain would end what it leaves out.
            _ if is_in_chain(object) => self.visit_expression(object),
            _ => self.wrapped("live", object),
        }
    }
}

/// Whether something before in the same chain may leave out the rest: `a?.b` of `a?.b.c`.
fn is_in_chain(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::StaticMemberExpression(found) => found.optional || is_in_chain(&found.object),
        Expression::ComputedMemberExpression(found) => found.optional || is_in_chain(&found.object),
        Expression::PrivateFieldExpression(found) => found.optional || is_in_chain(&found.object),
        Expression::CallExpression(found) => found.optional || is_in_chain(&found.callee),
        Expression::TSNonNullExpression(found) => is_in_chain(&found.expression),
        _ => false,
    }
}
