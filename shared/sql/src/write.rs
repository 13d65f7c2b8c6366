//! The one writer: tree in, text and slots out. It decides layout and parentheses, nothing else.

use crate::operand::is_single_operand;
use crate::quote::{quote_identifier, quote_text};
use crate::{Comparison, Expr, Fragment, JoinKind, JoinedRelation, Relation, Select, Slot};

/// A written statement whose parameters have numbers but no values yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// PostgreSQL text.
    pub text: String,
    /// The slot of `$1`, of `$2`, and so on.
    pub slots: Vec<Slot>,
}

/// Writes a SELECT. Cannot fail: whatever the tree can say, PostgreSQL can parse (author's raw SQL
/// aside).
pub fn write(select: &Select<'_>) -> Written {
    let mut writer = Writer { text: String::with_capacity(512), slots: Vec::new() };
    writer.select(select, 0);
    Written { text: writer.text, slots: writer.slots }
}

struct Writer {
    text: String,
    slots: Vec<Slot>,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, depth: usize) {
        self.text.push('\n');
        for _ in 0..depth {
            self.text.push_str("  ");
        }
    }

    fn select(&mut self, select: &Select<'_>, depth: usize) {
        self.push(if select.is_distinct { "SELECT DISTINCT" } else { "SELECT" });
        for (index, column) in select.columns.iter().enumerate() {
            if index > 0 {
                self.push(",");
            }
            self.line(depth + 1);
            self.expression(&column.expression);
            self.push(" AS ");
            quote_identifier(&column.alias, &mut self.text);
        }
        if let Some(from) = &select.from {
            self.line(depth);
            self.push("FROM ");
            self.relation(from, depth);
        }
        for join in &select.joins {
            self.join(join, depth);
        }
        if let Some(filter) = &select.filter {
            self.line(depth);
            self.push("WHERE ");
            self.expression(filter);
        }
        self.tail(select, depth);
    }

    fn tail(&mut self, select: &Select<'_>, depth: usize) {
        if select.group_by > 0 {
            self.line(depth);
            self.push("GROUP BY ");
            self.list(1..=select.group_by, Self::number);
        } else if select.is_one_group {
            self.line(depth);
            self.push("GROUP BY ()");
        }
        if let Some(having) = &select.having {
            self.line(depth);
            self.push("HAVING ");
            self.expression(having);
        }
        if !select.order_by.is_empty() {
            self.line(depth);
            self.push("ORDER BY ");
            self.list(&select.order_by, |writer, order| {
                writer.number(order.ordinal);
                writer.push(if order.is_descending { " DESC" } else { " ASC" });
            });
        }
        if let Some(limit) = select.limit {
            self.line(depth);
            self.push("LIMIT ");
            self.parameter(limit);
        }
        if let Some(offset) = select.offset {
            self.line(depth);
            self.push("OFFSET ");
            self.parameter(offset);
        }
    }

    fn join(&mut self, join: &JoinedRelation<'_>, depth: usize) {
        self.line(depth);
        self.push(match join.kind {
            JoinKind::Left => "LEFT JOIN ",
            JoinKind::LeftLateral => "LEFT JOIN LATERAL ",
            JoinKind::Inner => "INNER JOIN ",
            JoinKind::Full => "FULL JOIN ",
            JoinKind::Cross => "CROSS JOIN ",
        });
        self.relation(&join.relation, depth);
        if let Some(condition) = &join.condition {
            self.push(" ON ");
            self.expression(condition);
        }
    }

    fn relation(&mut self, relation: &Relation<'_>, depth: usize) {
        let alias = match relation {
            Relation::Table { sql, alias } => {
                self.expression(sql);
                alias
            }
            Relation::Query { sql, alias } => {
                self.push("(");
                self.expression(sql);
                self.close_after_author();
                alias
            }
            Relation::Series { from, to, step, alias } => {
                self.push("generate_series(");
                self.list([from, to, step], Self::expression);
                self.push(") AS ");
                quote_identifier(alias, &mut self.text);
                return self.push("(date_from)");
            }
            Relation::Select { select, alias } => {
                self.push("(");
                self.line(depth + 1);
                self.select(select, depth + 1);
                self.line(depth);
                self.push(")");
                alias
            }
        };
        self.push(" AS ");
        quote_identifier(alias, &mut self.text);
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            write(self, item);
        }
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        use std::fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
    }

    fn parameter(&mut self, slot: Slot) {
        let index = self.slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        });
        self.push("$");
        self.number(index + 1);
    }

    fn expression(&mut self, expression: &Expr<'_>) {
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
    fn close_after_author(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrderBy, Projected};

    fn text_of(expression: Expr<'_>) -> String {
        let select = Select {
            columns: vec![Projected { expression, alias: "x".into() }],
            ..Select::default()
        };
        write(&select)
            .text
            .trim_start_matches("SELECT\n  ")
            .trim_end_matches(" AS \"x\"")
            .to_owned()
    }

    #[test]
    fn identifiers_and_literals_cannot_break_out_of_their_quotes() {
        assert_eq!(text_of(Expr::column("a\"b", "c")), "\"a\"\"b\".\"c\"");
        assert_eq!(text_of(Expr::Text("it's".into())), "'it''s'");
        assert_eq!(text_of(Expr::Text("a\\'b".into())).trim(), "E'a\\\\''b'");
    }

    #[test]
    fn a_slot_has_one_number_wherever_it_stands() {
        let select = Select {
            columns: vec![
                Projected { expression: Expr::Parameter(Slot(7)), alias: "a".into() },
                Projected { expression: Expr::Parameter(Slot(3)), alias: "b".into() },
                Projected { expression: Expr::Parameter(Slot(7)), alias: "c".into() },
            ],
            ..Select::default()
        };
        let written = write(&select);
        assert_eq!(written.slots, [Slot(7), Slot(3)]);
        assert!(written.text.contains("$1 AS \"a\""));
        assert!(written.text.contains("$2 AS \"b\""));
        assert!(written.text.contains("$1 AS \"c\""));
    }

    #[test]
    fn author_sql_is_put_in_parentheses_when_it_is_more_than_one_operand() {
        let raw = |text: &'static str| Expr::Raw(vec![Fragment::Text(text.into())]);
        let equals = |text| text_of(Expr::compare(raw(text), Comparison::Equal, Expr::Integer(1)));
        assert_eq!(equals("a"), "a = 1");
        assert_eq!(equals("t.a"), "t.a = 1");
        assert_eq!(equals("lower(a || 'x y')"), "lower(a || 'x y') = 1");
        assert_eq!(equals("a::numeric(10, 2)"), "a::numeric(10, 2) = 1");
        assert_eq!(equals("a = 'x'"), "(a = 'x') = 1");
        assert_eq!(equals("(a) + (b)"), "((a) + (b)) = 1");
        assert_eq!(equals("'a' || 'b'"), "('a' || 'b') = 1");
        assert_eq!(equals("-a"), "(-a) = 1");
        assert_eq!(equals("a -- why"), "(a -- why\n) = 1");
    }

    #[test]
    fn a_template_that_is_one_reference_is_that_reference() {
        let inner = Expr::Raw(vec![Fragment::Text("a + b".into())]);
        assert_eq!(text_of(Expr::Raw(vec![Fragment::Expr(inner.clone())])), "a + b");
        let product = Expr::Raw(vec![Fragment::Text("2 * ".into()), Fragment::Expr(inner)]);
        assert_eq!(text_of(product), "2 * (a + b)");
    }

    #[test]
    fn a_select_is_written_clause_by_clause() {
        let select = Select {
            columns: vec![
                Projected { expression: Expr::column("orders", "status"), alias: "s".into() },
                Projected { expression: Expr::CountRows, alias: "n".into() },
            ],
            from: Some(Relation::Table {
                sql: Expr::Raw(vec![Fragment::Text("public.orders".into())]),
                alias: "orders".into(),
            }),
            filter: Some(Expr::And(vec![
                Expr::column("orders", "id").is_not_null(),
                Expr::Or(vec![]),
            ])),
            group_by: 1,
            order_by: vec![OrderBy { ordinal: 2, is_descending: true }],
            limit: Some(Slot(0)),
            ..Select::default()
        };
        assert_eq!(
            write(&select).text,
            "SELECT\n  \"orders\".\"status\" AS \"s\",\n  count(*) AS \"n\"\nFROM public.orders AS \"orders\"\n\
             WHERE (\"orders\".\"id\" IS NOT NULL) AND (false)\nGROUP BY 1\nORDER BY 2 DESC\nLIMIT $1"
        );
    }
}
