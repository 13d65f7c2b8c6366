//! The members that cubes have, and the data model in which they are declared.

use std::fmt::Write as _;

use crate::windows::{Aggregate, ROLLING, Window};
use crate::world::{Cube, World};

/// A dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension {
    /// A text.
    Label,
    /// A number.
    Size,
    /// A time.
    At,
    /// The label of the one row of another cube that the foreign key means.
    Lent(usize),
    /// The total of another cube's rows that are joined to the row, by a sub-query.
    Sub(usize),
}

/// A measure. Those with a number read that cube as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// `count`
    Count,
    /// `count` of the amounts that are not null
    Known,
    /// `sum`
    Total,
    /// `min`
    Least,
    /// `max`
    Most,
    /// `count_distinct` of the labels
    Labels,
    /// `avg`
    Average,
    /// `count` with a condition
    Big,
    /// `sum` with two conditions
    BigTotal,
    /// Average as a quotient of two measures
    Ratio,
    /// A formula over columns
    Spread,
    /// A formula over a measure and a column
    Mixed,
    /// `sum` where another cube's row has a certain label
    Lent(usize),
    /// The total less the other cube's total
    Cross(usize),
    /// The total divided by the other cube's count
    Quotient(usize),
    /// The greatest less `Cross`: a formula over a formula
    Nested(usize),
    /// The greatest amount less the least: an aggregate of the author's own
    Range,
    /// Over a window of time
    Rolling(Aggregate, Window),
}

impl Measure {
    /// Those that stay in their cube.
    pub(crate) const OWN: [Self; 12] = [
        Self::Count,
        Self::Known,
        Self::Total,
        Self::Least,
        Self::Most,
        Self::Labels,
        Self::Average,
        Self::Big,
        Self::BigTotal,
        Self::Ratio,
        Self::Spread,
        Self::Mixed,
    ];

    /// Its name in the model.
    pub(crate) fn name(self) -> String {
        if let Self::Lent(one) = self {
            return format!("lent_{}", cube_name(one));
        }
        if let Self::Rolling(aggregate, window) = self {
            return format!("{aggregate:?}_{window:?}").to_lowercase();
        }
        format!("{self:?}").split('(').next().unwrap().to_lowercase()
    }

    /// Whether its results are integers by type.
    pub(crate) fn is_integer(self) -> bool {
        matches!(self, Self::Count | Self::Known | Self::Labels | Self::Big)
    }

    /// Whether it aggregates nothing but the amounts of rows.
    pub(crate) fn is_of_amounts(self) -> bool {
        matches!(self, Self::Known | Self::Total | Self::Least | Self::Most | Self::Average)
    }

    /// The other cube that it reads.
    pub(crate) fn other(self) -> Option<usize> {
        if let Self::Lent(other)
        | Self::Cross(other)
        | Self::Quotient(other)
        | Self::Nested(other) = self
        {
            Some(other)
        } else {
            None
        }
    }

    /// The measures that a formula over measures alone is made of, itself if it is none.
    pub(crate) fn leaves(self, cube: usize) -> Vec<(usize, Self)> {
        match self {
            Self::Ratio => vec![(cube, Self::Total), (cube, Self::Count)],
            Self::Cross(other) => vec![(cube, Self::Total), (other, Self::Total)],
            Self::Quotient(other) => vec![(cube, Self::Total), (other, Self::Count)],
            Self::Nested(other) => {
                vec![(cube, Self::Most), (cube, Self::Total), (other, Self::Total)]
            }
            Self::Count
            | Self::Known
            | Self::Total
            | Self::Least
            | Self::Most
            | Self::Labels
            | Self::Average
            | Self::Big
            | Self::BigTotal
            | Self::Spread
            | Self::Mixed
            | Self::Range
            | Self::Rolling(..)
            | Self::Lent(_) => vec![(cube, self)],
        }
    }

    /// Type, SQL and conditions.
    fn declaration(self) -> (&'static str, Option<String>, Vec<String>) {
        let amount = || Some("amount".to_owned());
        let number = |sql: &str| ("number", Some(sql.to_owned()), Vec::new());
        let big = "{CUBE}.size > 0".to_owned();
        match self {
            Self::Count => ("count", None, Vec::new()),
            Self::Known => ("count", amount(), Vec::new()),
            Self::Total => ("sum", amount(), Vec::new()),
            Self::Least => ("min", amount(), Vec::new()),
            Self::Most => ("max", amount(), Vec::new()),
            Self::Labels => ("count_distinct", Some("label".to_owned()), Vec::new()),
            Self::Average => ("avg", amount(), Vec::new()),
            Self::Big => ("count", None, vec![big]),
            Self::BigTotal => {
                ("sum", amount(), vec![big, "{label} = 'a' OR {label} IS NULL".to_owned()])
            }
            Self::Ratio => number("1.0 * {total} / NULLIF({count}, 0)"),
            Self::Spread => number("SUM({CUBE}.amount) - MIN({CUBE}.size)"),
            Self::Mixed => number("{total} + MAX({CUBE}.size)"),
            Self::Lent(one) => {
                ("sum", amount(), vec![format!("{{{}.label}} = 'a'", cube_name(one))])
            }
            Self::Cross(other) => {
                number(&format!("{{CUBE.total}} - {{{}.total}}", cube_name(other)))
            }
            Self::Quotient(other) => {
                number(&format!("1.0 * {{total}} / NULLIF({{{}.count}}, 0)", cube_name(other)))
            }
            Self::Nested(_) => number("{most} - {cross}"),
            Self::Range => number("MAX({CUBE}.amount) - MIN({CUBE}.amount)"),
            Self::Rolling(aggregate, _) => aggregate.plain().declaration(),
        }
    }
}

impl Dimension {
    /// Its name in the model.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Label => "label".to_owned(),
            Self::Size => "size".to_owned(),
            Self::At => "at".to_owned(),
            Self::Lent(one) => format!("label_of_{}", cube_name(one)),
            Self::Sub(other) => format!("total_of_{}", cube_name(other)),
        }
    }

    /// Whether its values are numbers.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Size | Self::Sub(_))
    }

    fn declaration(self) -> (&'static str, String) {
        match self {
            Self::Label => ("string", "label".to_owned()),
            Self::Size => ("number", "size".to_owned()),
            Self::At => ("time", "at".to_owned()),
            Self::Lent(one) => ("string", format!("{{{}.label}}", cube_name(one))),
            Self::Sub(other) => ("number", format!("{{{}.total}}", cube_name(other))),
        }
    }
}

/// Those of the author's own.
const GRANULARITIES: &str = "{name: ten_days, interval: 10 days, origin: '2020-01-06'}, \
     {name: late_month, interval: 1 month, offset: 9 days}, \
     {name: day_and_a_half, interval: 36 hours, origin: '2020-01-01 06:00'}";

/// The name of the segment that every cube has: size over 0, or label `a`.
pub(crate) const SEGMENT: &str = "chosen";

/// The name of the view; a member is named after its cube there: `A_label`.
pub(crate) const VIEW: &str = "V";

/// `A`, `B`, `C`, `D`
pub(crate) fn cube_name(cube: usize) -> &'static str {
    ["A", "B", "C", "D"][cube]
}

/// The model's one file.
pub(crate) fn model_text(world: &World) -> String {
    let mut text = String::from("cubes:\n");
    for (index, cube) in world.cubes.iter().enumerate() {
        write_cube(&mut text, world, index, cube);
    }
    if let Some(view) = &world.view {
        writeln!(text, "views:\n  - name: {VIEW}\n    cubes:").unwrap();
        for path in &view.paths {
            let names: Vec<&str> = path.iter().map(|&cube| cube_name(cube)).collect();
            let path = names.join(".");
            writeln!(text, "      - {{join_path: {path}, includes: \"*\", prefix: true}}").unwrap();
        }
    }
    text
}

fn write_cube(text: &mut String, world: &World, index: usize, cube: &Cube) {
    let name = cube_name(index);
    writeln!(text, "  - name: {name}").unwrap();
    let rows = format!("SELECT * FROM drawn WHERE world = {} AND cube = {index}", world.seed);
    writeln!(text, "    sql: {rows}").unwrap();
    let mut joins = String::new();
    for (edge, target) in world.joins(index) {
        let other = cube_name(target);
        let is_many = world.edges[edge].many == index;
        let relationship = match (world.edges[edge].is_unique, is_many) {
            (true, _) => "one_to_one",
            (false, true) => "many_to_one",
            (false, false) => "one_to_many",
        };
        let condition = if is_many {
            format!("{{CUBE}}.key_{edge} = {{{other}}}.id")
        } else {
            format!("{{CUBE}}.id = {{{other}}}.key_{edge}")
        };
        write!(
            joins,
            "      - name: {other}\n        relationship: {relationship}\n        sql: \"{condition}\"\n"
        )
        .unwrap();
    }
    if !joins.is_empty() {
        write!(text, "    joins:\n{joins}").unwrap();
    }
    text.push_str("    dimensions:\n");
    let keys: &[(&str, &str)] = if cube.has_two_keys {
        &[("half", "{CUBE}.id / 3"), ("rest", "{CUBE}.id % 3")]
    } else {
        &[("id", "id")]
    };
    for (name, sql) in keys {
        writeln!(text, "      - {{name: {name}, type: number, sql: \"{sql}\", primary_key: true}}")
            .unwrap();
    }
    write_dimensions(text, cube);
    write_measures(text, cube);
    let sql = "{CUBE}.size > 0 OR {CUBE}.label = 'a'";
    writeln!(text, "    segments:\n      - name: {SEGMENT}\n        sql: \"{sql}\"").unwrap();
}

fn write_dimensions(text: &mut String, cube: &Cube) {
    for dimension in &cube.dimensions {
        let (kind, sql) = dimension.declaration();
        let name = dimension.name();
        let more = if matches!(dimension, Dimension::Sub(_)) { ", sub_query: true" } else { "" };
        writeln!(text, "      - {{name: {name}, type: {kind}, sql: \"{sql}\"{more}}}").unwrap();
        if *dimension == Dimension::At {
            // The last dimension that was written ends with a brace.
            text.truncate(text.len() - "}\n".len());
            writeln!(text, ", granularities: [{GRANULARITIES}]}}").unwrap();
        }
    }
}

fn write_measures(text: &mut String, cube: &Cube) {
    text.push_str("    measures:\n");
    let rolling = ROLLING.map(|(aggregate, window)| Measure::Rolling(aggregate, window));
    for measure in cube.measures.iter().chain(&rolling) {
        let (kind, sql, filters) = measure.declaration();
        writeln!(text, "      - name: {}\n        type: {kind}", measure.name()).unwrap();
        if let Some(sql) = sql {
            writeln!(text, "        sql: \"{sql}\"").unwrap();
        }
        if let Measure::Rolling(_, window) = measure {
            writeln!(text, "        rolling_window: {}", window.declaration()).unwrap();
        }
        if !filters.is_empty() {
            text.push_str("        filters:\n");
        }
        for filter in filters {
            writeln!(text, "          - sql: \"{filter}\"").unwrap();
        }
    }
}
