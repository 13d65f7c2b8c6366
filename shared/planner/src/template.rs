//! Author's SQL templates to expressions: references resolved, claims and filters as parameters.

mod arguments;
mod claim;
mod computed;
mod filter_params;
mod value;

pub(crate) use claim::scalar_text;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use auth::SecurityContext;
use model::{CubeId, DataModel, MemberId, Part, SqlTemplate};
use sql::{Comparison, Expr, Fragment};

use crate::Error;
use crate::access::{Masks, Rules};
use crate::expression;
use crate::filters::ResolvedFilter;
use crate::references::Hint;
use crate::resolve::{Propagated, ResolvedTimeDimension};
use crate::slots::Slots;

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
    /// The join paths that the query asks for; none inside a sub-query.
    pub(crate) join_hints: &'a [Hint],
    /// How many sub-queries are around what is rendered.
    pub(crate) depth: u32,
    /// What a row filter does without its claim.
    pub(crate) missing_claims: MissingClaims,
    /// What of the query's filters reaches into a sub-query that asks for them.
    pub(crate) propagated: &'a Propagated<'a>,
    /// What the access policies say for this caller.
    pub(crate) rules: &'a Rules,
    /// Which masks are put on here.
    pub(crate) masks: Masks,
    /// Where the cubes that are read are noted.
    pub(crate) read: &'a RefCell<BTreeSet<CubeId>>,
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
    fragments(env, slots, owner, template, measure_of).map(Expr::Raw)
}

/// The pieces of a template, in its order.
fn fragments<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    template: &'a SqlTemplate,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Vec<Fragment<'a>>, Error> {
    let mut fragments = Vec::with_capacity(template.parts.len());
    let mut seams = claim::Seams::default();
    for part in &template.parts {
        let start = fragments.len();
        match part {
            Part::Text(text) => fragments.push(Fragment::Text(Cow::Borrowed(text))),
            Part::Claim(path) => fragments.extend(claim::parameters(env, slots, path)?),
            Part::ClaimValue(path) => {
                fragments.push(Fragment::Text(Cow::Owned(claim::text(env.context, path)?)));
            }
            Part::Computed(computation) => {
                fragments.extend(computed::render(env, slots, owner, computation, measure_of)?);
            }
            Part::Argument(place) => fragments.extend(arguments::one(env, slots, *place)?),
            Part::Arguments { from, separator } => {
                fragments.extend(arguments::rest(env, slots, *from, separator)?);
            }
            Part::Cube(_)
            | Part::CubeSql(_)
            | Part::Member(_)
            | Part::TimeMember { .. }
            | Part::Joined { .. }
            | Part::ClaimFilter { .. }
            | Part::FilterParam(_)
            | Part::FilterGroup(_)
            | Part::ConvertTimeZone(_)
            | Part::UrlEncode(_) => {
                fragments.push(Fragment::Expr(reference(env, slots, owner, part, measure_of)?));
            }
        }
        seams.check(part, fragments.get(start..).unwrap_or_default())?;
    }
    Ok(fragments)
}

/// What stands in the place of a reference.
fn reference<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    part: &'a Part,
    measure_of: MeasureOf<'_, 'a>,
) -> Result<Expr<'a>, Error> {
    let model = env.model;
    Ok(match part {
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
            return self::reference(env, slots, owner, reference, measure_of);
        }
        Part::ClaimFilter { path, form, is_required } => {
            claim::filter(env, slots, owner, path, form, *is_required, measure_of)?
        }
        Part::FilterParam(param) => {
            filter_params::condition(env, slots, owner, std::slice::from_ref(param))?
        }
        Part::FilterGroup(params) => filter_params::condition(env, slots, owner, params)?,
        Part::ConvertTimeZone(inner) => {
            let inner = render_with(env, slots, owner, inner, measure_of)?;
            expression::in_time_zone(slots, unprefixed(inner))
        }
        Part::UrlEncode(inner) => {
            url_encoded(unprefixed(render_with(env, slots, owner, inner, measure_of)?))
        }
        // `render_with` writes these, which may be several fragments each.
        Part::Text(_)
        | Part::Claim(_)
        | Part::ClaimValue(_)
        | Part::Computed(_)
        | Part::Argument(_)
        | Part::Arguments { .. } => Expr::Null,
    })
}

/// A column inside a filter of the author's stands as it was written: the cube's own alias does not
/// exist inside the cube's own SQL.
fn unprefixed(column: Expr<'_>) -> Expr<'_> {
    if let Expr::AuthorColumn { name, .. } = column {
        return Expr::Raw(vec![Fragment::Text(Cow::Borrowed(name))]);
    }
    column
}

/// `1 = 1`, as authors know it from Cube.
fn always<'a>() -> Expr<'a> {
    Expr::compare(Expr::Integer(1), Comparison::Equal, Expr::Integer(1))
}

/// A text with what a URL's query gives a meaning to escaped: Cube 1.7.43, `BaseQuery.js`,
/// `urlEncode`.
fn url_encoded(text: Expr<'_>) -> Expr<'_> {
    /// The percent sign first: it is what the others become.
    const ESCAPES: [(&str, &str); 5] =
        [("%", "%25"), ("&", "%26"), ("=", "%3D"), ("+", "%2B"), (" ", "%20")];
    ESCAPES.iter().fold(text.cast("text"), |text, (character, escape)| {
        let arguments = vec![text, Expr::Text((*character).into()), Expr::Text((*escape).into())];
        Expr::call("replace", arguments)
    })
}
