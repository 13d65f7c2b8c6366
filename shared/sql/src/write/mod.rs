//! The one writer: tree in, text and slots out. It decides layout and parentheses, nothing else.

mod expression;

use crate::quote::quote_identifier;
use crate::{JoinKind, JoinedRelation, Relation, Select, Slot};

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Comparison, Expr, Fragment, OrderBy, Projected};

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
