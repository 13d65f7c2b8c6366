//! A drawn data model and its rows.

use crate::calendar::{DAY, timestamp};
use crate::chance::Chance;
use crate::members::{Dimension, Measure};

/// Cubes that are joined, with their rows.
#[derive(Debug)]
pub(crate) struct World {
    /// What it was drawn from.
    pub(crate) seed: u64,
    /// Two to four.
    pub(crate) cubes: Vec<Cube>,
    /// Edge `k` joins cube `k + 1` to one that comes before it; one more may close a ring.
    pub(crate) edges: Vec<Edge>,
    /// A view over some of the cubes.
    pub(crate) view: Option<View>,
}

/// A view that has cubes with all their members.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The cubes from the first to the one it has.
    pub(crate) paths: Vec<Vec<usize>>,
}

/// A cube and its table.
#[derive(Debug)]
pub(crate) struct Cube {
    /// Its measures.
    pub(crate) measures: Vec<Measure>,
    /// Its dimensions, without those of the primary key.
    pub(crate) dimensions: Vec<Dimension>,
    /// Whether the primary key has two columns.
    pub(crate) has_two_keys: bool,
    /// The table.
    pub(crate) rows: Vec<Row>,
}

/// A foreign key and who declares a join along it.
#[derive(Debug)]
pub(crate) struct Edge {
    /// The cube whose rows hold the foreign key.
    pub(crate) many: usize,
    /// The cube whose `id` the key means.
    pub(crate) one: usize,
    /// Whether no two rows hold the same key: one to one.
    pub(crate) is_unique: bool,
    /// Whether the cube with the foreign key declares the join.
    pub(crate) is_declared_by_many: bool,
    /// Whether the other cube does.
    pub(crate) is_declared_by_one: bool,
}

/// A row of any table: all have the same columns.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Unique in its table.
    pub(crate) id: i64,
    /// Few distinct texts.
    pub(crate) label: Option<&'static str>,
    /// Few distinct integers.
    pub(crate) size: Option<i64>,
    /// Multiples of a quarter: their sums are exact in binary.
    pub(crate) amount: Option<f64>,
    /// Seconds since 1970, UTC.
    pub(crate) at: Option<i64>,
    /// Foreign keys by edge.
    pub(crate) keys: [Option<i64>; 4],
}

/// Texts with an empty one, another case, and the wildcards of LIKE.
pub(crate) const LABELS: [&str; 8] = ["a", "b", "A", "ab", "x_y", "50%", "", "c\\d"];

/// 2020-01-01 in days since 1970.
pub(crate) const FIRST_DAY: i64 = 18_262;

impl World {
    /// Draws the world of a seed.
    pub(crate) fn draw(seed: u64) -> (Self, Chance) {
        let mut chance = Chance::new(seed);
        let count = 2 + chance.below(3);
        let mut edges: Vec<Edge> = Vec::new();
        for cube in 1..count {
            let other = chance.below(cube);
            edges.push(draw_edge(&mut chance, cube, other));
        }
        let (one, other) = (chance.below(count), chance.below(count));
        let is_joined = |edge: &Edge| [(one, other), (other, one)].contains(&(edge.many, edge.one));
        if chance.happens(60) && one != other && !edges.iter().any(is_joined) {
            edges.push(draw_edge(&mut chance, one, other));
        }
        let cubes = (0..count).map(|cube| draw_cube(&mut chance, cube, count, &edges)).collect();
        let mut world = Self { seed, cubes, edges, view: None };
        if chance.happens(60) {
            let root = chance.below(count);
            let mut paths = vec![vec![root]];
            world.draw_paths(&mut chance, &[root], &mut paths);
            paths.retain(|_| chance.happens(75));
            world.view = (!paths.is_empty()).then_some(View { paths });
        }
        (world, chance)
    }

    /// Goes from the end of a path to cubes that no path has yet, the joins in any order.
    fn draw_paths(&self, chance: &mut Chance, path: &[usize], paths: &mut Vec<Vec<usize>>) {
        let mut targets: Vec<usize> = self.joins(path[path.len() - 1]).map(|join| join.1).collect();
        while !targets.is_empty() {
            let target = targets.swap_remove(chance.below(targets.len()));
            if !paths.iter().any(|path| path.contains(&target)) {
                let mut longer = path.to_vec();
                longer.push(target);
                paths.push(longer.clone());
                self.draw_paths(chance, &longer, paths);
            }
        }
    }

    /// Cubes that `cube` declares a join to, with the edge.
    pub(crate) fn joins(&self, cube: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.edges.iter().enumerate().filter_map(move |(index, edge)| {
            if edge.many == cube && edge.is_declared_by_many {
                Some((index, edge.one))
            } else if edge.one == cube && edge.is_declared_by_one {
                Some((index, edge.many))
            } else {
                None
            }
        })
    }
}

fn draw_edge(chance: &mut Chance, cube: usize, other: usize) -> Edge {
    let (many, one) = if chance.happens(50) { (cube, other) } else { (other, cube) };
    let declared = chance.below(4);
    Edge {
        many,
        one,
        is_unique: chance.happens(20),
        is_declared_by_many: declared != 0,
        is_declared_by_one: declared == 0 || declared == 3,
    }
}

fn draw_cube(chance: &mut Chance, cube: usize, count: usize, edges: &[Edge]) -> Cube {
    let mut measures = Measure::OWN.to_vec();
    let mut dimensions = vec![Dimension::Label, Dimension::Size, Dimension::At];
    let other = (cube + 1 + chance.below(count - 1)) % count;
    measures.extend([Measure::Cross(other), Measure::Quotient(other), Measure::Nested(other)]);
    let is_ring = edges.len() == count;
    for edge in edges.iter().filter(|edge| edge.many == cube && edge.is_declared_by_many) {
        // In a ring the query may reach the other cube by one path and the measure by another.
        if !is_ring {
            measures.push(Measure::Lent(edge.one));
        }
        dimensions.push(Dimension::Lent(edge.one));
    }
    for edge in edges {
        let other = if edge.many == cube { edge.one } else { edge.many };
        if [edge.many, edge.one].contains(&cube) && chance.happens(50) {
            dimensions.push(Dimension::Sub(other));
        }
    }
    let most = chance.pick(&[4, 12, 30]);
    let rows = (0..most - chance.below(most + 1) / 2 * chance.below(3))
        .map(|index| draw_row(chance, index))
        .collect();
    let mut drawn = Cube { measures, dimensions, has_two_keys: chance.happens(25), rows };
    for (index, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.many == cube) {
        draw_keys(chance, &mut drawn.rows, index, edge.is_unique);
    }
    drawn
}

fn draw_row(chance: &mut Chance, index: usize) -> Row {
    let at = match chance.below(10) {
        0 | 1 => None,
        2 => Some(0),
        _ => Some(FIRST_DAY * DAY + 3600 * i64::try_from(chance.below(60 * 24)).unwrap()),
    };
    let number = |drawn: usize| i64::try_from(drawn).unwrap();
    Row {
        id: number(index) + 1,
        label: (!chance.happens(25)).then(|| chance.pick(&LABELS)),
        size: (!chance.happens(25)).then(|| number(chance.below(5)) - 1),
        amount: (!chance.happens(20)).then(|| f64::from(chance.pick(&[-8, 0, 1, 2, 6, 40])) / 4.0),
        at,
        keys: [None; 4],
    }
}

/// Foreign keys to ids up to 12, whether there is such a row or not, and NULLs.
fn draw_keys(chance: &mut Chance, rows: &mut [Row], edge: usize, is_unique: bool) {
    let mut taken = Vec::new();
    let last = if is_unique { 30 } else { chance.pick(&[2, 4, 12]) };
    for row in rows {
        let key = 1 + chance.below(last);
        if chance.happens(20) || (is_unique && taken.contains(&key)) {
            continue;
        }
        taken.push(key);
        row.keys[edge] = Some(i64::try_from(key).unwrap());
    }
}

/// The one table that all cubes of all worlds select from.
pub(crate) const TABLE: &str = "CREATE TABLE drawn (world bigint, cube int, id int, label text, size int, \
    amount numeric, at timestamp, key_0 int, key_1 int, key_2 int, key_3 int);\n\n";

/// The index that finds a cube's rows.
pub(crate) const INDEX: &str = "CREATE INDEX ON drawn (world, cube);\n\nANALYZE drawn;\n\n";

impl World {
    /// The statement that fills the table with this world's rows.
    pub(crate) fn insert(&self) -> String {
        let mut tuples = Vec::new();
        for (cube, rows) in self.cubes.iter().map(|cube| &cube.rows).enumerate() {
            for row in rows {
                let keys = row.keys.map(|key| literal(key.map(|key| key.to_string())));
                tuples.push(format!(
                    "({},{cube},{},{},{},{},{},{})",
                    self.seed,
                    row.id,
                    literal(row.label.map(|text| format!("'{text}'"))),
                    literal(row.size.map(|size| size.to_string())),
                    literal(row.amount.map(|amount| amount.to_string())),
                    literal(row.at.map(|at| format!("'{}'", timestamp(at)))),
                    keys.join(","),
                ));
            }
        }
        if tuples.is_empty() {
            return String::new();
        }
        format!("INSERT INTO drawn VALUES {};\n\n", tuples.join(","))
    }
}

fn literal(text: Option<String>) -> String {
    text.unwrap_or_else(|| "NULL".to_owned())
}
