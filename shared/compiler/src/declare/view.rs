//! A view: which members of which cubes it shows.

use model::{FilterOperator, Format, JsonText};

use super::format::{Shown, format};
use super::policy::policies;
use super::{Cube, Header, cube, default_filter, open, references, view_group};
use crate::Error;
use crate::fields::{Fields, Item};
use crate::keys::{FOLDER, FOLDER_PATH, INCLUDE, INCLUDED_MEMBER, VIEW};
use crate::report::{Place, Report, Sourced};
use crate::spelling::is_identifier;
use crate::view::ViewError;
use crate::yaml::{Node, Value};

/// What a view has beside its name and members of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    pub(crate) includes: Vec<Include>,
    pub(crate) folders: Vec<Folder>,
    /// The groups it puts itself in.
    pub(crate) groups: Vec<Sourced>,
    /// Nothing when the view does not say.
    pub(crate) default_filters: Option<Vec<DefaultFilter>>,
    /// Found by [`crate::view::expand`]: the join paths of two cubes and more.
    pub(crate) join_paths: Vec<Vec<model::CubeId>>,
    /// Found by [`crate::view::expand`]: the hierarchies of its cubes.
    pub(crate) hierarchies: Vec<IncludedHierarchy>,
}

/// A cube's hierarchy in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IncludedHierarchy {
    pub(crate) cube: model::CubeId,
    /// The position among the cube's own.
    pub(crate) index: usize,
    /// As the view calls it.
    pub(crate) name: String,
}

/// An element of `cubes`: members of one cube.
#[derive(Debug, Clone)]
pub(crate) struct Include {
    pub(crate) join_path: Sourced,
    pub(crate) members: Members,
    pub(crate) excludes: Vec<Sourced>,
    pub(crate) has_prefix: bool,
    /// What stands for the cube's name in a prefix.
    pub(crate) alias: Option<String>,
    /// Whether the members go to a view of their own.
    pub(crate) is_split: bool,
    /// Whether it stands in the view that its own view extends.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Members {
    /// `"*"`
    All,
    Listed(Vec<IncludedMember>),
}

#[derive(Debug, Clone)]
pub(crate) struct IncludedMember {
    pub(crate) name: Sourced,
    pub(crate) alias: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) format: Option<Format>,
    pub(crate) meta: Option<JsonText>,
}

#[derive(Debug, Clone)]
pub(crate) struct DefaultFilter {
    pub(crate) member: Sourced,
    pub(crate) operator: FilterOperator,
    pub(crate) values: Vec<Option<String>>,
    pub(crate) unless: Vec<Sourced>,
    /// Whether it stands in the view that its own view extends.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) name: Sourced,
    /// Nothing for `"*"`.
    pub(crate) items: Option<Vec<FolderItem>>,
}

#[derive(Debug, Clone)]
pub(crate) enum FolderItem {
    Member(Sourced),
    /// Whatever a join path of the view brings in.
    JoinPath(Sourced),
    Folder(Folder),
}

/// Reads one element of `views`; nothing when it has no name.
pub(super) fn declare(item: &Item<'_>, file: usize, report: &mut Report<'_>) -> Option<Cube> {
    let (fields, header) = open(item, file, "view", None, VIEW, report)?;
    let name = header.name.clone();
    let mut view = View::default();
    for node in fields.list("cubes", report) {
        view.includes.extend(include(node, file, &name, report));
    }
    for node in fields.list("folders", report) {
        view.folders.extend(folder(node, file, &name, report));
    }
    view.groups = view_group::of_view(&fields, report);
    if fields.has("default_filters") {
        let nodes = fields.list("default_filters", report).iter();
        let filters = nodes.filter_map(|node| default_filter::declare(node, file, &name, report));
        view.default_filters = Some(filters.collect());
    }
    if !fields.has("cubes") && !fields.has("extends") && !has_members(&fields) {
        let help = "list what it shows, such as `- join_path: orders` with `includes: \"*\"`";
        fields.missing("cubes", help, report);
    }
    let mut cube = Cube {
        extends: fields.name("extends", report),
        sql_alias: cube::sql_alias(&fields, report),
        policies: policies(&fields, file, report),
        ..Cube::view(header, view)
    };
    cube::members(&mut cube, &fields, file, report);
    (!name.is_empty()).then_some(cube)
}

impl Cube {
    /// A view that has no members of its own.
    pub(crate) fn view(header: Header, view: View) -> Self {
        Self {
            header,
            extends: None,
            sql_alias: None,
            data_source: None,
            source: None,
            is_source_inherited: false,
            joins: Vec::new(),
            measures: Vec::new(),
            dimensions: Vec::new(),
            segments: Vec::new(),
            hierarchies: Vec::new(),
            policies: Vec::new(),
            view: Some(view),
        }
    }
}

fn has_members(fields: &Fields<'_>) -> bool {
    ["measures", "dimensions", "segments"].iter().any(|key| fields.has(key))
}

fn include(node: &Node, file: usize, view: &str, report: &mut Report<'_>) -> Option<Include> {
    let owner = format!("an entry of `cubes` in view `{view}`");
    let fields = Fields::read(node, file, owner, INCLUDE, report)?;
    if !fields.has("join_path") {
        let help =
            "write the cubes from the first to the one that is shown, such as `orders.users`";
        fields.missing("join_path", help, report);
    }
    if !fields.has("includes") {
        fields.missing("includes", "write `\"*\"` or a list of members", report);
    }
    let members = members(&fields, report);
    let excludes = references(&fields, "excludes", "a list of members", report);
    let has_prefix = fields.flag("prefix", report).unwrap_or(false);
    let is_split = fields.flag("split", report).unwrap_or(false);
    if has_prefix && is_split {
        report.error(fields.place("split"), ViewError::SplitWithPrefix.into());
    }
    let alias = identifier(&fields, "alias", report);
    let join_path = fields.name("join_path", report)?;
    let is_inherited = false;
    Some(Include {
        join_path,
        members: members?,
        excludes,
        has_prefix,
        alias,
        is_split,
        is_inherited,
    })
}

fn identifier(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<String> {
    let text = fields.text(key, report)?;
    if !is_identifier(&text) {
        report.error(fields.place(key), Error::BadName(text));
        return None;
    }
    Some(text)
}

fn members(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Members> {
    let entry = fields.entry("includes")?;
    if let Value::Scalar { text, .. } = &entry.value.value
        && text == "*"
    {
        return Some(Members::All);
    }
    let Value::List(nodes) = &entry.value.value else {
        let what = "`includes`".to_owned();
        let found = entry.value.describe();
        let error = Error::Expected { what, expected: "`\"*\"` or a list of members", found };
        report.error(fields.place("includes"), error);
        return None;
    };
    let members = nodes.iter().filter_map(|node| member(node, fields.place.file, report));
    Some(Members::Listed(members.collect()))
}

/// `status`, or a mapping with its `name`.
fn member(node: &Node, file: usize, report: &mut Report<'_>) -> Option<IncludedMember> {
    if let Some(name) = text(node, file) {
        let (alias, title, description, format, meta) = (None, None, None, None, None);
        return Some(IncludedMember { name, alias, title, description, format, meta });
    }
    let owner = "a member of `includes`".to_owned();
    let fields = Fields::read(node, file, owner, INCLUDED_MEMBER, report)?;
    if !fields.has("name") {
        fields.missing("name", "write the name of the member in its cube", report);
    }
    let alias = identifier(&fields, "alias", report);
    Some(IncludedMember {
        alias,
        title: fields.text("title", report),
        description: fields.text("description", report),
        format: format(&fields, Shown::Other, report),
        meta: fields.json("meta"),
        name: fields.name("name", report)?,
    })
}

fn text(node: &Node, file: usize) -> Option<Sourced> {
    match &node.value {
        Value::Scalar { text, .. } if !node.is_null() => {
            Some(Sourced::new(text.trim().to_owned(), Place { file, at: node.at }))
        }
        Value::Scalar { .. } | Value::List(_) | Value::Map(_) => None,
    }
}

fn folder(node: &Node, file: usize, view: &str, report: &mut Report<'_>) -> Option<Folder> {
    let fields = Fields::read(node, file, format!("a folder of view `{view}`"), FOLDER, report)?;
    if !fields.has("name") {
        fields.missing("name", "give it one", report);
    }
    let name = fields.name("name", report);
    let Some(entry) = fields.entry("includes") else {
        fields.missing(
            "includes",
            "list members, folders and join paths, or write `\"*\"`",
            report,
        );
        return None;
    };
    if text(&entry.value, file).is_some_and(|text| text.text == "*") {
        return Some(Folder { name: name?, items: None });
    }
    let nodes = fields.list("includes", report);
    let items = nodes.iter().filter_map(|node| folder_item(node, file, view, report)).collect();
    Some(Folder { name: name?, items: Some(items) })
}

fn folder_item(
    node: &Node,
    file: usize,
    view: &str,
    report: &mut Report<'_>,
) -> Option<FolderItem> {
    if let Some(name) = text(node, file) {
        return Some(FolderItem::Member(name));
    }
    let is_path = matches!(&node.value, Value::Map(entries)
        if entries.iter().any(|entry| matches!(entry.key.as_str(), "join_path" | "joinPath")));
    if is_path {
        let owner = format!("a folder of view `{view}`");
        let fields = Fields::read(node, file, owner, FOLDER_PATH, report)?;
        return fields.name("join_path", report).map(FolderItem::JoinPath);
    }
    folder(node, file, view, report).map(FolderItem::Folder)
}
