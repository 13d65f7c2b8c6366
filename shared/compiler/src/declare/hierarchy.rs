//! A hierarchy.

use super::{Hierarchy, open, references};
use crate::fields::Item;
use crate::keys::HIERARCHY;
use crate::report::Report;

/// Reads one element of `hierarchies`; nothing when it is no mapping.
pub(super) fn declare(
    item: &Item<'_>,
    file: usize,
    cube: &str,
    report: &mut Report<'_>,
) -> Option<Hierarchy> {
    let (fields, header) = open(item, file, "hierarchy", Some(cube), HIERARCHY, report)?;
    if !fields.has("levels") {
        let help = "list its dimensions, the coarsest first, such as `[state, city]`";
        fields.missing("levels", help, report);
    }
    let expected = "a list of dimensions, such as `[state, city]`";
    Some(Hierarchy { levels: references(&fields, "levels", expected, report), header })
}
