//! Models compiled from text, their members by name and their templates as short text.

use compiler::{ModelFile, compile};
use model::{
    ClaimPath, Cube, DataModel, Dimension, DimensionExpression, FilterForm, FilterParam, Measure,
    Part, SqlTemplate,
};

pub(crate) fn file(text: &str) -> ModelFile {
    ModelFile { path: "model/test.yml".to_owned(), text: text.to_owned() }
}

pub(crate) fn model(text: &str) -> DataModel {
    compile(&[file(text)]).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn cube<'m>(model: &'m DataModel, name: &str) -> &'m Cube {
    model.cube(model.find_cube(name).unwrap())
}

pub(crate) fn measure<'m>(model: &'m DataModel, path: &str) -> &'m Measure {
    let (cube, name) = path.split_once('.').unwrap();
    model.measure(model.find_member(model.find_cube(cube).unwrap(), name).unwrap()).unwrap()
}

pub(crate) fn dimension<'m>(model: &'m DataModel, path: &str) -> &'m Dimension {
    let (cube, name) = path.split_once('.').unwrap();
    model.dimension(model.find_member(model.find_cube(cube).unwrap(), name).unwrap()).unwrap()
}

pub(crate) fn sql(model: &DataModel, dimension: &Dimension) -> String {
    match &dimension.expression {
        DimensionExpression::Sql(template) => show(model, template),
        other @ (DimensionExpression::Case { .. } | DimensionExpression::Geo { .. }) => {
            panic!("{other:?}")
        }
    }
}

/// A template in short: `<Orders>` for a cube, `<Orders.count>` for a member.
pub(crate) fn show(model: &DataModel, template: &SqlTemplate) -> String {
    template.parts.iter().map(|part| show_part(model, part)).collect()
}

fn show_form(model: &DataModel, form: &FilterForm) -> String {
    match form {
        FilterForm::Column(column) => show(model, column),
        FilterForm::Function(function) => format!("function: {}", show(model, &function.body)),
    }
}

fn show_part(model: &DataModel, part: &Part) -> String {
    let param = |param: &FilterParam| {
        format!("{} on {}", model.path(param.member), show_form(model, &param.form))
    };
    match part {
        Part::Text(text) => text.clone(),
        Part::Cube(id) => format!("<{}>", model.cube(*id).name),
        Part::CubeSql(id) => format!("<sql of {}>", model.cube(*id).name),
        Part::Member(id) => format!("<{}>", model.path(*id)),
        Part::TimeMember { dimension, granularity } => {
            format!("<{} by {granularity}>", model.path(*dimension))
        }
        Part::Joined { path, reference } => {
            let path: Vec<&str> = path.iter().map(|&cube| model.cube(cube).name.as_str()).collect();
            format!("<along {} {}>", path.join("."), show_part(model, reference))
        }
        Part::ClaimFilter { path, form, is_required } => {
            format!("<claim {path} on {}, required {is_required}>", show_form(model, form))
        }
        Part::Claim(path) => format!("<claim {path} as it is>"),
        Part::Argument(place) => format!("<value {place}>"),
        Part::Arguments { from, separator } => format!("<values from {from} with {separator:?}>"),
        Part::UrlEncode(text) => format!("<url {}>", show(model, text)),
        Part::Computed(computation) => format!("<computed {computation:?}>"),
        Part::ClaimValue(ClaimPath(path)) => format!("<claim {}>", path.join(".")),
        Part::FilterParam(filter) => format!("<filter {}>", param(filter)),
        Part::FilterGroup(filters) => {
            format!("<filters {}>", filters.iter().map(param).collect::<Vec<_>>().join(", "))
        }
        Part::ConvertTimeZone(column) => format!("<tz {}>", show(model, column)),
    }
}
