//! Measures, dimensions and segments.

use serde::{Deserialize, Serialize};

use crate::{CubeId, Granularity, Interval, Mask, MemberId, SqlTemplate};

/// What a view's member stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The member of a cube; never itself a view's.
    pub member: MemberId,
    /// The cubes of its join path, from the first that the view names to the member's own.
    pub path: Vec<CubeId>,
}

/// JSON text the author wrote (`meta`), kept as it will be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonText(pub String);

/// How a client is asked to show a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// A standard format: `percent`, `currency`, `number`, `imageUrl`, `link`.
    Name(String),
    /// A number as d3-format writes it.
    Numeric {
        /// Such as `$,.2f`.
        specifier: String,
        /// The name it was asked for by, such as `percent_1`.
        alias: Option<String>,
    },
    /// A time in strftime's words, such as `%Y-%m-%d`.
    Time(String),
    /// Any other form (`{type: link, label: ...}`), kept as JSON.
    Json(JsonText),
}

/// An aggregate, or a formula over aggregates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Unique in its cube.
    pub name: String,
    /// `Orders.count`.
    pub path: String,
    /// `orders__count`: the column alias in SQL.
    pub alias: String,
    /// The cube's title and the member's.
    pub title: String,
    /// The member's title alone.
    pub short_title: String,
    /// What the author says about it.
    pub description: Option<String>,
    /// Free data for the client.
    pub meta: Option<JsonText>,
    /// How to show it.
    pub format: Option<Format>,
    /// Upper-case ISO 4217 code for currency formats.
    pub currency: Option<String>,
    /// Whether callers may ask for it.
    pub is_public: bool,
    /// How it aggregates.
    pub kind: MeasureType,
    /// What it aggregates; absent only for [`MeasureType::Count`].
    pub sql: Option<SqlTemplate>,
    /// Conditions a row must meet to be counted, all of them.
    pub filters: Vec<SqlTemplate>,
    /// What a client offers when a user clicks the number.
    pub drill_members: Vec<MemberId>,
    /// What a row must meet beside `filters` where a query filters by the measure itself.
    pub drill_filters: Vec<SqlTemplate>,
    /// Whether the author says that it accumulates over time; a client is told, nothing else.
    pub is_cumulative: bool,
    /// A window over time, when it has one.
    pub rolling_window: Option<RollingWindow>,
    /// Shown in its place to callers who may not see it.
    pub mask: Option<Mask>,
    /// Set when it is a view's: all that computes it stands there.
    pub target: Option<Target>,
}

/// Cube's measure types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MeasureType {
    /// Rows, or non-null values of `sql`.
    Count,
    /// Distinct values.
    CountDistinct,
    /// Distinct values, estimated by the `hll` extension.
    CountDistinctApprox,
    /// The sum.
    Sum,
    /// The mean.
    Avg,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The author's own aggregate or formula, a number.
    Number,
    /// The author's own aggregate or formula, a text.
    String,
    /// The author's own aggregate or formula, a time.
    Time,
    /// The author's own aggregate or formula, a boolean.
    Boolean,
    /// A sum from the start of the query's date range (removed in Cube 1.7).
    RunningTotal,
}

/// The time window of a rolling measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RollingWindow {
    /// A window of fixed width around each step.
    Fixed {
        /// How far it reaches back.
        trailing: Option<WindowBound>,
        /// How far it reaches ahead.
        leading: Option<WindowBound>,
        /// Which end of the step it is measured from.
        offset: WindowOffset,
    },
    /// From the start of the enclosing period to the step.
    ToDate {
        /// The period: a unit of the calendar, or a granularity of the time dimension's own.
        granularity: String,
    },
}

/// One side of a fixed window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowBound {
    /// No limit on this side.
    Unbounded,
    /// That long.
    Interval(Interval),
}

/// Which end of a step a fixed window is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowOffset {
    /// The step's end (the default).
    End,
    /// The step's start.
    Start,
}

/// Something to group and filter by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// Unique in its cube.
    pub name: String,
    /// `Orders.status`.
    pub path: String,
    /// `orders__status`: the column alias in SQL.
    pub alias: String,
    /// The cube's title and the member's.
    pub title: String,
    /// The member's title alone.
    pub short_title: String,
    /// What the author says about it.
    pub description: Option<String>,
    /// Free data for the client.
    pub meta: Option<JsonText>,
    /// How to show it.
    pub format: Option<Format>,
    /// Upper-case ISO 4217 code for currency formats.
    pub currency: Option<String>,
    /// Whether callers may ask for it.
    pub is_public: bool,
    /// What its values are.
    pub kind: DimensionType,
    /// Where its values come from.
    pub expression: DimensionExpression,
    /// Whether it is (part of) the row identity of its cube.
    pub is_primary_key: bool,
    /// Set when the expression is a measure computed per row of this cube.
    pub sub_query: Option<SubQuery>,
    /// Whether a client should offer the values it has seen.
    pub suggests_filter_values: bool,
    /// The dimension of its cube that identifies its values, for a client that filters by them.
    pub key: Option<MemberId>,
    /// How a client should sort its values.
    pub order: Option<SortOrder>,
    /// Granularities of the author's own, beside the eight predefined ones.
    pub granularities: Vec<Granularity>,
    /// Shown in its place to callers who may not see it.
    pub mask: Option<Mask>,
    /// Set when it is a view's: all that computes it stands there.
    pub target: Option<Target>,
}

/// Cube's dimension types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DimensionType {
    /// Text.
    String,
    /// A number of any PostgreSQL type.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A timestamp, with or without time zone.
    Time,
    /// `latitude,longitude`.
    Geo,
}

/// A direction to sort in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortOrder {
    /// `asc`
    Ascending,
    /// `desc`
    Descending,
}

/// How a dimension's values are computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DimensionExpression {
    /// `sql:`
    Sql(SqlTemplate),
    /// `case:`
    Case {
        /// Tried in order.
        whens: Vec<CaseWhen>,
        /// When none holds; null when absent.
        otherwise: Option<Label>,
    },
    /// `latitude:` and `longitude:`
    Geo {
        /// Degrees north.
        latitude: SqlTemplate,
        /// Degrees east.
        longitude: SqlTemplate,
    },
}

/// One `when` of a `case` dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseWhen {
    /// The condition.
    pub condition: SqlTemplate,
    /// The value when it holds.
    pub label: Label,
}

/// The value of a `case` branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Label {
    /// Literal text, quoted by the SQL writer.
    Text(String),
    /// `label: {sql: ...}`
    Sql(SqlTemplate),
}

/// The options of a `sub_query` dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubQuery {
    /// `propagate_filters_to_sub_query`: the query's filters hold inside it too.
    pub propagates_filters: bool,
}

/// A named condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Unique in its cube.
    pub name: String,
    /// `Orders.completed`.
    pub path: String,
    /// The cube's title and the member's.
    pub title: String,
    /// The member's title alone.
    pub short_title: String,
    /// What the author says about it.
    pub description: Option<String>,
    /// Free data for the client.
    pub meta: Option<JsonText>,
    /// Whether callers may ask for it.
    pub is_public: bool,
    /// The condition.
    pub sql: SqlTemplate,
    /// Set when it is a view's: all that computes it stands there.
    pub target: Option<Target>,
}
