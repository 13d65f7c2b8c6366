//! Where SQL stands in a model, and which members may be referred to there.

use std::fmt;

/// The known name nearest to an unknown one, when one is near.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nearest(pub Option<String>);

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// An aggregate or a formula over aggregates.
    Measure,
    /// A value of a row.
    Dimension,
    /// A condition on a row.
    Segment,
}

impl fmt::Display for MemberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Measure => "measure",
            Self::Dimension => "dimension",
            Self::Segment => "segment",
        })
    }
}

/// Where in a model a piece of SQL stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// The `sql` or `sql_table` of a cube.
    Source,
    /// The `sql` of a join.
    Join,
    /// The `sql` of a measure that aggregates it.
    Aggregate,
    /// The `sql` of a measure of type number, string, time or boolean.
    Formula,
    /// A filter of a measure.
    MeasureFilter,
    /// The SQL of a dimension.
    Dimension,
    /// The SQL of a dimension with `sub_query`.
    SubQuery,
    /// A condition of a `case` dimension.
    CaseCondition,
    /// The `sql` of a segment.
    Segment,
    /// `drill_members`.
    DrillMembers,
    /// `levels` of a hierarchy.
    Hierarchy,
    /// `key` of a dimension.
    Key,
    /// `default_filters` of a view.
    DefaultFilter,
    /// `FILTER_PARAMS`.
    FilterParams,
    /// `row_level` of an access policy.
    PolicyFilter,
}

impl Site {
    /// Whether a member of this kind may be referred to here.
    pub(crate) fn takes(self, kind: MemberKind) -> bool {
        match kind {
            MemberKind::Measure => matches!(
                self,
                Self::Aggregate
                    | Self::Formula
                    | Self::SubQuery
                    | Self::DrillMembers
                    | Self::DefaultFilter
            ),
            MemberKind::Dimension => !matches!(self, Self::Source),
            MemberKind::Segment => matches!(
                self,
                Self::Segment | Self::MeasureFilter | Self::CaseCondition | Self::FilterParams
            ),
        }
    }

    /// What to do about a member of a kind that cannot stand here.
    pub(crate) fn help(self, kind: MemberKind) -> &'static str {
        match (kind, self) {
            (MemberKind::Measure, Self::Dimension) => {
                "a dimension is computed row by row; `sub_query: true` computes a measure for each row"
            }
            (MemberKind::Measure | MemberKind::Segment, Self::Hierarchy) => "list dimensions only",
            (MemberKind::Measure | MemberKind::Segment, Self::Key) => "name a dimension",
            (_, Self::PolicyFilter) => "rows are granted by dimensions",
            (MemberKind::Measure, _) => "it is decided row by row; refer to dimensions only",
            (MemberKind::Segment, Self::DrillMembers) => "list measures and dimensions only",
            (MemberKind::Segment | MemberKind::Dimension, _) => "write the condition itself",
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "the SQL of a cube",
            Self::Join => "the condition of a join",
            Self::Aggregate | Self::Formula => "the SQL of a measure",
            Self::MeasureFilter => "the filter of a measure",
            Self::Dimension | Self::SubQuery => "the SQL of a dimension",
            Self::CaseCondition => "the condition of a case",
            Self::Segment => "a segment",
            Self::DrillMembers => "`drill_members`",
            Self::Hierarchy => "a hierarchy",
            Self::Key => "`key`",
            Self::DefaultFilter => "a default filter",
            Self::FilterParams => "FILTER_PARAMS",
            Self::PolicyFilter => "the rows of an access policy",
        })
    }
}
