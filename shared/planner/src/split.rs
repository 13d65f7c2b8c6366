//! Which measures can be aggregated over the joined rows as they are, and which cannot because a
//! join gives rows of their cube more than once (fan-out).

use model::{CubeId, DataModel, Measure, MeasureType, MemberId, RollingWindow, SqlTemplate};

use crate::Error;
use crate::expression::is_row_count_text;
use crate::join::JoinTree;
use crate::references::{Reference, for_each_reference, measures_of};

/// Measures that are aggregated in one SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The multiplied cube whose rows are first made unique by their keys; `None` for the joined
    /// rows as they are.
    pub(crate) keys_of: Option<CubeId>,
    /// The window over time that each step looks through, when there is one.
    pub(crate) window: Option<Window<'a>>,
    /// Measures that are no formulas.
    pub(crate) leaves: Vec<MemberId>,
}

/// A window over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window<'a> {
    pub(crate) frame: Frame<'a>,
    /// Whether results of single days can be put together, or every row has to be looked at.
    pub(crate) is_additive: bool,
    /// Whether only distinct values matter.
    pub(crate) is_distinct_count: bool,
}

/// How far a window reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// `rolling_window`
    Rolling(&'a RollingWindow),
    /// `running_total`: from the start of the query's range.
    FromRangeStart,
}

/// Sorts the leaves of `measures` into parts: the joined rows first, when any is aggregated there.
/// With no measures at all there is one part without leaves.
///
/// # Errors
/// [`Error::NoPrimaryKey`], [`Error::MultipliedMeasure`].
pub(crate) fn split<'a>(
    model: &'a DataModel,
    tree: &JoinTree<'_>,
    measures: impl IntoIterator<Item = MemberId>,
) -> Result<Vec<Part<'a>>, Error> {
    let mut leaves = Vec::new();
    for id in measures {
        collect_leaves(model, id, &mut leaves);
    }
    let mut parts: Vec<Part<'a>> = Vec::new();
    for leaf in leaves {
        let window = window_of(model, leaf);
        // A window looks at rows one by one or at sums of days: neither bears repeated rows.
        let keys_of = match window {
            Some(_) => tree.multiplies(leaf.cube).then_some(leaf.cube),
            None => keys_of(model, tree, leaf)?,
        };
        if keys_of.is_some_and(|cube| model.cube(cube).primary_keys().next().is_none()) {
            return Err(Error::NoPrimaryKey { cube: model.cube(leaf.cube).name.clone() });
        }
        match parts.iter_mut().find(|part| part.keys_of == keys_of && part.window == window) {
            Some(part) => part.leaves.push(leaf),
            None => parts.push(Part { keys_of, window, leaves: vec![leaf] }),
        }
    }
    parts.sort_by_key(|part| (part.window.is_some(), part.keys_of.is_some()));
    if parts.is_empty() {
        parts.push(Part { keys_of: None, window: None, leaves: Vec::new() });
    }
    Ok(parts)
}

/// The leaves of a measure, in the order they stand in its formulas.
pub(crate) fn collect_leaves(model: &DataModel, id: MemberId, leaves: &mut Vec<MemberId>) {
    let id = model.behind(id);
    let Some(measure) = model.measure(id) else {
        return;
    };
    match formula_of(measure) {
        Some(template) => {
            for id in measures_of(template) {
                collect_leaves(model, id, leaves);
            }
        }
        None => {
            if !leaves.contains(&id) {
                leaves.push(id);
            }
        }
    }
}

/// The template of a measure that is a formula over measures alone: it can be computed over the
/// results of other SELECTs.
pub(crate) fn formula_of(measure: &Measure) -> Option<&SqlTemplate> {
    if !is_calculated(measure) {
        return None;
    }
    let template = measure.sql.as_ref()?;
    let (mut has_measure, mut has_column) = (false, false);
    for_each_reference(template, &mut |reference, _| match reference {
        Reference::Member(MemberId { member: model::Member::Measure(_), .. }) => has_measure = true,
        Reference::Member(_) | Reference::Cube(_) => has_column = true,
    });
    (has_measure && !has_column).then_some(template)
}

pub(crate) fn is_calculated(measure: &Measure) -> bool {
    matches!(
        measure.kind,
        MeasureType::Number | MeasureType::String | MeasureType::Time | MeasureType::Boolean
    )
}

/// The cube whose keys a leaf is aggregated through, or `None` when the joined rows will do.
fn keys_of(
    model: &DataModel,
    tree: &JoinTree<'_>,
    leaf: MemberId,
) -> Result<Option<CubeId>, Error> {
    let Some(measure) = model.measure(leaf) else {
        return Ok(None);
    };
    let is_multiplied = tree.multiplies(leaf.cube);
    let keys =
        (is_multiplied && !tolerates_repetition(model, leaf.cube, measure)).then_some(leaf.cube);
    // A formula that reads columns as well must find all it needs in one place.
    for referenced in measure.sql.as_ref().map(measures_of).unwrap_or_default() {
        let mut leaves = Vec::new();
        collect_leaves(model, referenced, &mut leaves);
        for other in leaves {
            if keys_of(model, tree, other)? != keys {
                return Err(Error::MultipliedMeasure { measure: measure.path.clone() });
            }
        }
    }
    Ok(keys)
}

fn window_of(model: &DataModel, leaf: MemberId) -> Option<Window<'_>> {
    let measure = model.measure(leaf)?;
    let is_additive = matches!(
        measure.kind,
        MeasureType::Count
            | MeasureType::Sum
            | MeasureType::Min
            | MeasureType::Max
            | MeasureType::RunningTotal
    );
    let frame = match (&measure.rolling_window, measure.kind) {
        (Some(window), _) => Frame::Rolling(window),
        (None, MeasureType::RunningTotal) => Frame::FromRangeStart,
        (None, _) => return None,
    };
    let is_distinct_count = measure.kind == MeasureType::CountDistinct;
    Some(Window { frame, is_additive, is_distinct_count })
}

/// Whether an aggregate gives the same answer when rows repeat: distinct counts, the least and the
/// greatest, and a count of rows that can be made one of distinct keys.
fn tolerates_repetition(model: &DataModel, cube: CubeId, measure: &Measure) -> bool {
    let has_key = model.cube(cube).primary_keys().next().is_some();
    match measure.kind {
        MeasureType::CountDistinct
        | MeasureType::CountDistinctApprox
        | MeasureType::Min
        | MeasureType::Max => true,
        MeasureType::Count => measure.sql.is_none() && has_key,
        MeasureType::Number => is_row_count_text(measure) && has_key,
        MeasureType::Sum
        | MeasureType::Avg
        | MeasureType::String
        | MeasureType::Time
        | MeasureType::Boolean
        | MeasureType::RunningTotal => false,
    }
}
