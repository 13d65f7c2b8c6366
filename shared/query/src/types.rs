//! The normal form: what every later stage reads.

/// A query whose every default is filled in and whose every date is an instant.
///
/// Names are not looked up yet: a [`MemberPath`] may name what no model has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In the order they were asked for, without repetition.
    pub measures: Vec<MemberPath>,
    /// In the order they were asked for, without repetition.
    pub dimensions: Vec<MemberPath>,
    /// In the order they were asked for.
    pub time_dimensions: Vec<TimeDimension>,
    /// In the order they were asked for, without repetition.
    pub segments: Vec<MemberPath>,
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// `None`: the default order applies. An empty list: no order at all.
    pub order: Option<Vec<Order>>,
    /// Rows at most, 0 to 50,000 (the configured maximum).
    pub limit: u32,
    /// Rows to skip.
    pub offset: Option<u32>,
    /// An IANA name, spelt as in the database compiled in.
    pub time_zone: &'static str,
    /// Whether the number of rows without limit and offset is asked for as well.
    pub wants_total: bool,
    /// Whether rows are returned as they are, without aggregation.
    pub is_ungrouped: bool,
    /// How rows are laid out in the answer.
    pub response_format: ResponseFormat,
}

/// `Cube.member`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberPath {
    /// The part before the dot.
    pub cube: String,
    /// The part after it.
    pub member: String,
}

impl std::fmt::Display for MemberPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.cube, self.member)
    }
}

/// A time dimension with what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeDimension {
    /// The dimension.
    pub dimension: MemberPath,
    /// A predefined granularity or one of the author's; absent when it only filters.
    pub granularity: Option<String>,
    /// Only rows within it.
    pub date_range: Option<DateRange>,
}

/// Two instants, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateRange {
    /// Wall clock in the query's time zone, `2020-01-01T00:00:00.000`.
    pub from_local: String,
    /// Wall clock in the query's time zone, `2020-01-31T23:59:59.999`.
    pub to_local: String,
    /// The same instant in UTC, `2020-01-01T08:00:00.000Z`.
    pub from: String,
    /// The same instant in UTC.
    pub to: String,
}

/// A condition on members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// One condition.
    Member(MemberFilter),
    /// All must hold.
    And(Vec<Filter>),
    /// One must hold.
    Or(Vec<Filter>),
}

/// One condition on one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFilter {
    /// A dimension or a measure.
    pub member: MemberPath,
    /// How it is compared.
    pub operator: FilterOperator,
    /// The values as the caller sent them, numbers and booleans spelt out; `None` is null.
    ///
    /// Empty for `Set`, `NotSet` and `MeasureFilter`, never empty otherwise.
    pub values: Vec<FilterValue>,
    /// What a date operator compares with, in UTC (`2020-01-01T08:00:00.000Z`): two instants for
    /// `InDateRange`, `NotInDateRange` and `OnTheDate`, one for the other date operators, none for
    /// the rest.
    pub instants: Vec<String>,
}

/// A value of a filter; `None` is JSON's null.
pub type FilterValue = Option<String>;

/// Cube's filter operators (`reference/features.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterOperator {
    /// `equals`, `in`
    Equals,
    /// `notEquals`, `notIn`
    NotEquals,
    /// `contains`
    Contains,
    /// `notContains`
    NotContains,
    /// `startsWith`
    StartsWith,
    /// `notStartsWith`
    NotStartsWith,
    /// `endsWith`
    EndsWith,
    /// `notEndsWith`
    NotEndsWith,
    /// `gt`
    Gt,
    /// `gte`
    Gte,
    /// `lt`
    Lt,
    /// `lte`
    Lte,
    /// `set`
    Set,
    /// `notSet`
    NotSet,
    /// `inDateRange`
    InDateRange,
    /// `notInDateRange`
    NotInDateRange,
    /// `onTheDate`
    OnTheDate,
    /// `beforeDate`
    BeforeDate,
    /// `beforeOrOnDate`
    BeforeOrOnDate,
    /// `afterDate`
    AfterDate,
    /// `afterOrOnDate`
    AfterOrOnDate,
    /// `measureFilter`: the measure's own `filters`
    MeasureFilter,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A member of the query.
    pub member: MemberPath,
    /// `desc`.
    pub is_descending: bool,
}

/// How rows are laid out in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseFormat {
    /// One object per row.
    #[default]
    Default,
    /// `{members, dataset}`
    Compact,
    /// `{members, columns}`
    Columnar,
}
