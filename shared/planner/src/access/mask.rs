//! What stands in the place of a value that a caller may not see.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`, `memberMaskSql`,
//! `conditionalMemberMaskSql`, `defaultMaskSql`.

use std::borrow::Cow;

use model::{DataModel, DimensionType, Mask, MeasureType, Member, MemberId};
use query::{MemberFilter, Query};
use sql::{Expr, Fragment};

use super::Access;
use super::implied::implies;
use crate::Error;
use crate::filters::conditions_of;
use crate::references::Touched;
use crate::resolve::ResolvedQuery;
use crate::rows::row_filter;
use crate::slots::Slots;
use crate::template::{Env, render};

/// Which masks are put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Masks {
    /// None: for what is compared and never shown, such as keys.
    Off,
    /// All, in every row.
    Whole,
    /// Those of dimensions are lifted in the rows that the policies say.
    Rows,
    /// Those of measures too, which are written where the groups are.
    Groups,
}

/// Settles which masks are lifted where: a query for rows that the mask is lifted in needs none, an
/// aggregate can only look at what it is grouped by.
pub(super) fn settle(
    model: &DataModel,
    resolved: &ResolvedQuery<'_>,
    asked: &Query,
    access: &mut Access,
) {
    let rules = &access.rules;
    let filter =
        |place: Option<usize>| place.and_then(|place| rules.get(place)).map(|rule| &rule.1);
    let member_of = |condition: &MemberFilter| {
        let cube = model.find_cube(&condition.member.cube)?;
        model.find_member(cube, &condition.member.member)
    };
    // A filter of the caller's looks at masks: it says nothing of the rows while its member has one.
    let mut masks = access.masks.clone();
    masks.retain(|(_, lifted)| {
        filter(*lifted).is_none_or(|filter| !implies(&asked.filters, filter))
    });
    loop {
        let still: Vec<MemberId> = masks.iter().map(|(id, _)| *id).collect();
        let is_hidden = |id: MemberId| still.contains(&id) || still.contains(&model.behind(id));
        let back = access.masks.iter().find(|(id, lifted)| {
            !still.contains(id)
                && filter(*lifted).is_some_and(|filter| {
                    let conditions = conditions_of(std::slice::from_ref(filter));
                    conditions.into_iter().filter_map(member_of).any(is_hidden)
                })
        });
        match back {
            Some(&mask) => masks.push(mask),
            None => break,
        }
    }
    let masked: Vec<MemberId> = masks.iter().map(|(id, _)| *id).collect();
    for (id, lifted) in &mut masks {
        let (Member::Measure(_), Some(filter)) = (id.member, filter(*lifted)) else { continue };
        let is_grouped = conditions_of(std::slice::from_ref(filter)).iter().all(|condition| {
            member_of(condition).is_some_and(|member| {
                resolved.dimensions.contains(&member)
                    && !masked.contains(&member)
                    && !masked.contains(&model.behind(member))
                    && model.dimension(member).map(|found| found.kind) != Some(DimensionType::Time)
            })
        });
        if !is_grouped && !resolved.is_ungrouped {
            *lifted = None;
        }
    }
    access.masks = masks;
}

impl Env<'_> {
    /// Whether a caller sees a mask in the place of a member, in some rows at least.
    pub(crate) fn is_masked(&self, id: MemberId) -> bool {
        let behind = self.model.behind(id);
        self.rules.masks.iter().any(|(masked, _)| *masked == id || *masked == behind)
    }

    /// Whether a mask stands in the place of an aggregate.
    pub(crate) fn masks_measures(&self) -> bool {
        self.rules.masks.iter().any(|(id, _)| matches!(id.member, Member::Measure(_)))
    }
}

/// Adds what masks refer to, and what lifts them.
pub(crate) fn touch_masks(env: &Env<'_>, touched: &mut Touched) {
    if env.masks < Masks::Rows {
        return;
    }
    for (id, lifted) in &env.rules.masks {
        if let Some(filter) = lifted {
            filter.for_each(&mut |condition| touched.add_condition(env.model, condition));
        }
        if let Some(Mask::Sql(template)) = env.model.mask(*id) {
            touched.add_template(env.model, template);
        }
    }
}

/// The value of a member, or its mask.
///
/// # Errors
/// Those of the claims that the mask reads, and of `value`.
pub(crate) fn masked<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    id: MemberId,
    value: &mut dyn FnMut(&mut Slots) -> Result<Expr<'a>, Error>,
) -> Result<Expr<'a>, Error> {
    let found = env.rules.masks.iter().find(|(masked, _)| *masked == id);
    let Some((_, lifted)) = found.filter(|_| env.masks != Masks::Off) else {
        return value(slots);
    };
    let mask = mask_of(env, slots, id)?;
    let needed = if matches!(id.member, Member::Measure(_)) { Masks::Groups } else { Masks::Rows };
    let Some(filter) = lifted.as_ref().filter(|_| env.masks >= needed) else {
        return Ok(mask);
    };
    let condition = row_filter(&Env { masks: Masks::Off, ..*env }, slots, filter)?;
    let value = value(slots)?;
    Ok(Expr::Case { whens: vec![(condition, value)], otherwise: Some(Box::new(mask)) })
}

fn mask_of<'a>(env: &Env<'a>, slots: &mut Slots, id: MemberId) -> Result<Expr<'a>, Error> {
    let is_measure = matches!(id.member, Member::Measure(_));
    Ok(match env.model.mask(id) {
        // An author's SQL over the columns of rows means nothing beside aggregates of other SELECTs,
        // and in rows that are not aggregated it is not made for them.
        Some(Mask::Sql(_)) if is_measure && env.masks < Masks::Groups => default_of(env, id),
        Some(Mask::Sql(template)) => {
            let owner = if env.model.dimension(id).is_some_and(|found| found.mask.is_some())
                || env.model.measure(id).is_some_and(|found| found.mask.is_some())
            {
                id.cube
            } else {
                env.model.behind(id).cube
            };
            render(&Env { masks: Masks::Off, ..*env }, slots, owner, template)?
        }
        Some(Mask::Number(number)) => plain_number(number),
        Some(Mask::Boolean(value)) => Expr::Boolean(*value),
        Some(Mask::Text(text)) => Expr::Text(Cow::Borrowed(text)),
        None => default_of(env, id),
    })
}

/// In parentheses: a sign must not meet another operator.
fn plain_number(number: &str) -> Expr<'_> {
    Expr::Raw(vec![Fragment::Text(Cow::Owned(format!("({number})")))])
}

fn default_of<'a>(env: &Env<'a>, id: MemberId) -> Expr<'a> {
    let defaults = &env.rules.defaults;
    let text = |mask: &'a Option<String>| mask.as_ref().map(|mask| Expr::Text(mask.into()));
    let number = || defaults.number.as_deref().map(plain_number);
    let mask = match (env.model.dimension(id), env.model.measure(id)) {
        (Some(dimension), _) => match dimension.kind {
            DimensionType::String => text(&defaults.string),
            DimensionType::Number => number(),
            DimensionType::Boolean => defaults.boolean.map(Expr::Boolean),
            DimensionType::Time => text(&defaults.time),
            DimensionType::Geo => None,
        },
        (None, Some(measure)) => match measure.kind {
            MeasureType::String => text(&defaults.string),
            MeasureType::Boolean => defaults.boolean.map(Expr::Boolean),
            MeasureType::Time => text(&defaults.time),
            // Cube looks at the type by its name: only `type: number` has the default of numbers.
            MeasureType::Number => number(),
            MeasureType::Count
            | MeasureType::CountDistinct
            | MeasureType::CountDistinctApprox
            | MeasureType::Sum
            | MeasureType::Avg
            | MeasureType::Min
            | MeasureType::Max
            | MeasureType::RunningTotal => None,
        },
        (None, None) => None,
    };
    mask.unwrap_or(Expr::Null)
}
