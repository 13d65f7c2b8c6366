//! The member of which another is only a second name.
//!
//! Cube 1.7.25, `CubeEvaluator.ts`, `prepareMembers`.

use model::{
    DataModel, Dimension, DimensionExpression, DimensionType, Measure, Part, SqlTemplate, Target,
};

/// What a view's dimension stands for, or the one dimension that a cube's dimension refers to.
pub(super) fn of_dimension<'a>(model: &'a DataModel, dimension: &Dimension) -> Option<&'a str> {
    if dimension.kind == DimensionType::Geo {
        return None;
    }
    match &dimension.expression {
        _ if dimension.target.is_some() => of_view(model, dimension.target.as_ref()),
        DimensionExpression::Sql(template) => of_template(model, template),
        DimensionExpression::Case { .. } | DimensionExpression::Geo { .. } => None,
    }
}

/// What a view's measure stands for.
pub(super) fn of_measure<'a>(model: &'a DataModel, measure: &Measure) -> Option<&'a str> {
    of_view(model, measure.target.as_ref())
}

/// A cube that is hidden behind a view is named: a view is how its members are shown.
fn of_view<'a>(model: &'a DataModel, target: Option<&Target>) -> Option<&'a str> {
    target.map(|target| model.path(target.member))
}

/// The dimension of which this one is only another name: `sql: "{Users.city}"`.
fn of_template<'a>(model: &'a DataModel, template: &SqlTemplate) -> Option<&'a str> {
    let [Part::Member(id)] = template.parts.as_slice() else {
        return None;
    };
    model.dimension(*id).filter(|target| target.is_public).map(|target| target.path.as_str())
}
