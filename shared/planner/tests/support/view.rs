//! Views made by hand over the cubes of a compiled model.

use model::{Cube, CubeId, DataModel, Member, MemberId, Source, Target, View};

/// Adds a view. Each member is its name, its join path and the member it stands for:
/// `("city", "orders.users", "city")`.
pub(crate) fn with_view(
    model: &DataModel,
    name: &str,
    members: &[(&str, &str, &str)],
) -> DataModel {
    let mut cubes: Vec<Cube> = model.cubes().map(|(_, cube)| cube.clone()).collect();
    let mut view = Cube {
        name: name.to_owned(),
        alias: name.to_owned(),
        title: name.to_owned(),
        source: Source::View(View::default()),
        joins: Vec::new(),
        measures: Vec::new(),
        dimensions: Vec::new(),
        segments: Vec::new(),
        hierarchies: Vec::new(),
        is_public: true,
        ..cubes[0].clone()
    };
    let mut join_paths: Vec<Vec<CubeId>> = Vec::new();
    for (own_name, path, member) in members {
        let path: Vec<CubeId> =
            path.split('.').map(|cube| model.find_cube(cube).unwrap()).collect();
        if path.len() > 1 && !join_paths.contains(&path) {
            join_paths.push(path.clone());
        }
        let meant = model.find_member(*path.last().unwrap(), member).unwrap();
        add(&mut view, model, own_name, Target { member: meant, path });
    }
    view.source = Source::View(View { join_paths, ..View::default() });
    cubes.push(view);
    DataModel::new(cubes).unwrap()
}

fn add(view: &mut Cube, model: &DataModel, name: &str, target: Target) {
    let path = format!("{}.{name}", view.name);
    let alias = format!("{}__{name}", view.name);
    let id: MemberId = target.member;
    match id.member {
        Member::Measure(_) => {
            let mut measure = model.measure(id).unwrap().clone();
            (measure.name, measure.path, measure.alias) = (name.to_owned(), path, alias);
            (measure.sql, measure.filters, measure.rolling_window) = (None, Vec::new(), None);
            measure.target = Some(target);
            view.measures.push(measure);
        }
        Member::Dimension(_) => {
            let mut dimension = model.dimension(id).unwrap().clone();
            (dimension.name, dimension.path, dimension.alias) = (name.to_owned(), path, alias);
            dimension.expression = model::DimensionExpression::Sql(model::SqlTemplate::default());
            (dimension.sub_query, dimension.is_primary_key) = (None, false);
            dimension.is_public = true;
            dimension.target = Some(target);
            view.dimensions.push(dimension);
        }
        Member::Segment(_) => {
            let mut segment = model.segment(id).unwrap().clone();
            (segment.name, segment.path) = (name.to_owned(), path);
            segment.sql = model::SqlTemplate::default();
            segment.target = Some(target);
            view.segments.push(segment);
        }
    }
}
