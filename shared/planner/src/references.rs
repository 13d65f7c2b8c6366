//! What a member's SQL touches: cubes, measures and sub-queries, through every reference.

use model::{CubeId, DataModel, DimensionExpression, Label, Member, MemberId, Part, SqlTemplate};
use query::FilterOperator;

use crate::filters::Condition;

/// What a set of members needs from FROM.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// In the order of first mention, the owner of a member before what its SQL refers to.
    pub(crate) cubes: Vec<CubeId>,
    /// Dimensions whose value is a sub-query's, in the order of first mention.
    pub(crate) sub_queries: Vec<MemberId>,
}

impl Touched {
    /// Adds a member and all it refers to.
    pub(crate) fn add_member(&mut self, model: &DataModel, id: MemberId) {
        self.add_cube(id.cube);
        match id.member {
            Member::Measure(_) => {
                let Some(measure) = model.measure(id) else {
                    return;
                };
                for template in measure.sql.iter().chain(&measure.filters) {
                    self.add_template(model, template);
                }
            }
            Member::Dimension(_) => self.add_dimension(model, id),
            Member::Segment(_) => {
                if let Some(segment) = model.segment(id) {
                    self.add_template(model, &segment.sql);
                }
            }
        }
    }

    /// Adds what a condition looks at: of a `measureFilter` only the conditions of the measure.
    pub(crate) fn add_condition(&mut self, model: &DataModel, condition: &Condition) {
        let measure = (condition.operator == FilterOperator::MeasureFilter)
            .then(|| model.measure(condition.member))
            .flatten();
        let Some(measure) = measure else {
            return self.add_member(model, condition.member);
        };
        self.add_cube(condition.member.cube);
        for template in measure.filters.iter().chain(&measure.drill_filters) {
            self.add_template(model, template);
        }
    }

    /// Adds what a template refers to.
    pub(crate) fn add_template(&mut self, model: &DataModel, template: &SqlTemplate) {
        for_each_reference(template, &mut |reference| match reference {
            Reference::Cube(cube) => self.add_cube(cube),
            Reference::Member(id) => self.add_member(model, id),
        });
    }

    fn add_dimension(&mut self, model: &DataModel, id: MemberId) {
        let Some(dimension) = model.dimension(id) else {
            return;
        };
        if dimension.sub_query.is_some() {
            if !self.sub_queries.contains(&id) {
                self.sub_queries.push(id);
            }
            return;
        }
        for_each_template(&dimension.expression, &mut |template| {
            self.add_template(model, template);
        });
    }

    fn add_cube(&mut self, cube: CubeId) {
        if !self.cubes.contains(&cube) {
            self.cubes.push(cube);
        }
    }
}

/// A reference inside a template, whatever its form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reference {
    /// `{CUBE}` or `{Other}`.
    Cube(CubeId),
    /// `{member}` or `{dimension.granularity}`.
    Member(MemberId),
}

/// Calls `visit` on every reference of a template, in the order they stand.
pub(crate) fn for_each_reference(template: &SqlTemplate, visit: &mut impl FnMut(Reference)) {
    template.for_each_part(&mut |part| match part {
        Part::Cube(cube) => visit(Reference::Cube(*cube)),
        Part::Member(id) | Part::TimeMember { dimension: id, .. } => visit(Reference::Member(*id)),
        Part::Text(_)
        | Part::CubeSql(_)
        | Part::Joined { .. }
        | Part::ClaimFilter { .. }
        | Part::Claim(_)
        | Part::ClaimValue(_)
        | Part::FilterParam(_)
        | Part::FilterGroup(_)
        | Part::Argument(_)
        | Part::Arguments { .. }
        | Part::ConvertTimeZone(_)
        | Part::UrlEncode(_) => {}
    });
}

/// Calls `visit` on every template of a dimension.
pub(crate) fn for_each_template<'a>(
    expression: &'a DimensionExpression,
    visit: &mut impl FnMut(&'a SqlTemplate),
) {
    match expression {
        DimensionExpression::Sql(template) => visit(template),
        DimensionExpression::Case { whens, otherwise } => {
            for when in whens {
                visit(&when.condition);
                if let Label::Sql(template) = &when.label {
                    visit(template);
                }
            }
            if let Some(Label::Sql(template)) = otherwise {
                visit(template);
            }
        }
        DimensionExpression::Geo { latitude, longitude } => {
            visit(latitude);
            visit(longitude);
        }
    }
}

/// The measures a template refers to directly, in the order they stand.
pub(crate) fn measures_of(template: &SqlTemplate) -> Vec<MemberId> {
    let mut measures = Vec::new();
    for_each_reference(template, &mut |reference| {
        if let Reference::Member(id) = reference
            && matches!(id.member, Member::Measure(_))
            && !measures.contains(&id)
        {
            measures.push(id);
        }
    });
    measures
}
