//! A drawn query: what is asked, and its JSON.

use serde_json::{Value, json};

use crate::calendar::{Granularity, date};
use crate::chance::Chance;
use crate::members::{Dimension, Measure, SEGMENT, VIEW, cube_name};
use crate::windows::ROLLING;
use crate::world::{FIRST_DAY, LABELS, View, World};

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
    /// The view of the world.
    pub(crate) view: Option<View>,
    /// Whether what is shown is asked of the view, as far as that has it.
    pub(crate) selected_by_view: bool,
    /// Whether the filters, the segments and the time are.
    pub(crate) filtered_by_view: bool,
    /// `joinHints`
    pub(crate) join_hints: Vec<Vec<usize>>,
    /// By a measure's place, and whether it is descending.
    pub(crate) order: Option<(usize, bool)>,
    /// Rows to skip, and rows at most.
    pub(crate) page: Option<(usize, usize)>,
    /// Whether rows are not aggregated.
    pub(crate) is_ungrouped: bool,
}

/// The time dimension of a cube.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// Whose.
    pub(crate) cube: usize,
    /// `None` where it only filters.
    pub(crate) granularity: Option<Granularity>,
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
            time =
                Some(Time { granularity: Some(Granularity::Month), ..draw_time(chance, &about) });
        }
        let segments = if chance.happens(20) { chance.several(&about, 2) } else { Vec::new() };
        let row_filters = draw_row_filters(chance, world, &about);
        let mut measure_filters = Vec::new();
        if !measures.is_empty() && chance.happens(25) {
            measure_filters.push(draw_tree(chance, 2, &mut |chance| {
                let (cube, measure) = draw_measure(chance, world, &about);
                Tree::Leaf(cube, measure, draw_number_test(chance, measure.is_integer()))
            }));
        }
        let is_rolling = chance.happens(15);
        if is_rolling {
            draw_windows(chance, &about, &mut measures);
            measure_filters.clear();
            time = Some(draw_steps(chance, &about));
        }
        let zone = chance.pick(&[("UTC", 0), ("Asia/Tokyo", 9), ("America/Phoenix", -7)]);
        let is_ungrouped = !is_rolling && chance.happens(8);
        if is_ungrouped {
            measures.retain(|(_, measure)| measure.is_of_amounts());
            measure_filters.clear();
            if measures.is_empty() && dimensions.is_empty() {
                dimensions.push((about[0], Dimension::Label));
            }
        }
        let order = (!measures.is_empty() && chance.happens(30))
            .then(|| (chance.below(measures.len()), chance.happens(50)));
        let page = (order.is_some() && !is_ungrouped && chance.happens(60))
            .then(|| (chance.below(3), chance.below(6)));
        Self {
            measures,
            dimensions,
            time,
            segments,
            row_filters,
            measure_filters,
            zone,
            view: world.view.clone(),
            selected_by_view: chance.happens(50),
            filtered_by_view: chance.happens(50),
            join_hints: draw_join_hints(chance, world, about[0]),
            order,
            page,
            is_ungrouped,
        }
    }

    /// Whether it asks for a rolling measure.
    pub(crate) fn is_rolling(&self) -> bool {
        self.measures.iter().any(|(_, measure)| matches!(measure, Measure::Rolling(..)))
    }

    /// The cubes on the view's path to one that it has.
    pub(crate) fn view_path(&self, cube: usize) -> Option<&[usize]> {
        let mut paths = self.view.iter().flat_map(|view| &view.paths);
        paths.find(|path| path.last() == Some(&cube)).map(Vec::as_slice)
    }

    /// A member by the name that it is asked by.
    fn path(&self, by_view: bool, cube: usize, member: &str) -> String {
        if by_view && self.view_path(cube).is_some() {
            return format!("{VIEW}.{}_{member}", cube_name(cube));
        }
        format!("{}.{member}", cube_name(cube))
    }

    /// The query as a client sends it.
    pub(crate) fn json(&self) -> Value {
        let shown = |cube, name: &str| self.path(self.selected_by_view, cube, name);
        let filtered = |cube, name: &str| self.path(self.filtered_by_view, cube, name);
        let measures: Vec<String> =
            self.measures.iter().map(|&(cube, m)| shown(cube, &m.name())).collect();
        let dimensions = self.dimensions.iter().map(|&(cube, d)| shown(cube, &d.name()));
        let mut query = json!({
            "measures": measures,
            "dimensions": dimensions.collect::<Vec<_>>(),
            "segments": self.segments.iter().map(|&cube| filtered(cube, SEGMENT)).collect::<Vec<_>>(),
            "filters": self.row_filters.iter()
                .map(|tree| tree.json(&|cube, d: Dimension| filtered(cube, &d.name())))
                .chain(self.measure_filters.iter()
                    .map(|tree| tree.json(&|cube, m: Measure| filtered(cube, &m.name()))))
                .collect::<Vec<_>>(),
            "timezone": self.zone.0,
            "total": true,
        });
        if let Some((place, is_descending)) = self.order {
            query["order"] = json!([[measures[place], if is_descending { "desc" } else { "asc" }]]);
        }
        if let Some((offset, limit)) = self.page {
            query["offset"] = offset.into();
            query["limit"] = limit.into();
        }
        if self.is_ungrouped {
            query["ungrouped"] = true.into();
        }
        if !self.join_hints.is_empty() {
            let names = |path: &Vec<usize>| path.iter().map(|&c| cube_name(c)).collect::<Vec<_>>();
            query["joinHints"] = json!(self.join_hints.iter().map(names).collect::<Vec<_>>());
        }
        if let Some(time) = self.time {
            let mut asked = json!({ "dimension": filtered(time.cube, &Dimension::At.name()) });
            if let Some(granularity) = time.granularity {
                asked["granularity"] = granularity.name().into();
            }
            if let Some((first, last)) = time.range {
                asked["dateRange"] = json!([date(first), date(last)]);
            }
            query["timeDimensions"] = json!([asked]);
        }
        query
    }
}

/// Puts rolling measures in the place of all but the plainest.
fn draw_windows(chance: &mut Chance, about: &[usize], measures: &mut Vec<(usize, Measure)>) {
    measures.retain(|(_, measure)| matches!(measure, Measure::Count | Measure::Total));
    for _ in 0..=chance.below(2) {
        let (aggregate, window) = chance.pick(&ROLLING);
        measures.push((chance.pick(about), Measure::Rolling(aggregate, window)));
    }
    *measures = distinct(measures);
}

/// A walk along declared joins, now and then.
fn draw_join_hints(chance: &mut Chance, world: &World, start: usize) -> Vec<Vec<usize>> {
    let mut path = vec![start];
    for _ in 0..if chance.happens(20) { 1 + chance.below(3) } else { 0 } {
        let ends: Vec<usize> = world.joins(path[path.len() - 1]).map(|join| join.1).collect();
        if ends.is_empty() {
            break;
        }
        let next = chance.pick(&ends);
        if !path.contains(&next) {
            path.push(next);
        }
    }
    if path.len() > 1 { vec![path] } else { Vec::new() }
}

fn draw_row_filters(chance: &mut Chance, world: &World, about: &[usize]) -> Vec<Tree<Dimension>> {
    let filter = chance.happens(40).then(|| {
        draw_tree(chance, 2, &mut |chance| {
            let (cube, dimension) = draw_dimension(chance, world, about);
            Tree::Leaf(cube, dimension, draw_row_test(chance, dimension))
        })
    });
    filter.into_iter().collect()
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
    let granularity = chance.happens(70).then(|| draw_granularity(chance));
    let has_range = granularity.is_none() || chance.happens(50);
    let range = has_range.then(|| draw_days(chance));
    Time { cube: chance.pick(about), granularity, range }
}

/// A time dimension that a window can step along.
fn draw_steps(chance: &mut Chance, about: &[usize]) -> Time {
    let (granularity, range) = (Some(draw_granularity(chance)), Some(draw_days(chance)));
    Time { cube: chance.pick(about), granularity, range }
}

fn draw_granularity(chance: &mut Chance) -> Granularity {
    chance.pick(&[
        Granularity::Day,
        Granularity::Day,
        Granularity::Month,
        Granularity::Week,
        Granularity::TenDays,
        Granularity::LateMonth,
        Granularity::DayAndAHalf,
    ])
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
        Dimension::Sub(_) => draw_number_test(chance, false),
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

    fn json(&self, path: &impl Fn(usize, M) -> String) -> Value {
        let list = |inner: &[Self]| inner.iter().map(|tree| tree.json(path)).collect::<Vec<_>>();
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
                let mut filter = json!({ "member": path(*cube, *member), "operator": operator });
                if !values.is_null() {
                    filter["values"] = values;
                }
                filter
            }
        }
    }
}
