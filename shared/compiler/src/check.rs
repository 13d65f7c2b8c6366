//! What only the whole model can tell: circles, primary keys, aliases.

use std::collections::{HashMap, HashSet};

use model::{
    Cube, CubeId, DimensionExpression, DimensionType, Label, MeasureType, Member, MemberId, Part,
    Source, SqlTemplate,
};

use crate::Error;
use crate::declare::{Declared, Header};
use crate::diagnostic::Notice;
use crate::names::Names;
use crate::report::{Place, Report};

/// What PostgreSQL keeps of an identifier: `NAMEDATALEN - 1` of its default build.
const MAX_ALIAS_BYTES: usize = 63;

/// Looks at the resolved cubes as a whole.
pub(crate) fn check(declared: &Declared, cubes: &[Cube], report: &mut Report<'_>) {
    let names = Names::new(declared);
    check_primary_keys(&names, cubes, report);
    check_aliases(&names, cubes, report);
    check_circles(&names, cubes, report);
}

/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/JoinGraph.ts`, `buildJoinEdges`: both
/// sides of a join need a key when they have a measure that a join could count twice.
fn check_primary_keys(names: &Names<'_>, cubes: &[Cube], report: &mut Report<'_>) {
    let mut reported = HashSet::new();
    for (cube, declared) in cubes.iter().zip(&names.declared.cubes) {
        for join in &cube.joins {
            let target = cubes.get(join.target.0 as usize);
            for side in [Some(cube), target].into_iter().flatten() {
                if needs_key(side) && reported.insert(side.name.clone()) {
                    let place = join_place(declared, names, join.target);
                    report.error(place, Error::PrimaryKeyRequired(side.name.clone()));
                }
            }
        }
        for (dimension, declared) in cube.dimensions.iter().zip(&declared.dimensions) {
            if dimension.sub_query.is_some() && cube.primary_keys().next().is_none() {
                let (path, cube) = (dimension.path.clone(), cube.name.clone());
                report.error_of(&declared.header, Error::SubQueryWithoutKey { path, cube });
            }
        }
    }
}

fn join_place(declared: &crate::declare::Cube, names: &Names<'_>, target: CubeId) -> Place {
    declared
        .joins
        .iter()
        .find(|join| names.cube(&join.target.text) == Some(target))
        .map_or(declared.header.place, |join| join.target.place)
}

fn needs_key(cube: &Cube) -> bool {
    let multiplies = |kind| {
        matches!(
            kind,
            MeasureType::Sum | MeasureType::Avg | MeasureType::Count | MeasureType::Number
        )
    };
    cube.primary_keys().next().is_none() && cube.measures.iter().any(|found| multiplies(found.kind))
}

fn check_aliases(names: &Names<'_>, cubes: &[Cube], report: &mut Report<'_>) {
    let mut of_cubes: HashMap<&str, &str> = HashMap::new();
    for (cube, declared) in cubes.iter().zip(&names.declared.cubes) {
        let place = declared.header.place;
        check_length(format!("cube `{}`", cube.name), cube.alias.clone(), place, report);
        if !cube.is_view()
            && let Some(one) = of_cubes.insert(&cube.alias, &cube.name)
        {
            report.notice(place, same_alias(one, &cube.name, &cube.alias));
        }
        let mut of_members: HashMap<&str, &str> = HashMap::new();
        let measures = cube.measures.iter().zip(&declared.measures).map(|(found, declared)| {
            (&found.path, &found.alias, found.alias.clone(), &declared.header)
        });
        let dimensions =
            cube.dimensions.iter().zip(&declared.dimensions).map(|(found, declared)| {
                let longest = match found.kind {
                    // The longest granularity's column.
                    DimensionType::Time => {
                        let names = found.granularities.iter().map(|found| found.name.as_str());
                        let longest = names.max_by_key(|name| name.len()).unwrap_or_default();
                        let longest = if longest.len() > 7 { longest } else { "quarter" };
                        format!("{}_{longest}", found.alias)
                    }
                    DimensionType::String
                    | DimensionType::Number
                    | DimensionType::Boolean
                    | DimensionType::Geo => found.alias.clone(),
                };
                (&found.path, &found.alias, longest, &declared.header)
            });
        for (path, alias, longest, header) in measures.chain(dimensions) {
            // The parent's name of an inherited member may be short enough.
            let place = if header.is_inherited { place } else { header.place };
            check_length(format!("`{path}`"), longest, place, report);
            if let Some(one) = of_members.insert(alias, path) {
                report.notice(place, same_alias(one, path, alias));
            }
        }
    }
}

fn check_length(owner: String, alias: String, place: Place, report: &mut Report<'_>) {
    if alias.len() > MAX_ALIAS_BYTES {
        report.error(place, Error::AliasTooLong { owner, alias });
    }
}

fn same_alias(one: &str, other: &str, alias: &str) -> Notice {
    Notice::SameAlias { one: one.to_owned(), other: other.to_owned(), alias: alias.to_owned() }
}

/// A member, or the SQL of a cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Vertex {
    Cube(CubeId),
    Member(MemberId),
}

/// Reports every circle of references once, at the place of the member it was found from.
fn check_circles(names: &Names<'_>, cubes: &[Cube], report: &mut Report<'_>) {
    let mut finished: HashSet<Vertex> = HashSet::new();
    for start in vertices(cubes) {
        // Depth first without recursion: each frame is a vertex and what it refers to.
        let mut open: Vec<(Vertex, Vec<Vertex>)> = Vec::new();
        let mut on_path: HashSet<Vertex> = HashSet::new();
        if !finished.contains(&start) {
            open.push((start, references(cubes, start)));
            on_path.insert(start);
        }
        while let Some((vertex, left)) = open.last_mut() {
            let vertex = *vertex;
            let Some(next) = left.pop() else {
                finished.insert(vertex);
                on_path.remove(&vertex);
                open.pop();
                continue;
            };
            if on_path.contains(&next) {
                let circle = open.iter().map(|(vertex, _)| *vertex).skip_while(|v| *v != next);
                let mut path: Vec<String> = circle.map(|v| show(names, v)).collect();
                path.push(show(names, next));
                if let Some(header) = header(names, next) {
                    report.error_of(header, Error::Cycle(path.join(" -> ")));
                }
            } else if !finished.contains(&next) {
                open.push((next, references(cubes, next)));
                on_path.insert(next);
            }
        }
    }
}

fn vertices(cubes: &[Cube]) -> Vec<Vertex> {
    let mut all = Vec::new();
    for (id, cube) in (0..).map(CubeId).zip(cubes) {
        all.push(Vertex::Cube(id));
        let measures = (0..).map(Member::Measure).take(cube.measures.len());
        let dimensions = (0..).map(Member::Dimension).take(cube.dimensions.len());
        let segments = (0..).map(Member::Segment).take(cube.segments.len());
        let members = measures.chain(dimensions).chain(segments);
        all.extend(members.map(|member| Vertex::Member(MemberId { cube: id, member })));
    }
    all
}

/// What the SQL of a vertex refers to, the last reference first.
fn references(cubes: &[Cube], vertex: Vertex) -> Vec<Vertex> {
    let mut found = Vec::new();
    let mut visit = |template: &SqlTemplate| {
        template.for_each_part(&mut |part| match part {
            Part::Member(id) | Part::TimeMember { dimension: id, .. } => {
                found.push(Vertex::Member(*id));
            }
            Part::CubeSql(id) => found.push(Vertex::Cube(*id)),
            Part::Text(_)
            | Part::Cube(_)
            | Part::Joined { .. }
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
    };
    match vertex {
        Vertex::Cube(id) => match cubes.get(id.0 as usize).map(|cube| &cube.source) {
            Some(Source::Table(template) | Source::Query(template)) => visit(template),
            Some(Source::View(_)) | None => {}
        },
        Vertex::Member(id) => {
            if let Some(cube) = cubes.get(id.cube.0 as usize) {
                for_each_template(cube, id.member, &mut visit);
            }
        }
    }
    found.reverse();
    found
}

fn for_each_template(cube: &Cube, member: Member, visit: &mut impl FnMut(&SqlTemplate)) {
    match member {
        Member::Measure(index) => {
            if let Some(measure) = cube.measures.get(index as usize) {
                let conditions = measure.filters.iter().chain(&measure.drill_filters);
                measure.sql.iter().chain(conditions).for_each(visit);
            }
        }
        Member::Dimension(index) => {
            match cube.dimensions.get(index as usize).map(|found| &found.expression) {
                Some(DimensionExpression::Sql(template)) => visit(template),
                Some(DimensionExpression::Geo { latitude, longitude }) => {
                    visit(latitude);
                    visit(longitude);
                }
                Some(DimensionExpression::Case { whens, otherwise }) => {
                    for when in whens {
                        visit(&when.condition);
                    }
                    for label in whens.iter().map(|when| &when.label).chain(otherwise) {
                        if let Label::Sql(template) = label {
                            visit(template);
                        }
                    }
                }
                None => {}
            }
        }
        Member::Segment(index) => {
            if let Some(segment) = cube.segments.get(index as usize) {
                visit(&segment.sql);
            }
        }
    }
}

fn show(names: &Names<'_>, vertex: Vertex) -> String {
    match vertex {
        Vertex::Cube(id) => format!("`{}.sql()`", names.name_of(id)),
        Vertex::Member(id) => format!("`{}`", names.path(id)),
    }
}

fn header<'n>(names: &Names<'n>, vertex: Vertex) -> Option<&'n Header> {
    match vertex {
        Vertex::Cube(id) => names.declaration(id).map(|cube| &cube.header),
        Vertex::Member(id) => names.header(id),
    }
}
