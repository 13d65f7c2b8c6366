//! The syntax tree: only what is emitted.

use std::borrow::Cow;

/// An identifier before quoting, borrowed from the model where it can be.
pub type Name<'a> = Cow<'a, str>;

/// A parameter's place, before it has a number. The same slot is the same `$n` wherever it stands:
/// PostgreSQL takes one value under two numbers for two expressions (GROUP BY by ordinal, then
/// fails), and equal slots keep it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(pub u32);

/// One SELECT.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Select<'a> {
    /// `SELECT DISTINCT`
    pub is_distinct: bool,
    /// The output columns; ordinals count from 1 here.
    pub columns: Vec<Projected<'a>>,
    /// The first relation; a SELECT without one yields a single row.
    pub from: Option<Relation<'a>>,
    /// Joined in this order.
    pub joins: Vec<JoinedRelation<'a>>,
    /// WHERE
    pub filter: Option<Expr<'a>>,
    /// How many of the leading columns are grouped by, as `GROUP BY 1, 2`; 0 groups nothing.
    pub group_by: usize,
    /// All rows are one group, though no column groups and nothing may aggregate: `GROUP BY ()`.
    pub is_one_group: bool,
    /// HAVING
    pub having: Option<Expr<'a>>,
    /// ORDER BY
    pub order_by: Vec<OrderBy>,
    /// LIMIT, a parameter: the text must not depend on it.
    pub limit: Option<Slot>,
    /// OFFSET, a parameter.
    pub offset: Option<Slot>,
}

/// An output column.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected<'a> {
    /// What it computes.
    pub expression: Expr<'a>,
    /// Its name, quoted when written.
    pub alias: Name<'a>,
}

/// One sort key, by the ordinal of an output column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    /// From 1.
    pub ordinal: usize,
    /// `DESC`; NULLs stand where PostgreSQL puts them.
    pub is_descending: bool,
}

/// Something to select from.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation<'a> {
    /// A table by the author's spelling, inlined: `orders AS "orders"`.
    Table {
        /// The author's text.
        sql: Expr<'a>,
        /// How it is referred to.
        alias: Name<'a>,
    },
    /// The author's own query, in parentheses.
    Query {
        /// The author's text.
        sql: Expr<'a>,
        /// How it is referred to.
        alias: Name<'a>,
    },
    /// `generate_series(from, to, step)`, one row per step in the column `date_from`.
    Series {
        /// The first step.
        from: Expr<'a>,
        /// No step lies behind it.
        to: Expr<'a>,
        /// The width of a step.
        step: Expr<'a>,
        /// How it is referred to.
        alias: Name<'a>,
    },
    /// A SELECT of ours, in parentheses.
    Select {
        /// The sub-select.
        select: Box<Select<'a>>,
        /// How it is referred to.
        alias: Name<'a>,
    },
}

/// A relation and how it is joined.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinedRelation<'a> {
    /// How.
    pub kind: JoinKind,
    /// What is joined.
    pub relation: Relation<'a>,
    /// ON; absent for CROSS.
    pub condition: Option<Expr<'a>>,
}

/// The kinds of join that are emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// `LEFT JOIN`
    Left,
    /// `INNER JOIN`
    Inner,
    /// `FULL JOIN`
    Full,
    /// `LEFT JOIN LATERAL`: what is joined reads the columns of what stands before it.
    LeftLateral,
    /// `CROSS JOIN`
    Cross,
}

/// A value or condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr<'a> {
    /// `"relation"."name"`
    Column {
        /// The relation's alias.
        relation: Name<'a>,
        /// The column.
        name: Name<'a>,
    },
    /// `"relation".name`: a column spelt by the author, who decides about its case.
    AuthorColumn {
        /// The relation's alias.
        relation: Name<'a>,
        /// The author's identifier, unquoted.
        name: &'a str,
    },
    /// `"name"`: a relation's alias standing for itself, as in the author's `{CUBE}.city`.
    Identifier(Name<'a>),
    /// The author's SQL with expressions of ours in its holes.
    Raw(Vec<Fragment<'a>>),
    /// `$n`
    Parameter(Slot),
    /// A quoted literal; only for text of the author's (labels) and constants of ours.
    Text(Cow<'a, str>),
    /// A constant of ours.
    Integer(i64),
    /// `true` or `false`
    Boolean(bool),
    /// `NULL`
    Null,
    /// `function(arguments)`
    Call {
        /// A name of ours, written as it is.
        function: &'static str,
        /// `function(DISTINCT ...)`
        is_distinct: bool,
        /// In order.
        arguments: Vec<Expr<'a>>,
    },
    /// `count(*)`
    CountRows,
    /// `operand::type`
    Cast {
        /// What is cast.
        operand: Box<Expr<'a>>,
        /// A type name of ours.
        to: &'static str,
    },
    /// `operand AT TIME ZONE zone`
    AtTimeZone {
        /// A timestamp.
        operand: Box<Expr<'a>>,
        /// The zone's name.
        zone: Box<Expr<'a>>,
    },
    /// `left operator right`
    Compare {
        /// The left side.
        left: Box<Expr<'a>>,
        /// The operator.
        operator: Comparison,
        /// The right side.
        right: Box<Expr<'a>>,
    },
    /// `a || b || c`
    Concat(Vec<Expr<'a>>),
    /// `operand [NOT] IN (list)`
    In {
        /// What is looked for.
        operand: Box<Expr<'a>>,
        /// Never empty.
        list: Vec<Expr<'a>>,
        /// `NOT IN`
        is_negated: bool,
    },
    /// `operand IS [NOT] NULL`
    IsNull {
        /// What is looked at.
        operand: Box<Expr<'a>>,
        /// `IS NOT NULL`
        is_negated: bool,
    },
    /// `(a) AND (b)`; true when empty.
    And(Vec<Expr<'a>>),
    /// `(a) OR (b)`; false when empty.
    Or(Vec<Expr<'a>>),
    /// `(SELECT ...)` as a value.
    Subselect(Box<Select<'a>>),
    /// `CASE WHEN ... THEN ... ELSE ... END`
    Case {
        /// Condition and value, in order.
        whens: Vec<(Expr<'a>, Expr<'a>)>,
        /// ELSE
        otherwise: Option<Box<Expr<'a>>>,
    },
}

/// A piece of author's SQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Fragment<'a> {
    /// The author's text, or a constant of ours.
    Text(Cow<'a, str>),
    /// An expression in one of its holes; put in parentheses unless it is plainly one operand.
    Expr(Expr<'a>),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `ILIKE`
    ILike,
    /// `NOT ILIKE`
    NotILike,
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `*`
    Times,
    /// `/`
    DividedBy,
}

impl<'a> Expr<'a> {
    /// `function(argument)`
    pub fn call(function: &'static str, arguments: Vec<Self>) -> Self {
        Self::Call { function, is_distinct: false, arguments }
    }

    /// `function(DISTINCT argument)`
    pub fn call_distinct(function: &'static str, argument: Self) -> Self {
        Self::Call { function, is_distinct: true, arguments: vec![argument] }
    }

    /// `left operator right`
    pub fn compare(left: Self, operator: Comparison, right: Self) -> Self {
        Self::Compare { left: Box::new(left), operator, right: Box::new(right) }
    }

    /// `self::to`
    #[must_use]
    pub fn cast(self, to: &'static str) -> Self {
        Self::Cast { operand: Box::new(self), to }
    }

    /// `self IS NULL`
    #[must_use]
    pub fn is_null(self) -> Self {
        Self::IsNull { operand: Box::new(self), is_negated: false }
    }

    /// `self IS NOT NULL`
    #[must_use]
    pub fn is_not_null(self) -> Self {
        Self::IsNull { operand: Box::new(self), is_negated: true }
    }

    /// A column of a relation of ours.
    pub fn column(relation: impl Into<Name<'a>>, name: impl Into<Name<'a>>) -> Self {
        Self::Column { relation: relation.into(), name: name.into() }
    }

    /// All of `conditions`; a single one stands alone.
    pub fn and(mut conditions: Vec<Self>) -> Self {
        match (conditions.len(), conditions.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                conditions.extend(last);
                Self::And(conditions)
            }
        }
    }

    /// One of `conditions`; a single one stands alone.
    pub fn or(mut conditions: Vec<Self>) -> Self {
        match (conditions.len(), conditions.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                conditions.extend(last);
                Self::Or(conditions)
            }
        }
    }
}
