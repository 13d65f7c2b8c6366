//! `SECURITY_CONTEXT`: claims as conditions, parameters and plain words.
//!
//! Cube 1.7.43, `MemberSqlTemplateCompiler.js`, `securityFilterFn`; where Cube would let every row
//! pass, the request is refused (PARITY.md row 2).

use auth::SecurityContext;
use model::{ClaimPath, CubeId, FilterForm, Part};
use serde_json::Value;
use sql::{Comparison, Expr, Fragment};

use super::{Env, MeasureOf, MissingClaims, always, arguments, render_with, unprefixed};
use crate::Error;
use crate::slots::{Arguments, Slots, Source, Subject};

/// `column = claim`, `column IN (claim, ...)`, the author's function over the claim, or no row for
/// an empty list.
///
/// A row filter never switches itself off: a claim that is missing, null or empty is an error
/// (PARITY.md row 2). `0` and `false` are values.
pub(super) fn filter<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    path: &ClaimPath,
    form: &'a FilterForm,
    is_required: bool,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Expr<'a>, Error> {
    let claim = env.context.claim(&path.0);
    if env.missing_claims == MissingClaims::PassEveryRow && !is_required && is_falsy(claim) {
        return Ok(always());
    }
    let values = values(claim, path, is_required)?;
    if values.is_empty() {
        return Ok(Expr::Boolean(false));
    }
    let column = match form {
        FilterForm::Column(column) => {
            unprefixed(render_with(env, slots, owner, column, measure_of)?)
        }
        FilterForm::Function(function) => {
            let given = Arguments { subject: Subject::Claim(path.clone()), values };
            return slots
                .with_arguments(given, |slots| {
                    render_with(env, slots, owner, &function.body, measure_of)
                })
                .map(unprefixed);
        }
    };
    let mut list: Vec<Expr<'a>> =
        slots.scoped(|slots| values.into_iter().map(|value| slots.parameter(value)).collect());
    if !matches!(claim, Some(Value::Array(_)))
        && let Some(value) = list.pop()
    {
        return Ok(Expr::compare(column, Comparison::Equal, value));
    }
    Ok(Expr::In { operand: Box::new(column), list, is_negated: false })
}

/// A claim where the author wrote its bare name: a parameter, for a list several.
///
/// # Errors
/// A claim that is missing or empty, an empty list: nothing could stand there.
pub(super) fn parameters<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    path: &ClaimPath,
) -> Result<Vec<Fragment<'a>>, Error> {
    let values = values(env.context.claim(&path.0), path, false)?;
    if values.is_empty() {
        return Err(Error::UnusableClaim(path.clone()));
    }
    Ok(arguments::joined(slots, values, ","))
}

/// The sources of a claim's value or of its elements.
fn values(
    claim: Option<&Value>,
    path: &ClaimPath,
    is_required: bool,
) -> Result<Vec<Source>, Error> {
    let source = |element| Source::Claim { path: path.clone(), element };
    match claim {
        None | Some(Value::Null) => Err(missing(path, is_required)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(missing(path, is_required)),
        Some(Value::Object(_)) => Err(Error::UnusableClaim(path.clone())),
        Some(Value::Array(elements)) => (0..)
            .zip(elements)
            .map(|(element, value)| match scalar_text(value) {
                Some(text) if !text.trim().is_empty() => Ok(source(Some(element))),
                Some(_) | None => Err(Error::UnusableClaim(path.clone())),
            })
            .collect(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => Ok(vec![source(None)]),
    }
}

fn missing(path: &ClaimPath, is_required: bool) -> Error {
    if is_required {
        Error::MissingRequiredClaim(path.clone())
    } else {
        Error::MissingClaim(path.clone())
    }
}

/// What JavaScript takes for false.
fn is_falsy(claim: Option<&Value>) -> bool {
    match claim {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(true) | Value::Array(_) | Value::Object(_)) => false,
    }
}

/// The text of a claim that is a scalar and holds no NUL, which PostgreSQL's text cannot.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.contains('\0') => Some(text.clone()),
        Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The longest claim that may stand inside a statement, in bytes.
const MAX_CLAIM_TEXT: usize = 64;

/// `unsafeValue()`: a claim inside the statement's text. Only `[A-Za-z0-9_-]{1,64}` may come there,
/// which no SQL can be built from (PARITY.md row 3).
pub(super) fn text(context: &SecurityContext, path: &ClaimPath) -> Result<String, Error> {
    let value = context.claim(&path.0).ok_or_else(|| Error::MissingClaim(path.clone()))?;
    let text = scalar_text(value).ok_or_else(|| match value {
        Value::Null => Error::MissingClaim(path.clone()),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Error::UnusableClaim(path.clone()),
    })?;
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    // Two hyphens would begin a comment.
    if text.is_empty() || text.len() > MAX_CLAIM_TEXT || !is_plain || text.contains("--") {
        return Err(Error::UnusableClaim(path.clone()));
    }
    Ok(text)
}

/// Where the text of a claim meets what stands beside it: a hyphen of each would begin a comment, in
/// which the rest of the author's line is lost.
#[derive(Debug, Default)]
pub(super) struct Seams<'a> {
    /// The claim that the part before holds.
    before: Option<&'a ClaimPath>,
    ends_with_hyphen: bool,
}

impl<'a> Seams<'a> {
    /// Looks at a part and what it became.
    ///
    /// # Errors
    /// [`Error::UnusableClaim`].
    pub(super) fn check(&mut self, part: &'a Part, found: &[Fragment<'_>]) -> Result<(), Error> {
        let here = claim_in(part);
        for fragment in found {
            let Fragment::Text(text) = fragment else {
                self.ends_with_hyphen = false;
                continue;
            };
            if self.ends_with_hyphen
                && text.starts_with('-')
                && let Some(path) = here.or(self.before)
            {
                return Err(Error::UnusableClaim(path.clone()));
            }
            if !text.is_empty() {
                self.ends_with_hyphen = text.ends_with('-');
                self.before = here;
            }
        }
        Ok(())
    }
}

/// A claim that can become text of the statement in a part.
fn claim_in(part: &Part) -> Option<&ClaimPath> {
    if let Part::ClaimValue(path) = part {
        return Some(path);
    }
    let Part::Computed(computation) = part else { return None };
    let mut found = None;
    if computation.lets_claims_out() {
        computation.for_each_claim(&mut |path| {
            found.get_or_insert(path);
        });
    }
    found
}
