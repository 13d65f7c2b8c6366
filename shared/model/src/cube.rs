//! A cube and how it joins others.

use serde::{Deserialize, Serialize};

use crate::{
    AccessPolicy, CubeId, DefaultFilter, Dimension, JsonText, Measure, Member, MemberId, Segment,
    SqlTemplate,
};

/// A table or query of the database with its measures, dimensions and segments; or a view, whose
/// members stand for those of cubes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cube {
    /// Unique in the model.
    pub name: String,
    /// The table alias in SQL: `sql_alias`, else the snake-case name.
    pub alias: String,
    /// As it is shown.
    pub title: String,
    /// What the author says about it.
    pub description: Option<String>,
    /// Free data for the client.
    pub meta: Option<JsonText>,
    /// Whether callers may ask for its members.
    pub is_public: bool,
    /// The database it lives in; `default` unless the author names one.
    pub data_source: String,
    /// Its rows.
    pub source: Source,
    /// The cubes it can be joined to directly.
    pub joins: Vec<Join>,
    /// In the order of the file.
    pub measures: Vec<Measure>,
    /// In the order of the file.
    pub dimensions: Vec<Dimension>,
    /// In the order of the file.
    pub segments: Vec<Segment>,
    /// Ways to drill down, in the order of the file.
    pub hierarchies: Vec<Hierarchy>,
    /// Who may see what of it; empty for everybody everything.
    pub access_policies: Vec<AccessPolicy>,
}

/// Where a cube's rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// `sql_table:`, or a `sql:` that is exactly `SELECT * FROM table`.
    Table(SqlTemplate),
    /// `sql:`
    Query(SqlTemplate),
    /// Nowhere: it is a view.
    View(View),
}

/// What a view has beside its members.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct View {
    /// The `join_path`s of two cubes and more, in the order of the file. What its members refer to
    /// without a path of their own is joined along the first of them that has its cube.
    pub join_paths: Vec<Vec<CubeId>>,
    /// How a client groups its members.
    pub folders: Vec<Folder>,
    /// What every query that asks it is filtered by.
    pub default_filters: Vec<DefaultFilter>,
}

/// A named group of a view's members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Folder {
    /// As it is shown.
    pub name: String,
    /// In the author's order.
    pub items: Vec<FolderItem>,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FolderItem {
    /// A member of the view.
    Member(MemberId),
    /// A hierarchy of the view, by name.
    Hierarchy(String),
    /// A folder inside it.
    Folder(Folder),
}

/// Dimensions from the coarse to the fine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hierarchy {
    /// Unique in its cube.
    pub name: String,
    /// As it is shown, when the author says.
    pub title: Option<String>,
    /// Whether a client should offer it.
    pub is_public: bool,
    /// Dimensions, the coarsest first.
    pub levels: Vec<MemberId>,
    /// `Orders.place` when it is a view's copy of a cube's.
    pub alias_member: Option<String>,
}

/// A directed edge of the join graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// The cube that is joined.
    pub target: CubeId,
    /// How many rows of each side meet.
    pub relationship: Relationship,
    /// The ON condition.
    pub condition: SqlTemplate,
}

/// How many rows of the joined cube belong to one row of the joining cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relationship {
    /// `one_to_one`, `hasOne`.
    OneToOne,
    /// `one_to_many`, `hasMany`: joining multiplies the rows of the joining cube.
    OneToMany,
    /// `many_to_one`, `belongsTo`.
    ManyToOne,
}

impl Cube {
    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        matches!(self.source, Source::View(_))
    }

    /// Every member with its name: measures, dimensions, segments.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Member)> {
        let measures = (0..).zip(&self.measures);
        let dimensions = (0..).zip(&self.dimensions);
        let segments = (0..).zip(&self.segments);
        measures
            .map(|(index, measure)| (measure.name.as_str(), Member::Measure(index)))
            .chain(dimensions.map(|(index, found)| (found.name.as_str(), Member::Dimension(index))))
            .chain(segments.map(|(index, found)| (found.name.as_str(), Member::Segment(index))))
    }

    /// The dimensions that identify a row, in the order of the file.
    pub fn primary_keys(&self) -> impl Iterator<Item = (u32, &Dimension)> {
        self.dimensions
            .iter()
            .enumerate()
            .filter(|(_, dimension)| dimension.is_primary_key)
            .map(|(index, dimension)| (u32::try_from(index).unwrap_or(u32::MAX), dimension))
    }
}
