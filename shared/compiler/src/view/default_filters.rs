//! `default_filters`: their members bound.
//!
//! Cube 1.7.43, `packages/cubejs-schema-compiler/src/compiler/CubeEvaluator.ts`,
//! `prepareViewFilters`.

use model::{CubeId, DefaultFilter, MemberId, RowCondition, RowFilter};

use super::ViewError;
use crate::Error;
use crate::declare::{self, View};
use crate::names::{Names, kind_of};
use crate::report::{Report, Sourced};
use crate::site::Site;
use crate::spelling::nearest;

/// The default filters of a view.
pub(crate) fn default_filters(
    names: &Names<'_>,
    id: CubeId,
    view: &View,
    report: &mut Report<'_>,
) -> Vec<DefaultFilter> {
    let mut filters = Vec::new();
    for declared in view.default_filters.iter().flatten() {
        report.set_inherited(declared.is_inherited);
        filters.extend(default_filter(names, id, declared, report));
    }
    report.set_inherited(false);
    filters
}

fn default_filter(
    names: &Names<'_>,
    id: CubeId,
    declared: &declare::DefaultFilter,
    report: &mut Report<'_>,
) -> Option<DefaultFilter> {
    let member = member(names, id, "member", &declared.member, report);
    let unless = declared.unless.iter();
    let unless =
        unless.filter_map(|text| self::member(names, id, "unless", text, report)).collect();
    let condition = RowCondition {
        member: member?,
        operator: declared.operator,
        values: declared.values.clone(),
    };
    Some(DefaultFilter { filter: RowFilter::Member(condition), unless })
}

/// A member of the view by its name there, `view.name`, or the path of the cube's member.
fn member(
    names: &Names<'_>,
    view: CubeId,
    usage: &'static str,
    text: &Sourced,
    report: &mut Report<'_>,
) -> Option<MemberId> {
    // `{status}` and `${CUBE}.status` are how references are written elsewhere.
    let name: String = text.text.chars().filter(|character| !"${} ".contains(*character)).collect();
    let name = name.as_str();
    let found = match name.split_once('.') {
        None => names.member(view, name),
        Some((cube, name)) if cube == names.name_of(view) || cube == "CUBE" => {
            names.member(view, name)
        }
        Some(_) => names.listed(view, name).and_then(|id| names.shown_as(view, id)),
    };
    let Some(found) = found else {
        let error = ViewError::NotFilterable {
            member: name.to_owned(),
            usage,
            view: names.name_of(view).to_owned(),
            nearest: nearest(name, names.members_by_name(view)),
        };
        report.unknown(text.place, error.into());
        return None;
    };
    let kind = kind_of(found);
    if !Site::DefaultFilter.takes(kind) {
        let path = names.path(found);
        report.error(text.place, Error::WrongKind { path, kind, site: Site::DefaultFilter });
        return None;
    }
    Some(found)
}
