//! What an author's SQL computes on claims: the operators and functions that are kept.

use std::borrow::Cow;
use std::cmp::Ordering;

use auth::SecurityContext;
use model::{ClaimPath, Computation, CubeId, Operator};
use serde_json::Value as Json;
use sql::Fragment;

use super::value::{OtherKind, Value, leading_integer, trimmed};
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
    let run = Run { context: env.context, computation };
    let value = run.value(computation, None)?;
    if let Value::Sql(template) = value {
        return fragments(env, slots, owner, template, measure_of);
    }
    Ok(vec![Fragment::Text(run.known(value.text())?)])
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
            Computation::List(items) => Value::List(self.values(items, element)?),
            Computation::Claim(path) => {
                self.context.claim(&path.0).map_or(Value::Undefined, Value::of)
            }
            Computation::Element => self.known(element.cloned().ok_or(OtherKind))?,
            Computation::Member { of, name } => {
                self.known(self.value(of, element)?.member(name))?
            }
            Computation::Operation { operator: Operator::Conditional, of } => {
                let [condition, then, otherwise] = of.as_slice() else {
                    return Err(self.unusable());
                };
                let is_true = self.known(self.value(condition, element)?.is_true())?;
                self.value(if is_true { then } else { otherwise }, element)?
            }
            Computation::Operation {
                operator: operator @ (Operator::Some | Operator::Every),
                of,
            } => {
                let [list, body] = of.as_slice() else { return Err(self.unusable()) };
                let list = self.value(list, element)?;
                Value::Boolean(self.any_or_all(*operator, &list, body)?)
            }
            Computation::Operation { operator, of } => {
                let operands = self.values(of, element)?;
                self.known(apply(*operator, &operands))?
            }
            Computation::Refusal(sentence) => return Err(Error::Refused(sentence.clone())),
        })
    }

    fn values(
        &self,
        of: &'a [Computation],
        element: Option<&Value<'a>>,
    ) -> Result<Vec<Value<'a>>, Error> {
        of.iter().map(|item| self.value(item, element)).collect()
    }

    fn known<T>(&self, found: Result<T, OtherKind>) -> Result<T, Error> {
        found.map_err(|OtherKind| self.unusable())
    }

    /// The refusal of a claim that is of another kind than the author computes with.
    fn unusable(&self) -> Error {
        let mut path = None;
        self.computation.for_each_claim(&mut |found| {
            path.get_or_insert_with(|| found.clone());
        });
        Error::UnusableClaim(path.unwrap_or_else(|| ClaimPath(Vec::new())))
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
            if self.known(self.value(body, Some(item))?.is_true())? == stops_at {
                return Ok(stops_at);
            }
        }
        Ok(!stops_at)
    }
}

/// An operator over its operands.
///
/// # Errors
/// Operands of another kind than it takes.
fn apply<'a>(operator: Operator, of: &[Value<'a>]) -> Result<Value<'a>, OtherKind> {
    let owned = |text: String| Value::Text(Cow::Owned(text));
    let operand = |index: usize| of.get(index).ok_or(OtherKind);
    let text = |index: usize| operand(index)?.as_text();
    Ok(match operator {
        Operator::Concat => owned(joined(of)?),
        Operator::TypeOf => Value::Text(Cow::Borrowed(operand(0)?.type_name())),
        Operator::ToLowerCase => owned(text(0)?.to_lowercase()),
        Operator::ToUpperCase => owned(text(0)?.to_uppercase()),
        Operator::Trim => owned(trimmed(text(0)?).to_owned()),
        Operator::Split => {
            let separator = text(1)?;
            if separator.is_empty() {
                return Err(OtherKind);
            }
            Value::List(text(0)?.split(separator).map(|part| owned(part.to_owned())).collect())
        }
        Operator::Replace => owned(replaced(text(0)?, text(1)?, text(2)?, 1)?),
        Operator::ReplaceAll => owned(replaced(text(0)?, text(1)?, text(2)?, usize::MAX)?),
        Operator::ToNumber => Value::computed(operand(0)?.numeric()?)?,
        Operator::ParseInt => Value::computed(leading_integer(&operand(0)?.text()?)?)?,
        Operator::IndexOf => match operand(0)?.index_of(operand(1)?)? {
            Some(index) => Value::number(&index.to_string()),
            None => Value::number("-1"),
        },
        Operator::Conditional
        | Operator::Some
        | Operator::Every
        | Operator::Not
        | Operator::IsArray
        | Operator::StrictEqual
        | Operator::StrictUnequal
        | Operator::Equal
        | Operator::Unequal
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Includes
        | Operator::StartsWith
        | Operator::EndsWith => Value::Boolean(question(operator, of)?),
    })
}

/// The texts of values, one behind the other; never so that a comment begins.
fn joined(of: &[Value<'_>]) -> Result<String, OtherKind> {
    let mut whole = String::new();
    for value in of {
        let text = value.text()?;
        if whole.ends_with('-') && text.starts_with('-') {
            return Err(OtherKind);
        }
        whole.push_str(&text);
    }
    Ok(whole)
}

/// `count` of `pattern` in `text`, replaced; never so that a comment begins.
fn replaced(
    text: &str,
    pattern: &str,
    replacement: &str,
    count: usize,
) -> Result<String, OtherKind> {
    let replaced = text.replacen(pattern, replacement, count);
    let comments = |text: &str| text.matches("--").count();
    if comments(&replaced) > comments(text) { Err(OtherKind) } else { Ok(replaced) }
}

/// An operator that answers yes or no.
fn question(operator: Operator, of: &[Value<'_>]) -> Result<bool, OtherKind> {
    let left = of.first().ok_or(OtherKind)?;
    let right = || of.get(1).ok_or(OtherKind);
    let order = || left.order(right()?);
    #[expect(clippy::wildcard_enum_match_arm, reason = "`apply` has all others")]
    Ok(match operator {
        Operator::Not => !left.is_true()?,
        Operator::IsArray => matches!(left, Value::List(_)),
        Operator::StrictEqual => left.is_same(right()?)?,
        Operator::StrictUnequal => !left.is_same(right()?)?,
        Operator::Equal => left.is_equal(right()?)?,
        Operator::Unequal => !left.is_equal(right()?)?,
        Operator::Less => order()? == Some(Ordering::Less),
        Operator::Greater => order()? == Some(Ordering::Greater),
        Operator::LessOrEqual => matches!(order()?, Some(Ordering::Less | Ordering::Equal)),
        Operator::GreaterOrEqual => matches!(order()?, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Includes => left.index_of(right()?)?.is_some(),
        Operator::StartsWith => left.as_text()?.starts_with(&*right()?.text()?),
        Operator::EndsWith => left.as_text()?.ends_with(&*right()?.text()?),
        _ => return Err(OtherKind),
    })
}
