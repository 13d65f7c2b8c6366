//! Rolling windows, evaluated step by step over single rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{DAY, Granularity, timestamp};
use crate::cell::Cell;
use crate::members::{Dimension, Measure};
use crate::plain::{Answer, Groups, Joined, Plain, join};
use crate::question::{Question, Time};
use crate::tree::JoinTree;
use crate::world::World;

/// What a rolling measure aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    /// Rows.
    Count,
    /// The sum of the amounts.
    Total,
    /// The least amount.
    Least,
    /// Distinct labels.
    Labels,
    /// The mean of the amounts.
    Average,
    /// An aggregate of the author's own.
    Spread,
}

/// How far a rolling measure looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// The three days up to the end of the step.
    Trailing,
    /// The two days after the end of the step.
    Leading,
    /// The five days before the start of the step.
    Before,
    /// All up to the end of the step.
    Ever,
    /// From the start of the month that the step starts in.
    MonthToDate,
    /// From the start of the ten days that the step starts in.
    TenDaysToDate,
}

/// Every rolling measure that each cube has.
pub(crate) const ROLLING: [(Aggregate, Window); 10] = [
    (Aggregate::Total, Window::Trailing),
    (Aggregate::Count, Window::Ever),
    (Aggregate::Labels, Window::Trailing),
    (Aggregate::Average, Window::Leading),
    (Aggregate::Least, Window::Before),
    (Aggregate::Total, Window::MonthToDate),
    (Aggregate::Count, Window::TenDaysToDate),
    (Aggregate::Labels, Window::Ever),
    (Aggregate::Spread, Window::Trailing),
    (Aggregate::Count, Window::Leading),
];

impl Aggregate {
    /// The measure without a window that aggregates the same rows.
    pub(crate) fn plain(self) -> Measure {
        match self {
            Self::Count => Measure::Count,
            Self::Total => Measure::Total,
            Self::Least => Measure::Least,
            Self::Labels => Measure::Labels,
            Self::Average => Measure::Average,
            Self::Spread => Measure::Range,
        }
    }

    /// What it is of no rows at all: a sum of no counts is none, a count of no values is 0.
    pub(crate) fn of_nothing(self) -> Option<f64> {
        (self == Self::Labels).then_some(0.0)
    }
}

impl Window {
    /// `rolling_window`
    pub(crate) fn declaration(self) -> &'static str {
        match self {
            Self::Trailing => "{trailing: 3 day}",
            Self::Leading => "{leading: 2 days}",
            Self::Before => "{trailing: 5 day, offset: start}",
            Self::Ever => "{trailing: unbounded}",
            Self::MonthToDate => "{type: to_date, granularity: month}",
            Self::TenDaysToDate => "{type: to_date, granularity: ten_days}",
        }
    }

    /// The unit that sums are made by before they are put together.
    fn unit(self, granularity: Granularity) -> Granularity {
        match (self, granularity) {
            (_, Granularity::DayAndAHalf | Granularity::Hour) => Granularity::Hour,
            (Self::Ever | Self::MonthToDate, Granularity::Month) => Granularity::Month,
            (Self::Ever, Granularity::Week) => Granularity::Week,
            _ => Granularity::Day,
        }
    }

    /// The seconds it covers, without the last, for the step from `start` up to `end`.
    pub(crate) fn around(self, start: i64, end: i64) -> std::ops::Range<i64> {
        match self {
            Self::Trailing => end - 3 * DAY..end,
            Self::Leading => end..end + 2 * DAY,
            Self::Before => start - 5 * DAY..start,
            Self::Ever => i64::MIN..end,
            Self::MonthToDate => Granularity::Month.start(start)..end,
            Self::TenDaysToDate => Granularity::TenDays.start(start)..end,
        }
    }
}

/// The rows that answer a question about rolling measures: for every measure its groups, those of
/// a rolling one by the steps of the range, and of them those that all measures have.
pub(crate) fn rolling(world: &World, question: &Question, tree: &JoinTree) -> Answer {
    let plain = Plain::new(world, question);
    let groups = plain.groups(tree);
    let of_measure = |&(cube, measure): &(usize, Measure)| {
        if let Measure::Rolling(aggregate, window) = measure {
            return plain.windows(tree, cube, aggregate, window);
        }
        let value = |rows: &[Joined]| plain.leaf(rows, cube, measure);
        groups.iter().map(|(group, rows)| (group.clone(), value(rows))).collect()
    };
    let of_measures: Vec<BTreeMap<_, _>> = question.measures.iter().map(of_measure).collect();
    common(&of_measures).into_iter().collect()
}

impl Plain<'_> {
    /// A rolling measure by group, the last column of which is the start of a step.
    fn windows(
        &self,
        tree: &JoinTree,
        cube: usize,
        aggregate: Aggregate,
        window: Window,
    ) -> BTreeMap<Vec<Option<String>>, Option<f64>> {
        let mut found = BTreeMap::new();
        let Some(Time { cube: of_time, granularity: Some(granularity), range: Some(range) }) =
            self.question.time
        else {
            return found;
        };
        let rows = join(self.world, tree);
        let rows: Vec<&Joined> = rows.iter().filter(|row| self.passes_without_range(row)).collect();
        for (start, end) in steps(granularity, range) {
            let covered = window.around(start, end);
            let mut groups = Groups::new();
            for joined in &rows {
                let at = self.dimension(joined, of_time, Dimension::At);
                if matches!(at, Cell::Time(at) if covered.contains(&self.local(at))) {
                    let mut group = self.group(joined);
                    group.pop();
                    groups.entry(group).or_default().push(**joined);
                }
            }
            let step = Some(timestamp(start));
            if groups.is_empty() {
                let mut group = vec![None; self.question.dimensions.len()];
                group.push(step.clone());
                found.insert(group, aggregate.of_nothing());
            }
            for (mut group, rows) in groups {
                group.push(step.clone());
                let unit = window.unit(granularity);
                let time = |joined: &Joined| self.dimension(joined, of_time, Dimension::At);
                let value = self.put_together(&rows, cube, aggregate, unit, &time);
                found.insert(group, value);
            }
        }
        found
    }
}

impl Plain<'_> {
    /// An aggregate over the rows of a window. Where a join gives a row of the cube at several
    /// times, it counts once at each of them, or once in each unit of time that sums are made by:
    /// as in Cube.
    fn put_together(
        &self,
        rows: &[Joined],
        cube: usize,
        aggregate: Aggregate,
        unit: Granularity,
        time: &dyn Fn(&Joined) -> Cell,
    ) -> Option<f64> {
        let by_unit = |unit: Granularity| {
            let mut units: BTreeMap<i64, Vec<Joined>> = BTreeMap::new();
            for joined in rows {
                if let Cell::Time(at) = time(joined) {
                    units.entry(unit.start(self.local(at))).or_default().push(*joined);
                }
            }
            units
        };
        let sum = |units: &BTreeMap<i64, Vec<Joined>>, measure| {
            let values = units.values().filter_map(|rows| self.leaf(rows, cube, measure));
            values.reduce(|a, b| a + b)
        };
        match aggregate {
            Aggregate::Count | Aggregate::Total => sum(&by_unit(unit), aggregate.plain()),
            Aggregate::Average => {
                let units = by_unit(Granularity::Hour);
                Some(sum(&units, Measure::Total)? / sum(&units, Measure::Known)?)
            }
            Aggregate::Least | Aggregate::Labels | Aggregate::Spread => {
                self.leaf(rows, cube, aggregate.plain())
            }
        }
    }
}

/// Starts and ends of the steps that a range of days touches.
fn steps(granularity: Granularity, (first, last): (i64, i64)) -> Vec<(i64, i64)> {
    let mut start = granularity.start(first * DAY);
    let mut steps = Vec::new();
    while start < (last + 1) * DAY {
        let end = granularity.end(start);
        steps.push((start, end));
        start = end;
    }
    steps
}

/// Of groups of several measures those that all have.
fn common<K: Ord + Clone, V: Clone>(of_measures: &[BTreeMap<K, V>]) -> Vec<(K, Vec<V>)> {
    let Some(first) = of_measures.first() else { return Vec::new() };
    let keys: BTreeSet<&K> =
        first.keys().filter(|key| of_measures.iter().all(|map| map.contains_key(*key))).collect();
    keys.into_iter()
        .map(|key| (key.clone(), of_measures.iter().map(|map| map[key].clone()).collect()))
        .collect()
}
