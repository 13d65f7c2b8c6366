//! The plain evaluation: rows are joined and filtered one by one and put into groups; a measure of
//! a cube looks at those rows of the cube that stand in the group, at each of them once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{DAY, timestamp};
use crate::cell::{Cell, passes_test};
use crate::members::{Dimension, Measure};
use crate::question::{Question, Test, Time, Tree};
use crate::tree::JoinTree;
use crate::world::{Row, World};

/// Group columns to measures.
pub(crate) type Answer = BTreeMap<Vec<Option<String>>, Vec<Option<f64>>>;

/// Group columns and measures of one row.
pub(crate) type AnswerRow = (Vec<Option<String>>, Vec<Option<f64>>);

/// For every cube the place of its row, where there is one.
pub(crate) type Joined = [Option<usize>; 4];

/// By cube and other cube, for every row.
type Totals = BTreeMap<(usize, usize), Vec<Option<f64>>>;

/// A world that is asked something.
pub(crate) struct Plain<'w> {
    pub(crate) world: &'w World,
    pub(crate) question: &'w Question,
    /// The totals of another cube for every row of a cube, as far as they have been asked for.
    totals: RefCell<Totals>,
}

impl<'w> Plain<'w> {
    pub(crate) fn new(world: &'w World, question: &'w Question) -> Self {
        Self { world, question, totals: RefCell::default() }
    }
}

/// The joined rows of one tree by group.
pub(crate) type Groups = BTreeMap<Vec<Option<String>>, Vec<Joined>>;

/// Where the rows of a measure that is no formula are found; `None` where its fact has no such
/// group.
type RowsOf<'r> = &'r dyn Fn(usize, Measure) -> Option<&'r [Joined]>;

/// The rows that answer a question about several facts: the rows of every measure that is no
/// formula are joined by a tree of its own, and the groups of all are put together. `None` when
/// they share no group, are joined by one tree, or some are not joined at all.
pub(crate) fn answer_of_facts(world: &World, question: &Question) -> Option<Answer> {
    let plain = Plain::new(world, question);
    if !plain.has_columns() || question.is_ungrouped {
        return None;
    }
    let mut measures = question.measures.clone();
    for tree in &question.measure_filters {
        tree.for_each(&mut |cube, measure| measures.push((cube, measure)));
    }
    let mut facts: Vec<((usize, Measure), JoinTree, Groups)> = Vec::new();
    for leaf in measures.iter().flat_map(|&(cube, measure)| measure.leaves(cube)) {
        if !facts.iter().any(|(known, ..)| *known == leaf) {
            let tree = JoinTree::of_leaf(world, question, leaf).ok()?;
            let groups = plain.groups(&tree);
            facts.push((leaf, tree, groups));
        }
    }
    facts.iter().find(|(_, tree, _)| *tree != facts[0].1)?;
    let mut answer = Answer::new();
    for group in facts.iter().flat_map(|(.., groups)| groups.keys()) {
        let rows_of = |cube, measure| {
            let (.., groups) = facts.iter().find(|(leaf, ..)| *leaf == (cube, measure))?;
            groups.get(group).map(Vec::as_slice)
        };
        if plain.passes_filters(&rows_of) {
            answer.insert(group.clone(), plain.measures(&rows_of));
        }
    }
    Some(answer)
}

/// The rows that answer a question.
pub(crate) fn answer(world: &World, question: &Question, tree: &JoinTree) -> Answer {
    let plain = Plain::new(world, question);
    let mut groups = plain.groups(tree);
    if !plain.has_columns() {
        // An aggregate over nothing is still one row.
        groups.entry(Vec::new()).or_default();
    }
    let mut answer = Answer::new();
    for (group, rows) in &groups {
        let rows_of = |_: usize, _: Measure| Some(rows.as_slice());
        if plain.passes_filters(&rows_of) {
            answer.insert(group.clone(), plain.measures(&rows_of));
        }
    }
    answer
}

/// The rows that answer a question that aggregates nothing: group columns and amounts.
pub(crate) fn ungrouped(world: &World, question: &Question, tree: &JoinTree) -> Vec<AnswerRow> {
    let plain = Plain::new(world, question);
    let rows = join(world, tree).into_iter().filter(|joined| plain.passes(joined));
    rows.map(|joined| {
        let amount = |cube| plain.row(&joined, cube).and_then(|row| row.amount);
        let amounts = question.measures.iter().map(|&(cube, _)| amount(cube)).collect();
        (plain.group(&joined), amounts)
    })
    .collect()
}

/// Whether a row of a measured cube stands more than once in the joined rows.
pub(crate) fn repeats_rows(world: &World, question: &Question, tree: &JoinTree) -> bool {
    let joined = join(world, tree);
    question.measures.iter().any(|&(cube, _)| {
        let places: Vec<usize> = joined.iter().filter_map(|row| row[cube]).collect();
        places.iter().collect::<BTreeSet<_>>().len() < places.len()
    })
}

pub(crate) fn join(world: &World, tree: &JoinTree) -> Vec<Joined> {
    let places = 0..world.cubes[tree.root].rows.len();
    let mut rows: Vec<Joined> = places
        .map(|place| {
            let mut row = [None; 4];
            row[tree.root] = Some(place);
            row
        })
        .collect();
    for &(edge, from, to) in &tree.joins {
        let mut next = Vec::new();
        for row in rows {
            let mut is_alone = true;
            for (place, candidate) in world.cubes[to].rows.iter().enumerate() {
                let known = row[from].map(|place| &world.cubes[from].rows[place]);
                let belongs = known.is_some_and(|known| {
                    let (many, one) = if world.edges[edge].many == from {
                        (known, candidate)
                    } else {
                        (candidate, known)
                    };
                    many.keys[edge] == Some(one.id)
                });
                if belongs {
                    is_alone = false;
                    let mut longer = row;
                    longer[to] = Some(place);
                    next.push(longer);
                }
            }
            if is_alone {
                next.push(row);
            }
        }
        rows = next;
    }
    rows
}

impl Plain<'_> {
    fn has_columns(&self) -> bool {
        !self.question.dimensions.is_empty()
            || self.question.time.is_some_and(|time| time.granularity.is_some())
    }

    pub(crate) fn groups(&self, tree: &JoinTree) -> Groups {
        let mut groups = Groups::new();
        for joined in join(self.world, tree) {
            if self.passes(&joined) {
                groups.entry(self.group(&joined)).or_default().push(joined);
            }
        }
        groups
    }

    fn passes_filters(&self, rows_of: RowsOf<'_>) -> bool {
        self.question.measure_filters.iter().all(|tree| {
            holds(tree, &|cube, measure| match self.measure(rows_of, cube, measure) {
                Some(number) => Cell::Number(number),
                None => Cell::Null,
            })
        })
    }

    fn measures(&self, rows_of: RowsOf<'_>) -> Vec<Option<f64>> {
        self.question.measures.iter().map(|&(cube, m)| self.measure(rows_of, cube, m)).collect()
    }

    fn row(&self, joined: &Joined, cube: usize) -> Option<&Row> {
        joined[cube].map(|place| &self.world.cubes[cube].rows[place])
    }

    pub(crate) fn dimension(&self, joined: &Joined, cube: usize, dimension: Dimension) -> Cell {
        // Such a dimension is nothing but a reference: it is there when the row it reads is.
        let owner = if let Dimension::Lent(one) = dimension { one } else { cube };
        if let (Dimension::Sub(other), Some(place)) = (dimension, joined[cube]) {
            return self.total_of(cube, other, place).map_or(Cell::Null, Cell::Number);
        }
        let Some(row) = self.row(joined, owner) else {
            return Cell::Null;
        };
        match dimension {
            Dimension::Label | Dimension::Lent(_) => {
                row.label.map(|label| Cell::Text(label.into()))
            }
            Dimension::Size => row.size.map(|size| Cell::Number(float(size))),
            Dimension::Sub(_) => None,
            Dimension::At => row.at.map(Cell::Time),
        }
        .unwrap_or(Cell::Null)
    }

    /// The total of the rows of another cube that are joined to a row.
    fn total_of(&self, cube: usize, other: usize, place: usize) -> Option<f64> {
        let mut totals = self.totals.borrow_mut();
        let of_rows = totals.entry((cube, other)).or_insert_with(|| {
            let joined = join(self.world, &JoinTree::of_sub_query(self.world, cube, other));
            (0..self.world.cubes[cube].rows.len())
                .map(|place| {
                    let rows = joined.iter().filter(|row| row[cube] == Some(place));
                    let rows: Vec<Joined> = rows.copied().collect();
                    self.leaf(&rows, other, Measure::Total)
                })
                .collect()
        });
        of_rows[place]
    }

    fn passes(&self, joined: &Joined) -> bool {
        let in_range = self.question.time.is_none_or(|time| match time.range {
            None => true,
            Some((first, last)) => {
                let at = self.dimension(joined, time.cube, Dimension::At);
                self.is_between(&at, first, last)
            }
        });
        in_range && self.passes_without_range(joined)
    }

    pub(crate) fn passes_without_range(&self, joined: &Joined) -> bool {
        let in_segments = self.question.segments.iter().all(|&cube| {
            self.row(joined, cube).is_some_and(|row| is_big(row) || row.label == Some("a"))
        });
        in_segments
            && self.question.row_filters.iter().all(|tree| self.row_filter_holds(tree, joined))
    }

    fn row_filter_holds(&self, tree: &Tree<Dimension>, joined: &Joined) -> bool {
        match tree {
            Tree::And(inner) => inner.iter().all(|tree| self.row_filter_holds(tree, joined)),
            Tree::Or(inner) => inner.iter().any(|tree| self.row_filter_holds(tree, joined)),
            Tree::Leaf(cube, dimension, Test::InDateRange(first, last)) => {
                self.is_between(&self.dimension(joined, *cube, *dimension), *first, *last)
            }
            Tree::Leaf(..) => holds(tree, &|cube, member| self.dimension(joined, cube, member)),
        }
    }

    /// Whether a time lies in the days, of which the wall clock of the zone decides.
    fn is_between(&self, cell: &Cell, first: i64, last: i64) -> bool {
        matches!(cell, Cell::Time(at) if (first..=last).contains(&self.local(*at).div_euclid(DAY)))
    }

    pub(crate) fn local(&self, at: i64) -> i64 {
        at + self.question.zone.1 * 3600
    }

    pub(crate) fn group(&self, joined: &Joined) -> Vec<Option<String>> {
        let show = |cell: Cell, truncate: &dyn Fn(i64) -> i64| match cell {
            Cell::Null => None,
            Cell::Text(text) => Some(text),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Time(at) => Some(timestamp(truncate(self.local(at)))),
        };
        let mut group: Vec<Option<String>> = self
            .question
            .dimensions
            .iter()
            .map(|&(cube, member)| show(self.dimension(joined, cube, member), &|at| at))
            .collect();
        if let Some(Time { cube, granularity: Some(granularity), .. }) = self.question.time {
            let at = self.dimension(joined, cube, Dimension::At);
            group.push(show(at, &|at| granularity.start(at)));
        }
        group
    }

    /// A measure over the rows of one group.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`Ratio`: all others are leaves")]
    fn measure(&self, rows_of: RowsOf<'_>, cube: usize, measure: Measure) -> Option<f64> {
        if measure.leaves(cube) == [(cube, measure)] {
            return self.leaf(rows_of(cube, measure)?, cube, measure);
        }
        let of = |cube, measure| self.measure(rows_of, cube, measure);
        let total = || of(cube, Measure::Total);
        match measure {
            Measure::Cross(other) => Some(total()? - of(other, Measure::Total)?),
            Measure::Quotient(other) => quotient(total(), of(other, Measure::Count)),
            Measure::Nested(other) => {
                Some(of(cube, Measure::Most)? - of(cube, Measure::Cross(other))?)
            }
            _ => quotient(total(), of(cube, Measure::Count)),
        }
    }

    /// A measure that is no formula over measures alone.
    pub(crate) fn leaf(&self, group: &[Joined], cube: usize, measure: Measure) -> Option<f64> {
        let mut each_once: BTreeMap<usize, &Joined> = BTreeMap::new();
        for joined in group {
            if let Some(place) = joined[cube] {
                each_once.insert(place, joined);
            }
        }
        let rows: Vec<&Row> =
            each_once.keys().map(|&place| &self.world.cubes[cube].rows[place]).collect();
        let amounts: Vec<f64> = rows.iter().filter_map(|row| row.amount).collect();
        let sizes = || rows.iter().filter_map(|row| row.size).map(float);
        match measure {
            Measure::Count => Some(count(rows.len())),
            Measure::Known => Some(count(amounts.len())),
            Measure::Total => sum(&amounts),
            Measure::Least => amounts.iter().copied().reduce(f64::min),
            Measure::Most => amounts.iter().copied().reduce(f64::max),
            Measure::Labels => {
                let labels: BTreeSet<&str> = rows.iter().filter_map(|row| row.label).collect();
                Some(count(labels.len()))
            }
            Measure::Average => Some(sum(&amounts)? / count(amounts.len())),
            Measure::Big => Some(count(rows.iter().filter(|row| is_big(row)).count())),
            Measure::BigTotal => {
                let chosen = |row: &&&Row| is_big(row) && row.label.is_none_or(|text| text == "a");
                sum(&rows.iter().filter(chosen).filter_map(|row| row.amount).collect::<Vec<_>>())
            }
            Measure::Spread => Some(sum(&amounts)? - sizes().reduce(f64::min)?),
            Measure::Mixed => Some(sum(&amounts)? + sizes().reduce(f64::max)?),
            Measure::Lent(one) => {
                let chosen = each_once.values().filter(|joined| {
                    self.row(joined, one).is_some_and(|row| row.label == Some("a"))
                });
                let rows = chosen.filter_map(|joined| self.row(joined, cube));
                sum(&rows.filter_map(|row| row.amount).collect::<Vec<_>>())
            }
            Measure::Range => {
                let most = amounts.iter().copied().reduce(f64::max)?;
                Some(most - amounts.iter().copied().reduce(f64::min)?)
            }
            Measure::Rolling(..)
            | Measure::Ratio
            | Measure::Cross(_)
            | Measure::Quotient(_)
            | Measure::Nested(_) => {
                panic!("{measure:?} is a formula, or looks at a window")
            }
        }
    }
}

fn is_big(row: &Row) -> bool {
    row.size.is_some_and(|size| size > 0)
}

fn float(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap())
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

fn sum(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum())
}

fn quotient(dividend: Option<f64>, divisor: Option<f64>) -> Option<f64> {
    let divisor = divisor.filter(|&divisor| divisor != 0.0)?;
    Some(dividend? / divisor)
}

fn holds<M: Copy>(tree: &Tree<M>, value: &impl Fn(usize, M) -> Cell) -> bool {
    match tree {
        Tree::And(inner) => inner.iter().all(|tree| holds(tree, value)),
        Tree::Or(inner) => inner.iter().any(|tree| holds(tree, value)),
        Tree::Leaf(cube, member, test) => passes_test(&value(*cube, *member), test),
    }
}
