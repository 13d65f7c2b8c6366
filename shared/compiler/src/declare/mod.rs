//! Cubes and members as the files declare them: names and kinds are known, SQL is still text.

mod cube;
mod default_filter;
mod dimension;
mod filter;
mod format;
mod granularity;
mod hierarchy;
mod mask;
mod measure;
mod policy;
mod row_level;
mod view;
mod view_group;

use std::collections::HashMap;

use model::{
    Bucket, DimensionType, Format, JsonText, MeasureType, Relationship, RollingWindow, SortOrder,
    SubQuery, Target, underscore,
};

use crate::Error;
use crate::fields::{Fields, Item};
use crate::keys::{FILE, Key, SQL_ONLY};
use crate::report::{Place, Position, Report, Sourced};
use crate::spelling::is_identifier;
use crate::yaml::{Node, Value};
pub(crate) use mask::Mask;
pub(crate) use policy::{Policy, PolicyMembers};
pub(crate) use row_level::PolicyFilter;
pub(crate) use view::{
    DefaultFilter, Folder, FolderItem, Include, IncludedHierarchy, IncludedMember, Members, View,
};
pub(crate) use view_group::{ViewGroup, ViewGroupItem};

/// Every cube of every file, in the order of the files; the position is its `CubeId`.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) cubes: Vec<Cube>,
    pub(crate) view_groups: Vec<ViewGroup>,
}

/// What cubes and members have in common.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) place: Place,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) meta: Option<JsonText>,
    pub(crate) is_public: Option<bool>,
    /// Whether it stands in the cube that its own cube extends.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Cube {
    pub(crate) header: Header,
    /// The cube it takes from what it does not say itself.
    pub(crate) extends: Option<Sourced>,
    /// `sql_alias` in snake case.
    pub(crate) sql_alias: Option<String>,
    pub(crate) data_source: Option<String>,
    /// Absent only when its absence has been reported.
    pub(crate) source: Option<Source>,
    /// Whether the source stands in the cube that this one extends.
    pub(crate) is_source_inherited: bool,
    pub(crate) joins: Vec<Join>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) hierarchies: Vec<Hierarchy>,
    pub(crate) policies: Vec<Policy>,
    /// Set when it is a view.
    pub(crate) view: Option<View>,
}

impl Cube {
    /// The alias of the cube in SQL.
    pub(crate) fn alias(&self) -> String {
        self.sql_alias.clone().unwrap_or_else(|| underscore(&self.header.name))
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    Table(Sourced),
    Query(Sourced),
}

#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) target: Sourced,
    pub(crate) relationship: Relationship,
    pub(crate) condition: Option<Sourced>,
    /// Whether it stands in the cube that its own cube extends.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Measure {
    pub(crate) header: Header,
    pub(crate) format: Option<Format>,
    pub(crate) currency: Option<String>,
    pub(crate) kind: MeasureType,
    pub(crate) sql: Option<Sourced>,
    pub(crate) filters: Vec<Sourced>,
    pub(crate) drill_members: Vec<Sourced>,
    pub(crate) drill_filters: Vec<Sourced>,
    pub(crate) is_cumulative: bool,
    pub(crate) rolling_window: Option<RollingWindow>,
    pub(crate) mask: Option<Mask>,
    /// Set when a view includes it: the cube's measure, whose SQL is not repeated here.
    pub(crate) target: Option<Target>,
    /// Where the period of a window to date stands, when it has one.
    pub(crate) period_place: Place,
}

#[derive(Debug, Clone)]
pub(crate) struct Dimension {
    pub(crate) header: Header,
    pub(crate) format: Option<Format>,
    pub(crate) currency: Option<String>,
    pub(crate) kind: DimensionType,
    /// Absent only when its absence has been reported.
    pub(crate) expression: Option<Expression>,
    pub(crate) is_primary_key: bool,
    pub(crate) sub_query: Option<SubQuery>,
    pub(crate) suggests_filter_values: bool,
    pub(crate) key: Option<Sourced>,
    pub(crate) order: Option<SortOrder>,
    pub(crate) mask: Option<Mask>,
    /// Set when a view includes it.
    pub(crate) target: Option<Target>,
    pub(crate) granularities: Vec<Granularity>,
}

/// A granularity of the author's own.
#[derive(Debug, Clone)]
pub(crate) struct Granularity {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) place: Place,
    pub(crate) title: String,
    pub(crate) interval: Option<String>,
    pub(crate) offset: Option<String>,
    pub(crate) origin: Option<String>,
    pub(crate) bucket: GranularityBucket,
}

#[derive(Debug, Clone)]
pub(crate) enum GranularityBucket {
    Plain(Bucket),
    Sql(Sourced),
}

#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Sql(Sourced),
    Case { whens: Vec<(Sourced, Label)>, otherwise: Option<Label> },
    Geo { latitude: Sourced, longitude: Sourced },
}

#[derive(Debug, Clone)]
pub(crate) enum Label {
    Text(String),
    Sql(Sourced),
}

#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) header: Header,
    pub(crate) sql: Option<Sourced>,
    /// Set when a view includes it.
    pub(crate) target: Option<Target>,
}

#[derive(Debug, Clone)]
pub(crate) struct Hierarchy {
    pub(crate) header: Header,
    /// Dimensions, the coarsest first.
    pub(crate) levels: Vec<Sourced>,
}

/// Reads the roots of all files.
pub(crate) fn declare(roots: &[Option<Node>], report: &mut Report<'_>) -> Declared {
    let mut reader = Reader::default();
    for (index, node) in roots.iter().enumerate() {
        let Some(node) = node else { continue };
        let Some(fields) = Fields::read(node, index, "the file".to_owned(), FILE, report) else {
            continue;
        };
        for item in fields.items("cubes", report) {
            reader.add(cube::declare(&item, index, report), report);
        }
        for item in fields.items("views", report) {
            reader.add(view::declare(&item, index, report), report);
        }
        for item in fields.items("view_groups", report) {
            reader.view_groups.extend(view_group::declare(&item, index, report));
        }
    }
    Declared { cubes: reader.cubes, view_groups: reader.view_groups }
}

#[derive(Debug, Default)]
struct Reader {
    cubes: Vec<Cube>,
    view_groups: Vec<ViewGroup>,
    /// Where each name is taken.
    first: HashMap<String, Place>,
}

impl Reader {
    /// Keeps a cube or view whose name is new; reports it when not.
    fn add(&mut self, cube: Option<Cube>, report: &mut Report<'_>) {
        let Some(cube) = cube else { return };
        if let Some(&place) = self.first.get(&cube.header.name) {
            let name = cube.header.name;
            let first = report.show(place);
            report.error(cube.header.place, Error::DuplicateCube { name, first });
        } else {
            self.first.insert(cube.header.name.clone(), cube.header.place);
            self.cubes.push(cube);
        }
    }
}

/// Names that a template reads otherwise.
const RESERVED: &[&str] = &[
    "CUBE",
    "TABLE",
    "FILTER_PARAMS",
    "FILTER_GROUP",
    "SECURITY_CONTEXT",
    "USER_CONTEXT",
    "securityContext",
    "security_context",
    "SQL_UTILS",
    "COMPILE_CONTEXT",
];

/// The mapping of an item and what it has in common with all others.
///
/// Nothing when the item is no mapping. A missing name is reported and left empty, so that the
/// rest of the item is still read for mistakes.
fn open<'n>(
    item: &Item<'n>,
    file: usize,
    kind: &str,
    cube: Option<&str>,
    keys: &'static [Key],
    report: &mut Report<'_>,
) -> Option<(Fields<'n>, Header)> {
    let named = item.key.map(|(name, at)| (name.to_owned(), at)).or_else(|| peek_name(item));
    let cube = cube.filter(|cube| !cube.is_empty());
    let owner = match (&named, cube) {
        (Some((name, _)), Some(cube)) => format!("{kind} `{cube}.{name}`"),
        (Some((name, _)), None) => format!("{kind} `{name}`"),
        (None, Some(cube)) => format!("a {kind} of `{cube}`"),
        (None, None) => format!("a {kind}"),
    };
    let fields = Fields::read(item.node, file, owner, keys, report)?;
    let (name, at) = if let Some(named) = named {
        named
    } else {
        if fields.text("name", report).is_none() && !fields.has("name") {
            fields.missing("name", "give it one", report);
        }
        (String::new(), fields.place.at)
    };
    let place = Place { file, at };
    if RESERVED.contains(&name.as_str()) {
        report.error(place, Error::ReservedName(name.clone()));
    } else if !name.is_empty() && !is_identifier(&name) {
        report.error(place, Error::BadName(name.clone()));
    }
    // Cube 1.7.25, `CubeToMetaTransformer.ts`, `isVisible`: `public` wins over the older names.
    let flags = ["public", "visible", "shown"].map(|key| fields.flag(key, report));
    let header = Header {
        name,
        place,
        title: fields.text("title", report),
        description: fields.text("description", report),
        meta: fields.json("meta"),
        is_public: flags.into_iter().flatten().next(),
        is_inherited: false,
    };
    Some((fields, header))
}

/// The text under `name`, before the mapping has been read.
fn peek_name(item: &Item<'_>) -> Option<(String, Position)> {
    let Value::Map(entries) = &item.node.value else { return None };
    let entry = entries.iter().find(|entry| entry.key == "name")?;
    match &entry.value.value {
        Value::Scalar { text, .. } if !text.trim().is_empty() && !entry.value.is_null() => {
            Some((text.clone(), entry.value.at))
        }
        Value::Scalar { .. } | Value::List(_) | Value::Map(_) => None,
    }
}

/// The SQL of a mapping that holds only `sql`.
fn only_sql(node: &Node, file: usize, owner: String, report: &mut Report<'_>) -> Option<Sourced> {
    let fields = Fields::read(node, file, owner, SQL_ONLY, report)?;
    if !fields.has("sql") {
        fields.missing("sql", "write the SQL", report);
    }
    fields.sql("sql", report)
}

/// The texts of a list of references.
fn references(
    fields: &Fields<'_>,
    key: &str,
    expected: &'static str,
    report: &mut Report<'_>,
) -> Vec<Sourced> {
    let mut texts = Vec::new();
    for node in fields.list(key, report) {
        let place = Place { at: node.at, ..fields.place };
        match &node.value {
            Value::Scalar { text, .. } if !node.is_null() => {
                texts.push(Sourced::new(text.trim().to_owned(), place));
            }
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => {
                let what = format!("`{key}`");
                let found = "a list that holds something else";
                report.error(place, Error::Expected { what, expected, found });
            }
        }
    }
    texts
}
