//! What an author's SQL computes on claims: JavaScript's rules for the few operators that are kept.
//!
//! ECMA-262, sections 7.1 (type conversion) and 7.2 (comparison).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JavaScript's rules name a few kinds of values and treat all others alike"
)]

use std::borrow::Cow;
use std::cmp::Ordering;

use auth::SecurityContext;
use model::{ClaimPath, Computation, CubeId, Operator, SqlTemplate};
use serde_json::Value as Json;
use sql::Fragment;

use super::{Env, MeasureOf, claim, fragments};
use crate::Error;
use crate::slots::Slots;

/// The text of a computation.
///
/// # Errors
/// A claim it reads that is missing or null. Where a claim can become text of the statement, also
/// one that is not plain (PARITY.md row 3). One that is of a kind the operator cannot take.
pub(super) fn render<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    computation: &'a Computation,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Vec<Fragment<'a>>, Error> {
    check_claims(env.context, computation)?;
    match (Run { context: env.context, computation }).value(computation, None)? {
        Value::Sql(template) => fragments(env, slots, owner, template, measure_of),
        value => Ok(vec![Fragment::Text(value.text())]),
    }
}

/// Every claim that is read must be there, and plain when it can become text, whichever branch is
/// taken.
fn check_claims(context: &SecurityContext, computation: &Computation) -> Result<(), Error> {
    let lets_claims_out = computation.lets_claims_out();
    let mut result = Ok(());
    computation.for_each_claim(&mut |path| {
        if result.is_err() {
            return;
        }
        result = match context.claim(&path.0) {
            None | Some(Json::Null) => Err(Error::MissingClaim(path.clone())),
            Some(_) if lets_claims_out => claim::text(context, path).map(drop),
            Some(_) => Ok(()),
        };
    });
    result
}

/// A value of JavaScript's.
#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Undefined,
    Null,
    Boolean(bool),
    /// With its text: a long number keeps its digits.
    Number(f64, Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(&'a serde_json::Map<String, Json>),
    Sql(&'a SqlTemplate),
}

/// One computation over one caller's claims.
struct Run<'a> {
    context: &'a SecurityContext,
    computation: &'a Computation,
}

impl<'a> Run<'a> {
    /// `element` is what the innermost `some` or `every` looks at.
    fn value(
        &self,
        computation: &'a Computation,
        element: Option<&Value<'a>>,
    ) -> Result<Value<'a>, Error> {
        Ok(match computation {
            Computation::Undefined => Value::Undefined,
            Computation::Null => Value::Null,
            Computation::Boolean(value) => Value::Boolean(*value),
            Computation::Number(text) => Value::number(text),
            Computation::Text(text) => Value::Text(Cow::Borrowed(text)),
            Computation::Sql(template) => Value::Sql(template),
            Computation::List(items) => {
                let each = |item| self.value(item, element);
                Value::List(items.iter().map(each).collect::<Result<_, _>>()?)
            }
            Computation::Claim(path) => {
                self.context.claim(&path.0).map_or(Value::Undefined, Value::of)
            }
            Computation::Element => element.cloned().unwrap_or(Value::Undefined),
            Computation::Member { of, name } => self.member(&self.value(of, element)?, name)?,
            Computation::Operation { operator, of } => self.operation(*operator, of, element)?,
        })
    }

    fn operation(
        &self,
        operator: Operator,
        of: &'a [Computation],
        element: Option<&Value<'a>>,
    ) -> Result<Value<'a>, Error> {
        let operand = |index: usize| {
            of.get(index).map_or(Ok(Value::Undefined), |operand| self.value(operand, element))
        };
        let left = operand(0)?;
        let is_true = match operator {
            Operator::Conditional => return operand(if self.is_true(&left)? { 1 } else { 2 }),
            Operator::And => return if self.is_true(&left)? { operand(1) } else { Ok(left) },
            Operator::Or => return if self.is_true(&left)? { Ok(left) } else { operand(1) },
            Operator::Nullish => {
                let is_nothing = matches!(left, Value::Undefined | Value::Null);
                return if is_nothing { operand(1) } else { Ok(left) };
            }
            Operator::TypeOf => return Ok(Value::Text(Cow::Borrowed(left.type_name()))),
            Operator::ToLowerCase => return self.change(&left, str::to_lowercase),
            Operator::ToUpperCase => return self.change(&left, str::to_uppercase),
            Operator::Trim => return self.change(&left, |text| text.trim().to_owned()),
            Operator::Some | Operator::Every => {
                let body = of.get(1).unwrap_or(&Computation::Undefined);
                self.any_or_all(operator, &left, body)?
            }
            Operator::Not => !self.is_true(&left)?,
            Operator::IsArray => matches!(left, Value::List(_)),
            Operator::StrictEqual => self.is_same(&left, &operand(1)?)?,
            Operator::StrictUnequal => !self.is_same(&left, &operand(1)?)?,
            Operator::Equal => self.is_equal(&left, &operand(1)?)?,
            Operator::Unequal => !self.is_equal(&left, &operand(1)?)?,
            Operator::Less => self.order(&left, &operand(1)?)? == Some(Ordering::Less),
            Operator::Greater => self.order(&left, &operand(1)?)? == Some(Ordering::Greater),
            Operator::LessOrEqual => {
                matches!(self.order(&left, &operand(1)?)?, Some(Ordering::Less | Ordering::Equal))
            }
            Operator::GreaterOrEqual => {
                let order = self.order(&left, &operand(1)?)?;
                matches!(order, Some(Ordering::Greater | Ordering::Equal))
            }
            Operator::Includes => self.includes(&left, &operand(1)?)?,
            Operator::StartsWith => self.known(&left)?.starts_with(&*operand(1)?.text()),
            Operator::EndsWith => self.known(&left)?.ends_with(&*operand(1)?.text()),
        };
        Ok(Value::Boolean(is_true))
    }

    /// The refusal of a claim that is of another kind than the author computes with.
    fn unusable(&self) -> Error {
        let mut path = None;
        self.computation.for_each_claim(&mut |found| {
            path.get_or_insert_with(|| found.clone());
        });
        Error::UnusableClaim(path.unwrap_or_else(|| ClaimPath(Vec::new())))
    }

    fn is_true(&self, value: &Value<'a>) -> Result<bool, Error> {
        Ok(match value {
            Value::Undefined | Value::Null => false,
            Value::Boolean(value) => *value,
            Value::Number(number, _) => *number != 0.0 && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
            Value::List(_) | Value::Object(_) => true,
            Value::Sql(_) => return Err(self.unusable()),
        })
    }

    fn known<'v>(&self, value: &'v Value<'a>) -> Result<&'v str, Error> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(self.unusable()),
        }
    }

    fn change(
        &self,
        value: &Value<'a>,
        change: impl FnOnce(&str) -> String,
    ) -> Result<Value<'a>, Error> {
        Ok(Value::Text(Cow::Owned(change(self.known(value)?))))
    }

    fn any_or_all(
        &self,
        operator: Operator,
        list: &Value<'a>,
        body: &'a Computation,
    ) -> Result<bool, Error> {
        let Value::List(items) = list else { return Err(self.unusable()) };
        let stops_at = operator == Operator::Some;
        for item in items {
            if self.is_true(&self.value(body, Some(item))?)? == stops_at {
                return Ok(stops_at);
            }
        }
        Ok(!stops_at)
    }

    fn includes(&self, whole: &Value<'a>, part: &Value<'a>) -> Result<bool, Error> {
        match whole {
            Value::Text(text) => Ok(text.contains(&*part.text())),
            Value::List(items) => {
                for item in items {
                    if self.is_same(item, part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(self.unusable()),
        }
    }

    fn member(&self, value: &Value<'a>, name: &str) -> Result<Value<'a>, Error> {
        let size = |length: usize| Value::number(&length.to_string());
        Ok(match value {
            Value::Undefined | Value::Null | Value::Sql(_) => return Err(self.unusable()),
            Value::Text(text) if name == "length" => size(text.encode_utf16().count()),
            Value::List(items) if name == "length" => size(items.len()),
            Value::List(items) => {
                let index = name.parse::<usize>().ok();
                index.and_then(|index| items.get(index)).cloned().unwrap_or(Value::Undefined)
            }
            Value::Object(object) => object.get(name).map_or(Value::Undefined, Value::of),
            Value::Boolean(_) | Value::Number(..) | Value::Text(_) => Value::Undefined,
        })
    }

    /// `===`; objects are never the same, as two of them would not be in JavaScript.
    fn is_same(&self, left: &Value<'a>, right: &Value<'a>) -> Result<bool, Error> {
        Ok(match (left, right) {
            (Value::Sql(_), _) | (_, Value::Sql(_)) => return Err(self.unusable()),
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
            (Value::Boolean(left), Value::Boolean(right)) => left == right,
            #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
            (Value::Number(left, _), Value::Number(right, _)) => left == right,
            (Value::Text(left), Value::Text(right)) => left == right,
            _ => false,
        })
    }

    /// `==`
    fn is_equal(&self, left: &Value<'a>, right: &Value<'a>) -> Result<bool, Error> {
        let is_nothing = |value: &Value<'a>| matches!(value, Value::Undefined | Value::Null);
        if is_nothing(left) || is_nothing(right) {
            return Ok(is_nothing(left) && is_nothing(right));
        }
        match (left, right) {
            (Value::Text(_), Value::Text(_)) => self.is_same(left, right),
            (Value::Object(_) | Value::List(_), _) | (_, Value::Object(_) | Value::List(_)) => {
                Err(self.unusable())
            }
            #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
            _ => Ok(self.numeric(left)? == self.numeric(right)?),
        }
    }

    fn order(&self, left: &Value<'a>, right: &Value<'a>) -> Result<Option<Ordering>, Error> {
        if let (Value::Text(left), Value::Text(right)) = (left, right) {
            return Ok(Some(left.encode_utf16().cmp(right.encode_utf16())));
        }
        Ok(self.numeric(left)?.partial_cmp(&self.numeric(right)?))
    }

    fn numeric(&self, value: &Value<'a>) -> Result<f64, Error> {
        Ok(match value {
            Value::Undefined => f64::NAN,
            Value::Null => 0.0,
            Value::Boolean(value) => f64::from(u8::from(*value)),
            Value::Number(number, _) => *number,
            Value::Text(text) if text.trim().is_empty() => 0.0,
            Value::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            Value::List(_) | Value::Object(_) | Value::Sql(_) => return Err(self.unusable()),
        })
    }
}

impl<'a> Value<'a> {
    fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(number) => {
                Self::Number(number.as_f64().unwrap_or(f64::NAN), Cow::Owned(number.to_string()))
            }
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Json::Object(object) => Self::Object(object),
        }
    }

    fn number(text: &str) -> Self {
        Self::Number(text.parse().unwrap_or(f64::NAN), Cow::Owned(text.to_owned()))
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Boolean(_) => "boolean",
            Self::Number(..) => "number",
            Self::Text(_) | Self::Sql(_) => "string",
            Self::Null | Self::List(_) | Self::Object(_) => "object",
        }
    }

    /// As JavaScript puts it into a text.
    fn text(&self) -> Cow<'a, str> {
        match self {
            Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Number(_, text) | Self::Text(text) => text.clone(),
            Self::List(items) => {
                let texts: Vec<_> = items
                    .iter()
                    .map(|item| match item {
                        Self::Undefined | Self::Null => Cow::Borrowed(""),
                        item => item.text(),
                    })
                    .collect();
                Cow::Owned(texts.join(","))
            }
            Self::Object(_) => Cow::Borrowed("[object Object]"),
            Self::Sql(_) => Cow::Borrowed(""),
        }
    }
}
