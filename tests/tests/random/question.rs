//! A drawn query: what is asked, and its JSON.

use serde_json::{Value, json};

use crate::calendar::date;
use crate::chance::Chance;
use crate::members::{Dimension, Measure, SEGMENT, cube_name};
use crate::world::{FIRST_DAY, LABELS, World};

/// A query.
#[derive(Debug)]
pub(crate) struct Question {
    /// With the cubes they belong to.
    pub(crate) measures: Vec<(usize, Measure)>,
    /// With the cubes they belong to.
    pub(crate) dimensions: Vec<(usize, Dimension)>,
    /// One at most.
    pub(crate) time: Option<Time>,
    /// Cubes whose segment is asked for.
    pub(crate) segments: Vec<usize>,
    /// Conditions on rows.
    pub(crate) row_filters: Vec<Tree<Dimension>>,
    /// Conditions on groups.
    pub(crate) measure_filters: Vec<Tree<Measure>>,
    /// Name and hours ahead of UTC, the same all year.
    pub(crate) zone: (&'static str, i64),
}

/// The time dimension of a cube.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// Whose.
    pub(crate) cube: usize,
    /// `None` where it only filters.
    pub(crate) granularity: Option<&'static str>,
    /// First and last day.
    pub(crate) range: Option<(i64, i64)>,
}

/// A condition of conditions on members.
#[derive(Debug)]
pub(crate) enum Tree<M> {
    /// One member of a cube.
    Leaf(usize, M, Test),
    /// All must hold.
    And(Vec<Tree<M>>),
    /// One must hold.
    Or(Vec<Tree<M>>),
}

/// A comparison of a value.
#[derive(Debug)]
pub(crate) enum Test {
    /// An operator with values, of which some may be null.
    Values(&'static str, Vec<Option<String>>),
    /// `set`
    Set,
    /// `notSet`
    NotSet,
    /// `inDateRange`, with both days.
    InDateRange(i64, i64),
}

impl Question {
    /// Draws a query about `world`.
    pub(crate) fn draw(chance: &mut Chance, world: &World) -> Self {
        let cubes: Vec<usize> = (0..world.cubes.len()).collect();
        // Two cubes at most are usual: of four, few roots reach all.
        let about = chance.several(&cubes, 3);
        let (mut measures, mut dimensions) = (Vec::new(), Vec::new());
        for _ in 0..if chance.happens(90) { 1 + chance.below(3) } else { 0 } {
            measures.push(draw_measure(chance, world, &about));
        }
        for _ in 0..chance.below(3) {
            dimensions.push(draw_dimension(chance, world, &about));
        }
        measures = distinct(&measures);
        dimensions = distinct(&dimensions);
        let mut time = chance.happens(35).then(|| draw_time(chance, &about));
        if measures.is_empty() && dimensions.is_empty() {
            time = Some(Time { granularity: Some("month"), ..draw_time(chance, &about) });
        }
        let segments = if chance.happens(20) { chance.several(&about, 2) } else { Vec::new() };
        let (mut row_filters, mut measure_filters) = (Vec::new(), Vec::new());
        if chance.happens(40) {
            row_filters.push(draw_tree(chance, 2, &mut |chance| {
                let (cube, dimension) = draw_dimension(chance, world, &about);
                Tree::Leaf(cube, dimension, draw_row_test(chance, dimension))
            }));
        }
        if !measures.is_empty() && chance.happens(25) {
            measure_filters.push(draw_tree(chance, 2, &mut |chance| {
                let (cube, measure) = draw_measure(chance, world, &about);
                Tree::Leaf(cube, measure, draw_number_test(chance, measure.is_integer()))
            }));
        }
        let zone = chance.pick(&[("UTC", 0), ("Asia/Tokyo", 9), ("America/Phoenix", -7)]);
        Self { measures, dimensions, time, segments, row_filters, measure_filters, zone }
    }

    /// The query as a client sends it.
    pub(crate) fn json(&self) -> Value {
        let mut query = json!({
            "measures":
                self.measures.iter().map(|&(cube, m)| path(cube, &m.name())).collect::<Vec<_>>(),
            "dimensions":
                self.dimensions.iter().map(|&(cube, d)| path(cube, &d.name())).collect::<Vec<_>>(),
            "segments": self.segments.iter().map(|&cube| path(cube, SEGMENT)).collect::<Vec<_>>(),
            "filters": self.row_filters.iter().map(|tree| tree.json(&|d| d.name()))
                .chain(self.measure_filters.iter().map(|tree| tree.json(&|m| m.name())))
                .collect::<Vec<_>>(),
            "timezone": self.zone.0,
            "total": true,
        });
        if let Some(time) = self.time {
            let mut asked = json!({ "dimension": path(time.cube, &Dimension::At.name()) });
            if let Some(granularity) = time.granularity {
                asked["granularity"] = granularity.into();
            }
            if let Some((first, last)) = time.range {
                asked["dateRange"] = json!([date(first), date(last)]);
            }
            query["timeDimensions"] = json!([asked]);
        }
        query
    }
}

fn path(cube: usize, member: &str) -> String {
    format!("{}.{member}", cube_name(cube))
}

fn distinct<T: Copy + PartialEq>(list: &[T]) -> Vec<T> {
    let mut kept = Vec::new();
    for &one in list {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn draw_measure(chance: &mut Chance, world: &World, about: &[usize]) -> (usize, Measure) {
    let cube = chance.pick(about);
    (cube, chance.pick(&world.cubes[cube].measures))
}

fn draw_dimension(chance: &mut Chance, world: &World, about: &[usize]) -> (usize, Dimension) {
    let cube = chance.pick(about);
    (cube, chance.pick(&world.cubes[cube].dimensions))
}

fn draw_time(chance: &mut Chance, about: &[usize]) -> Time {
    let granularity = chance.pick(&[Some("day"), Some("month"), None]);
    let has_range = granularity.is_none() || chance.happens(50);
    let range = has_range.then(|| draw_days(chance));
    Time { cube: chance.pick(about), granularity, range }
}

fn draw_days(chance: &mut Chance) -> (i64, i64) {
    let first = FIRST_DAY - 2 + i64::try_from(chance.below(50)).unwrap();
    (first, first + i64::try_from(chance.below(30)).unwrap())
}

fn draw_tree<M>(
    chance: &mut Chance,
    depth: usize,
    leaf: &mut impl FnMut(&mut Chance) -> Tree<M>,
) -> Tree<M> {
    let kind = chance.below(4);
    if depth == 0 || kind < 2 {
        return leaf(chance);
    }
    let inner = (0..=chance.below(3)).map(|_| draw_tree(chance, depth - 1, leaf)).collect();
    if kind == 2 { Tree::And(inner) } else { Tree::Or(inner) }
}

fn draw_row_test(chance: &mut Chance, dimension: Dimension) -> Test {
    if chance.happens(20) {
        return if chance.happens(50) { Test::Set } else { Test::NotSet };
    }
    match dimension {
        Dimension::Label | Dimension::Lent(_) => {
            let operator = chance.pick(&[
                "equals",
                "notEquals",
                "contains",
                "notContains",
                "startsWith",
                "notStartsWith",
                "endsWith",
                "notEndsWith",
            ]);
            Test::Values(operator, draw_values(chance, |chance| chance.pick(&LABELS).to_owned()))
        }
        Dimension::Size => draw_number_test(chance, true),
        Dimension::At => {
            let (first, last) = draw_days(chance);
            Test::InDateRange(first, last)
        }
    }
}

/// `PostgreSQL` reads a value as the type of what it is compared with: it refuses 1.5 where that is
/// an integer.
fn draw_number_test(chance: &mut Chance, is_integer: bool) -> Test {
    let half = if is_integer { "4" } else { "1.5" };
    let numbers = ["-1", "0", "1", half, "2", "3", "5"];
    match chance.below(10) {
        0 => Test::Set,
        1 => Test::NotSet,
        2..=4 => {
            let operator = chance.pick(&["equals", "notEquals"]);
            Test::Values(operator, draw_values(chance, |chance| chance.pick(&numbers).to_owned()))
        }
        _ => {
            let operator = chance.pick(&["gt", "gte", "lt", "lte"]);
            Test::Values(operator, vec![Some(chance.pick(&numbers).to_owned())])
        }
    }
}

fn draw_values(
    chance: &mut Chance,
    mut value: impl FnMut(&mut Chance) -> String,
) -> Vec<Option<String>> {
    (0..=chance.below(2)).map(|_| (!chance.happens(10)).then(|| value(chance))).collect()
}

impl<M: Copy> Tree<M> {
    /// Calls `visit` on every member, in the order they stand.
    pub(crate) fn for_each(&self, visit: &mut impl FnMut(usize, M)) {
        match self {
            Self::Leaf(cube, member, _) => visit(*cube, *member),
            Self::And(inner) | Self::Or(inner) => {
                for tree in inner {
                    tree.for_each(visit);
                }
            }
        }
    }

    fn json(&self, name: &impl Fn(M) -> String) -> Value {
        let list = |inner: &[Self]| inner.iter().map(|tree| tree.json(name)).collect::<Vec<_>>();
        match self {
            Self::And(inner) => json!({ "and": list(inner) }),
            Self::Or(inner) => json!({ "or": list(inner) }),
            Self::Leaf(cube, member, test) => {
                let (operator, values) = match test {
                    Test::Values(operator, values) => (*operator, json!(values)),
                    Test::Set => ("set", Value::Null),
                    Test::NotSet => ("notSet", Value::Null),
                    Test::InDateRange(first, last) => {
                        ("inDateRange", json!([date(*first), date(*last)]))
                    }
                };
                let mut filter =
                    json!({ "member": path(*cube, &name(*member)), "operator": operator });
                if !values.is_null() {
                    filter["values"] = values;
                }
                filter
            }
        }
    }
}
