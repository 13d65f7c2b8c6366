//! Which claims a model reads, known once it is compiled.

use crate::{ClaimPath, Cube, DimensionExpression, Label, Part, Source, SqlTemplate};

/// The claims a model reads, each once, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// Compared with a column: `filter`, `requiredFilter`.
    pub compared: Vec<ClaimPath>,
    /// Written into the statement: `unsafeValue`.
    pub written: Vec<ClaimPath>,
}

impl Claims {
    pub(crate) fn of(cubes: &[Cube]) -> Self {
        let mut claims = Self::default();
        for cube in cubes {
            for_each_template(cube, &mut |template| claims.add(template));
        }
        claims
    }

    fn add(&mut self, template: &SqlTemplate) {
        template.for_each_part(&mut |part| {
            let (list, path) = match part {
                Part::ClaimFilter { path, .. } => (&mut self.compared, path),
                Part::ClaimValue(path) => (&mut self.written, path),
                Part::Text(_)
                | Part::Cube(_)
                | Part::CubeSql(_)
                | Part::Member(_)
                | Part::TimeMember { .. }
                | Part::FilterParam(_)
                | Part::FilterGroup(_)
                | Part::ConvertTimeZone(_) => return,
            };
            if !list.contains(path) {
                list.push(path.clone());
            }
        });
    }
}

/// Calls `visit` on every template of a cube.
fn for_each_template(cube: &Cube, visit: &mut impl FnMut(&SqlTemplate)) {
    let (Source::Table(source) | Source::Query(source)) = &cube.source;
    visit(source);
    for join in &cube.joins {
        visit(&join.condition);
    }
    for measure in &cube.measures {
        measure.sql.iter().chain(&measure.filters).for_each(&mut *visit);
    }
    for dimension in &cube.dimensions {
        match &dimension.expression {
            DimensionExpression::Sql(template) => visit(template),
            DimensionExpression::Case { whens, otherwise } => {
                for when in whens {
                    visit(&when.condition);
                    label(&when.label, visit);
                }
                if let Some(otherwise) = otherwise {
                    label(otherwise, visit);
                }
            }
            DimensionExpression::Geo { latitude, longitude } => {
                visit(latitude);
                visit(longitude);
            }
        }
        dimension.granularities.iter().filter_map(|own| own.sql.as_ref()).for_each(&mut *visit);
    }
    for segment in &cube.segments {
        visit(&segment.sql);
    }
}

fn label(label: &Label, visit: &mut impl FnMut(&SqlTemplate)) {
    if let Label::Sql(template) = label {
        visit(template);
    }
}
