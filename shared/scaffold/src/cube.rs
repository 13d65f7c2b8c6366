//! What a table becomes: a cube with joins, dimensions and measures.
//!
//! As Cube's own scaffolding (Cube 1.7.25, `packages/cubejs-schema-compiler/src/scaffolding/
//! ScaffoldingSchema.ts`) a join stands at the table that holds the key and at no other: the other
//! direction is found by the planner, and a second edge would make two ways out of one. Where Cube
//! guesses keys and joins from names, the database is asked.

use std::collections::{BTreeMap, HashSet};

use crate::column::{self, Aggregates, Expression};
use crate::names::{Unique, cube_name, member_name};
use crate::{Column, ForeignKey, Table};

/// Bytes that PostgreSQL keeps of an identifier.
const MAX_ALIAS: usize = 63;

/// A cube, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cube {
    /// Its name, which its file has too.
    pub name: String,
    /// `sql_alias`, when the name would make an alias that PostgreSQL cuts off.
    pub alias: Option<String>,
    /// `sql_table`, quoted where it must be.
    pub table: String,
    /// The table's comment.
    pub description: Option<String>,
    /// To other cubes, each at most once.
    pub joins: Vec<Join>,
    /// Of every column that can be one.
    pub dimensions: Vec<Dimension>,
    /// `count` first.
    pub measures: Vec<Measure>,
    /// What was left out, and why: a sentence each, without line ends.
    pub notes: Vec<String>,
}

/// A join from a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The other cube.
    pub name: String,
    /// `many_to_one`, or `one_to_one` when the columns of the key are unique.
    pub relationship: &'static str,
    /// The columns that are equal, ours first, quoted where they must be.
    pub columns: Vec<(String, String)>,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// `string`, `number`, `boolean` or `time`.
    pub kind: &'static str,
    /// Whether it is of the primary key.
    pub is_key: bool,
    /// The column's comment.
    pub description: Option<String>,
    pub(crate) sql: Expression,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// `count`, `sum` or `avg`.
    pub kind: &'static str,
    /// Absent for `count`.
    pub(crate) sql: Option<Expression>,
}

/// A cube that the project has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCube {
    /// Its name.
    pub name: String,
    /// Its `sql_table`, when it is nothing but a table's name.
    pub table: Option<String>,
    /// Whether it can be joined: it has a primary key.
    pub has_key: bool,
}

/// The name of every table's cube, in the order of `tables`.
///
/// The table's own name; with the schema's before it where tables of several schemas would have one
/// name, except for the one in the search path. It does not depend on which tables are chosen.
pub fn cube_names(tables: &[Table]) -> Vec<String> {
    let mut sharing: BTreeMap<String, Vec<&Table>> = BTreeMap::new();
    for table in tables {
        sharing.entry(cube_name(&table.name)).or_default().push(table);
    }
    let mut unique = Unique::default();
    let mut names: Vec<Option<String>> = Vec::new();
    // Those that keep their own name come first, so that no other takes it.
    for table in tables {
        let own = cube_name(&table.name);
        let others = sharing.get(&own).map_or(&[][..], Vec::as_slice);
        let keeps = others.len() == 1
            || table.is_visible && others.iter().filter(|other| other.is_visible).count() == 1;
        names.push(keeps.then(|| unique.take(own)));
    }
    let with_schema = |table: &Table| cube_name(&format!("{}_{}", table.schema, table.name));
    tables
        .iter()
        .zip(names)
        .map(|(table, name)| name.unwrap_or_else(|| unique.take(with_schema(table))))
        .collect()
}

/// The cubes of the chosen tables, in their order; for a table that becomes none, why.
///
/// Joins lead to cubes of this plan and to `known` ones of the same table.
pub fn plan(tables: &[Table], chosen: &[usize], known: &[KnownCube]) -> Vec<Result<Cube, String>> {
    let names = cube_names(tables);
    let skipped = |table: &Table, name: &str| {
        if known.iter().any(|cube| cube.name == name) {
            Some(format!("{}: there is a cube `{name}` in the model already", shown(&table.sql)))
        } else if table.columns.iter().all(|column| !column.is_readable) {
            Some(format!("{}: this user may not select any column of it", shown(&table.sql)))
        } else {
            None
        }
    };
    let planned: HashSet<usize> = tables
        .iter()
        .zip(&names)
        .enumerate()
        .filter(|(index, (table, name))| chosen.contains(index) && skipped(table, name).is_none())
        .map(|(index, _)| index)
        .collect();
    let plan = Plan { tables, names: &names, planned, known };
    let mut aliases = Unique::default();
    chosen
        .iter()
        .filter_map(|&index| Some((index, tables.get(index)?, names.get(index)?)))
        .map(|(index, table, name)| match skipped(table, name) {
            Some(reason) => Err(reason),
            None => Ok(plan.cube(index, table, name, &mut aliases)),
        })
        .collect()
}

struct Plan<'t> {
    tables: &'t [Table],
    names: &'t [String],
    planned: HashSet<usize>,
    known: &'t [KnownCube],
}

impl Plan<'_> {
    fn cube(&self, index: usize, table: &Table, name: &str, aliases: &mut Unique) -> Cube {
        let mut cube = Cube {
            name: name.to_owned(),
            alias: None,
            table: table.sql.clone(),
            description: table.description.clone(),
            joins: Vec::new(),
            dimensions: Vec::new(),
            measures: vec![Measure { name: "count".to_owned(), kind: "count", sql: None }],
            notes: Vec::new(),
        };
        let key = key_columns(table);
        members(table, &key, &mut cube);
        self.joins(index, table, !key.is_empty(), &mut cube);
        cube.alias = alias(&cube, aliases);
        cube
    }

    fn joins(&self, index: usize, table: &Table, has_key: bool, cube: &mut Cube) {
        let place = |key: &ForeignKey| {
            let first = key.columns.first();
            table.columns.iter().position(|column| Some(&column.name) == first)
        };
        let mut keys: Vec<&ForeignKey> = table.foreign_keys.iter().collect();
        keys.sort_by_key(|key| place(key));
        for key in keys {
            match self.join(index, table, has_key, key, &cube.joins) {
                Ok(join) => cube.joins.push(join),
                Err(why) => {
                    let (from, to) = (key.columns.join(", "), key.target_columns.join(", "));
                    let target = format!("{}.{}", key.target_schema, key.target_name);
                    cube.notes.push(format!(
                        "No join for the foreign key ({}) to {} ({}): {why}.",
                        shown(&from),
                        shown(&target),
                        shown(&to)
                    ));
                }
            }
        }
    }

    /// The join of a foreign key, or why there is none.
    fn join(
        &self,
        index: usize,
        table: &Table,
        has_key: bool,
        key: &ForeignKey,
        joins: &[Join],
    ) -> Result<Join, &'static str> {
        let is_target =
            |table: &Table| table.schema == key.target_schema && table.name == key.target_name;
        let (at, target) = (0..)
            .zip(self.tables)
            .find(|(_, table)| is_target(table))
            .ok_or("the database does not show that table")?;
        if at == index {
            return Err("a cube cannot be joined to itself; a second cube that extends it can be");
        }
        let planned = self.names.get(at).filter(|_| self.planned.contains(&at));
        let (name, target_has_key) = match planned {
            Some(name) => (name, !key_columns(target).is_empty()),
            None => self
                .known
                .iter()
                .find(|cube| cube.table.as_deref().is_some_and(|sql| target.is_called(sql)))
                .map(|cube| (&cube.name, cube.has_key))
                .ok_or("that table has no cube")?,
        };
        if !has_key || !target_has_key {
            return Err("both tables need a primary key, or rows would be counted twice");
        }
        if joins.iter().any(|join| join.name == *name) {
            return Err(
                "a cube is joined once; a second cube that extends the other can be joined",
            );
        }
        let readable = |table: &Table, name: &String| {
            table.column(name).filter(|column| column.is_readable).map(|column| column.sql.clone())
        };
        let columns: Option<Vec<(String, String)>> = key
            .columns
            .iter()
            .zip(&key.target_columns)
            .map(|(ours, theirs)| Some((readable(table, ours)?, readable(target, theirs)?)))
            .collect();
        let columns = columns.ok_or("this user may not select its columns")?;
        let relationship =
            if is_unique(table, &key.columns) { "one_to_one" } else { "many_to_one" };
        Ok(Join { name: name.clone(), relationship, columns })
    }
}

impl Table {
    /// Whether `sql` in a FROM means this table.
    fn is_called(&self, sql: &str) -> bool {
        let sql = sql.trim();
        let own = self.sql.strip_prefix(&self.schema).and_then(|rest| rest.strip_prefix('.'));
        sql == self.sql || self.is_visible && Some(sql) == own
    }
}

/// Whether one row at most has the same values in these columns.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    std::iter::once(&table.key)
        .chain(&table.unique)
        .any(|key| !key.is_empty() && key.iter().all(|column| columns.contains(column)))
}

/// What identifies a row: the primary key, or a unique index without NULLs; columns that this user
/// may select. Empty when there is none.
fn key_columns(table: &Table) -> Vec<&Column> {
    let of = |names: &Vec<String>, may_be_null: bool| -> Option<Vec<_>> {
        let usable = |column: &&Column| column.is_readable && (may_be_null || !column.is_nullable);
        names.iter().map(|name| table.column(name).filter(usable)).collect()
    };
    let keys = std::iter::once(of(&table.key, true))
        .chain(table.unique.iter().map(|unique| of(unique, false)));
    keys.flatten().find(|key| !key.is_empty()).unwrap_or_default()
}

/// The dimensions in the order of the columns, and the measures.
fn members(table: &Table, key: &[&Column], cube: &mut Cube) {
    let mut names = Unique::default();
    names.take("count".to_owned());
    let mut numbers = Vec::new();
    for (position, column) in (1..).zip(&table.columns) {
        let is_key = key.contains(&column);
        let left_out = |why: &str| {
            let (name, kind) = (shown(&column.name), shown(&column.shown_type));
            format!("No dimension for the column {name} ({kind}): {why}.")
        };
        if !column.is_readable {
            cube.notes.push(left_out("this user may not select it"));
            continue;
        }
        let dimension = if is_key { Some(column::key(column)) } else { column::dimension(column) };
        let Some((kind, sql)) = dimension else {
            cube.notes.push(left_out("a value of this type is nothing to group or filter by"));
            continue;
        };
        let name = names.take(member_name(&column.name, position));
        match column::aggregates(table, column, kind, &name) {
            Aggregates::None => {}
            Aggregates::Average => numbers.push(("average", "avg", name.clone(), sql.clone())),
            Aggregates::SumAndAverage => {
                numbers.push(("total", "sum", name.clone(), sql.clone()));
                numbers.push(("average", "avg", name.clone(), sql.clone()));
            }
        }
        let description = column::description(column);
        cube.dimensions.push(Dimension { name, kind: kind.name(), is_key, description, sql });
    }
    for (prefix, kind, name, sql) in numbers {
        let name = if name.starts_with(prefix) { name } else { format!("{prefix}_{name}") };
        cube.measures.push(Measure { name: names.take(name), kind, sql: Some(sql) });
    }
}

/// An alias that leaves room for the longest member, when the name does not.
fn alias(cube: &Cube, aliases: &mut Unique) -> Option<String> {
    let dimensions = cube.dimensions.iter().map(|dimension| {
        // `_quarter` is the longest of the granularities.
        dimension.name.len() + if dimension.kind == "time" { "_quarter".len() } else { 0 }
    });
    let measures = cube.measures.iter().map(|measure| measure.name.len());
    let longest = dimensions.chain(measures).max().unwrap_or_default() + "__".len();
    if cube.name.len() + longest <= MAX_ALIAS {
        aliases.take(cube.name.clone());
        return None;
    }
    // Three bytes are for the number that tells two of them apart.
    let room = MAX_ALIAS.saturating_sub(longest + 3).max(1);
    Some(aliases.take(cube.name.chars().take(room).collect()))
}

/// A text of the database's on one line of a comment or of a terminal.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let ends_line = matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}');
        if character.is_control() || ends_line {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}
