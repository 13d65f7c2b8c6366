//! What a member's SQL touches: cubes, measures and sub-queries, through every reference.

use model::{
    Bucket, CubeId, DataModel, DimensionExpression, Label, Member, MemberId, Part, SqlTemplate,
};
use query::FilterOperator;

use crate::filters::Condition;
use crate::granularity::own_bucket;

/// Where a cube is wanted: the cubes of a join path from the first to itself; a cube by itself when
/// any path will do. Never empty.
pub(crate) type Hint = Vec<CubeId>;

/// What a set of members needs from FROM.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// In the order of first mention, the owner of a member before what its SQL refers to.
    pub(crate) hints: Vec<Hint>,
    /// The views that are asked, in the order of first mention.
    pub(crate) views: Vec<CubeId>,
    /// Dimensions whose value is a sub-query's, in the order of first mention.
    pub(crate) sub_queries: Vec<MemberId>,
}

impl Touched {
    /// Adds a member and all it refers to.
    ///
    /// Cube 1.7.25, `BaseQuery.js`, `pushMemberNameForCollectionIfNecessary`.
    pub(crate) fn add_member(&mut self, model: &DataModel, id: MemberId) {
        let id = self.add_owner(model, id);
        self.add_content(model, id);
    }

    /// Adds the cube a member belongs to; returns the member, or what it stands for in a view.
    fn add_owner(&mut self, model: &DataModel, id: MemberId) -> MemberId {
        let is_view = model.cube(id.cube).is_view();
        if is_view && !self.views.contains(&id.cube) {
            self.views.push(id.cube);
        }
        match model.target(id) {
            Some(target) => self.add_hint(&target.path),
            None if is_view => {}
            None => self.add_hint(&[id.cube]),
        }
        model.behind(id)
    }

    /// Adds what a member refers to.
    fn add_content(&mut self, model: &DataModel, id: MemberId) {
        match id.member {
            Member::Measure(_) => {
                let Some(measure) = model.measure(id) else {
                    return;
                };
                if measure.sql.is_none() {
                    self.add_keys(model, id.cube);
                }
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
        let id = self.add_owner(model, condition.member);
        let is_measure_filter = condition.operator == FilterOperator::MeasureFilter;
        match model.measure(id).filter(|_| is_measure_filter) {
            Some(measure) => {
                for template in measure.filters.iter().chain(&measure.drill_filters) {
                    self.add_template(model, template);
                }
            }
            None => self.add_content(model, id),
        }
    }

    /// Adds what identifies a row of a cube.
    fn add_keys(&mut self, model: &DataModel, cube: CubeId) {
        for (index, _) in model.cube(cube).primary_keys() {
            self.add_dimension(model, MemberId { cube, member: Member::Dimension(index) });
        }
    }

    /// Adds what a template refers to.
    pub(crate) fn add_template(&mut self, model: &DataModel, template: &SqlTemplate) {
        for_each_reference(template, &mut |reference, path| match (reference, path) {
            (Reference::Cube(cube), []) => self.add_hint(&[cube]),
            (Reference::Cube(_), path) => self.add_hint(path),
            (Reference::Member(id), []) => self.add_member(model, id),
            (Reference::Member(id), path) => {
                self.add_hint(path);
                self.add_content(model, model.behind(id));
            }
        });
        template.for_each_part(&mut |part| {
            if let Part::TimeMember { dimension, granularity } = part {
                self.add_granularity(model, *dimension, granularity);
            }
        });
    }

    /// Adds what the author's SQL of a granularity refers to.
    pub(crate) fn add_granularity(&mut self, model: &DataModel, id: MemberId, name: &str) {
        if let Some(Bucket::Sql(template)) = own_bucket(model, id, name) {
            self.add_template(model, template);
        }
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

    fn add_hint(&mut self, hint: &[CubeId]) {
        if !hint.is_empty() && !self.hints.iter().any(|known| known == hint) {
            self.hints.push(hint.to_vec());
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

/// Calls `visit` on every reference of a template with its join path, in the order they stand. The
/// path is empty where the author gave none.
pub(crate) fn for_each_reference(
    template: &SqlTemplate,
    visit: &mut impl FnMut(Reference, &[CubeId]),
) {
    let mut along: &[CubeId] = &[];
    template.for_each_part(&mut |part| match part {
        // The reference itself comes next.
        Part::Joined { path, .. } => along = path,
        Part::Cube(cube) => visit(Reference::Cube(*cube), std::mem::take(&mut along)),
        Part::Member(id) | Part::TimeMember { dimension: id, .. } => {
            visit(Reference::Member(*id), std::mem::take(&mut along));
        }
        Part::Text(_)
        | Part::CubeSql(_)
        | Part::ClaimFilter { .. }
        | Part::Claim(_)
        | Part::ClaimValue(_)
        | Part::Computed(_)
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

/// Whether a filter on `asked` is one on `meant`: because it is that member, because it is a view's
/// that stands for it, or because its SQL is nothing but a reference to such a member.
///
/// Cube 1.7.43, `BaseQuery.js`, `allBackAliasMembers`.
pub(crate) fn stands_for(model: &DataModel, asked: MemberId, meant: MemberId) -> bool {
    let mut at = asked;
    // The compiler lets no member refer to itself.
    loop {
        if at == meant {
            return true;
        }
        let next =
            model.target(at).map(|target| target.member).or_else(|| only_reference(model, at));
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
}

/// The dimension that a dimension's SQL is nothing but a reference to.
fn only_reference(model: &DataModel, id: MemberId) -> Option<MemberId> {
    let dimension = model.dimension(id).filter(|dimension| dimension.sub_query.is_none())?;
    let DimensionExpression::Sql(template) = &dimension.expression else {
        return None;
    };
    let part = match template.parts.as_slice() {
        [Part::Joined { reference, .. }] => reference.as_ref(),
        [part] => part,
        _ => return None,
    };
    if let Part::Member(id) = part { Some(*id) } else { None }
}

/// The measures a template refers to directly, in the order they stand.
pub(crate) fn measures_of(template: &SqlTemplate) -> Vec<MemberId> {
    let mut measures = Vec::new();
    for_each_reference(template, &mut |reference, _| {
        if let Reference::Member(id) = reference
            && matches!(id.member, Member::Measure(_))
            && !measures.contains(&id)
        {
            measures.push(id);
        }
    });
    measures
}
