//! Conditions over an expression: Cube's filter operators as SQL (`reference/features.md` section
//! 4; Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseFilter.ts`).

use model::{DataModel, DimensionType, MeasureType, Member, MemberId};
use query::FilterOperator;
use sql::{Comparison, Expr};

use crate::Error;
use crate::filters::Condition;
use crate::slots::{Slots, Source, ValueKind};

/// What a member's values are, as far as a comparison is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    Text,
    Number,
    Boolean,
    Time,
}

impl ValueType {
    /// The type of a dimension's values or of a measure's result.
    pub(crate) fn of(model: &DataModel, id: MemberId) -> Self {
        match id.member {
            Member::Measure(_) => match model.measure(id).map(|measure| measure.kind) {
                Some(MeasureType::Boolean) => Self::Boolean,
                Some(MeasureType::Time) => Self::Time,
                // The least of a column can be of any type: the server decides.
                Some(MeasureType::Min | MeasureType::Max | MeasureType::String) | None => {
                    Self::Text
                }
                Some(
                    MeasureType::Count
                    | MeasureType::CountDistinct
                    | MeasureType::CountDistinctApprox
                    | MeasureType::Sum
                    | MeasureType::Avg
                    | MeasureType::Number
                    | MeasureType::RunningTotal,
                ) => Self::Number,
            },
            Member::Dimension(_) => match model.dimension(id).map(|dimension| dimension.kind) {
                Some(DimensionType::Number) => Self::Number,
                Some(DimensionType::Boolean) => Self::Boolean,
                Some(DimensionType::Time) => Self::Time,
                Some(DimensionType::String | DimensionType::Geo) | None => Self::Text,
            },
            Member::Segment(_) => Self::Boolean,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Time => "time",
        }
    }

    /// What its filter values must look like.
    pub(crate) fn value_kind(self) -> ValueKind {
        match self {
            Self::Number => ValueKind::Number,
            Self::Boolean => ValueKind::Boolean,
            Self::Text | Self::Time => ValueKind::Text,
        }
    }
}

/// `column` compared as `condition` says.
///
/// A negative operator keeps NULL rows unless null is among its values; a positive one takes them
/// only if it is.
///
/// # Errors
/// [`Error::OperatorMismatch`] for a date operator on a member that is no time.
pub(crate) fn compare<'a>(
    slots: &mut Slots,
    model: &DataModel,
    condition: &Condition,
    column: Expr<'a>,
) -> Result<Expr<'a>, Error> {
    use FilterOperator as Op;
    let value_type = ValueType::of(model, condition.member);
    let kind = value_type.value_kind();
    Ok(match condition.operator {
        Op::Equals => equals(slots, condition, column, kind),
        Op::NotEquals => not_equals(slots, condition, column, kind),
        Op::Contains | Op::StartsWith | Op::EndsWith => like(slots, condition, column, true),
        Op::NotContains | Op::NotStartsWith | Op::NotEndsWith => {
            like(slots, condition, column, false)
        }
        Op::Gt => first_value(slots, condition, column, Comparison::Greater, kind),
        Op::Gte => first_value(slots, condition, column, Comparison::GreaterOrEqual, kind),
        Op::Lt => first_value(slots, condition, column, Comparison::Less, kind),
        Op::Lte => first_value(slots, condition, column, Comparison::LessOrEqual, kind),
        Op::Set => column.is_not_null(),
        Op::NotSet => column.is_null(),
        Op::InDateRange
        | Op::OnTheDate
        | Op::NotInDateRange
        | Op::BeforeDate
        | Op::BeforeOrOnDate
        | Op::AfterDate
        | Op::AfterOrOnDate => {
            let is_time = value_type == ValueType::Time
                || model.measure(condition.member).is_some_and(|measure| {
                    matches!(measure.kind, MeasureType::Min | MeasureType::Max)
                });
            if !is_time {
                return Err(Error::OperatorMismatch {
                    path: model.path(condition.member).to_owned(),
                    member_type: value_type.name(),
                });
            }
            date(slots, condition, column)
        }
        // The caller of this function renders it: it compares nothing.
        Op::MeasureFilter => Expr::Boolean(true),
    })
}

fn values<'a>(slots: &mut Slots, condition: &Condition, kind: ValueKind) -> Vec<Expr<'a>> {
    condition.values.iter().map(|&index| slots.parameter(Source::Value { index, kind })).collect()
}

fn equals<'a>(
    slots: &mut Slots,
    condition: &Condition,
    column: Expr<'a>,
    kind: ValueKind,
) -> Expr<'a> {
    let mut list = values(slots, condition, kind);
    let is_null = condition.has_null.then(|| column.clone().is_null());
    let matches = match list.len() {
        0 => None,
        1 => list.pop().map(|value| Expr::compare(column, Comparison::Equal, value)),
        _ => Some(Expr::In { operand: Box::new(column), list, is_negated: false }),
    };
    Expr::or(matches.into_iter().chain(is_null).collect())
}

fn not_equals<'a>(
    slots: &mut Slots,
    condition: &Condition,
    column: Expr<'a>,
    kind: ValueKind,
) -> Expr<'a> {
    let mut list = values(slots, condition, kind);
    let is_null = (!condition.has_null).then(|| column.clone().is_null());
    let differs = match list.len() {
        0 => return column.is_not_null(),
        1 => list.pop().map(|value| Expr::compare(column, Comparison::NotEqual, value)),
        _ => Some(Expr::In { operand: Box::new(column), list, is_negated: true }),
    };
    Expr::or(differs.into_iter().chain(is_null).collect())
}

/// `ILIKE` over a pattern built in SQL, so that the text does not depend on the value; the value's
/// own wildcards are escaped when it is bound.
///
/// The column is cast to text: on a text column that is nothing, on any other it is what makes
/// `contains` work at all.
fn like<'a>(
    slots: &mut Slots,
    condition: &Condition,
    column: Expr<'a>,
    is_positive: bool,
) -> Expr<'a> {
    use FilterOperator as Op;
    let operator = condition.operator;
    let leads = !matches!(operator, Op::StartsWith | Op::NotStartsWith);
    let trails = !matches!(operator, Op::EndsWith | Op::NotEndsWith);
    let percent = || Expr::Text("%".into());
    let comparison = if is_positive { Comparison::ILike } else { Comparison::NotILike };
    let text = column.clone().cast("text");
    let mut parts: Vec<Expr<'a>> = Vec::new();
    for &place in &condition.values {
        let value = slots.parameter(Source::Pattern(place));
        let mut pattern = Vec::new();
        if leads {
            pattern.push(percent());
        }
        pattern.push(value);
        if trails {
            pattern.push(percent());
        }
        parts.push(Expr::compare(text.clone(), comparison, Expr::Concat(pattern)));
    }
    if is_positive {
        if condition.has_null {
            parts.push(column.is_null());
        }
        return Expr::or(parts);
    }
    if parts.is_empty() {
        return column.is_not_null();
    }
    let none = Expr::and(parts);
    if condition.has_null { none } else { Expr::or(vec![none, column.is_null()]) }
}

fn first_value<'a>(
    slots: &mut Slots,
    condition: &Condition,
    column: Expr<'a>,
    operator: Comparison,
    kind: ValueKind,
) -> Expr<'a> {
    match condition.values.first() {
        Some(&index) => {
            let value = slots.parameter(Source::Value { index, kind });
            Expr::compare(column, operator, value)
        }
        // Only nulls were given: no value is greater or less than null.
        None => Expr::Boolean(false),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`compare` sends the date operators here")]
fn date<'a>(slots: &mut Slots, condition: &Condition, column: Expr<'a>) -> Expr<'a> {
    use FilterOperator as Op;
    let mut instants = condition.instants.clone().map(Source::Instant);
    let mut next = |slots: &mut Slots| {
        let source = instants.next().unwrap_or(Source::Instant(condition.instants.start));
        slots.parameter(source).cast("timestamptz")
    };
    let first = next(slots);
    match condition.operator {
        Op::BeforeDate => Expr::compare(column, Comparison::Less, first),
        Op::BeforeOrOnDate => Expr::compare(column, Comparison::LessOrEqual, first),
        Op::AfterDate => Expr::compare(column, Comparison::Greater, first),
        Op::AfterOrOnDate => Expr::compare(column, Comparison::GreaterOrEqual, first),
        Op::NotInDateRange => {
            let second = next(slots);
            Expr::Or(vec![
                Expr::compare(column.clone(), Comparison::Less, first),
                Expr::compare(column, Comparison::Greater, second),
            ])
        }
        _ => {
            let second = next(slots);
            between(column, first, second)
        }
    }
}

/// `column >= from AND column <= to`, on the raw column so that an index can be used.
pub(crate) fn between<'a>(column: Expr<'a>, from: Expr<'a>, to: Expr<'a>) -> Expr<'a> {
    Expr::And(vec![
        Expr::compare(column.clone(), Comparison::GreaterOrEqual, from),
        Expr::compare(column, Comparison::LessOrEqual, to),
    ])
}
