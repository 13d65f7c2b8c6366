//! Author's SQL templates to expressions: references resolved, claims and filters as parameters.

use std::borrow::Cow;

use auth::SecurityContext;
use model::{ClaimPath, CubeId, DataModel, FilterParam, MemberId, Part, SqlTemplate};
use serde_json::Value;
use sql::{Comparison, Expr, Fragment};

use crate::Error;
use crate::condition;
use crate::expression;
use crate::filters::ResolvedFilter;
use crate::resolve::{Propagated, ResolvedTimeDimension};
use crate::slots::{Slots, Source};

/// What `SECURITY_CONTEXT.x.filter('column')` does when the claim is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingClaims {
    /// The request is refused.
    #[default]
    Refuse,
    /// Every row passes, and the same for a claim that is `0`, `false` or empty: Cube's own rule
    /// (`TESSERA_OPEN_FILTERS`, PARITY.md row 2).
    PassEveryRow,
}

/// What rendering reads and never changes.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) model: &'a DataModel,
    pub(crate) context: &'a SecurityContext,
    /// The filters `FILTER_PARAMS` looks into; none inside a sub-query they do not reach.
    pub(crate) row_filters: &'a [ResolvedFilter],
    /// The time dimensions whose ranges `FILTER_PARAMS` looks into.
    pub(crate) time_dimensions: &'a [ResolvedTimeDimension<'a>],
    /// What a row filter does without its claim.
    pub(crate) missing_claims: MissingClaims,
    /// What of the query's filters reaches into a sub-query that asks for them.
    pub(crate) propagated: &'a Propagated<'a>,
}

/// What a reference to a measure becomes.
pub(crate) type MeasureOf<'f, 'a> =
    &'f mut dyn FnMut(&mut Slots, MemberId) -> Result<Expr<'a>, Error>;

/// Renders a template that refers to no measure, as a member of `owner`.
///
/// # Errors
/// Those of the claims it reads.
pub(crate) fn render<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    template: &'a SqlTemplate,
) -> Result<Expr<'a>, Error> {
    let model = env.model;
    render_with(env, slots, owner, template, &mut |_, id| {
        // The compiler lets no measure into such a template.
        Err(Error::MultipliedMeasure { measure: model.path(id).to_owned() })
    })
}

/// Renders a template; `measure_of` says what a reference to a measure becomes.
pub(crate) fn render_with<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    template: &'a SqlTemplate,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Expr<'a>, Error> {
    if let Some(name) = template.plain_identifier() {
        let relation = Cow::Borrowed(env.model.cube(owner).alias.as_str());
        return Ok(Expr::AuthorColumn { relation, name });
    }
    let mut fragments = Vec::with_capacity(template.parts.len());
    for part in &template.parts {
        fragments.push(fragment(env, slots, owner, part, measure_of)?);
    }
    Ok(Expr::Raw(fragments))
}

fn fragment<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    part: &'a Part,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Fragment<'a>, Error> {
    let model = env.model;
    Ok(Fragment::Expr(match part {
        Part::Text(text) => return Ok(Fragment::Text(Cow::Borrowed(text))),
        Part::Cube(cube) => Expr::Identifier(Cow::Borrowed(model.cube(*cube).alias.as_str())),
        Part::CubeSql(cube) => expression::source_text(env, slots, *cube)?,
        Part::Member(id) => match id.member {
            model::Member::Measure(_) => measure_of(slots, *id)?,
            model::Member::Dimension(_) => expression::dimension(env, slots, *id)?,
            model::Member::Segment(_) => expression::segment(env, slots, *id)?,
        },
        Part::TimeMember { dimension, granularity } => {
            expression::time_bucket(env, slots, *dimension, granularity)?
        }
        // Its path has been read while joining.
        Part::Joined { reference, .. } => {
            return fragment(env, slots, owner, reference, measure_of);
        }
        Part::ClaimFilter { path, column, is_required } => {
            let column = render_with(env, slots, owner, column, measure_of)?;
            claim_filter(env, slots, path, unprefixed(column), *is_required)?
        }
        Part::ClaimValue(path) => {
            return Ok(Fragment::Text(Cow::Owned(claim_text(env.context, path)?)));
        }
        Part::FilterParam(param) => filter_params(env, slots, owner, std::slice::from_ref(param))?,
        Part::FilterGroup(params) => filter_params(env, slots, owner, params)?,
        Part::ConvertTimeZone(inner) => {
            let inner = render_with(env, slots, owner, inner, measure_of)?;
            expression::in_time_zone(slots, unprefixed(inner))
        }
    }))
}

/// A column inside a filter of the author's stands as it was written: the cube's own alias does not
/// exist inside the cube's own SQL.
fn unprefixed(column: Expr<'_>) -> Expr<'_> {
    if let Expr::AuthorColumn { name, .. } = column {
        return Expr::Raw(vec![Fragment::Text(Cow::Borrowed(name))]);
    }
    column
}

/// `column = claim`, `column IN (claim, ...)`, or no row for an empty list.
///
/// A row filter never switches itself off: a claim that is missing, null or empty is an error
/// (PARITY.md row 2). `0` and `false` are values.
fn claim_filter<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    path: &ClaimPath,
    column: Expr<'a>,
    is_required: bool,
) -> Result<Expr<'a>, Error> {
    let missing = || {
        if is_required {
            Error::MissingRequiredClaim(path.clone())
        } else {
            Error::MissingClaim(path.clone())
        }
    };
    let parameter =
        |slots: &mut Slots, element| slots.parameter(Source::Claim { path: path.clone(), element });
    let claim = env.context.claim(&path.0);
    if env.missing_claims == MissingClaims::PassEveryRow && !is_required && is_falsy(claim) {
        return Ok(always());
    }
    match claim {
        None | Some(Value::Null) => Err(missing()),
        Some(Value::String(text)) if text.trim().is_empty() => Err(missing()),
        Some(Value::Object(_)) => Err(Error::UnusableClaim(path.clone())),
        Some(Value::Array(elements)) => {
            let mut list = Vec::with_capacity(elements.len());
            for (element, value) in (0..).zip(elements) {
                if scalar_text(value).is_none_or(|text| text.trim().is_empty()) {
                    return Err(Error::UnusableClaim(path.clone()));
                }
                list.push(parameter(slots, Some(element)));
            }
            if list.is_empty() {
                return Ok(Expr::Boolean(false));
            }
            Ok(Expr::In { operand: Box::new(column), list, is_negated: false })
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Ok(Expr::compare(column, Comparison::Equal, parameter(slots, None)))
        }
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

/// `1 = 1`, as authors know it from Cube.
fn always<'a>() -> Expr<'a> {
    Expr::compare(Expr::Integer(1), Comparison::Equal, Expr::Integer(1))
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
fn claim_text(context: &SecurityContext, path: &ClaimPath) -> Result<String, Error> {
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

/// The query's own filters on the named members, over the author's columns; true when it has none.
///
/// Only conditions that hold for every row count: those at the top level and inside ANDs. Cube
/// 1.7.25, `BaseQuery.js`, `filtersProxy`.
fn filter_params<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    params: &'a [FilterParam],
) -> Result<Expr<'a>, Error> {
    let mut conditions = Vec::new();
    for filter in env.row_filters {
        if let Some(condition) = filter_param(env, slots, owner, params, filter)? {
            conditions.push(condition);
        }
    }
    for time in env.time_dimensions.iter().filter(|time| time.has_range) {
        let Some(param) = params.iter().find(|param| param.member == time.id) else {
            continue;
        };
        let column = unprefixed(render(env, slots, owner, &param.column)?);
        let from = slots.parameter(Source::RangeStart(time.place)).cast("timestamptz");
        let to = slots.parameter(Source::RangeEnd(time.place)).cast("timestamptz");
        conditions.push(condition::between(column, from, to));
    }
    if conditions.is_empty() {
        return Ok(always());
    }
    Ok(Expr::and(conditions))
}

/// One filter tree over the author's columns, as far as they cover it. In an OR every branch must
/// be covered: dropping one would hide rows.
fn filter_param<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    params: &'a [FilterParam],
    filter: &ResolvedFilter,
) -> Result<Option<Expr<'a>>, Error> {
    match filter {
        ResolvedFilter::Condition(condition) => {
            let Some(param) = params.iter().find(|param| param.member == condition.member) else {
                return Ok(None);
            };
            let column = unprefixed(render(env, slots, owner, &param.column)?);
            condition::compare(slots, env.model, condition, column).map(Some)
        }
        ResolvedFilter::And(filters) => {
            let mut parts = Vec::new();
            for filter in filters {
                parts.extend(filter_param(env, slots, owner, params, filter)?);
            }
            Ok((!parts.is_empty()).then(|| Expr::and(parts)))
        }
        ResolvedFilter::Or(filters) => {
            let mut parts = Vec::with_capacity(filters.len());
            for filter in filters {
                let Some(part) = filter_param(env, slots, owner, params, filter)? else {
                    return Ok(None);
                };
                parts.push(part);
            }
            Ok((!parts.is_empty()).then(|| Expr::or(parts)))
        }
    }
}
