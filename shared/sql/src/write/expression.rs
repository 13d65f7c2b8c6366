//! Values and conditions, with parentheses where what stands inside could be more than one operand.

use super::Writer;
use crate::operand::is_single_operand;
use crate::quote::{quote_identifier, quote_text};
use crate::{Comparison, Expr, Fragment};

impl Writer {
    pub(super) fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Column { relation, name } => {
                quote_identifier(relation, &mut self.text);
                self.push(".");
                quote_identifier(name, &mut self.text);
            }
            Expr::AuthorColumn { relation, name } => {
                quote_identifier(relation, &mut self.text);
                self.push(".");
                self.push(name);
            }
            Expr::Identifier(name) => quote_identifier(name, &mut self.text),
            Expr::Raw(fragments) => self.raw(fragments),
            Expr::Parameter(slot) => self.parameter(*slot),
            Expr::Text(text) => quote_text(text, &mut self.text),
            Expr::Integer(number) => self.number(number),
            Expr::Boolean(value) => self.push(if *value { "true" } else { "false" }),
            Expr::Null => self.push("NULL"),
            Expr::Call { function, is_distinct, arguments } => {
                self.push(function);
                self.push(if *is_distinct { "(DISTINCT " } else { "(" });
                self.list(arguments, Self::expression);
                self.close_after_author();
            }
            Expr::CountRows => self.push("count(*)"),
            Expr::Case { whens, otherwise } => self.case(whens, otherwise.as_deref()),
            Expr::Subselect(select) => {
                self.push("(");
                self.select(select, 2);
                self.push(")");
            }
            Expr::And(parts) => self.connective(parts, " AND ", "true"),
            Expr::Or(parts) => self.connective(parts, " OR ", "false"),
            Expr::Cast { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Compare { .. }
            | Expr::Concat(_)
            | Expr::In { .. }
            | Expr::IsNull { .. } => self.operation(expression),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`expression` sends the operators here")]
    fn operation(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Cast { operand, to } => {
                self.operand(operand);
                self.push("::");
                self.push(to);
            }
            Expr::AtTimeZone { operand, zone } => {
                self.operand(operand);
                self.push(" AT TIME ZONE ");
                self.operand(zone);
            }
            Expr::Compare { left, operator, right } => {
                self.operand(left);
                self.push(operator_text(*operator));
                self.operand(right);
            }
            Expr::Concat(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.push(" || ");
                    }
                    self.operand(part);
                }
            }
            Expr::In { operand, list, is_negated } => {
                self.operand(operand);
                self.push(if *is_negated { " NOT IN (" } else { " IN (" });
                self.list(list, Self::expression);
                self.push(")");
            }
            Expr::IsNull { operand, is_negated } => {
                self.operand(operand);
                self.push(if *is_negated { " IS NOT NULL" } else { " IS NULL" });
            }
            _ => self.expression(expression),
        }
    }

    fn case(&mut self, whens: &[(Expr<'_>, Expr<'_>)], otherwise: Option<&Expr<'_>>) {
        self.push("CASE");
        for (condition, value) in whens {
            self.push(" WHEN ");
            self.operand(condition);
            self.push(" THEN ");
            self.operand(value);
        }
        if let Some(value) = otherwise {
            self.push(" ELSE ");
            self.operand(value);
        }
        self.push(" END");
    }

    fn connective(&mut self, parts: &[Expr<'_>], word: &str, when_empty: &str) {
        if parts.is_empty() {
            self.push(when_empty);
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.push(word);
            }
            self.parenthesized(part);
        }
    }

    fn parenthesized(&mut self, expression: &Expr<'_>) {
        self.push("(");
        self.expression(expression);
        self.close_after_author();
    }

    /// A closing parenthesis that a `--` comment at the end of author's SQL cannot swallow.
    pub(super) fn close_after_author(&mut self) {
        let last_line = self.text.rsplit('\n').next().unwrap_or_default();
        if last_line.contains("--") {
            self.text.push('\n');
        }
        self.text.push(')');
    }

    /// Writes an operand of an operator: in parentheses unless it is plainly one operand.
    fn operand(&mut self, expression: &Expr<'_>) {
        let start = self.text.len();
        self.expression(expression);
        let written = self.text.get(start..).unwrap_or_default();
        if !is_single_operand(written) {
            self.text.insert(start, '(');
            self.close_after_author();
        }
    }

    fn raw(&mut self, fragments: &[Fragment<'_>]) {
        // A template that is nothing but one reference is that reference.
        if let [Fragment::Expr(only)] = fragments {
            self.expression(only);
            return;
        }
        for fragment in fragments {
            match fragment {
                Fragment::Text(text) => self.push(text),
                Fragment::Expr(expression) => self.operand(expression),
            }
        }
    }
}

fn operator_text(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::ILike => " ILIKE ",
        Comparison::NotILike => " NOT ILIKE ",
        Comparison::Times => " * ",
        Comparison::DividedBy => " / ",
        Comparison::Minus => " - ",
        Comparison::Plus => " + ",
    }
}
