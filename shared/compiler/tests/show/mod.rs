//! Templates as short text, for comparing.

use model::{ClaimPath, DataModel, FilterParam, Part, SqlTemplate};

/// A template in short: `<Orders>` for a cube, `<Orders.count>` for a member.
pub(crate) fn show(model: &DataModel, template: &SqlTemplate) -> String {
    template.parts.iter().map(|part| show_part(model, part)).collect()
}

fn show_part(model: &DataModel, part: &Part) -> String {
    let param = |param: &FilterParam| {
        format!("{} on {}", model.path(param.member), show(model, &param.column))
    };
    match part {
        Part::Text(text) => text.clone(),
        Part::Cube(id) => format!("<{}>", model.cube(*id).name),
        Part::CubeSql(id) => format!("<sql of {}>", model.cube(*id).name),
        Part::Member(id) => format!("<{}>", model.path(*id)),
        Part::TimeMember { dimension, granularity } => {
            format!("<{} by {granularity}>", model.path(*dimension))
        }
        Part::ClaimFilter { path, column, is_required } => {
            format!("<claim {path} on {}, required {is_required}>", show(model, column))
        }
        Part::ClaimValue(ClaimPath(path)) => format!("<claim {}>", path.join(".")),
        Part::FilterParam(filter) => format!("<filter {}>", param(filter)),
        Part::FilterGroup(filters) => {
            format!("<filters {}>", filters.iter().map(param).collect::<Vec<_>>().join(", "))
        }
        Part::ConvertTimeZone(column) => format!("<tz {}>", show(model, column)),
    }
}
