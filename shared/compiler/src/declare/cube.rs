//! A cube, its joins and segments.

use std::collections::HashMap;

use model::{Relationship, underscore};

use super::policy::policies;
use super::{Cube, Header, Join, Segment, Source, dimension, hierarchy, measure, open};
use crate::Error;
use crate::fields::{Fields, Item};
use crate::keys::{CUBE, JOIN, SEGMENT};
use crate::report::{Place, Report, Sourced};
use crate::spelling::is_identifier;
use crate::window::one_of;

/// Reads one element of `cubes`; nothing when it has no name.
pub(super) fn declare(item: &Item<'_>, file: usize, report: &mut Report<'_>) -> Option<Cube> {
    let (fields, header) = open(item, file, "cube", None, CUBE, report)?;
    let name = header.name.clone();
    let mut cube = Cube {
        extends: fields.name("extends", report),
        sql_alias: sql_alias(&fields, report),
        data_source: data_source(&fields, report),
        source: source(&fields, report),
        is_source_inherited: false,
        joins: Vec::new(),
        measures: Vec::new(),
        dimensions: Vec::new(),
        segments: Vec::new(),
        hierarchies: Vec::new(),
        policies: policies(&fields, file, report),
        view: None,
        header,
    };
    for item in fields.items("joins", report) {
        cube.joins.extend(join(&item, file, &name, report));
    }
    let mut seen = members(&mut cube, &fields, file, report);
    for item in fields.items("hierarchies", report) {
        let hierarchy = hierarchy::declare(&item, file, &name, report);
        cube.hierarchies.extend(hierarchy.filter(|found| seen.is_first(&found.header, report)));
    }
    (!name.is_empty()).then_some(cube)
}

/// Reads what cubes and views both have: measures, dimensions and segments.
pub(super) fn members(
    cube: &mut Cube,
    fields: &Fields<'_>,
    file: usize,
    report: &mut Report<'_>,
) -> Seen {
    let name = cube.header.name.clone();
    let mut seen = Seen { cube: name.clone(), lines: HashMap::new() };
    for item in fields.items("measures", report) {
        let measure = measure::declare(&item, file, &name, report);
        cube.measures.extend(measure.filter(|found| seen.is_first(&found.header, report)));
    }
    for item in fields.items("dimensions", report) {
        let dimension = dimension::declare(&item, file, &name, report);
        cube.dimensions.extend(dimension.filter(|found| seen.is_first(&found.header, report)));
    }
    for item in fields.items("segments", report) {
        let segment = segment(&item, file, &name, report);
        cube.segments.extend(segment.filter(|found| seen.is_first(&found.header, report)));
    }
    seen
}

/// The database that the cube lives in, when it is not `default`.
fn data_source(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<String> {
    let name = fields.text("data_source", report)?;
    if !is_data_source(&name) {
        report.error(fields.place("data_source"), Error::BadDataSource(name));
        return None;
    }
    Some(name)
}

/// Whether variables can be named after it: `CUBEJS_DS_ARCHIVE_DB_HOST`.
fn is_data_source(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The member names of a cube so far.
pub(super) struct Seen {
    cube: String,
    lines: HashMap<String, u32>,
}

impl Seen {
    /// Whether a member's name is new in its cube; reported when not.
    fn is_first(&mut self, header: &Header, report: &mut Report<'_>) -> bool {
        if header.name.is_empty() {
            return false;
        }
        if let Some(&first_line) = self.lines.get(&header.name) {
            let path = format!("{}.{}", self.cube, header.name);
            report.error(header.place, Error::DuplicateMember { path, first_line });
            return false;
        }
        self.lines.insert(header.name.clone(), header.place.at.line);
        true
    }
}

/// The alias of a cube in SQL. Cube 1.7.25, `BaseQuery.js`, `aliasName`: `sqlAlias` is put into
/// snake case like a name.
pub(super) fn sql_alias(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = fields.text("sql_alias", report)?;
    if !is_identifier(&text) {
        report.error(fields.place("sql_alias"), Error::BadName(text));
        return None;
    }
    Some(underscore(&text))
}

fn source(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Source> {
    match (fields.has("sql"), fields.has("sql_table")) {
        (true, true) => {
            let owner = fields.owner.clone();
            let error = Error::Both { owner, one: "sql", other: "sql_table" };
            report.error(fields.place("sql_table"), error);
            None
        }
        // What it extends may have one; `inherit` looks again.
        (false, false) if fields.has("extends") => None,
        (false, false) => {
            let help = "write the table it reads, such as `sql_table: public.orders`, or `sql`";
            fields.missing("sql_table", help, report);
            None
        }
        (true, false) => fields.sql("sql", report).map(|sql| source_of(sql, report)),
        (false, true) => fields.sql("sql_table", report).map(Source::Table),
    }
}

/// `SELECT * FROM table` is the table itself: Cube 1.7.25, `BaseQuery.js`, `rewriteInlineCubeSql`.
fn source_of(sql: Sourced, report: &mut Report<'_>) -> Source {
    if sql.text.trim_end().ends_with(';') {
        report.error(sql.place, Error::TrailingSemicolon);
    }
    match plain_select(&sql.text) {
        Some(table) => Source::Table(Sourced::new(table.to_owned(), sql.place)),
        None => Source::Query(sql),
    }
}

fn plain_select(sql: &str) -> Option<&str> {
    let mut words = sql.split_whitespace();
    let is_plain = words.next()?.eq_ignore_ascii_case("select")
        && words.next()? == "*"
        && words.next()?.eq_ignore_ascii_case("from");
    let table = words.next()?;
    (is_plain && words.next().is_none() && table.split('.').all(is_identifier)).then_some(table)
}

const RELATIONSHIPS: &[&str] =
    &["one_to_one", "has_one", "one_to_many", "has_many", "many_to_one", "belongs_to"];

fn join(item: &Item<'_>, file: usize, cube: &str, report: &mut Report<'_>) -> Option<Join> {
    let target = item.key.map(|(name, at)| (name.to_owned(), Place { file, at }));
    let owner = match &target {
        Some((target, _)) => format!("the join of `{cube}` and `{target}`"),
        None => format!("a join of `{cube}`"),
    };
    let fields = Fields::read(item.node, file, owner, JOIN, report)?;
    let target = if let Some((text, place)) = target {
        Some(Sourced::new(text, place))
    } else {
        if !fields.has("name") {
            fields.missing("name", "write the name of the joined cube", report);
        }
        fields.sql("name", report)
    };
    if !fields.has("relationship") {
        let help = "write `many_to_one`, `one_to_many` or `one_to_one`";
        fields.missing("relationship", help, report);
    }
    if !fields.has("sql") {
        let help = "write the condition, such as `\"{CUBE}.user_id = {users.id}\"`";
        fields.missing("sql", help, report);
    }
    let relationship = fields.text("relationship", report).and_then(|text| {
        one_of("relationship", &text, RELATIONSHIPS, fields.place("relationship"), report)
    });
    let condition = fields.sql("sql", report);
    Some(Join {
        is_inherited: false,
        target: target?,
        relationship: match relationship {
            Some("one_to_one" | "has_one") => Relationship::OneToOne,
            Some("one_to_many" | "has_many") => Relationship::OneToMany,
            // Also when it was reported as unknown: the model is refused then.
            _ => Relationship::ManyToOne,
        },
        condition,
    })
}

fn segment(item: &Item<'_>, file: usize, cube: &str, report: &mut Report<'_>) -> Option<Segment> {
    let (fields, header) = open(item, file, "segment", Some(cube), SEGMENT, report)?;
    if !fields.has("sql") {
        let help = "write the condition, such as `\"{CUBE}.status = 'paid'\"`";
        fields.missing("sql", help, report);
    }
    Some(Segment { header, sql: fields.sql("sql", report), target: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_table_is_a_plain_select() {
        assert_eq!(plain_select("SELECT * FROM orders"), Some("orders"));
        assert_eq!(plain_select("select  *\n from public.orders \n"), Some("public.orders"));
        for query in [
            "SELECT * FROM orders o",
            "SELECT * FROM orders WHERE true",
            "SELECT id FROM orders",
            "SELECT * FROM (SELECT 1)",
            "SELECT * FROM {other.sql()}",
            "SELECT * FROM a, b",
            "SELECT * FROM orders;",
            "SELECT * FROM",
            "",
        ] {
            assert_eq!(plain_select(query), None, "{query}");
        }
    }
}
