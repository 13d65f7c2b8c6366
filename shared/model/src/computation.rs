//! What an author's SQL computes on claims when they are known.

use serde::{Deserialize, Serialize};

use crate::{ClaimPath, Part, SqlTemplate};

/// A value an author computes on claims, as JavaScript would.
///
/// It is kept as data, so that a request costs no JavaScript and a compiled model can be written
/// to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Computation {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as JavaScript prints it.
    Number(String),
    /// A text of the author's.
    Text(String),
    /// SQL of the author's with references.
    Sql(SqlTemplate),
    /// A list of the author's.
    List(Vec<Computation>),
    /// `SECURITY_CONTEXT.a.b.unsafeValue()`
    Claim(ClaimPath),
    /// The element that [`Operator::Some`] or [`Operator::Every`] looks at.
    Element,
    /// A property of a value: `length`, the index of a list, a name.
    Member {
        /// The value.
        of: Box<Computation>,
        /// The property.
        name: String,
    },
    /// An operator over its operands.
    Operation {
        /// Which one.
        operator: Operator,
        /// What it is applied to, in the order in which JavaScript names it.
        of: Vec<Computation>,
    },
    /// The sentence of an error that the author throws here: the caller is refused.
    Refusal(String),
}

/// What JavaScript calls by these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `a ? b : c`
    Conditional,
    /// `!a`
    Not,
    /// `typeof a`
    TypeOf,
    /// `Array.isArray(a)`
    IsArray,
    /// `a === b`
    StrictEqual,
    /// `a !== b`
    StrictUnequal,
    /// `a == b`
    Equal,
    /// `a != b`
    Unequal,
    /// `a < b`
    Less,
    /// `a <= b`
    LessOrEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterOrEqual,
    /// The texts of all operands, one behind the other: `${a}${b}`
    Concat,
    /// `a.includes(b)`, of a text or a list
    Includes,
    /// `a.indexOf(b)`, of a text or a list
    IndexOf,
    /// `a.startsWith(b)`
    StartsWith,
    /// `a.endsWith(b)`
    EndsWith,
    /// `a.toLowerCase()`
    ToLowerCase,
    /// `a.toUpperCase()`
    ToUpperCase,
    /// `a.trim()`
    Trim,
    /// `a.split(b)`
    Split,
    /// `a.replace(b, c)`, of texts
    Replace,
    /// `a.replaceAll(b, c)`, of texts
    ReplaceAll,
    /// `Number(a)`
    ToNumber,
    /// `parseInt(a, 10)`
    ParseInt,
    /// `a.some((element) => b)`
    Some,
    /// `a.every((element) => b)`
    Every,
}

impl Operator {
    /// Whether its value is one of its operands, or made of them; all others answer a question with
    /// `true`, `false` or the name of a type.
    fn passes_on(self) -> bool {
        match self {
            Self::Conditional
            | Self::Concat
            | Self::IndexOf
            | Self::ToLowerCase
            | Self::ToUpperCase
            | Self::Trim
            | Self::Split
            | Self::Replace
            | Self::ReplaceAll
            | Self::ToNumber
            | Self::ParseInt => true,
            Self::Not
            | Self::TypeOf
            | Self::IsArray
            | Self::StrictEqual
            | Self::StrictUnequal
            | Self::Equal
            | Self::Unequal
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Includes
            | Self::StartsWith
            | Self::EndsWith
            | Self::Some
            | Self::Every => false,
        }
    }
}

impl Computation {
    /// Whether a claim, or something computed from it, can be part of the value; where not, only
    /// the author's own texts can (PARITY.md row 3).
    pub fn lets_claims_out(&self) -> bool {
        match self {
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Refusal(_) => false,
            Self::Claim(_) | Self::Element => true,
            Self::List(items) => items.iter().any(Self::lets_claims_out),
            Self::Member { of, .. } => of.lets_claims_out(),
            Self::Sql(template) => {
                let mut found = false;
                template.for_each_part(&mut |part| found |= part.lets_claims_out());
                found
            }
            Self::Operation { operator: Operator::Conditional, of } => {
                of.iter().skip(1).any(Self::lets_claims_out)
            }
            Self::Operation { operator, of } => {
                operator.passes_on() && of.iter().any(Self::lets_claims_out)
            }
        }
    }

    /// Calls `visit` on every claim that is read as a value, in any branch.
    pub fn for_each_claim<'a>(&'a self, visit: &mut impl FnMut(&'a ClaimPath)) {
        match self {
            Self::Claim(path) => visit(path),
            Self::Member { of, .. } => of.for_each_claim(visit),
            Self::List(items) | Self::Operation { of: items, .. } => {
                for item in items {
                    item.for_each_claim(visit);
                }
            }
            Self::Sql(template) => template.for_each_part(&mut |part| {
                if let Part::Computed(computation) = part {
                    computation.for_each_claim(visit);
                }
            }),
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Refusal(_)
            | Self::Element => {}
        }
    }

    /// Calls `visit` on every part of every template inside, as [`SqlTemplate::for_each_part`].
    pub(crate) fn for_each_part<'a>(&'a self, visit: &mut dyn FnMut(&'a Part)) {
        match self {
            Self::Sql(template) => template.for_each_part(&mut |part| visit(part)),
            Self::Member { of, .. } => of.for_each_part(visit),
            Self::List(items) | Self::Operation { of: items, .. } => {
                for item in items {
                    item.for_each_part(visit);
                }
            }
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Refusal(_)
            | Self::Claim(_)
            | Self::Element => {}
        }
    }
}

impl Part {
    /// Whether a claim can become text of the statement here.
    fn lets_claims_out(&self) -> bool {
        match self {
            Self::ClaimValue(_) => true,
            Self::Computed(computation) => computation.lets_claims_out(),
            Self::Text(_)
            | Self::Cube(_)
            | Self::CubeSql(_)
            | Self::Member(_)
            | Self::TimeMember { .. }
            | Self::Joined { .. }
            | Self::ClaimFilter { .. }
            | Self::Claim(_)
            | Self::FilterParam(_)
            | Self::FilterGroup(_)
            | Self::Argument(_)
            | Self::Arguments { .. }
            | Self::ConvertTimeZone(_)
            | Self::UrlEncode(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Computation {
        Computation::Claim(ClaimPath(vec!["role".to_owned()]))
    }

    fn text(text: &str) -> Computation {
        Computation::Text(text.to_owned())
    }

    fn operation(operator: Operator, of: Vec<Computation>) -> Computation {
        Computation::Operation { operator, of }
    }

    #[test]
    fn only_what_can_become_text_lets_a_claim_out() {
        let is_admin = || operation(Operator::StrictEqual, vec![claim(), text("admin")]);
        for (computation, expected) in [
            (claim(), true),
            (is_admin(), false),
            (operation(Operator::Conditional, vec![claim(), text("a"), text("b")]), false),
            (operation(Operator::Conditional, vec![is_admin(), text("a"), claim()]), true),
            (operation(Operator::Concat, vec![text("a"), claim()]), true),
            (operation(Operator::Concat, vec![text("a"), is_admin()]), false),
            (operation(Operator::ToNumber, vec![claim()]), true),
            (operation(Operator::IndexOf, vec![claim(), text("a")]), true),
            (operation(Operator::Not, vec![claim()]), false),
            (operation(Operator::ToLowerCase, vec![claim()]), true),
            (operation(Operator::Includes, vec![claim(), text("a")]), false),
            (operation(Operator::TypeOf, vec![claim()]), false),
            (Computation::Member { of: Box::new(claim()), name: "length".to_owned() }, true),
            (
                Computation::Sql(SqlTemplate {
                    parts: vec![Part::Computed(Box::new(is_admin())), Part::Text("x".to_owned())],
                }),
                false,
            ),
            (
                Computation::Sql(SqlTemplate {
                    parts: vec![Part::ClaimValue(ClaimPath(vec!["id".to_owned()]))],
                }),
                true,
            ),
        ] {
            assert_eq!(computation.lets_claims_out(), expected, "{computation:?}");
        }
    }
}
